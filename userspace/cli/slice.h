/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A stretch of the flight recorder's time, of all CPUs: the unit that is dropped. What it holds is told by time stamps,
 * not by when it was read: a recorder that is late still keeps the right stretch.
 *
 *	cpu 0  |--e--e--s-|-e---s---|-e--		[begin, begin of the next)
 *	cpu 1  |e---e--e--|---------|--e-
 */
#ifndef GT_CLI_SLICE_H
#define GT_CLI_SLICE_H

#include "cpu_state.h"
#include "kept.h"
#include "lib/proc.h"

struct gt_slice {
	uint64_t begin;             /* TSC */
	struct gt_kept_list chunks; /* EVENTS and SAMPLES as they came: a CPU's SWITCH events before what they tag */
	/* What holds beyond its end: events of tasks, mappings, windows and clocks of all CPUs, and of each CPU the last. */
	struct gt_events changes;
	struct gt_cpu_states cpus;
};

struct gt_slice *gt_slice_new(uint64_t begin); /* NULL: no memory */
void gt_slice_free(struct gt_slice *slice);    /* NULL is fine */

/* gt_slice_event - one of its events, of a CPU. Its chunk is not made here. 0 or -ENOMEM. */
int gt_slice_event(struct gt_slice *slice, uint32_t cpu, const struct gtrace_event *event);

/* gt_slice_bytes - memory that it takes. */
size_t gt_slice_bytes(const struct gt_slice *slice);

#endif
