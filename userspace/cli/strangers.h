/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of threads that are no target's and meet one: those that get a CPU from it and those that wake it. The module
 * tells their ids; who that is must be asked while they live.
 */
#ifndef GT_CLI_STRANGERS_H
#define GT_CLI_STRANGERS_H

#include <stdint.h>

#include "lib/recording_writer.h"
#include "seen.h"

/* Starts zeroed. */
struct gt_strangers {
	struct gt_seen targets; /* processes */
	struct gt_seen asked;   /* threads */
	uint32_t nr_asked;
};

/* gt_strangers_target - process `tgid` is no stranger. 0 or -ENOMEM. */
int gt_strangers_target(struct gt_strangers *strangers, uint32_t tgid);

/* gt_strangers_event - asks for those that this event brings up, each once. 0, -ENOMEM or errors of `writer`. */
int gt_strangers_event(struct gt_strangers *strangers, const struct gtrace_event *event, struct gt_writer *writer);

void gt_strangers_free(struct gt_strangers *strangers);

#endif
