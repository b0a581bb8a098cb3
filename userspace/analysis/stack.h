/* SPDX-License-Identifier: GPL-2.0 */
/* The call stack that a hit carries, and which function of it is to blame. */
#ifndef GT_ANALYSIS_STACK_H
#define GT_ANALYSIS_STACK_H

#include "analysis/join.h"
#include "analysis/stall.h"

#define GT_STACK_MAX (GTRACE_FRAMES_MAX + 1)

struct gt_stack {
	uint32_t locations[GT_STACK_MAX]; /* of the calls, innermost first; each may hold inlined frames */
	uint32_t count;                   /* 0 = the hit has no stack */
	bool cut;                         /* it goes on: a frame was out of reach, or there are more than fit */
};

/* Of a GT_ITEM_HIT; READY: that of the waker. Returns 0 or -ENOMEM. */
int gt_stack_read(struct gt_stack *stack, struct gt_join *join, const struct gt_item *item);

/* Is `function` the innermost one of call number `call` (0 = innermost)? */
bool gt_stack_named(const struct gt_join *join, const struct gt_stack *stack, uint32_t call, const char *function);

/*
 * Whether the function called `name` is part of the machinery by which Go blocks, wakes and schedules, so that its
 * caller is the one to name: "sync.(*Mutex).Lock", "runtime.chanrecv1", "net.(*conn).Read".
 */
bool gt_is_machinery(const char *name);

/*
 * The function whose entry `pc` is, where a goroutine's first EXECUTE goes on: what it begins with. GT_NO_SITE: `pc` is
 * no entry, or that of a wrapper. Returns 0 or -ENOMEM.
 */
int gt_stack_entry(struct gt_join *join, const struct gt_item *item, uint64_t pc, struct gt_site *site);

/* What each location of a recording is, remembered. Begins as all zeroes. */
struct gt_blame {
	uint8_t *verdicts; /* by location */
	size_t count;
};

void gt_blame_free(struct gt_blame *blame);

/*
 * site: the innermost frame that is not machinery; where all of it is, as in the runtime's own goroutines, the root.
 * root: the function that the goroutine began with. GT_NO_SITE: unknown, as of a stack that is cut, or C's. Returns 0
 * or -ENOMEM.
 */
int gt_blame(struct gt_blame *blame, const struct gt_join *join, const struct gt_stack *stack, struct gt_site *site,
	     struct gt_site *root);

/*
 * Whether a goroutine that began there is a system goroutine, the runtime's own: GC workers, sweeper, scavenger
 * (runtime.isSystemGoroutine; the main goroutine, which begins with runtime.main, is none).
 */
bool gt_is_system(const struct gt_join *join, struct gt_site root);

/* The frame of a site; NULL: it has no name. */
const struct gt_frame *gt_site_frame(const struct gt_join *join, struct gt_site site);

#endif
