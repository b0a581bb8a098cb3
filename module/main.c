// SPDX-License-Identifier: GPL-2.0
/*
 * gtrace.ko: PEBS samples of a process and what it held at probes, tagged by task, for /dev/gtrace.
 *
 *	device --> session --> cpu --> pebs (lbr)        the source: who owns and moves the PMU's registers
 *	              |         ^ `--> sample_ring, event_ring, period     arithmetic of rings and losses
 *	              |         |
 *	              |--> sched --> task, targets       who runs, who is a target
 *	              |--> probes --> probe --> recipe   breakpoints in the target
 *	              |      windows --> budget          ... planted and taken away as what they cost allows
 *	              |      breakpoint --> place        the exception: snapshot (fetch, lbr), hit
 *	              |--> maps, clock, notify           what else the reader must know
 *	              `--> plan <-- caps <-- machine     what was asked for, what can be had
 */
#include <linux/module.h>

#include "device.h"
#include "machine.h"
#include "notify.h"
#include "sched.h"
#include "session.h"
#include "sysfs.h"

#define VERSION	"0.1"

static struct gtrace_caps caps;
const struct gtrace_caps *gt_caps = &caps;

/* The one line at load: all that a report of trouble needs. */
static void announce(void)
{
	pr_info("gtrace: " VERSION ": source %s, CPU %u/%u/%u, PEBS format %u, record %u bytes, LBR depth %u%s%s%s%s\n",
		caps.source == GTRACE_SOURCE_PEBS ? "pebs" : "none", caps.cpu_family, caps.cpu_model,
		caps.cpu_stepping, caps.pebs_format, gt_caps_record_size(&caps, caps.data_required), caps.lbr_depth,
		*caps.reason ? "; refused: " : "", caps.reason, *caps.reason ? "; " : "", caps.remedy);
}

static int __init gtrace_init(void)
{
	struct gt_machine machine;
	int err;

	gt_machine_read(&machine);
	gt_caps_decide(&machine, &caps);
	err = gt_sched_init();
	if (err)
		return err;
	err = gt_session_init();
	if (err)
		return err;
	err = gt_notify_init();
	if (err)
		goto out_session;
	err = gt_device_register(gt_sysfs_groups);
	if (err)
		goto out_notify;
	err = gt_sysfs_create();
	if (err)
		goto out_device;
	announce();
	return 0;

out_device:
	gt_device_unregister();
out_notify:
	gt_notify_exit();
out_session:
	gt_session_exit();
	return err;
}

/* No fd is open and nothing is mapped: both hold the module. */
static void __exit gtrace_exit(void)
{
	gt_sysfs_remove();
	gt_device_unregister();
	gt_notify_exit();
	gt_session_exit();
	pr_info("gtrace: unloaded\n");
}

module_init(gtrace_init);
module_exit(gtrace_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("PEBS store samples and probes with branch records, tagged by task");
MODULE_VERSION(VERSION);
