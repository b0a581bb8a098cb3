/* SPDX-License-Identifier: GPL-2.0 */
/* What `gtrace record --parks` says at its end: counted while the events go by. */
#ifndef GT_CLI_TALLY_H
#define GT_CLI_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uapi/gtrace.h>

struct gt_window {
	uint64_t tsc;
	bool open;
};

/* Of different CPUs they are read out of order, by less than half of so many. */
#define GT_TALLY_WINDOWS 4096

/* Starts zeroed. */
struct gt_tally {
	uint64_t parks;
	uint64_t ladders_lost;     /* parks whose branches were asked for and are not there */
	uint64_t cost, ran;        /* TSC ticks, as the latest WINDOW event says */
	struct gt_window *windows; /* of all CPUs, as they were read; GT_TALLY_WINDOWS, those before are summed up: */
	size_t nr_windows;
	uint64_t first, since; /* TSC of the first event of all, of the last that was summed up */
	uint64_t recorded;     /* TSC ticks that probes recorded up to there */
	bool open;             /* they do */
	bool amiss;            /* an event is missing */
};

/* Returns 0 or -ENOMEM. */
int gt_tally_event(struct gt_tally *tally, const struct gtrace_event *event);

/* gt_tally_cost - what probes cost, in percent of the time that target threads ran; false: not known. */
bool gt_tally_cost(const struct gt_tally *tally, double *percent);

/*
 * gt_tally_open - percent of the time from the first window's opening to `end` (TSC) that probes recorded; false: there
 * was none, or WINDOW events are missing.
 */
bool gt_tally_open(struct gt_tally *tally, uint64_t end, double *percent);

void gt_tally_free(struct gt_tally *tally);

#endif
