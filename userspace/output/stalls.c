// SPDX-License-Identifier: GPL-2.0
#include "output/stalls.h"

#include <inttypes.h>
#include <string.h>

#include "output/text.h"

#define FUNCTION_COLUMNS 29
#define REASON_COLUMNS   19
#define NAME_COLUMNS     42
#define HISTOGRAM_BAR    50

const char *gt_thread_comm(struct gt_join *join, uint32_t tid, uint64_t tsc)
{
	const char *name;
	uint64_t until;
	int64_t task = -1;

	if (!tid)
		return "idle";
	/* Only of threads that events told of: asking for another one would enter it. */
	if (gt_hash_get(&join->tasks.task_lives.first, tid, 0))
		task = gt_tasks_at(&join->tasks, tid, 0, tsc, &until);
	name = task >= 0 ? join->tasks.tasks[task].comm : gt_join_stranger(join, tid);
	return name && *name ? name : "?";
}

/* Three digits that count: "123 ns", "1.23 us", "45.6 ms"; "-" of nothing. */
static const char *put_short(char *out, uint64_t ns)
{
	static const char *const units[] = {"ns", "us", "ms", "s"};
	double value = ns;
	size_t unit = 0;

	for (; value >= 999.5 && unit < 3; unit++)
		value /= 1000;
	snprintf(out, GT_UNITS_BYTES, "%.*f %s",
		 !unit || value >= 99.95 ? 0
		 : value >= 9.995        ? 1
					 : 2,
		 value, units[unit]);
	return ns ? out : "-";
}

static const char *waker_text(const struct gt_stall *stall, char *out, size_t bytes)
{
	if (stall->open && stall->ready == stall->end)
		snprintf(out, bytes, stall->gone ? "(process ended)" : "not yet");
	else if (stall->waker_goid)
		snprintf(out, bytes, "g %" PRIu64, stall->waker_goid);
	else if (stall->waker == GT_WAKER_THREAD)
		snprintf(out, bytes, "tid %u", stall->waker_tid);
	else if (stall->waker == GT_WAKER_NOBODY)
		snprintf(out, bytes, "-");
	else
		snprintf(out, bytes, "%s", stall->waker == GT_WAKER_UNKNOWN ? "not seen" : gt_waker_name(stall->waker));
	return out;
}

/* The phase that took most of it stands out. */
static enum gt_phase most(const struct gt_stall *stall)
{
	enum gt_phase phase, worst = GT_PHASE_BLOCKED;

	for (phase = 0; phase < GT_NR_PHASES; phase++)
		if (gt_stall_phase(stall, phase) > gt_stall_phase(stall, worst))
			worst = phase;
	return worst;
}

static void put_stall(const struct gt_terminal *to, struct gt_join *join, const struct gt_stall *stall)
{
	int64_t began = gt_stall_at_ns(join, stall);
	uint64_t at = began < 0 ? -began : began;
	char text[1024], number[GT_UNITS_BYTES], seconds[GT_UNITS_BYTES];
	enum gt_phase phase;

	snprintf(seconds, sizeof(seconds), "%s%" PRIu64 ".%06" PRIu64, began < 0 ? "-" : "", at / 1000000000,
		 at / 1000 % 1000000);
	fprintf(to->to, "%c%7" PRIu64 " %10s %6" PRIu64 "  ", gt_stall_fired(join, stall) ? '*' : ' ', stall->number,
		seconds, stall->goid);
	gt_text_column(to->to, gt_stall_where(join, stall, text, sizeof(text)), FUNCTION_COLUMNS, GT_CUT_BEGIN);
	fputs(" ", to->to);
	gt_text_column(to->to, gt_stall_reason(join, stall, text, sizeof(text)), REASON_COLUMNS, GT_CUT_END);
	gt_terminal_style(to, GT_BOLD);
	fprintf(to->to, " %7s", put_short(number, gt_stall_ns(join, stall)));
	gt_terminal_style(to, GT_PLAIN);
	for (phase = 0; phase < GT_NR_PHASES; phase++) {
		gt_terminal_style(to, phase == most(stall) ? GT_YELLOW : GT_PLAIN);
		fprintf(to->to, " %7s", put_short(number, gt_stall_phase_ns(join, stall, phase)));
		gt_terminal_style(to, GT_PLAIN);
	}
	fprintf(to->to, "  %s\n", waker_text(stall, text, sizeof(text)));
}

static void put_list(const struct gt_terminal *to, struct gt_join *join, const struct gt_stall_list *list,
		     const char *how_long)
{
	char count[GT_UNITS_BYTES];
	size_t i;

	gt_terminal_style(to, GT_BOLD);
	fprintf(to->to, "# %6s %10s %6s  %-*s %-*s %7s %7s %7s %7s  %s\n", "stall", "at s", "gorout", FUNCTION_COLUMNS,
		"function that blocked", REASON_COLUMNS, "waits for", how_long, "blocked", "Go runq", "OS runq", "by");
	gt_terminal_style(to, GT_PLAIN);
	for (i = 0; i < list->count; i++)
		put_stall(to, join, &list->all[i]);
	if (list->matching > list->count)
		fprintf(to->to, "# %s more are shorter: --top 0 shows all\n",
			gt_text_count(count, list->matching - list->count));
}

static const char *last_seen(const struct gt_stalls *stalls)
{
	return stalls->blinds.paused ? "the probes paused for good" : "the recording ended";
}

static void put_stalls(const struct gt_terminal *to, const struct gt_stalls *stalls)
{
	put_list(to, stalls->join, &stalls->over, "stalled");
	if (stalls->open.count) {
		fprintf(to->to, "#\n# not over when %s, and in none of the numbers below:\n", last_seen(stalls));
		put_list(to, stalls->join, &stalls->open, "so far");
	}
	if (stalls->earlier.count) {
		fputs("#\n# over, but began before the recording; likewise in none of the numbers below:\n", to->to);
		put_list(to, stalls->join, &stalls->earlier, "stalled");
	}
}

static void put_spread(const struct gt_terminal *to, const char *name, const struct gt_spread *spread)
{
	char text[5][GT_UNITS_BYTES], count[GT_UNITS_BYTES];

	gt_text_column(to->to, name, NAME_COLUMNS, GT_CUT_BEGIN);
	fprintf(to->to, " %12s %9s %9s %9s %9s %9s", gt_text_count(count, spread->count),
		put_short(text[0], spread->sum), put_short(text[1], gt_spread_quantile(spread, 0.5)),
		put_short(text[2], gt_spread_quantile(spread, 0.9)),
		put_short(text[3], gt_spread_quantile(spread, 0.99)), put_short(text[4], spread->max));
}

static void put_spread_head(const struct gt_terminal *to, const char *name, const char *last)
{
	gt_terminal_style(to, GT_BOLD);
	fprintf(to->to, "# %-*s %12s %9s %9s %9s %9s %9s%s\n", NAME_COLUMNS - 2, name, "stalls", "total", "p50", "p90",
		"p99", "max", last);
	gt_terminal_style(to, GT_PLAIN);
}

static void put_groups(const struct gt_terminal *to, const struct gt_stalls *stalls)
{
	static const char *const heads[] = {
		[GT_STALLS_BY_REASON] = "waits for",
		[GT_STALLS_BY_FUNCTION] = "function that blocked",
		[GT_STALLS_BY_GOROUTINE] = "goroutine",
	};
	size_t shown = stalls->groups.count, i;
	char name[1024];

	if (stalls->over.top && stalls->over.top < shown)
		shown = stalls->over.top;
	put_spread_head(to, heads[stalls->by], "  longest");
	for (i = 0; i < shown; i++) {
		const struct gt_stall_group *group = &stalls->groups.all[i];
		const char *text = gt_symbols_text(&stalls->join->symbols, group->name);

		if (stalls->by == GT_STALLS_BY_GOROUTINE) {
			snprintf(name, sizeof(name), "%" PRIu64 " %s", group->goid, text);
			text = name;
		}
		put_spread(to, text, &group->ns);
		fprintf(to->to, "  %7" PRIu64 "\n", group->longest);
	}
	if (shown < stalls->groups.count)
		fprintf(to->to, "# %zu more with less time: --top 0 shows all\n", stalls->groups.count - shown);
}

static void put_histogram(const struct gt_terminal *to, const struct gt_spread *spread)
{
	uint64_t octaves[GT_SPREAD_OCTAVES], most = 0;
	unsigned int first = GT_SPREAD_OCTAVES, last = 0, i;
	char from[GT_UNITS_BYTES], until[GT_UNITS_BYTES], count[GT_UNITS_BYTES];

	gt_spread_octaves(spread, octaves);
	for (i = 0; i < GT_SPREAD_OCTAVES; i++) {
		if (!octaves[i])
			continue;
		first = i < first ? i : first;
		last = i;
		most = octaves[i] > most ? octaves[i] : most;
	}
	for (i = first; i <= last && i < GT_SPREAD_OCTAVES - 1; i++) {
		unsigned int bar = most ? (octaves[i] * HISTOGRAM_BAR + most - 1) / most : 0;

		fprintf(to->to, "  %8s .. %-8s %12s |", put_short(from, 1ull << i), put_short(until, 2ull << i),
			gt_text_count(count, octaves[i]));
		while (bar--)
			putc_unlocked('#', to->to);
		putc_unlocked('\n', to->to);
	}
}

/* What was left out, and why; what is not known is said, never taken for calm. */
static void put_unknown(const struct gt_terminal *to, const struct gt_stalls *stalls)
{
	const struct gt_join *join = stalls->join;
	uint64_t seen = gt_blinds_seen(&stalls->blinds, join->first_tsc, join->last_tsc);
	uint64_t span = join->last_tsc - join->first_tsc;
	char count[GT_UNITS_BYTES], time[GT_UNITS_BYTES];
	int why;

	fprintf(to->to, "# watched    %s, %.1f %% of the recording, in %s window%s; nothing is known of the rest\n",
		put_short(time, gt_clock_span_ns(&stalls->join->clock, join->first_tsc, join->first_tsc + seen)),
		span ? 100.0 * seen / span : 0, gt_text_count(count, stalls->blinds.windows),
		stalls->blinds.windows == 1 ? "" : "s");
	if (stalls->system_hidden)
		fprintf(to->to,
			"# left out   %s: of the runtime's own goroutines, as GC workers: --system shows them\n",
			gt_text_count(count, stalls->system_hidden));
	if (stalls->by && stalls->open.matching)
		fprintf(to->to, "# left out   %s: not over when %s: gtrace stalls without --by lists them\n",
			gt_text_count(count, stalls->open.matching), last_seen(stalls));
	if (stalls->by && stalls->earlier.matching)
		fprintf(to->to, "# left out   %s: began before the recording: gtrace stalls without --by lists them\n",
			gt_text_count(count, stalls->earlier.matching));
	if (stalls->earlier_short)
		fprintf(to->to, "# left out   %s: began before the recording, and shorter than --min\n",
			gt_text_count(count, stalls->earlier_short));
	if (join->info->standing_dropped)
		fprintf(to->to,
			"# not known  %s goroutines that stood still when the recording begins: the recorder had no "
			"room left for their stacks: a larger --flight-size\n",
			gt_text_count(count, join->info->standing_dropped));
	if (stalls->open_short)
		fprintf(to->to, "# left out   %s: not over when %s, and shorter than --min so far\n",
			gt_text_count(count, stalls->open_short), last_seen(stalls));
	if (stalls->open_hidden)
		fprintf(to->to, "# left out   %s: not over, of the runtime's own goroutines: --system shows them\n",
			gt_text_count(count, stalls->open_hidden));
	for (why = 0; why < GT_NR_UNKNOWNS; why++)
		if (stalls->unknown[why] && !gt_unknown_open(why))
			fprintf(to->to, "# left out   %s: %s\n", gt_text_count(count, stalls->unknown[why]),
				gt_unknown_explain(why));
	if (stalls->steps.unreadable)
		fprintf(to->to, "# left out   %s hits that do not say which goroutine they are about\n",
			gt_text_count(count, stalls->steps.unreadable));
}

/* Of a dump of the flight recorder, whose header says what made it write. */
static void put_trigger(const struct gt_terminal *to, const struct gt_stalls *stalls)
{
	struct gt_join *join = stalls->join;
	char time[GT_UNITS_BYTES];
	uint64_t ago;

	if (stalls->fired)
		fprintf(to->to, "# fired      stall %" PRIu64 " (*); gtrace stall shows it\n", stalls->fired);
	if (stalls->fired || !join->info->trigger_tsc)
		return;
	ago = gt_clock_span_ns(&join->clock, join->info->trigger_tsc, join->first_tsc);
	fprintf(to->to,
		"# fired      a stall that began %s before the recording and is not in it: a longer --flight keeps "
		"more\n",
		put_short(time, ago));
}

/* What the recorder said about the probes of a program: places that it could not see. */
static void put_programs(const struct gt_terminal *to, const struct gt_join *join)
{
	size_t i;

	for (i = 0; i < join->goroutines.nr_programs; i++) {
		const struct gt_program *program = &join->goroutines.programs[i];

		if (!program->refused)
			continue;
		fputs("# not seen   ", to->to);
		gt_text_put(to->to, program->path);
		fputs(": ", to->to);
		gt_text_put(to->to, program->words);
		fputc('\n', to->to);
	}
}

void gt_stalls_text(const struct gt_terminal *to, const struct gt_stalls *stalls)
{
	size_t i;
	int phase;

	if (stalls->by)
		put_groups(to, stalls);
	else
		put_stalls(to, stalls);
	fputs("#\n", to->to);
	put_spread_head(to, "all, by reason", "");
	for (i = 0; i < stalls->reasons.count; i++) {
		put_spread(to, gt_symbols_text(&stalls->join->symbols, stalls->reasons.all[i].name),
			   &stalls->reasons.all[i].ns);
		fputc('\n', to->to);
	}
	put_spread_head(to, "all, by phase", "");
	for (phase = 0; phase < GT_NR_PHASES; phase++) {
		put_spread(to, gt_phase_name(phase), &stalls->phases[phase]);
		fputc('\n', to->to);
	}
	fputs("#\n", to->to);
	put_histogram(to, &stalls->ns);
	fputs("#\n", to->to);
	put_trigger(to, stalls);
	put_unknown(to, stalls);
	put_programs(to, stalls->join);
}
