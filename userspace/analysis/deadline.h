/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Moments that pass unless something happens before: the earliest is at hand, and setting, moving and clearing one
 * takes O(log n). One that is later than all others, as most new ones are, is set in O(1).
 */
#ifndef GT_ANALYSIS_DEADLINE_H
#define GT_ANALYSIS_DEADLINE_H

#include <stddef.h>
#include <stdint.h>

/* A part of what waits for the moment. Starts zeroed. */
struct gt_deadline {
	uint64_t due; /* TSC */
	size_t at;    /* private: place in the heap, + 1; 0 = it is not set */
};

/* Starts zeroed. The deadlines are their owners'. */
struct gt_deadlines {
	struct gt_deadline **all; /* a heap with the earliest at its top */
	size_t count, room;
};

/* gt_deadline_set - for the first time, or at another moment. 0 or -ENOMEM. */
int gt_deadline_set(struct gt_deadlines *deadlines, struct gt_deadline *deadline, uint64_t due);

/* gt_deadline_clear - one that is not set stays so. */
void gt_deadline_clear(struct gt_deadlines *deadlines, struct gt_deadline *deadline);

/* gt_deadline_first - the earliest, NULL = none is set. */
struct gt_deadline *gt_deadline_first(const struct gt_deadlines *deadlines);

void gt_deadlines_free(struct gt_deadlines *deadlines);

#endif
