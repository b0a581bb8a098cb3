/* SPDX-License-Identifier: GPL-2.0 */
/*
 * FORK, EXEC, EXIT and WAKE of targets: events for the reader, and the set of targets kept up to date. Called by the
 * tracepoints' probes, in the context of the current task with preemption off.
 */
#ifndef _GTRACE_TASK_H
#define _GTRACE_TASK_H

#include <linux/mm_types.h>
#include <linux/sched.h>

#include "targets.h"

/* A new thread or process, `inherit`: a process is a target, too; a program that begins; a thread that ends. */
void gt_task_fork(struct gt_targets *targets, struct task_struct *parent, struct task_struct *child, bool inherit);
void gt_task_exec(struct gt_targets *targets, struct task_struct *task);
void gt_task_exit(struct gt_targets *targets, struct task_struct *task);

/* The task is about to be made runnable, by the current one or by an interrupt on its time. Any locks held. */
void gt_task_wake(const struct gt_targets *targets, const struct task_struct *task);

/* The id of an address space, never used twice; 0 for none. */
static __always_inline u64 gt_task_mm(const struct mm_struct *mm)
{
	return mm ? mm->context.ctx_id : 0;
}

#endif
