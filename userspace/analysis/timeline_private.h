/* SPDX-License-Identifier: GPL-2.0 */
/* What timeline.c and timeline_open.c share. */
#ifndef GT_ANALYSIS_TIMELINE_PRIVATE_H
#define GT_ANALYSIS_TIMELINE_PRIVATE_H

#include "analysis/deadline.h"
#include "analysis/thread.h"

enum gt_g_state {
	UNKNOWN,
	RUNNING, /* on `thread` */
	STOPPED, /* waiting or runnable: `stop` is open */
	OFF_CPU, /* `thread` has no CPU: `stop` is open */
};

/* A goroutine, as far as it is known. */
struct gt_timeline_g {
	struct gt_g id;
	uint32_t tgid;
	enum gt_g_state state;
	struct gt_thread *thread; /* RUNNING, OFF_CPU */
	uint64_t ran_from;        /* TSC, 0 = not seen */
	struct gt_site root;      /* the function that it began with */
	struct gt_stall stop;     /* STOPPED, OFF_CPU; `ready` 0 = nobody made it runnable yet */
	/*
	 * RUNNING, OFF_CPU: it came back from this system call, and nothing has shown yet that it went on: it may find
	 * that its P is gone.
	 */
	struct gt_stall call;
	bool called;
	struct gt_deadline deadline; /* of `stop`, when somebody wants to know */
	uint64_t told;               /* number of the stop that took too long and was told, 0 = none */
};

struct gt_timeline {
	const struct gt_blinds *blinds;
	size_t blind; /* the current or the next one */
	bool in_blind;
	uint64_t now; /* TSC of the latest step, or up to which it is known that there is none */
	uint64_t exit_path;
	uint64_t stood; /* TSC; see gt_timeline_stood() */
	gt_stall_fn *stall;
	gt_unknown_fn *unknown;
	gt_stall_fn *overdue;
	void *to;
	struct gt_limits limits;
	struct gt_deadlines deadlines;
	struct gt_timeline_g **all;
	size_t count, room;
	struct gt_hash by_address; /* (g, tgid) -> index + 1 */
	struct gt_threads threads;
	uint64_t stops, unknowns[GT_NR_UNKNOWNS];
};

/* gt_open_stop - the stop of a goroutine that is STOPPED or OFF_CPU, as far as it is known at `tsc`. */
struct gt_stall gt_open_stop(const struct gt_timeline *timeline, const struct gt_timeline_g *goroutine, uint64_t tsc);

/* gt_open_waker - who woke its thread, which slept in the kernel and is about to run, or waits for a CPU. */
void gt_open_waker(struct gt_stall *stop, const struct gt_thread *thread);

/* gt_open_limit - its stop began, or it was made runnable: sets the deadline. 0 or -ENOMEM. */
int gt_open_limit(struct gt_timeline *timeline, struct gt_timeline_g *goroutine);

/* gt_open_expire - tells the stops that take too long at `tsc` or before. 0, or what `overdue` returned. */
int gt_open_expire(struct gt_timeline *timeline, uint64_t tsc);

#endif
