// SPDX-License-Identifier: GPL-2.0
#include <linux/sched/task_stack.h>

#include "hit.h"
#include "snapshot.h"

#define SLEEP_FRAMES	32

void gt_hit_record(struct gt_cpu *cpu, const struct gt_recipe *recipe, const struct pt_regs *regs, u64 tsc)
{
	pagefault_disable();
	gt_snapshot(cpu, recipe, regs, regs->ip, tsc, false);
	pagefault_enable();
}

bool gt_hit_sleeps;

/*
 * A program asleep stands in a system call, whose instruction need not be in a function with a frame: the instruction
 * itself comes first. Its stack has no known bounds but the stack pointer.
 */
void gt_hit_sleep(struct gt_cpu *cpu)
{
	const u32 most = sizeof(struct gtrace_event_hit) + (1 + SLEEP_FRAMES) * sizeof(u64);
	const struct pt_regs *regs = task_pt_regs(current);
	struct gtrace_event_hit *event;
	u64 *frame, start = rdtsc();
	struct gt_walk walk;

	if (!current->mm || !user_64bit_mode((struct pt_regs *)regs))
		return;
	event = gt_hit_begin(cpu, GTRACE_HIT_SLEEP, most, 1, regs->ip, regs->sp, start);
	if (unlikely(!event))
		return;
	event->values[0] = regs->r14;
	frame = event->values + 1;
	frame[0] = regs->ip;
	walk = (struct gt_walk){
		.lo = regs->sp,
		.hi = GT_POINTER_END,
		.bp = regs->bp,
		.nr = 1,
		.max = SLEEP_FRAMES,
	};
	pagefault_disable();
	__uaccess_begin();
	gt_walk(&walk, gt_peek, frame);
	__uaccess_end();
	pagefault_enable();
	event->nr_frames = walk.nr;
	if (walk.cut)
		event->head.flags |= GTRACE_EVENT_F_STACK_CUT;
	gt_hit_finish(cpu, event, most, frame + walk.nr);
	cpu->cost += rdtsc() - start;
}
