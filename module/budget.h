/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The arithmetic of gtrace_config.overhead: when probes record, and when they pause. Pure.
 *
 *	credit = share of what the targets ran - what the probes cost
 *
 *	 +h +\         /\  opens again
 *	  0 +-\-------/--\----
 *	 -h |  \_____/    \   closes, when the window is over and the credit is used up
 *	      window pause
 *
 * A window is long enough to hold stalls as a whole, and h is half of its price: of planting and pulling, and of hits
 * as dense as they came at most between two looks of the last one. So what was spent is at no time further than half a
 * window from its share. While all that was allowed so far is little, a window is shorter, it may cost a fifth of that;
 * and it has to wait for so much credit that it exceeds what was allowed by no more than a tenth.
 *
 * Of the first one no price is known, and there is no credit yet: it closes at the first look that finds more spent
 * than allowed. Looks come so often that this is early. The next one is reckoned with hits that take half of the time,
 * which is a load of nothing but hits.
 */
#ifndef _GTRACE_BUDGET_H
#define _GTRACE_BUDGET_H

#include <linux/types.h>

/*
 * Stalls that a scheduler makes are some milliseconds long (a time slice, 10 ms of Go's forced preemption): 20 ms hold
 * them, and at 2 % a load of nothing but hits still has a window a second. Below 5 ms there is little to see.
 */
#define GT_BUDGET_WINDOW_MS	20u
#define GT_BUDGET_SHORTEST_MS	5u

/*
 * Unspent credit is kept for so much of a CPU's time, so that a calm hour does not pay for a wild minute; but for one
 * window there is always room.
 */
#define GT_BUDGET_KEEP_MS	1000u

struct gt_budget {
	u32 share;		/* thousandths of what targets run; 0 = no limit */
	bool open;
	bool idle;		/* no target ran between the last two looks */
	u64 shortest, longest;	/* windows, TSC ticks */
	u64 late;		/* how much later than asked for looks come, TSC ticks */
	s64 keep;		/* largest credit, unless a window's price is more */
	u64 since;		/* TSC of the last opening or closing */
	u64 looked;		/* TSC of the last look, or of a turn after it */
	u64 cost, ran;		/* as they were then */
	u64 edges;		/* what the last opening and closing cost, late hits included */
	u64 peak_cost, peak_length;	/* the dearest time between two looks of the last window; no length: none yet */
	u64 window;		/* what this window, or the next, lasts at least */
	s64 credit, enough;	/* thousandths of a TSC tick; for the next window */
};

/* Closed, with nothing on either side. Looks are made by a timer of `hz` ticks a second. */
void gt_budget_init(struct gt_budget *budget, u32 share, u32 tsc_khz, u32 hz);

/* Brings the credit up to date, and says whether probes should record now. Totals since START, TSC ticks. */
bool gt_budget_look(struct gt_budget *budget, u64 now, u64 cost, u64 ran);

/* Probes record from `now` on, or no more. `cost`: after the last was planted, or taken away. */
void gt_budget_turn(struct gt_budget *budget, bool open, u64 now, u64 cost);

/* TSC ticks after which another look may say something else, with that many CPUs. */
u64 gt_budget_wait(const struct gt_budget *budget, u64 now, u32 cpus);

#endif
