/* SPDX-License-Identifier: GPL-2.0 */
/* What the rest of a recording must know of a CPU whose earlier events are dropped. */
#ifndef GT_CLI_CPU_STATE_H
#define GT_CLI_CPU_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/recording.h"

struct gt_cpu_state {
	uint32_t cpu;
	struct gtrace_event_switch has; /* the last; head.type 0 = none */
	/* The last two, likewise: record number period.sample_index is still at the distance that the one before says.
	 */
	struct gtrace_event_period period, period_before;
	uint64_t samples;      /* records */
	bool counted;          /* the next is known */
	struct gt_total total; /* at a moment that is not later than its last event */
};

/* Starts zeroed. */
struct gt_cpu_states {
	struct gt_cpu_state *all;
	size_t count, room;
};

/* gt_cpu_state_at - that of a CPU, made when there is none; good until the next is made. NULL: no memory. */
struct gt_cpu_state *gt_cpu_state_at(struct gt_cpu_states *states, uint32_t cpu);

/* gt_cpu_state_find - the same without making one: NULL. */
const struct gt_cpu_state *gt_cpu_state_find(const struct gt_cpu_states *states, uint32_t cpu);

/* gt_cpu_state_event - SWITCH and PERIOD; others change nothing. */
void gt_cpu_state_event(struct gt_cpu_state *state, const struct gtrace_event *event);

/* gt_cpu_state_pass - `later`, what a stretch of time brought, is past, too. */
void gt_cpu_state_pass(struct gt_cpu_state *state, const struct gt_cpu_state *later);

void gt_cpu_states_free(struct gt_cpu_states *states);

#endif
