/* SPDX-License-Identifier: GPL-2.0 */
/* What `gtrace record --parks` says at its end: counted while the events go by. */
#ifndef GT_CLI_TALLY_H
#define GT_CLI_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include <uapi/gtrace.h>

struct gt_tally {
	uint64_t parks;
	uint64_t ladders_lost; /* parks whose branches were asked for and are not there */
	uint64_t cost, ran;    /* TSC ticks, as the last WINDOW event says */
	/*
	 * WINDOW events come from all CPUs and so not in order, but openings and closings alternate: the time that
	 * windows were open is the sum of the closings less the sum of the openings, modulo 2^64.
	 */
	uint64_t opened, closed; /* how many */
	uint64_t sum;            /* TSC of the closings less those of the openings */
	uint64_t first, last;    /* TSC of the first opening and of the last of all */
};

void gt_tally_event(struct gt_tally *tally, const struct gtrace_event *event);

/* gt_tally_cost - what probes cost, in percent of the time that target threads ran; false: not known. */
bool gt_tally_cost(const struct gt_tally *tally, double *percent);

/* gt_tally_open - percent of the time up to `end` (TSC) that probes recorded; false: WINDOW events are missing. */
bool gt_tally_open(const struct gt_tally *tally, uint64_t end, double *percent);

#endif
