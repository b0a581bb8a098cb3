/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The scheduler's tracepoints: which task the samples belong to, who becomes and ceases to be a target, who wakes one.
 */
#ifndef _GTRACE_SCHED_H
#define _GTRACE_SCHED_H

#include "targets.h"

/* Finds the tracepoints, which are not exported by name. -ENOENT: a kernel without them, as dmesg says then. */
int gt_sched_init(void);

/* Attaches the probes that a session with these flags (GTRACE_F_*) needs; they act on armed CPUs. May sleep. */
int gt_sched_start(struct gt_targets *targets, u32 flags);

/* On return no probe runs any more. May sleep. */
void gt_sched_stop(void);

#endif
