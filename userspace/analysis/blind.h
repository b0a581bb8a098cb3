/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The stretches of a recording in which goroutines were not watched: before the first window, the pauses between
 * windows, and where events are missing. What happened there is unknown: neither calm nor a stall.
 *
 *	probes	      [== window ==]	     [======= window =======]	[= window ...
 *	gap					      x--x
 *	blind	-------		    ---------	      ----	     -----
 */
#ifndef GT_ANALYSIS_BLIND_H
#define GT_ANALYSIS_BLIND_H

#include "analysis/join.h"

enum gt_blindness {
	GT_BLIND_PAUSE, /* the probes paused, or were not planted yet */
	GT_BLIND_GAP,   /* events were dropped, or part of the file is missing: task switches are missing too */
};

struct gt_blind {
	uint64_t from, until; /* TSC, [from, until) */
	enum gt_blindness why;
};

struct gt_blinds {
	struct gt_blind *all; /* once settled: ascending, apart from each other */
	size_t count, room;
	bool paused;         /* when the recording ended the probes had paused */
	uint64_t windows;    /* how often probes began to record */
	uint64_t hits, cost; /* as the last WINDOW event says: hits, TSC ticks they took ... */
	uint64_t ran;        /* ... of so many that target threads ran; of the whole session */
};

void gt_blinds_free(struct gt_blinds *blinds);

/* One stretch, in any order; an empty one is none. Returns 0 or -ENOMEM. */
int gt_blinds_add(struct gt_blinds *blinds, uint64_t from, uint64_t until, enum gt_blindness why);

/* After the last one: puts them in order and joins those that touch; of two kinds a gap counts. */
void gt_blinds_settle(struct gt_blinds *blinds);

/*
 * All of a recording, settled. A recording without WINDOW events is one pause from end to end. A dump that tells how
 * what stood still before it had come to is not blind for that: the probes recorded without a pause since. Reads
 * its events once. Returns 0, -ENOMEM, -errno.
 */
int gt_blinds_find(struct gt_blinds *blinds, struct gt_join *join);

/* TSC ticks of [from, until) that are not blind. */
uint64_t gt_blinds_seen(const struct gt_blinds *blinds, uint64_t from, uint64_t until);

#endif
