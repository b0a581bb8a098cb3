// SPDX-License-Identifier: GPL-2.0
#include "output/stall.h"

#include <inttypes.h>
#include <string.h>

#include "analysis/cell.h"
#include "analysis/stalls.h"
#include "output/stalls.h"
#include "output/text.h"

#define TEXT_BYTES    1024
#define PLACE_COLUMNS 43
#define PHASE_COLUMNS 36 /* before what is said about a phase */

static void heading(const struct gt_terminal *to, const char *text)
{
	fputc('\n', to->to);
	gt_terminal_style(to, GT_BOLD);
	fprintf(to->to, "%s\n", text);
	gt_terminal_style(to, GT_PLAIN);
}

static void label(const struct gt_terminal *to, const char *text)
{
	gt_terminal_style(to, GT_DIM);
	fprintf(to->to, "  %-12s", text);
	gt_terminal_style(to, GT_PLAIN);
}

/* "main.worker main.go:42", in so many columns (0: as it is); what is machinery is dim. */
static void put_site(const struct gt_terminal *to, const struct gt_join *join, struct gt_site site, size_t columns)
{
	const struct gt_frame *frame = gt_site_frame(join, site);
	bool dim = frame && gt_is_machinery(gt_symbols_text(&join->symbols, frame->function));
	char text[TEXT_BYTES];

	gt_site_line(join, site, text, sizeof(text));
	gt_terminal_style(to, dim ? GT_DIM : GT_PLAIN);
	if (columns)
		gt_text_column(to->to, text, columns, GT_CUT_BEGIN);
	else
		gt_text_put(to->to, text);
	gt_terminal_style(to, GT_PLAIN);
}

static void put_reason(const struct gt_terminal *to, const struct gt_join *join, const struct gt_stall *stall)
{
	char text[TEXT_BYTES];

	gt_text_put(to->to, gt_stall_reason(join, stall, text, sizeof(text)));
}

static struct gt_site innermost(uint32_t location)
{
	return (struct gt_site){.location = location};
}

static const char *span(const struct gt_incident *incident, uint64_t from, uint64_t until, char *out)
{
	return gt_text_ns(out, gt_clock_span_ns(&incident->join->clock, from, until));
}

static void put_thread(const struct gt_terminal *to, const struct gt_incident *incident, uint32_t tid, uint64_t tsc)
{
	if (!tid) {
		fputs("nobody (idle)", to->to);
		return;
	}
	gt_text_put(to->to, gt_thread_comm(incident->join, tid, tsc));
	fprintf(to->to, " (tid %u)", tid);
}

/* ---- what happened ----------------------------------------------------------------------------------------------- */

/* Why this one, when no number was given. */
static void put_chosen(const struct gt_terminal *to, const struct gt_incident *incident)
{
	const char *trigger = incident->join->info->trigger;
	char number[GT_UNITS_BYTES];

	if (incident->chosen == GT_CHOSEN_NUMBER && !gt_stall_fired(incident->join, &incident->stall))
		return;
	label(to, "shown");
	switch (incident->chosen) {
	case GT_CHOSEN_INSTEAD:
		fputs("as the longest of all; the one that fired (", to->to);
		gt_text_put(to->to, trigger);
		fprintf(to->to, ")\n              began %s before the recording: a longer --flight keeps more\n",
			span(incident, incident->join->info->trigger_tsc, incident->join->first_tsc, number));
		return;
	case GT_CHOSEN_LONGEST:
		fprintf(to->to, "as the longest %s: gtrace stalls lists the others\n",
			incident->over ? "of all" : "so far, as none is over");
		return;
	default:
		fputs("as the one that made the flight recorder write: ", to->to);
		gt_text_put(to->to, trigger);
		fputc('\n', to->to);
	}
}

static void put_begin(const struct gt_terminal *to, const struct gt_incident *incident)
{
	const struct gt_stall *stall = &incident->stall;
	struct gt_join *join = incident->join;
	int64_t began = gt_stall_at_ns(join, stall);
	uint64_t at = began < 0 ? -began : began;
	char text[TEXT_BYTES], number[GT_UNITS_BYTES];
	size_t i;

	gt_terminal_style(to, GT_BOLD);
	fprintf(to->to, "stall %" PRIu64 ": goroutine %" PRIu64 " did not run for %s%s: ", stall->number, stall->goid,
		gt_incident_timed(incident) ? span(incident, stall->begin, stall->end, number) : "an unknown time",
		gt_incident_timed(incident) && stall->open ? " and more" : "");
	put_reason(to, join, stall);
	fputc('\n', to->to);
	gt_terminal_style(to, GT_PLAIN);
	put_chosen(to, incident);
	label(to, "when");
	fprintf(to->to, "%" PRIu64 ".%09" PRIu64 " s %s the recording began", at / 1000000000, at % 1000000000,
		began < 0 ? "before" : "after");
	if (gt_clock_known(&join->clock)) {
		at = gt_clock_ns(&join->clock, stall->begin);
		fprintf(to->to, ", CLOCK_MONOTONIC %" PRIu64 ".%09" PRIu64, at / 1000000000, at % 1000000000);
	}
	fputc('\n', to->to);
	label(to, "goroutine");
	fprintf(to->to, "%" PRIu64, stall->goid);
	if (stall->root.location != GT_NO_LOCATION) {
		fputs(", began with ", to->to);
		gt_text_put(to->to, gt_site_function(join, stall->root, text, sizeof(text)));
	}
	if (stall->ran_from)
		fprintf(to->to, "; had run for %s", span(incident, stall->ran_from, stall->begin, number));
	fputc('\n', to->to);
	label(to, "stopped in");
	if (stall->site.location != GT_NO_LOCATION)
		put_site(to, join, stall->site, 0);
	else
		fputs("the kernel", to->to);
	fputc('\n', to->to);
	label(to, "on thread");
	put_thread(to, incident, stall->tid, stall->begin);
	fprintf(to->to, ", CPU %u\n", stall->cpu);
	if (!stall->lock && !incident->chans[0])
		return;
	label(to, "waits on");
	for (i = 0; i < GT_INCIDENT_CHANS && incident->chans[i]; i++)
		fprintf(to->to, "%schan %#" PRIx64, i ? ", " : "", incident->chans[i]);
	/* The runtime's own object: of a mutex the root of its semaphore, of a descriptor its pollDesc. */
	if (!i)
		fprintf(to->to, "%#" PRIx64 " of the runtime", stall->lock);
	fputc('\n', to->to);
}

static void put_waker(const struct gt_terminal *to, const struct gt_incident *incident)
{
	const struct gt_stall *stall = &incident->stall;

	if (stall->open && stall->ready == stall->end) {
		fputs(stall->kind == GT_STALL_SYSCALL ? "nobody woke its thread" : "nobody made it runnable", to->to);
		return;
	}
	switch (stall->waker) {
	case GT_WAKER_GOROUTINE:
	case GT_WAKER_RUNTIME:
		fprintf(to->to, "until goroutine %" PRIu64 " (thread %u, CPU %u) made it ready in\n%*s",
			stall->waker_goid, stall->waker_tid, stall->waker_cpu, PHASE_COLUMNS, "");
		put_site(to, incident->join, stall->waker_site, 0);
		return;
	case GT_WAKER_GC:
		fputs("until the garbage collector let all go on that waited for it", to->to);
		return;
	case GT_WAKER_SCHEDULER:
		fprintf(to->to, "until Go's scheduler on thread %u took it for a garbage collection", stall->waker_tid);
		return;
	case GT_WAKER_SYSMON:
		fputs("until the runtime's monitor (sysmon) or a timer of the runtime woke it", to->to);
		return;
	case GT_WAKER_TIMER:
		fprintf(to->to, "until a timer ran out (thread %u, CPU %u)", stall->waker_tid, stall->waker_cpu);
		return;
	case GT_WAKER_NETPOLL:
		fputs("until the network poller found its descriptor ready", to->to);
		if (stall->waker_tid)
			fprintf(to->to, " (thread %u, CPU %u)", stall->waker_tid, stall->waker_cpu);
		return;
	case GT_WAKER_THREAD:
		fputs("until its thread was woken by ", to->to);
		put_thread(to, incident, stall->waker_tid, stall->ready);
		if (stall->waker_goid)
			fprintf(to->to, ",\n%*swhich ran goroutine %" PRIu64, PHASE_COLUMNS, "", stall->waker_goid);
		if (stall->waker_site.location != GT_NO_LOCATION) {
			fputs(" in ", to->to);
			put_site(to, incident->join, stall->waker_site, 0);
		}
		return;
	case GT_WAKER_INTERRUPT:
		fprintf(to->to, "until an interrupt on CPU %u woke its thread", stall->waker_cpu);
		return;
	default:
		fputs("until it ran again; who made it runnable was not seen", to->to);
	}
}

/* Who had the CPU that its thread waited for, one a line when there are several. */
static void put_holders(const struct gt_terminal *to, const struct gt_incident *incident)
{
	const struct gt_stall *stall = &incident->stall;
	const struct gt_holders *held = &stall->held;
	char number[GT_UNITS_BYTES];
	size_t i;

	if (!stall->wait) {
		fprintf(to->to, "thread %u was woken and has no CPU yet", stall->tid);
		return;
	}
	if (stall->kernel > stall->wait)
		fprintf(to->to, "%s of it for CPU %u", span(incident, stall->end - stall->wait, stall->end, number),
			stall->wait_cpu);
	else
		fprintf(to->to, "thread %u waited for CPU %u", stall->open ? stall->tid : stall->end_tid,
			stall->wait_cpu);
	if (held->all[0].ticks == stall->wait && !held->all[0].tid) {
		fputs(", which was idle and had to wake up", to->to);
		return;
	}
	if (held->all[0].ticks == stall->wait) {
		fputs(", held by ", to->to);
		put_thread(to, incident, held->all[0].tid, stall->end);
		return;
	}
	fputs(", held by", to->to);
	for (i = 0; i < GT_HOLDERS && held->all[i].ticks; i++) {
		fprintf(to->to, "\n%*s%5.1f %%  ", PHASE_COLUMNS, "", 100.0 * held->all[i].ticks / stall->wait);
		put_thread(to, incident, held->all[i].tid, stall->end);
	}
	if (held->others)
		fprintf(to->to, "\n%*s%5.1f %%  others", PHASE_COLUMNS, "", 100.0 * held->others / stall->wait);
	if (held->unsure) {
		fprintf(to->to, "\n%*s%5.1f %%  ", PHASE_COLUMNS, "", 100.0 * held->unsure / stall->wait);
		put_thread(to, incident, held->first, stall->end);
		fputs(" first, ", to->to);
		put_thread(to, incident, held->last, stall->end);
		fputs(" last", to->to);
	}
	if (held->before)
		fprintf(to->to, "\n%*s%5.1f %%  nobody knows whom: before the recording", PHASE_COLUMNS, "",
			100.0 * held->before / stall->wait);
}

static void put_phase(const struct gt_terminal *to, const struct gt_incident *incident, enum gt_phase phase)
{
	const struct gt_stall *stall = &incident->stall;
	uint64_t all = stall->end - stall->begin, ticks = gt_stall_phase(stall, phase);
	char number[GT_UNITS_BYTES];

	if (!ticks)
		return;
	label(to, gt_phase_name(phase));
	fprintf(to->to, "%12s %5.1f %%  ", gt_text_ns(number, gt_stall_phase_ns(incident->join, stall, phase)),
		all ? 100.0 * ticks / all : 0);
	switch (phase) {
	case GT_PHASE_BLOCKED:
		put_waker(to, incident);
		break;
	case GT_PHASE_GO:
		if (stall->open)
			fputs("runnable, and no thread took it", to->to);
		else
			fprintf(to->to, "runnable, until thread %u took it", stall->end_tid);
		if (stall->requeued)
			fprintf(to->to, ":\n%*sits own had come back from the kernel and found no P", PHASE_COLUMNS,
				"");
		break;
	default:
		put_holders(to, incident);
	}
	fputc('\n', to->to);
}

/* What it was doing when it was last seen, and when that was. */
static void put_open(const struct gt_terminal *to, const struct gt_incident *incident)
{
	const struct gt_stall *stall = &incident->stall;
	char number[GT_UNITS_BYTES];

	label(to, "= so far");
	fprintf(to->to, "%12s          still %s when %s\n", span(incident, stall->begin, stall->end, number),
		stall->ready == stall->end && stall->kind != GT_STALL_PREEMPTED ? "blocked" : "waiting to run",
		stall->gone        ? "its process ended"
		: incident->paused ? "the probes paused for good"
				   : "the recording ended");
}

static void put_time(const struct gt_terminal *to, const struct gt_incident *incident)
{
	char number[GT_UNITS_BYTES];
	enum gt_phase phase;

	if (!gt_incident_timed(incident))
		return;
	heading(to, "where the time went");
	for (phase = 0; phase < GT_NR_PHASES; phase++)
		put_phase(to, incident, phase);
	if (incident->stall.open) {
		put_open(to, incident);
		return;
	}
	label(to, "= stalled");
	fprintf(to->to, "%12s          ran again on thread ",
		span(incident, incident->stall.begin, incident->stall.end, number));
	put_thread(to, incident, incident->stall.end_tid, incident->stall.end);
	fprintf(to->to, ", CPU %u\n", incident->stall.end_cpu);
}

/* ---- evidence ------------------------------------------------------------------------------------------------------
 */

static void put_stack(const struct gt_terminal *to, const struct gt_incident *incident, const struct gt_stack *stack)
{
	const struct gt_join *join = incident->join;
	uint32_t i, frame, frames;

	for (i = 0; i < stack->count; i++) {
		frames = join->symbols.locations[stack->locations[i]].nr_frames;
		for (frame = 0; frame < frames || !frame; frame++) {
			fputs("  ", to->to);
			put_site(to, join, (struct gt_site){.location = stack->locations[i], .frame = frame}, 0);
			fputs(frame + 1 < frames ? "  (inlined)\n" : "\n", to->to);
		}
	}
	if (stack->cut)
		fputs("  ... (cut here)\n", to->to);
}

static const char *before(const struct gt_incident *incident, const struct gt_branch *branch, char *out)
{
	char ns[GT_UNITS_BYTES];

	if (incident->join->info->tsc_khz)
		snprintf(out, GT_UNITS_BYTES, "%s%s%s", branch->saturated ? "<" : "", branch->before ? "-" : "",
			 gt_text_ns(ns, gt_cycles_ns(incident->join, branch->before)));
	else
		snprintf(out, GT_UNITS_BYTES, "%s-%" PRIu64 " cyc", branch->saturated ? "<" : "", branch->before);
	return out;
}

static void put_ladder(const struct gt_terminal *to, const struct gt_incident *incident)
{
	const struct gt_ladder *ladder = &incident->ladder;
	const struct gt_branch *branch;
	char text[TEXT_BYTES], number[GT_UNITS_BYTES];
	uint32_t i;

	if (!ladder->count)
		return;
	branch = &ladder->branches[ladder->count - 1];
	snprintf(text, sizeof(text),
		 "its last %u branches, the newest last (M = mispredicted): %s%" PRIu64 " core cycles%s%s",
		 ladder->count, branch->saturated ? "at least " : "", branch->before,
		 incident->join->info->tsc_khz ? " = " : "",
		 incident->join->info->tsc_khz ? gt_text_ns(number, gt_cycles_ns(incident->join, branch->before)) : "");
	heading(to, text);
	if (ladder->ended_by)
		fprintf(to->to, "  (older ones are of another stack: %s; %u left out)\n", ladder->ended_by,
			ladder->recorded - ladder->count);
	for (i = ladder->count; i--;) {
		branch = &ladder->branches[i];
		fprintf(to->to, "  %11s ", before(incident, branch, number));
		gt_terminal_style(to, GT_RED);
		putc_unlocked(branch->mispredicted ? 'M' : ' ', to->to);
		gt_terminal_style(to, GT_PLAIN);
		putc_unlocked(' ', to->to);
		put_site(to, incident->join, innermost(branch->from_location), PLACE_COLUMNS);
		fputs(" -> ", to->to);
		put_site(to, incident->join, innermost(branch->to_location), 0);
		fputc('\n', to->to);
	}
}

static void put_stores(const struct gt_terminal *to, const struct gt_incident *incident)
{
	char text[TEXT_BYTES], number[GT_UNITS_BYTES];
	size_t i;

	if (!incident->nr_stores)
		return;
	snprintf(text, sizeof(text), "stores sampled while it ran before%s",
		 incident->stores_seen > incident->nr_stores ? ", the last ones" : "");
	heading(to, text);
	for (i = 0; i < incident->nr_stores; i++) {
		const struct gt_incident_store *store = &incident->stores[i];

		fprintf(to->to, "  %10s before  ", span(incident, store->tsc, incident->stall.begin, number));
		if (store->addressed)
			fprintf(to->to, "to %#-16" PRIx64 "  ", store->address);
		put_site(to, incident->join, innermost(store->location), 0);
		fputc('\n', to->to);
	}
}

/* What its thread did next, and until when. */
static void put_next(const struct gt_terminal *to, const struct gt_incident *incident)
{
	const struct gt_stall *stall = &incident->stall;
	char text[TEXT_BYTES], number[GT_UNITS_BYTES];

	if (incident->next == GT_NEXT_UNKNOWN)
		return;
	snprintf(text, sizeof(text), "what thread %u did next", stall->tid);
	heading(to, text);
	fprintf(to->to, "  %10s later  ", span(incident, stall->begin, incident->next_from, number));
	if (incident->next == GT_NEXT_SLEPT || incident->next == GT_NEXT_LOST_CPU) {
		fputs(incident->next == GT_NEXT_SLEPT ? "it slept; its CPU went to " : "it lost its CPU to ", to->to);
		put_thread(to, incident, incident->next_task, incident->next_from);
		fputc('\n', to->to);
		return;
	}
	if (incident->next_goid == stall->goid) {
		fputs("it took the same goroutine again\n", to->to);
		return;
	}
	fprintf(to->to, "it took goroutine %" PRIu64, incident->next_goid);
	if (incident->next_root.location != GT_NO_LOCATION) {
		fputs(" (", to->to);
		gt_text_put(to->to, gt_site_function(incident->join, incident->next_root, text, sizeof(text)));
		fputc(')', to->to);
	}
	switch (incident->next_end) {
	case GT_NEXT_STOPPED:
		fprintf(to->to, " and ran it for %s,\n                    until ",
			span(incident, incident->next_from, incident->next_until, number));
		put_reason(to, incident->join, &incident->next_stop);
		fputs(" in ", to->to);
		put_site(to, incident->join, incident->next_stop.site, 0);
		break;
	case GT_NEXT_ENDED:
		fprintf(to->to, " and ran it for %s, to its end",
			span(incident, incident->next_from, incident->next_until, number));
		break;
	case GT_NEXT_OFF:
		fprintf(to->to, " and ran it for %s, until the thread left its CPU",
			span(incident, incident->next_from, incident->next_until, number));
		break;
	default:
		fputs(", and still ran it when last seen", to->to);
	}
	fputc('\n', to->to);
}

static void put_again(const struct gt_terminal *to, const struct gt_incident *incident)
{
	char text[TEXT_BYTES], number[GT_UNITS_BYTES];

	if (!incident->again)
		return;
	snprintf(text, sizeof(text), "what goroutine %" PRIu64 " did next", incident->stall.goid);
	heading(to, text);
	fprintf(to->to, "  %10s later  it stopped again: ",
		span(incident, incident->stall.end, incident->again_stop.begin, number));
	put_reason(to, incident->join, &incident->again_stop);
	fputs(" in ", to->to);
	put_site(to, incident->join, incident->again_stop.site, 0);
	fputc('\n', to->to);
}

void gt_incident_text(const struct gt_terminal *to, const struct gt_incident *incident)
{
	char text[TEXT_BYTES];
	unsigned int i;

	put_begin(to, incident);
	put_time(to, incident);
	put_ladder(to, incident);
	if (incident->stack.count) {
		heading(to, "its stack");
		put_stack(to, incident, &incident->stack);
	}
	put_stores(to, incident);
	put_next(to, incident);
	if (incident->waker_stack.count) {
		snprintf(text, sizeof(text), "stack of goroutine %" PRIu64 ", which made it ready",
			 incident->stall.waker_goid);
		heading(to, text);
		put_stack(to, incident, &incident->waker_stack);
	}
	put_again(to, incident);
	heading(to, "not known");
	for (i = 0; gt_incident_unknown(incident, i, text, sizeof(text)); i++) {
		fputs("  ", to->to);
		gt_text_put(to->to, text);
		fputc('\n', to->to);
	}
	if (!i)
		fputs("  nothing that gtrace can tell\n", to->to);
}
