/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Triggers, while events come in: the same steps and the same timeline that `gtrace stalls` makes of a recording, fed
 * as far as all CPUs have been read, so that a trigger means what is listed later.
 *
 *	cpu 0  ---e--e---e----|			    e: events read in this round
 *	cpu 1  -e------e--e---|--e--|
 *			   ^  ^ when this round began
 *			   \ horizon: nothing before it is still to come
 *
 * A stall fires at the moment when it has taken too long, which is found when no event from before that can be on its
 * way any more: also when there are no events at all, and the stall never ends. Those of the runtime's own
 * goroutines do not.
 *
 * Memory is bounded however long it takes: now and then everything but the CPUs' own order is forgotten, and stalls
 * that are not over just then do not fire.
 */
#ifndef GT_CLI_WATCH_H
#define GT_CLI_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uapi/gtrace.h>

#include "analysis/stall.h"
#include "trigger.h"

struct gt_watch; /* opaque */

/* What fired. */
struct gt_fired {
	struct gt_trigger trigger;
	struct gt_stall stall; /* open: its `end` is when it fired */
	const char *root;      /* the function that the goroutine began with, NULL = unknown */
};

/* Takes each stall that meets a trigger, the first of those that were given counts. */
typedef void gt_fired_fn(void *to, const struct gt_fired *fired);

/* Takes each stall, also of those that fired, when it is over or nothing more will be known of it. */
typedef void gt_over_fn(void *to, const struct gt_stall *stall);

/* gt_watch_new - NULL: no memory. `khz`: of the TSC. */
struct gt_watch *gt_watch_new(const struct gt_trigger *triggers, size_t n, uint32_t khz, gt_fired_fn *fired,
			      gt_over_fn *over, void *to);
void gt_watch_free(struct gt_watch *watch); /* NULL is fine */

/* gt_watch_events - of one CPU, in the order of its ring. 0 or -ENOMEM. */
int gt_watch_events(struct gt_watch *watch, uint32_t cpu, const void *events, size_t bytes);

/*
 * gt_watch_round - all rings were read; that began at `tsc`. No event from before `known` is missing. What fired
 * meanwhile is told now. 0 or -ENOMEM.
 */
int gt_watch_round(struct gt_watch *watch, uint64_t tsc, uint64_t known);

/* gt_watch_due - TSC at which something fires if nothing happens before; UINT64_MAX = nothing will. */
uint64_t gt_watch_due(const struct gt_watch *watch);

#endif
