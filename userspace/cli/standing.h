/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How things stand at one moment, kept up from the events before it: who lives and what is mapped, who has each CPU and
 * at which period it samples, whether probes record, the clocks, who stands still and how that began. A dump of the
 * flight recorder begins with it.
 */
#ifndef GT_CLI_STANDING_H
#define GT_CLI_STANDING_H

#include "census.h"
#include "slice.h"
#include "stopped.h"

struct gt_standing {
	struct gt_census census;
	struct gt_cpu_states cpus;         /* samples: all before the moment */
	struct gtrace_event_window window; /* head.type 0 = none yet */
	struct gtrace_event_clock clock;   /* likewise */
	struct gt_stopped stopped;
	struct gt_recording *reader; /* of slices; NULL = who stands still is not asked for */
};

/* gt_standing_init - nothing is known. What stands still may take so many bytes, 0 = nobody asks. 0 or -ENOMEM. */
int gt_standing_init(struct gt_standing *standing, size_t bytes, uint32_t tsc_khz);

/* gt_standing_event - of a CPU; it was read late, after the moment. 0 or -ENOMEM. */
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

void gt_standing_free(struct gt_standing *standing); /* also of a zeroed one */

#endif
