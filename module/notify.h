/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Notices to whoever listens: generic netlink, family and group as in the contract. Sent by a worker, since some
 * of what they tell happens where nothing may be sent. A notice may be lost for want of memory; the counters in
 * the control pages and sysfs are the truth.
 */
#ifndef _GTRACE_NOTIFY_H
#define _GTRACE_NOTIFY_H

#include <linux/sched.h>
#include <uapi/gtrace.h>

struct gt_session;

/* The family, while the module is loaded. exit(): what was to be sent has been; nobody posts any more. */
int gt_notify_init(void);
void gt_notify_exit(void);

/* Process context. */
void gt_notify_start(const struct gt_session *session);
void gt_notify_stop(const struct gt_session *session);

/* Process or interrupt context; not under a runqueue lock. */
void gt_notify_target_exec(const struct task_struct *task);
void gt_notify_target_exit(const struct task_struct *task);
void gt_notify_loss(u32 cpu, u32 cause, u64 count);

#endif
