/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /sys/class/misc/gtrace: one value a file. Counters are those of the session that was started last, while its fd
 * is open; 0 without one.
 *
 *	abi_version		of the contract
 *	state			refused, idle, sampling, stopped
 *	source			none, pebs
 *	pebs_format, perfmon_version, lbr_depth, period_min, period_max
 *	record_size		bytes; the session's, or the smallest this machine writes
 *	owner			process that owns the PMU, 0 = none
 *	target			process it samples, -1 = all, 0 = none
 *	refused, remedy		why the machine is refused and what to do; empty lines if it is not
 *	map_events		yes, or no and the error of the kprobe
 *	targets_refused		processes forked by targets that found the set of targets full
 *	cpuN/			samples pmis records_per_pmi lost_full lost_event lost_overrun lost_offline
 *				events_dropped spurious_nmis wakeups switches hits ladders_lost state
 */
#ifndef _GTRACE_SYSFS_H
#define _GTRACE_SYSFS_H

#include <linux/sysfs.h>

/* For gt_device_register(). */
extern const struct attribute_group *gt_sysfs_groups[];

/* The folders of the present CPUs, after the device is registered. */
int gt_sysfs_create(void);
void gt_sysfs_remove(void);

#endif
