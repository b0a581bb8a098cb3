/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How things stand at one moment, kept up from the events before it: who lives and what is mapped, who has each CPU and
 * at which period it samples, whether probes record, the clocks. A dump of the flight recorder begins with it.
 */
#ifndef GT_CLI_STANDING_H
#define GT_CLI_STANDING_H

#include "census.h"
#include "slice.h"

/* Starts zeroed: nothing is known. */
struct gt_standing {
	struct gt_census census;
	struct gt_cpu_states cpus;         /* samples: all before the moment */
	struct gtrace_event_window window; /* head.type 0 = none yet */
	struct gtrace_event_clock clock;   /* likewise */
};

/* gt_standing_event - of a CPU, in the order of time. 0 or -ENOMEM. */
int gt_standing_event(struct gt_standing *standing, uint32_t cpu, const struct gtrace_event *event);

/* gt_standing_pass - the moment is now the end of that slice. 0 or -ENOMEM. */
int gt_standing_pass(struct gt_standing *standing, const struct gt_slice *slice);

/* gt_standing_maps - appends the events of a MAPS chunk, those of tasks with `tsc`. 0 or -ENOMEM. */
int gt_standing_maps(const struct gt_standing *standing, uint64_t tsc, struct gt_events *out);

/*
 * gt_standing_cpu - appends what a reader must be told of one CPU, at `tsc`: SWITCH, with the number of records before
 * the moment as sample_index, and PERIOD; of the first CPU also WINDOW. 0 or -ENOMEM.
 */
int gt_standing_cpu(const struct gt_standing *standing, size_t i, uint64_t tsc, struct gt_events *out);

void gt_standing_free(struct gt_standing *standing);

#endif
