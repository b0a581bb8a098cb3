// SPDX-License-Identifier: GPL-2.0
#include "output/stalls.h"

void gt_site_fields(struct gt_json *to, const struct gt_join *join, struct gt_site site)
{
	const struct gt_frame *frame = gt_site_frame(join, site);

	if (!frame) {
		gt_json_null(to, "function");
		gt_json_null(to, "file");
		gt_json_null(to, "line");
		return;
	}
	gt_json_string(to, "function", gt_symbols_text(&join->symbols, frame->function));
	if (frame->line) {
		gt_json_string(to, "file", gt_symbols_text(&join->symbols, frame->file));
		gt_json_number(to, "line", frame->line);
	} else {
		gt_json_null(to, "file");
		gt_json_null(to, "line");
	}
}

static void put_id(struct gt_json *to, const char *key, uint64_t id)
{
	if (id)
		gt_json_number(to, key, id);
	else
		gt_json_null(to, key);
}

static void put_waker(struct gt_json *to, const struct gt_join *join, const struct gt_stall *stall)
{
	gt_json_open(to, "woken_by", '{');
	gt_json_string(to, "kind", gt_waker_name(stall->waker));
	put_id(to, "goid", stall->waker_goid);
	put_id(to, "tid", stall->waker_tid);
	gt_site_fields(to, join, stall->waker_site);
	gt_json_close(to, '}');
}

/* Of the time that its thread waited for that CPU. */
static double share(uint64_t ticks, const struct gt_stall *stall)
{
	return stall->wait ? (double)ticks / stall->wait : 0;
}

/* The CPU that its thread waited for longest, and who had it. */
static void put_wait(struct gt_json *to, struct gt_join *join, const struct gt_stall *stall)
{
	const struct gt_holders *held = &stall->held;
	uint32_t most = held->all[0].ticks ? held->all[0].tid : held->last;
	size_t i;

	if (!stall->kernel || !stall->wait) {
		gt_json_null(to, "waited_for");
		return;
	}
	gt_json_open(to, "waited_for", '{');
	gt_json_number(to, "cpu", stall->wait_cpu);
	gt_json_number(to, "ns", gt_clock_span_ns(&join->clock, stall->end - stall->wait, stall->end));
	gt_json_number(to, "held_by_tid", most);
	gt_json_string(to, "held_by", gt_thread_comm(join, most, stall->end));
	gt_json_open(to, "holders", '[');
	for (i = 0; i < GT_HOLDERS && held->all[i].ticks; i++) {
		gt_json_open(to, NULL, '{');
		gt_json_number(to, "tid", held->all[i].tid);
		gt_json_string(to, "comm", gt_thread_comm(join, held->all[i].tid, stall->end));
		gt_json_fraction(to, "share", share(held->all[i].ticks, stall));
		gt_json_close(to, '}');
	}
	gt_json_close(to, ']');
	gt_json_fraction(to, "others", share(held->others, stall));
	gt_json_fraction(to, "unsure", share(held->unsure, stall));
	gt_json_fraction(to, "before", share(held->before, stall));
	gt_json_close(to, '}');
}

/* Where it went on. */
static void put_end(struct gt_json *to, const struct gt_stall *stall)
{
	if (stall->open) {
		gt_json_null(to, "ran_on_tid");
		gt_json_null(to, "ran_on_cpu");
		return;
	}
	gt_json_number(to, "ran_on_tid", stall->end_tid);
	gt_json_number(to, "ran_on_cpu", stall->end_cpu);
}

void gt_stall_fields(struct gt_json *to, struct gt_join *join, const struct gt_stall *stall)
{
	char reason[64];

	gt_json_number(to, "number", stall->number);
	gt_json_signed(to, "at_ns", gt_stall_at_ns(join, stall));
	gt_json_number(to, "tsc_begin", stall->begin);
	gt_json_number(to, "tsc_ready", stall->ready);
	gt_json_number(to, "tsc_end", stall->end);
	gt_json_bool(to, "over", !stall->open);
	if (stall->open)
		gt_json_bool(to, "process_ended", stall->gone);
	gt_json_bool(to, "began_before", gt_join_before(join, stall->begin));
	gt_json_bool(to, "fired", gt_stall_fired(join, stall));
	gt_json_string(to, "kind", gt_stall_kind_name(stall->kind));
	gt_json_string(to, "reason", gt_stall_reason(join, stall, reason, sizeof(reason)));
	gt_json_number(to, "goid", stall->goid);
	gt_json_number(to, "pid", stall->tgid);
	gt_json_number(to, "tid", stall->tid);
	gt_json_number(to, "cpu", stall->cpu);
	gt_site_fields(to, join, stall->site);
	gt_json_open(to, "goroutine", '{');
	gt_site_fields(to, join, stall->root);
	gt_json_close(to, '}');
	gt_json_number(to, "duration_ns", gt_stall_ns(join, stall));
	gt_json_number(to, "blocked_ns", gt_stall_phase_ns(join, stall, GT_PHASE_BLOCKED));
	gt_json_number(to, "go_queue_ns", gt_stall_phase_ns(join, stall, GT_PHASE_GO));
	gt_json_number(to, "kernel_queue_ns", gt_stall_phase_ns(join, stall, GT_PHASE_KERNEL));
	put_waker(to, join, stall);
	put_wait(to, join, stall);
	put_end(to, stall);
	if (stall->lock)
		gt_json_hex(to, "lock", stall->lock);
	else
		gt_json_null(to, "lock");
}

static void spread_fields(struct gt_json *to, const struct gt_spread *spread)
{
	gt_json_number(to, "count", spread->count);
	gt_json_number(to, "total_ns", spread->sum);
	gt_json_number(to, "p50_ns", gt_spread_quantile(spread, 0.5));
	gt_json_number(to, "p90_ns", gt_spread_quantile(spread, 0.9));
	gt_json_number(to, "p99_ns", gt_spread_quantile(spread, 0.99));
	gt_json_number(to, "max_ns", spread->max);
}

static void put_spread(struct gt_json *to, const char *of, const char *name, const struct gt_spread *spread)
{
	uint64_t octaves[GT_SPREAD_OCTAVES];
	unsigned int i;

	gt_json_open(to, NULL, '{');
	gt_json_string(to, "type", "distribution");
	gt_json_string(to, "of", of);
	gt_json_string(to, "name", name);
	spread_fields(to, spread);
	gt_spread_octaves(spread, octaves);
	gt_json_open(to, "histogram", '[');
	for (i = 0; i < GT_SPREAD_OCTAVES; i++) {
		if (!octaves[i])
			continue;
		gt_json_open(to, NULL, '{');
		gt_json_number(to, "from_ns", i ? 1ull << i : 0);
		gt_json_number(to, "count", octaves[i]);
		gt_json_close(to, '}');
	}
	gt_json_close(to, ']');
	gt_json_close(to, '}');
	gt_json_line(to);
}

static void put_group(struct gt_json *to, const struct gt_stalls *stalls, const struct gt_stall_group *group)
{
	static const char *const names[] = {
		[GT_STALLS_BY_REASON] = "reason",
		[GT_STALLS_BY_FUNCTION] = "function",
		[GT_STALLS_BY_GOROUTINE] = "goroutine",
	};

	gt_json_open(to, NULL, '{');
	gt_json_string(to, "type", "group");
	gt_json_string(to, "by", names[stalls->by]);
	gt_json_string(to, "name", gt_symbols_text(&stalls->join->symbols, group->name));
	if (stalls->by == GT_STALLS_BY_GOROUTINE) {
		gt_json_number(to, "goid", group->goid);
		gt_json_number(to, "pid", group->tgid);
	}
	spread_fields(to, &group->ns);
	gt_json_number(to, "longest", group->longest);
	gt_json_close(to, '}');
	gt_json_line(to);
}

static void put_all(struct gt_json *to, const struct gt_stalls *stalls)
{
	const struct gt_join *join = stalls->join;
	int why;

	gt_json_open(to, NULL, '{');
	gt_json_string(to, "type", "stalls");
	gt_json_number(to, "stalls", stalls->ns.count);
	gt_json_number(to, "matching", stalls->over.matching);
	gt_json_number(to, "shown", stalls->by ? stalls->groups.count : stalls->over.count);
	gt_json_number(to, "system_hidden", stalls->system_hidden);
	gt_json_number(to, "unfinished", stalls->open.matching);
	gt_json_number(to, "unfinished_system_hidden", stalls->open_hidden);
	gt_json_number(to, "earlier", stalls->earlier.matching);
	gt_json_number(to, "standing_dropped", join->info->standing_dropped);
	gt_json_bool(to, "paused_at_end", stalls->blinds.paused);
	put_id(to, "fired", stalls->fired);
	gt_json_number(to, "stops", stalls->stops);
	gt_json_open(to, "unknown", '{');
	for (why = 0; why < GT_NR_UNKNOWNS; why++)
		gt_json_number(to, gt_unknown_name(why), stalls->unknown[why]);
	gt_json_close(to, '}');
	gt_json_number(to, "windows", stalls->blinds.windows);
	gt_json_number(
		to, "watched_ns",
		gt_clock_span_ns(&stalls->join->clock, join->first_tsc,
				 join->first_tsc + gt_blinds_seen(&stalls->blinds, join->first_tsc, join->last_tsc)));
	gt_json_number(to, "hits", stalls->steps.hits);
	gt_json_number(to, "unreadable", stalls->steps.unreadable);
	gt_json_close(to, '}');
	gt_json_line(to);
}

static void put_programs(struct gt_json *to, const struct gt_join *join)
{
	size_t i;

	for (i = 0; i < join->goroutines.nr_programs; i++) {
		const struct gt_program *program = &join->goroutines.programs[i];

		if (!program->refused)
			continue;
		gt_json_open(to, NULL, '{');
		gt_json_string(to, "type", "problem");
		gt_json_string(to, "file", program->path);
		gt_json_string(to, "problem", program->words);
		gt_json_close(to, '}');
		gt_json_line(to);
	}
}

/* Who adds up what stalls took must not add these by mistake: they are of another type. */
static void put_list(struct gt_json *to, const struct gt_stalls *stalls, const char *type,
		     const struct gt_stall_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		gt_json_open(to, NULL, '{');
		gt_json_string(to, "type", type);
		gt_stall_fields(to, stalls->join, &list->all[i]);
		gt_json_close(to, '}');
		gt_json_line(to);
	}
}

void gt_stalls_json(struct gt_json *to, const struct gt_stalls *stalls)
{
	const struct gt_join *join = stalls->join;
	size_t shown = stalls->groups.count, i;
	int phase;

	put_list(to, stalls, "stall", &stalls->over);
	put_list(to, stalls, "unfinished", &stalls->open);
	put_list(to, stalls, "earlier", &stalls->earlier);
	if (stalls->over.top && stalls->over.top < shown)
		shown = stalls->over.top;
	for (i = 0; i < shown; i++)
		put_group(to, stalls, &stalls->groups.all[i]);
	for (i = 0; i < stalls->reasons.count; i++)
		put_spread(to, "reason", gt_symbols_text(&join->symbols, stalls->reasons.all[i].name),
			   &stalls->reasons.all[i].ns);
	for (phase = 0; phase < GT_NR_PHASES; phase++)
		put_spread(to, "phase", gt_phase_name(phase), &stalls->phases[phase]);
	put_spread(to, "all", "duration", &stalls->ns);
	put_all(to, stalls);
	put_programs(to, join);
}
