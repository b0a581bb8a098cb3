/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The branches before a hit, as the LBR held them: which of them are the goroutine's own way there, and when they were.
 *
 *	newest	runtime.chanrecv1 -> runtime.gopark	0 cycles before
 *		main.worker	  -> runtime.chanrecv1	the newest's cycles before, and so on
 *		...
 *		runtime.gogo	  -> main.worker	another stack before that: here the ladder ends
 *	oldest	runtime.schedule  -> runtime.execute
 *
 * An LBR entry counts the core cycles since the entry before it, so the time from the newest branch to the hit itself,
 * a few instructions, is in none of them.
 */
#ifndef GT_ANALYSIS_LADDER_H
#define GT_ANALYSIS_LADDER_H

#include "analysis/join.h"

struct gt_branch {
	uint64_t from, to; /* addresses in the process */
	uint32_t from_location, to_location;
	uint64_t before; /* core cycles from this branch to the newest one; at least so many when `saturated` */
	uint32_t cycles; /* since the branch before it */
	bool mispredicted;
	bool saturated; /* this branch's counter or a newer one's ended: it counts to 65535 */
};

struct gt_ladder {
	struct gt_branch branches[GT_MAX_BRANCHES]; /* newest first */
	uint32_t count;                             /* of the goroutine's own way */
	uint32_t recorded;                          /* that the hit carries */
	bool asked;                                 /* branches were asked for */
	bool lost;                                  /* ... and the LBR was found off, or the hit came another way */
	const char *ended_by; /* function that goes from stack to stack; NULL = the LBR held no more */
};

/* Of a GT_ITEM_HIT. Returns 0 or -ENOMEM. */
int gt_ladder_read(struct gt_ladder *ladder, struct gt_join *join, const struct gt_item *item);

#endif
