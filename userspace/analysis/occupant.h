/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who had each CPU, from SWITCH steps, for a while back. Internal to userspace/analysis.
 *
 * Not all switches between tasks that are no targets are recorded. Where some are missing, the task that a SWITCH
 * brought is another than the one that the next SWITCH takes off: both had the CPU, and when it changed hands nobody
 * knows.
 */
#ifndef GT_ANALYSIS_OCCUPANT_H
#define GT_ANALYSIS_OCCUPANT_H

#include "analysis/hash.h"
#include "analysis/stall.h"

/* Switches of one CPU that are remembered. What a thread waits for longer than that is told by the last ones. */
#define GT_OCCUPANTS_KEPT 256

struct gt_occupant {
	uint64_t from; /* TSC; 0 = nobody knows since when */
	uint32_t tid;  /* 0 = idle */
	uint32_t last; /* who the next SWITCH takes off */
};

struct gt_occupied {
	struct gt_occupant kept[GT_OCCUPANTS_KEPT]; /* the n-th at n % GT_OCCUPANTS_KEPT */
	size_t count;
};

struct gt_occupants {
	struct gt_occupied **all;
	size_t count, room;
	struct gt_hash by_cpu; /* -> index + 1 */
};

void gt_occupants_free(struct gt_occupants *occupants);

/* The CPU goes from `prev` to `next`. Returns 0 or -ENOMEM. */
int gt_occupants_switch(struct gt_occupants *occupants, uint32_t cpu, uint64_t tsc, uint32_t prev, uint32_t next);

/* Who had the CPU in [from, until). What is longer ago than anything remembered counts as unsure. */
void gt_occupants_tell(const struct gt_occupants *occupants, uint32_t cpu, uint64_t from, uint64_t until,
		       struct gt_holders *holders);

#endif
