// SPDX-License-Identifier: GPL-2.0
#include <linux/cred.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

#include "access.h"
#include "compat/dumpable.h"

/*
 * The rule of ptrace, from outside: __ptrace_may_access() and the hooks of security modules behind it are not for
 * modules, so a policy that is stricter than the rule (Yama) is not seen here. CAP_PERFMON was asked for at open.
 */
static int may_trace(struct task_struct *task)
{
	const struct cred *mine = current_cred(), *theirs;
	struct mm_struct *mm;
	bool same, dumpable;

	rcu_read_lock();
	theirs = __task_cred(task);
	same = uid_eq(mine->uid, theirs->euid) && uid_eq(mine->uid, theirs->suid) && uid_eq(mine->uid, theirs->uid) &&
	       gid_eq(mine->gid, theirs->egid) && gid_eq(mine->gid, theirs->sgid) && gid_eq(mine->gid, theirs->gid);
	if (!same)
		same = ns_capable(theirs->user_ns, CAP_SYS_PTRACE);
	rcu_read_unlock();
	if (!same)
		return -EPERM;

	mm = get_task_mm(task);
	if (!mm)
		return -ESRCH;
	dumpable = gt_dumpable(task, mm);
	mmput(mm);
	return dumpable ? 0 : -EPERM;
}

struct pid *gt_access_process(pid_t nr)
{
	struct pid *pid = find_get_pid(nr), *process;
	struct task_struct *task = get_pid_task(pid, PIDTYPE_PID);
	int err;

	put_pid(pid);
	if (!task)
		return ERR_PTR(-ESRCH);
	err = task->flags & PF_KTHREAD ? -EINVAL : may_trace(task);
	rcu_read_lock();
	process = get_pid(task_tgid(task));
	rcu_read_unlock();
	put_task_struct(task);
	if (!err && !gt_access_alive(process))
		err = -ESRCH;
	if (err) {
		put_pid(process);
		return ERR_PTR(err);
	}
	return process;
}

bool gt_access_alive(struct pid *process)
{
	struct task_struct *task;
	bool alive;

	rcu_read_lock();
	task = pid_task(process, PIDTYPE_TGID);
	alive = task && atomic_read(&task->signal->live);
	rcu_read_unlock();
	return alive;
}
