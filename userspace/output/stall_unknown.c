// SPDX-License-Identifier: GPL-2.0
/* What is not known about a stall, said in so many words. */
#include <stdio.h>

#include "output/stall.h"
#include "output/text.h"

uint64_t gt_cycles_ns(const struct gt_join *join, uint64_t cycles)
{
	return join->info->tsc_khz ? cycles * 1000000 / join->info->tsc_khz : 0;
}

static bool no_end(const struct gt_incident *incident, char *out, size_t bytes)
{
	if (!incident->over)
		snprintf(out, bytes, "how long it stood still%s: %s",
			 incident->stall.open && gt_incident_timed(incident) ? " in all" : "",
			 gt_unknown_explain(incident->why));
	return !incident->over;
}

static bool no_ran_from(const struct gt_incident *incident, char *out, size_t bytes)
{
	if (incident->stall.ran_from)
		return false;
	snprintf(out, bytes, "since when it had run: %s",
		 gt_join_before(incident->join, incident->stall.begin) ? "it stopped before the recording begins"
								       : "the probes began to record after that");
	return true;
}

/* Of the time before the recording there is what tells how it stood still when that begins, and nothing else. */
static bool no_part(const struct gt_incident *incident, char *out, size_t bytes)
{
	const struct gt_stall *stall = &incident->stall;
	struct gt_join *join = incident->join;
	char time[GT_UNITS_BYTES];
	bool queued = gt_incident_timed(incident) && gt_join_before(join, stall->ready);

	if (!gt_join_before(join, stall->begin))
		return false;
	gt_text_ns(time, gt_clock_span_ns(&join->clock, stall->begin, join->first_tsc));
	snprintf(out, bytes, "what happened in its first %s, before the recording, but how it stopped%s%s", time,
		 queued ? " and became runnable" : " and that nobody was seen to make it runnable",
		 queued ? "; a thread that waited for a CPU then counts as Go's run queue" : "");
	return true;
}

static bool no_stack(const struct gt_incident *incident, char *out, size_t bytes)
{
	bool kernel = incident->stall.kind == GT_STALL_SYSCALL || incident->stall.kind == GT_STALL_PREEMPTED;

	if (kernel)
		snprintf(out, bytes, "where in the program it was: its thread did not tell when it left its CPU");
	else
		snprintf(out, bytes, "its stack: it could not be read");
	return !incident->stack.count;
}

static bool cut_stack(const struct gt_incident *incident, char *out, size_t bytes)
{
	snprintf(out, bytes, "the outer end of its stack: deeper than %d frames, or out of reach", GTRACE_FRAMES_MAX);
	return incident->stack.count && incident->stack.cut;
}

static bool no_ladder(const struct gt_incident *incident, char *out, size_t bytes)
{
	const struct gt_ladder *ladder = &incident->ladder;

	if (!incident->hit || ladder->count)
		return false;
	if (ladder->lost)
		snprintf(out, bytes,
			 "its last branches: lost; the LBR was found off, or this was the first hit in its process");
	else if (ladder->ended_by)
		snprintf(out, bytes, "its last branches: it had just come from another stack (%s)", ladder->ended_by);
	else
		snprintf(out, bytes, "its last branches: this probe does not record them");
	return true;
}

static bool cycles_assumed(const struct gt_incident *incident, char *out, size_t bytes)
{
	snprintf(out, bytes,
		 "the core's clock: times in the ladder are core cycles, taken to be ticks of the TSC (%.2f GHz)",
		 incident->join->info->tsc_khz / 1e6);
	return incident->ladder.count && incident->join->info->tsc_khz;
}

static bool no_waker(const struct gt_incident *incident, char *out, size_t bytes)
{
	snprintf(out, bytes,
		 "who made it runnable: no runtime.ready was seen; a wait that was over before it began has none");
	return incident->over && incident->stall.waker == GT_WAKER_UNKNOWN;
}

static bool no_ready(const struct gt_incident *incident, char *out, size_t bytes)
{
	const struct gt_stall *stall = &incident->stall;

	snprintf(out, bytes, "since when it was runnable: %s",
		 stall->waker == GT_WAKER_NETPOLL
			 ? "the network poller of this Go release cannot be probed"
			 : "it was put into the run queue as one of a list, without runtime.ready");
	return incident->over && ((stall->waker == GT_WAKER_NETPOLL && !stall->waker_tid) ||
				  stall->waker == GT_WAKER_GC || stall->waker == GT_WAKER_SYSMON);
}

static bool no_waker_line(const struct gt_incident *incident, char *out, size_t bytes)
{
	const struct gt_stall *stall = &incident->stall;

	if (stall->waker_goid)
		snprintf(out, bytes, "at which line its waker was: it woke it by futex, or just as the probes began");
	else
		snprintf(out, bytes, "at which line its waker was: no goroutine that is watched ran on thread %u",
			 stall->waker_tid);
	return incident->over && stall->waker == GT_WAKER_THREAD && stall->waker_site.location == GT_NO_LOCATION;
}

static bool unsure_holders(const struct gt_incident *incident, char *out, size_t bytes)
{
	snprintf(out, bytes,
		 "who had CPU %u when in %.1f %% of that time: switches between other programs are recorded only after "
		 "a preemption, the first few",
		 incident->stall.wait_cpu,
		 incident->stall.wait ? 100.0 * incident->stall.held.unsure / incident->stall.wait : 0);
	return gt_incident_timed(incident) && incident->stall.wait && incident->stall.held.unsure;
}

static bool not_seen(const struct gt_incident *incident, char *out, size_t bytes)
{
	const struct gt_goroutines *goroutines = &incident->join->goroutines;
	uint64_t until;
	uint32_t program = gt_goroutines_at(goroutines, incident->stall.tgid, incident->stall.begin, &until);

	if (!program || !goroutines->programs[program - 1].refused)
		return false;
	snprintf(out, bytes, "what the probes missed: %s", goroutines->programs[program - 1].words);
	return true;
}

static bool no_stores(const struct gt_incident *incident, char *out, size_t bytes)
{
	char count[GT_UNITS_BYTES];

	if (incident->nr_stores)
		return false;
	if (gt_join_before(incident->join, incident->stall.begin))
		snprintf(out, bytes, "its stores before that: the recording begins later");
	else if (incident->join->info->flags & GTRACE_F_NO_SAMPLES)
		snprintf(out, bytes, "its stores: the recording has no samples");
	else
		snprintf(out, bytes, "its stores before that: none was sampled; one in %s is",
			 gt_text_count(count, incident->join->info->period + 1));
	return true;
}

const char *gt_incident_unknown(const struct gt_incident *incident, unsigned int i, char *out, size_t bytes)
{
	static bool (*const doubts[])(const struct gt_incident *incident, char *out, size_t bytes) = {
		no_end,   no_part,  no_ran_from,   no_stack,       cut_stack, no_ladder, cycles_assumed,
		no_waker, no_ready, no_waker_line, unsure_holders, not_seen,  no_stores,
	};
	size_t at;

	for (at = 0; at < sizeof(doubts) / sizeof(*doubts); at++)
		if (doubts[at](incident, out, bytes) && !i--)
			return out;
	return NULL;
}
