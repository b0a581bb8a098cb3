/* SPDX-License-Identifier: GPL-2.0 */
/*
 * MAP events: executable mappings that appear in targets, by a kretprobe on the place where the kernel tells perf of
 * them. A kernel that allows no kprobe (built without, locked down) does without these events.
 */
#ifndef _GTRACE_MAPS_H
#define _GTRACE_MAPS_H

#include "targets.h"

/* May sleep. A failure of start() is no error of the session: gt_maps_error() keeps it for sysfs. */
void gt_maps_start(const struct gt_targets *targets);
void gt_maps_stop(void);

/* 0, or why the last start() failed. */
int gt_maps_error(void);

#endif
