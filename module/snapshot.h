/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a hit is made of. Inlined into the exception, which is what probes cost: a call with its registers saved would
 * be one in twenty of its instructions.
 */
#ifndef _GTRACE_SNAPSHOT_H
#define _GTRACE_SNAPSHOT_H

#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include "fetch.h"
#include "lbr.h"

/* recipe.c numbers the words of struct pt_regs. */
static_assert(offsetof(struct pt_regs, r15) == 0 && offsetof(struct pt_regs, r12) == 3 * 8 &&
	      offsetof(struct pt_regs, bp) == 4 * 8 && offsetof(struct pt_regs, bx) == 5 * 8 &&
	      offsetof(struct pt_regs, r11) == 6 * 8 && offsetof(struct pt_regs, r8) == 9 * 8 &&
	      offsetof(struct pt_regs, ax) == 10 * 8 && offsetof(struct pt_regs, cx) == 11 * 8 &&
	      offsetof(struct pt_regs, dx) == 12 * 8 && offsetof(struct pt_regs, si) == 13 * 8 &&
	      offsetof(struct pt_regs, di) == 14 * 8 && offsetof(struct pt_regs, sp) == 19 * 8);

/* Between __uaccess_begin() and _end(), page faults disabled. */
static __always_inline bool gt_peek(u64 pointer, u32 offset, u64 *value)
{
	if (unlikely(!gt_pointer_ok(&pointer)))
		return false;
	unsafe_get_user(*value, (const u64 __user *)(pointer + offset), fault);
	return true;
fault:
	return false;
}

/*
 * Newest first, up to the fence; the end of it. The reads are the half of what a hit costs. Filtered to user mode, the
 * stack does not change under our own branches.
 */
static __always_inline struct gtrace_pebs_branch *gt_ladder(u32 depth, struct gtrace_pebs_branch *branch)
{
	const struct gtrace_pebs_branch *end = branch + depth;
	u32 at = gt_rdmsr(MSR_LBR_TOS);

	for (; branch < end; branch++, at = (at - 1) & (depth - 1)) {
		if (!gt_rdmsr_to(MSR_LBR_NHM_FROM + at, &branch->from))
			break;
		gt_rdmsr_to(MSR_LBR_NHM_TO + at, &branch->to);
		gt_rdmsr_to(MSR_LBR_INFO_0 + at, &branch->info);
	}
	return branch;
}

/*
 * False: recording was off, so what the stack holds is from before whatever switched it off: a debug exception that
 * another notifier kept from us (hw_breakpoint.c is asked before us and may answer for all).
 */
static __always_inline bool gt_ladder_whole(struct gt_cpu *cpu)
{
	if (likely(gt_rdmsr(MSR_IA32_DEBUGCTLMSR) & DEBUGCTLMSR_LBR))
		return true;
	if (cpu->running)
		gt_lbr_on();
	return false;
}

static __always_inline void gt_frames(const struct gt_recipe *recipe, const struct pt_regs *regs, const u64 *values,
				      u32 missing, struct gt_walk *walk, u64 *to)
{
	if (missing & (BIT(recipe->stack_lo) | BIT(recipe->stack_hi)))
		walk->cut = true;
	walk->lo = values[recipe->stack_lo];
	walk->hi = values[recipe->stack_hi];
	walk->max = recipe->max_frames;
	if (recipe->stack_bp == GTRACE_FETCH_NONE) {
		walk->bp = regs->bp;
		if (!walk->cut)
			gt_walk_entry(walk, regs->sp, gt_peek, to);
	} else {
		walk->bp = values[recipe->stack_bp];
		if (missing & BIT(recipe->stack_bp))
			walk->cut = true;
	}
	gt_walk(walk, gt_peek, to);
}

/*
 * Little endian, one store each: the first eight bytes of a HIT event without flags; `missing`, `nr_values` and
 * `nr_branches`.
 */
#define GT_HIT_HEAD(size)	((u64)(size) << 16 | GTRACE_EVENT_HIT)
#define GT_HIT_NUMBERS(values)	((u32)(values) << 16)
static_assert(offsetof(struct gtrace_event_hit, nr_values) == offsetof(struct gtrace_event_hit, missing) + 2);
static_assert(offsetof(struct gtrace_event_hit, nr_frames) % 8 == 0);

/*
 * An event of at most so many bytes with all of its head filled in but what is read: no values missing, no branches, no
 * frames. NULL: no room.
 */
static __always_inline struct gtrace_event_hit *gt_hit_begin(struct gt_cpu *cpu, u32 id, u32 most, u32 nr_values,
							     u64 ip, u64 sp, u64 tsc)
{
	struct gtrace_event_hit *event = gt_event_try(&cpu->events, most);

	cpu->control->hits++;
	if (likely(event)) {
		*(u64 *)event = GT_HIT_HEAD(most);
		event->head.tsc = tsc;
	} else {
		event = gt_cpu_event(cpu, GTRACE_EVENT_HIT, most, 0, tsc);
		if (!event)
			return NULL;
	}
	event->id = id;
	event->tid = current->pid;
	event->tgid = current->tgid;
	*(u32 *)&event->missing = GT_HIT_NUMBERS(nr_values);
	*(u64 *)&event->nr_frames = 0;
	event->ip = ip;
	event->sp = sp;
	return event;
}

/* `end` is where what was read ends. */
static __always_inline void gt_hit_finish(struct gt_cpu *cpu, struct gtrace_event_hit *event, u32 most, const void *end)
{
	u32 size = end - (void *)event;

	event->head.size = size;
	gt_event_trim(&cpu->events, event, most, size);
	gt_event_commit(&cpu->events);
}

/*
 * The whole of it, on this CPU, interrupts off, page faults disabled, in the context of the thread. `regs` as they were
 * before the instruction, but for the ip, which is given; `intact`: the LBR is as the instruction found it. Nothing is
 * faulted in. Rare findings are written into the event at once: the registers are needed for the rest.
 */
static __always_inline void gt_snapshot(struct gt_cpu *cpu, const struct gt_recipe *recipe, const struct pt_regs *regs,
					u64 ip, u64 tsc, bool intact)
{
	struct gtrace_event_hit *event;
	struct gt_walk walk = { 0 };
	void *next, *begin;

	event = gt_hit_begin(cpu, recipe->id, recipe->most, recipe->nr_fetches, ip, regs->sp, tsc);
	if (unlikely(!event))
		return;
	next = event->values + recipe->nr_fetches;
	gt_fetch_registers(recipe, (const u64 *)regs, event->values);
	/* Each address is checked on its own: one opening of user memory serves all. */
	if (recipe->nr_reads) {
		__uaccess_begin();
		gt_fetch_memory(recipe, event->values, &event->missing, gt_peek);
		__uaccess_end();
	}
	/* The slots behind the values are no more needed. */
	if (recipe->branches) {
		if (likely(intact && gt_ladder_whole(cpu))) {
			begin = next;
			next = gt_ladder(cpu->plan->lbr_depth, begin);
			event->nr_branches = (next - begin) / sizeof(struct gtrace_pebs_branch);
		} else {
			event->head.flags |= GTRACE_EVENT_F_NO_LADDER;
			cpu->control->ladders_lost++;
		}
	}
	if (recipe->stack) {
		__uaccess_begin();
		gt_frames(recipe, regs, event->values, event->missing, &walk, next);
		__uaccess_end();
		event->nr_frames = walk.nr;
		next += walk.nr * sizeof(u64);
		if (walk.cut)
			event->head.flags |= GTRACE_EVENT_F_STACK_CUT;
	}
	gt_hit_finish(cpu, event, recipe->most, next);
}

#endif
