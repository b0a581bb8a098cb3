// SPDX-License-Identifier: GPL-2.0
#include <linux/binfmts.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <asm/tsc.h>

#include "compat/switch.h"
#include "hit.h"
#include "lbr.h"
#include "pebs.h"
#include "sched.h"
#include "task.h"

/* The first eight bytes of a SWITCH event, little endian: one store. */
#define SWITCH_HEAD	((u64)sizeof(struct gtrace_event_switch) << 16 | GTRACE_EVENT_SWITCH)

static __always_inline void fill(struct gtrace_event_switch *event, const struct task_struct *prev,
				 const struct task_struct *next, unsigned int prev_state, u64 index)
{
	event->prev_tid = prev->pid;
	event->next_tid = next->pid;
	event->next_tgid = next->tgid;
	event->prev_state = prev_state;
	event->sample_index = index;
}

/* No room before the ring's end, watermark or reserve, or a stall that may end now. Runqueue lock held: no wakeups. */
static noinline void record_slowly(struct gt_cpu *cpu, const struct task_struct *prev, const struct task_struct *next,
				   unsigned int prev_state, u64 now, bool target)
{
	struct gtrace_event_switch *event;

	if (target)
		gt_cpu_unstall(cpu);
	event = gt_cpu_event(cpu, GTRACE_EVENT_SWITCH, sizeof(*event), 0, now);
	if (!event)
		return;
	fill(event, prev, next, prev_state, gt_pebs_head(cpu));
	gt_event_commit(&cpu->events);
	cpu->control->switches++;
}

/*
 * The order is the meaning of the tags. Out of a target: stop, then stamp, so that its last sample is before the
 * event. Into a target: stamp and publish the event, then start. Publishing the head of the samples comes last
 * before starting: whoever reads it finds every switch up to the last of those samples among the events.
 */
static __always_inline void record_at(struct gt_cpu *cpu, const struct task_struct *prev,
				      const struct task_struct *next, unsigned int prev_state, bool target, bool moved)
{
	struct gtrace_event_switch *event;
	u64 head, now;

	head = moved ? gt_pebs_switch(cpu) : READ_ONCE(cpu->control->sample_head);
	event = gt_event_try(&cpu->events, sizeof(*event));
	now = rdtsc();
	if (likely(event)) {
		*(u64 *)event = SWITCH_HEAD;
		event->head.tsc = now;
		fill(event, prev, next, prev_state, head);
		gt_event_commit(&cpu->events);
		cpu->control->switches++;
	} else {
		record_slowly(cpu, prev, next, prev_state, now, target);
	}
	if (moved) {
		gt_pebs_publish(cpu, head);
		if (gt_pebs_changeable(cpu, head))
			gt_pebs_change(cpu);
	}

	if (!target) {
		cpu->ran += now;
	} else if (!cpu->running) {
		cpu->ran -= now;
		gt_pebs_on(cpu);
	} else if (cpu->lbr) {
		gt_lbr_on();
	}
}

/*
 * Not inlined, and the case that samples were written meanwhile apart: the registers that it needs would be saved at
 * every switch on the machine.
 */
static noinline void record_moved(struct gt_cpu *cpu, const struct task_struct *prev, const struct task_struct *next,
				  unsigned int prev_state, bool target)
{
	record_at(cpu, prev, next, prev_state, target, true);
}

static noinline void record(struct gt_cpu *cpu, const struct task_struct *prev, const struct task_struct *next,
			    unsigned int prev_state, bool target)
{
	if (cpu->running && !target)
		gt_pebs_off(cpu);
	if (unlikely(gt_pebs_moved(cpu)))
		record_moved(cpu, prev, next, prev_state, target);
	else
		record_at(cpu, prev, next, prev_state, target, false);
}

/*
 * In a window of probes: a target that leaves its CPU tells where it stands. When it was preempted, who has the CPU
 * that it waits for is part of the answer: strangers give it to each other,
 *
 *	target --> stranger A --> stranger B --> target
 *	      recorded    bystanders = 15  recorded
 *
 * up to so many times: it may have gone to another CPU meanwhile.
 */
#define BYSTANDERS	16

static noinline void record_leave(struct gt_cpu *cpu, const struct task_struct *prev, const struct task_struct *next,
				  unsigned int prev_state, bool target)
{
	bool waits = cpu->running && !prev_state && !target;

	if (cpu->running)
		gt_hit_stand(cpu, GTRACE_HIT_OFF);
	cpu->bystanders = waits ? BYSTANDERS : 0;
	record(cpu, prev, next, prev_state, target);
}

static noinline void record_bystander(struct gt_cpu *cpu, const struct task_struct *prev,
				      const struct task_struct *next, unsigned int prev_state)
{
	struct gtrace_event_switch *event;

	/* Nobody waits for an idle CPU. */
	cpu->bystanders = next->pid ? cpu->bystanders - 1 : 0;
	event = gt_cpu_event(cpu, GTRACE_EVENT_SWITCH, sizeof(*event), 0, rdtsc());
	if (!event)
		return;
	fill(event, prev, next, prev_state, gt_pebs_head(cpu));
	gt_event_commit(&cpu->events);
	cpu->control->switches++;
}

/* Whether prev was a target is what `running` remembers: prev may have ceased to be one while it ran. */
static __always_inline void switched(bool preempt, const struct task_struct *prev, const struct task_struct *next,
				     unsigned int prev_state, bool target)
{
	struct gt_cpu *cpu = this_cpu_read(gt_armed);

	if (!cpu)
		return;
	if (preempt)
		prev_state = 0;
	if (!(cpu->running || target)) {
		if (unlikely(cpu->bystanders))
			record_bystander(cpu, prev, next, prev_state);
		return;
	}
	if (unlikely(READ_ONCE(gt_hit_stands)))
		record_leave(cpu, prev, next, prev_state, target);
	else
		record(cpu, prev, next, prev_state, target);
}

/* One probe for each kind of session: what most switches cost is this comparison. */
static GT_SWITCH_PROBE(switched_one)
{
	const struct gt_targets *targets = data;

	switched(preempt, prev, next, GT_SWITCH_STATE, next->tgid == READ_ONCE(targets->one));
}

/* Another process stands where this one belongs. Not inlined: see record_moved(). */
static noinline void switched_searched(const struct gt_targets *targets, bool preempt, const struct task_struct *prev,
				       const struct task_struct *next, unsigned int prev_state)
{
	switched(preempt, prev, next, prev_state, gt_targets_has(targets, next->tgid));
}

static GT_SWITCH_PROBE(switched_some)
{
	int sampled = gt_targets_glance(data, next->tgid);

	if (unlikely(sampled < 0))
		switched_searched(data, preempt, prev, next, GT_SWITCH_STATE);
	else
		switched(preempt, prev, next, GT_SWITCH_STATE, sampled);
}

static GT_SWITCH_PROBE(switched_all)
{
	switched(preempt, prev, next, GT_SWITCH_STATE, true);
}

static void forked(void *data, struct task_struct *parent, struct task_struct *child)
{
	gt_task_fork(data, parent, child, false);
}

static void forked_inherit(void *data, struct task_struct *parent, struct task_struct *child)
{
	gt_task_fork(data, parent, child, true);
}

static void waking(void *data, struct task_struct *task)
{
	gt_task_wake(data, task);
}

static void executed(void *data, struct task_struct *task, pid_t old_tid, struct linux_binprm *bprm)
{
	gt_task_exec(data, task);
}

static void exited(void *data, struct task_struct *task)
{
	gt_task_exit(data, task);
}

/*
 * In the order of attaching. Switches first: a task that becomes a target at its exec must not leave the CPU unseen.
 * Exits before forks: a process that becomes a target by fork must not end unseen.
 */
enum { SWITCH, EXIT, EXEC, FORK, WAKE, NR_POINTS };

static struct {
	const char *name;
	struct tracepoint *point;
	void *probe;			/* attached, or NULL */
} points[NR_POINTS] = {
	[SWITCH] = { "sched_switch" },
	[EXIT] = { "sched_process_exit" },
	[EXEC] = { "sched_process_exec" },
	[FORK] = { "sched_process_fork" },
	[WAKE] = { "sched_waking" },
};

static struct gt_targets *watched;

static void match(struct tracepoint *point, void *unused)
{
	int i;

	for (i = 0; i < NR_POINTS; i++)
		if (!strcmp(point->name, points[i].name))
			points[i].point = point;
}

int gt_sched_init(void)
{
	int i;

	for_each_kernel_tracepoint(match, NULL);
	for (i = 0; i < NR_POINTS; i++) {
		if (points[i].point)
			continue;
		pr_err("gtrace: this kernel has no tracepoint %s; boot one with CONFIG_TRACEPOINTS\n", points[i].name);
		return -ENOENT;
	}
	return 0;
}

void gt_sched_stop(void)
{
	int i;

	for (i = NR_POINTS; i--;) {
		if (points[i].probe)
			tracepoint_probe_unregister(points[i].point, points[i].probe, watched);
		points[i].probe = NULL;
	}
	tracepoint_synchronize_unregister();
}

int gt_sched_start(struct gt_targets *targets, u32 flags)
{
	bool inherit = flags & GTRACE_F_INHERIT;
	void *probes[NR_POINTS] = {
		[SWITCH] = targets->all ? switched_all : inherit ? switched_some : switched_one,
		[EXIT] = exited,
		[EXEC] = executed,
		[FORK] = inherit ? forked_inherit : forked,
		[WAKE] = flags & GTRACE_F_WAKES ? waking : NULL,
	};
	int i, err;

	watched = targets;
	for (i = 0; i < NR_POINTS; i++) {
		if (!probes[i])
			continue;
		err = tracepoint_probe_register(points[i].point, probes[i], targets);
		if (err) {
			gt_sched_stop();
			return err;
		}
		points[i].probe = probes[i];
	}
	return 0;
}
