/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How a great many durations are spread, in little memory: counts by size, every doubling divided into 64 equal steps.
 * Count, sum and maximum are exact; a quantile is within 1/128 of the true one, and exact below 128.
 */
#ifndef GT_ANALYSIS_SPREAD_H
#define GT_ANALYSIS_SPREAD_H

#include <stddef.h>
#include <stdint.h>

struct gt_spread_step {
	uint32_t step; /* which; private */
	uint32_t reserved;
	uint64_t count;
};

struct gt_spread {
	struct gt_spread_step *steps; /* ascending; only those that have something */
	size_t nr_steps, room;
	uint64_t count, sum, max;
};

/* A spread begins as all zeroes. */
void gt_spread_free(struct gt_spread *spread);

/* Returns 0 or -ENOMEM. */
int gt_spread_add(struct gt_spread *spread, uint64_t value);

/* The value that `share` (0 to 1) of all are not above; 0 of none. */
uint64_t gt_spread_quantile(const struct gt_spread *spread, double share);

#define GT_SPREAD_OCTAVES 64

/* counts[i]: values in [2^i, 2^(i + 1)); 0 counts as 1. */
void gt_spread_octaves(const struct gt_spread *spread, uint64_t counts[GT_SPREAD_OCTAVES]);

#endif
