/* SPDX-License-Identifier: GPL-2.0 */
/* From the events of a recording to the steps of a timeline: what the values of a hit mean, and whose line it was. */
#ifndef GT_ANALYSIS_STEP_H
#define GT_ANALYSIS_STEP_H

#include "analysis/stack.h"
#include "analysis/timeline.h"

/* The network poller may wake a reader and a writer at once; a coroutine's switch is three steps. */
#define GT_STEPS_MAX 3

struct gt_steps {
	struct gt_join *join; /* NULL = of events that are just being recorded: steps have no site, no root */
	struct gt_blame blame;
	uint64_t hits;       /* of probes */
	uint64_t unreadable; /* hits that do not say which goroutine they are about */
};

void gt_steps_free(struct gt_steps *steps);

/* The steps of an item, of any kind: how many, or -ENOMEM. */
int gt_steps_of(struct gt_steps *steps, const struct gt_item *item, struct gt_step *out);

/* All of the recording's steps into a timeline, and its end. Returns 0, -ENOMEM, -errno, or what the timeline returned.
 */
int gt_steps_feed(struct gt_steps *steps, struct gt_timeline *timeline);

#endif
