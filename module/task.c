// SPDX-License-Identifier: GPL-2.0
#include <linux/irqflags.h>
#include <linux/preempt.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/string.h>
#include <asm/syscall.h>
#include <asm/tsc.h>
#include <asm/unistd.h>

#include "cpu.h"
#include "hit.h"
#include "notify.h"
#include "place.h"
#include "seen.h"
#include "session.h"
#include "task.h"

/*
 * In a window of probes, a target's thread that wakes another one tells where it stands. Not by futex: that is how a
 * runtime wakes its own threads, all the time, and its probes tell what for.
 */
static bool tells(const struct gt_cpu *cpu)
{
	return READ_ONCE(gt_hit_stands) && cpu->running && in_task() && current->mm &&
	       syscall_get_nr(current, task_pt_regs(current)) != __NR_futex;
}

/* Often under the locks of the scheduler; gt_cpu_event() leaves the waking of our own reader to an interrupt. */
void gt_task_wake(const struct gt_targets *targets, const struct task_struct *task)
{
	struct gtrace_event_wake *event;
	struct gt_cpu *cpu;
	unsigned long flags;

	if (!gt_targets_sampled(targets, task->tgid))
		return;
	local_irq_save(flags);
	cpu = this_cpu_read(gt_armed);
	if (cpu && tells(cpu))
		gt_hit_stand(cpu, GTRACE_HIT_WAKER);
	event = cpu ? gt_cpu_event(cpu, GTRACE_EVENT_WAKE, sizeof(*event), 0, rdtsc()) : NULL;
	if (event) {
		event->tid = task->pid;
		event->tgid = task->tgid;
		event->waker_tid = current->pid;
		event->waker_tgid = current->tgid;
		event->in_interrupt = !in_task();
		event->to_cpu = task_cpu(task);
		gt_event_commit(&cpu->events);
	}
	local_irq_restore(flags);
}

struct facts {
	u16 type;
	u32 flags;
	const struct task_struct *task, *parent;
	u64 mm;
};

static void write(const struct facts *facts)
{
	struct gtrace_event_task *event;
	struct gt_cpu *cpu;
	unsigned long flags;

	local_irq_save(flags);
	cpu = this_cpu_read(gt_armed);
	if (!cpu)
		goto out;
	event = gt_cpu_event(cpu, facts->type, sizeof(*event), facts->flags, rdtsc());
	if (!event)
		goto out;
	event->tid = facts->task->pid;
	event->tgid = facts->task->tgid;
	event->parent_tid = facts->parent ? facts->parent->pid : 0;
	event->parent_tgid = facts->parent ? facts->parent->tgid : 0;
	event->mm = facts->mm;
	strscpy_pad(event->comm, facts->task->comm, sizeof(event->comm));
	gt_event_commit(&cpu->events);
out:
	local_irq_restore(flags);
}

/* The child has not run yet: it is a target from its first instruction. */
void gt_task_fork(struct gt_targets *targets, struct task_struct *parent, struct task_struct *child, bool inherit)
{
	bool thread = child->tgid == parent->tgid;

	if (!gt_targets_has(targets, parent->tgid))
		return;
	if (!thread && !targets->all && (!inherit || !gt_targets_add(targets, child->tgid)))
		return;
	write(&(struct facts){
		.type = GTRACE_EVENT_FORK,
		.flags = thread ? GTRACE_EVENT_F_THREAD : 0,
		.task = child,
		.parent = parent,
		.mm = gt_task_mm(child->mm),
	});
}

void gt_task_exec(struct gt_targets *targets, struct task_struct *task)
{
	unsigned long flags;
	struct gt_cpu *cpu;

	if (!gt_targets_has(targets, task->tgid))
		return;
	write(&(struct facts){
		.type = GTRACE_EVENT_EXEC,
		.task = task,
		.mm = gt_task_mm(task->mm),
	});
	gt_notify_target_exec(task);
	gt_place_forget(task->tgid);

	if (targets->sampled || !gt_targets_begin(targets))
		return;
	/* Its other threads are gone by now: this CPU is the only one with a task to begin with. */
	local_irq_save(flags);
	cpu = this_cpu_read(gt_armed);
	if (cpu)
		gt_cpu_look(cpu, targets);
	local_irq_restore(flags);
}

/*
 * Threads that end together may all find nobody alive any more: who removes the process is the last. It may yet run
 * on in the kernel, on this CPU sampled until it is switched out; its number is free only after that.
 */
void gt_task_exit(struct gt_targets *targets, struct task_struct *task)
{
	bool last;

	if (!gt_targets_has(targets, task->tgid))
		return;
	last = !atomic_read(&task->signal->live) && (targets->all || gt_targets_remove(targets, task->tgid));
	write(&(struct facts){
		.type = GTRACE_EVENT_EXIT,
		.flags = last ? 0 : GTRACE_EVENT_F_THREAD,
		.task = task,
	});
	gt_seen_take(task->pid);
	if (!last)
		return;
	gt_place_forget(task->tgid);
	gt_notify_target_exit(task);
	if (gt_targets_gone(targets)) {
		struct gt_session *session = container_of(targets, struct gt_session, targets);

		wake_up_interruptible(&session->wait);
	}
}
