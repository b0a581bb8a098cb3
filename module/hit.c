// SPDX-License-Identifier: GPL-2.0
#include <linux/sched/task_stack.h>
#include <asm/syscall.h>

#include "hit.h"
#include "snapshot.h"

#define OFF_FRAMES	32
#define OFF_VALUES	3	/* R14, two words of the stack */

void gt_hit_record(struct gt_cpu *cpu, const struct gt_recipe *recipe, const struct pt_regs *regs, u64 tsc)
{
	pagefault_disable();
	gt_snapshot(cpu, recipe, regs, regs->ip, tsc, false);
	pagefault_enable();
}

bool gt_hit_stands;

/*
 * A program asleep stands in a system call, a preempted one anywhere: that need not be in a function with a frame, so
 * the instruction itself comes first. Its stack has no known bounds but the stack pointer.
 */
void gt_hit_stand(struct gt_cpu *cpu, u32 id)
{
	const u32 most = sizeof(struct gtrace_event_hit) + (OFF_VALUES + OFF_FRAMES) * sizeof(u64);
	const struct pt_regs *regs = task_pt_regs(current);
	struct gtrace_event_hit *event;
	u64 *frame, start = rdtsc();
	struct gt_walk walk;
	int i;

	if (!current->mm || !user_64bit_mode((struct pt_regs *)regs))
		return;
	event = gt_hit_begin(cpu, id, most, OFF_VALUES, regs->ip, regs->sp, start);
	if (unlikely(!event))
		return;
	event->values[0] = regs->r14;
	frame = event->values + OFF_VALUES;
	frame[0] = regs->ip;
	walk = (struct gt_walk){
		.lo = regs->sp,
		.hi = GT_POINTER_END,
		.bp = regs->bp,
		.nr = 1,
		.max = OFF_FRAMES,
	};
	pagefault_disable();
	__uaccess_begin();
	for (i = 1; i < OFF_VALUES; i++) {
		if (gt_peek(regs->sp, (i - 1) * sizeof(u64), &event->values[i]))
			continue;
		event->values[i] = 0;
		event->missing |= BIT(i);
	}
	gt_walk(&walk, gt_peek, frame);
	__uaccess_end();
	pagefault_enable();
	event->nr_frames = walk.nr;
	if (walk.cut)
		event->head.flags |= GTRACE_EVENT_F_STACK_CUT;
	/* SYSCALL leaves the next instruction in RCX; after exec, or with a signal to handle, ip is another one. */
	if (syscall_get_nr(current, (struct pt_regs *)regs) == -1 || regs->cx != regs->ip)
		event->head.flags |= GTRACE_EVENT_F_INTERRUPTED;
	gt_hit_finish(cpu, event, most, frame + walk.nr);
	cpu->cost += rdtsc() - start;
}
