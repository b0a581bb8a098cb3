/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TSC to CLOCK_MONOTONIC, from the CLOCK events of all CPUs: straight lines between neighbouring pairings; beyond the
 * first and the last at the rate of all of them, or, when they are close together, at the TSC's own.
 *
 * One CPU's TSC is taken to be the other's (invariant, synchronised TSC: what the kernel demands before it offers
 * tsc_khz). The error says whether that was true: pairings of one CPU are held against the lines of all.
 */
#ifndef GT_ANALYSIS_CLOCK_H
#define GT_ANALYSIS_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uapi/gtrace.h>

struct gt_clock_pair {
	uint64_t tsc; /* middle of the two readings */
	uint64_t ns;
	uint64_t half; /* TSC ticks: half the distance of the readings */
};

struct gt_clock {
	struct gt_clock_pair *pairs;
	size_t count, room;
	uint32_t tsc_khz;
	size_t last;       /* pair that the last conversion began at */
	uint64_t error_ns; /* how far a conversion between two pairs may be off; see gt_clock_settle() */
	uint64_t refused;  /* pairings that made no sense */
};

void gt_clock_free(struct gt_clock *clock);

/* Enters a pairing, in any order. Returns 0 or -ENOMEM. */
int gt_clock_add(struct gt_clock *clock, const struct gtrace_event_clock *event);

/*
 * After the last pairing: orders them and works out the error, which is the widest pairing's half distance plus the
 * farthest that any pairing lies off the line between its neighbours.
 */
void gt_clock_settle(struct gt_clock *clock, uint32_t tsc_khz);

/* Whether conversion is possible: two pairings, or one and the TSC's frequency. */
bool gt_clock_known(const struct gt_clock *clock);

/* CLOCK_MONOTONIC at `tsc`, ns. Only when gt_clock_known(). */
uint64_t gt_clock_ns(struct gt_clock *clock, uint64_t tsc);

/* Length of a stretch of TSC ticks, ns; 0 when unknown. */
uint64_t gt_clock_span_ns(struct gt_clock *clock, uint64_t from, uint64_t to);

#endif
