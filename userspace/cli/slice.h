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
	/* What holds beyond its end: all events of tasks, mappings, windows and clocks; the last others of each CPU. */
	struct gt_events changes;
	struct gt_cpu_states cpus;
};

struct gt_slice *gt_slice_new(uint64_t begin); /* NULL: no memory */
void gt_slice_free(struct gt_slice *slice);    /* NULL is fine */

/* gt_slice_event - one of its events, of a CPU. Its chunk is not made here. 0 or -ENOMEM. */
int gt_slice_event(struct gt_slice *slice, uint32_t cpu, const struct gtrace_event *event);

/* Those of a window. Starts zeroed but for `ticks` and `full`. */
struct gt_slices {
	struct gt_slice **all; /* oldest first */
	size_t count, room;
	uint64_t ticks; /* how long a slice is at most */
	size_t full;    /* bytes: the newest one ends with them, so that few are dropped at once to save memory */
};

/*
 * gt_slices_place - the slice of moment `tsc`, made when there is none, and `until` when it is the same. None begins
 * before `from`, which is not later than `tsc`. 0 or -ENOMEM.
 */
int gt_slices_place(struct gt_slices *slices, uint64_t tsc, uint64_t from, struct gt_slice **slice, uint64_t *until);

/* gt_slices_at - the last that begins at `tsc` or before, NULL = none does. */
struct gt_slice *gt_slices_at(const struct gt_slices *slices, uint64_t tsc);

/* gt_slices_end - TSC at which number `i` ends. */
uint64_t gt_slices_end(const struct gt_slices *slices, size_t i);

/* gt_slices_shift - takes the oldest, which is the caller's then. */
struct gt_slice *gt_slices_shift(struct gt_slices *slices);

/* gt_slices_bytes - memory that they take. */
size_t gt_slices_bytes(const struct gt_slices *slices);
void gt_slices_free(struct gt_slices *slices);

#endif
