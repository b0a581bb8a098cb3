/* SPDX-License-Identifier: GPL-2.0 */
/*
 * May who may look into the task look into the program it runs? It may have made itself undumpable, as a set-user-id
 * program is. That was a matter of the address space; of the task since 7.3.
 */
#ifndef _GTRACE_COMPAT_DUMPABLE_H
#define _GTRACE_COMPAT_DUMPABLE_H

#include <linux/capability.h>
#include <linux/sched.h>
#include <linux/sched/coredump.h>
#include <linux/user_namespace.h>

#ifdef GT_HAVE_EXEC_STATE

#include <linux/sched/exec_state.h>

static inline bool gt_dumpable(struct task_struct *task, struct mm_struct *mm)
{
	const struct task_exec_state *state;
	bool dumpable;

	rcu_read_lock();
	state = rcu_dereference(task->exec_state);
	dumpable = state && (READ_ONCE(state->dumpable) == TASK_DUMPABLE_OWNER ||
			     ns_capable(state->user_ns, CAP_SYS_PTRACE));
	rcu_read_unlock();
	return dumpable;
}

#else

static inline bool gt_dumpable(struct task_struct *task, struct mm_struct *mm)
{
	return get_dumpable(mm) == SUID_DUMP_USER || ns_capable(mm->user_ns, CAP_SYS_PTRACE);
}

#endif

#endif
