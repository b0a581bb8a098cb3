/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The scheduler's tracepoints: which task the samples belong to, and who becomes and ceases to be a target.
 */
#ifndef _GTRACE_SCHED_H
#define _GTRACE_SCHED_H

#include "targets.h"

/* Finds the tracepoints, which are not exported by name. -ENOENT: a kernel without them. */
int gt_sched_init(void);

/* Attaches the probes; they act on armed CPUs. `inherit`: processes forked by a target become targets. May sleep. */
int gt_sched_start(struct gt_targets *targets, bool inherit);

/* On return no probe runs any more. May sleep. */
void gt_sched_stop(void);

#endif
