/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a hit is made of. Inlined into the exception, which is what probes cost: a call with its registers saved would
 * be one in twenty of its instructions.
 */
#ifndef _GTRACE_SNAPSHOT_H
#define _GTRACE_SNAPSHOT_H

#include <linux/nospec.h>
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

/*
 * Between __uaccess_begin() and _end(), page faults disabled. The mask is for the CPU that guesses the check right: the
 * value read is a pointer for the next step, chosen by the program (Spectre variant 1). What lies too high becomes 0.
 */
static __always_inline bool gt_peek(u64 pointer, u32 offset, u64 *value)
{
	unsigned long end = GT_POINTER_END;

	OPTIMIZER_HIDE_VAR(end);	/* the instruction takes no constant of 64 bits */
	pointer &= array_index_mask_nospec(pointer, end);
	if (unlikely(pointer < GT_POINTER_MIN))
		return false;
	unsafe_get_user(*value, (const u64 __user *)(pointer + offset), fault);
	return true;
fault:
	return false;
}

/*
 * Newest first, up to the fence. The reads are the half of what a hit costs. Filtered to user mode, the stack does not
 * change under our own branches.
 */
static __always_inline u32 gt_ladder(u32 depth, struct gtrace_pebs_branch *branch)
{
	u32 at = gt_rdmsr(MSR_LBR_TOS), i;

	for (i = 0; i < depth; i++, branch++, at = (at - 1) & (depth - 1)) {
		if (!gt_rdmsr_to(MSR_LBR_NHM_FROM + at, &branch->from))
			break;
		gt_rdmsr_to(MSR_LBR_NHM_TO + at, &branch->to);
		gt_rdmsr_to(MSR_LBR_INFO_0 + at, &branch->info);
	}
	return i;
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

/* An event of at most so many bytes; *flags: those it has already. NULL: no room. */
static __always_inline struct gtrace_event_hit *gt_hit_begin(struct gt_cpu *cpu, u32 most, u64 tsc, u32 *flags)
{
	struct gtrace_event_hit *event = gt_event_try(&cpu->events, most);

	*flags = 0;
	cpu->control->hits++;
	if (unlikely(!event)) {
		event = gt_cpu_event(cpu, GTRACE_EVENT_HIT, most, 0, tsc);
		if (event)
			*flags = event->head.flags;
	}
	return event;
}

static __always_inline void gt_hit_finish(struct gt_cpu *cpu, struct gtrace_event_hit *event, u32 most, u32 size,
					  u32 flags, u64 tsc)
{
	event->head.type = GTRACE_EVENT_HIT;
	event->head.size = size;
	event->head.flags = flags;
	event->head.tsc = tsc;
	event->tid = current->pid;
	event->tgid = current->tgid;
	memset(event->reserved, 0, sizeof(event->reserved));
	gt_event_trim(&cpu->events, event, most, size);
	gt_event_commit(&cpu->events);
}

/*
 * The whole of it, on this CPU, interrupts off, in the context of the thread. `regs` as they were before the
 * instruction, but for the ip, which is given; `intact`: the LBR is as the instruction found it. Nothing is faulted in.
 */
static __always_inline void gt_snapshot(struct gt_cpu *cpu, const struct gt_recipe *recipe, const struct pt_regs *regs,
					u64 ip, u64 tsc, bool intact)
{
	struct gtrace_event_hit *event;
	struct gt_walk walk = { 0 };
	u32 missing, branches = 0, flags;
	u64 *next;

	event = gt_hit_begin(cpu, recipe->most, tsc, &flags);
	if (unlikely(!event))
		return;
	next = event->values + recipe->nr_fetches;
	/* Each address is checked on its own: one opening of user memory serves all. */
	pagefault_disable();
	__uaccess_begin();
	missing = gt_fetch(recipe, (const u64 *)regs, event->values, gt_peek);
	__uaccess_end();
	/* The slots behind the values are no more needed. */
	if (recipe->branches) {
		if (likely(intact && gt_ladder_whole(cpu))) {
			branches = gt_ladder(cpu->plan->lbr_depth, (void *)next);
			next += branches * (sizeof(struct gtrace_pebs_branch) / sizeof(u64));
		} else {
			flags |= GTRACE_EVENT_F_NO_LADDER;
			cpu->control->ladders_lost++;
		}
	}
	if (recipe->stack) {
		__uaccess_begin();
		gt_frames(recipe, regs, event->values, missing, &walk, next);
		__uaccess_end();
		next += walk.nr;
		if (walk.cut)
			flags |= GTRACE_EVENT_F_STACK_CUT;
	}
	pagefault_enable();

	event->id = recipe->id;
	event->missing = missing;
	event->nr_values = recipe->nr_fetches;
	event->nr_branches = branches;
	event->nr_frames = walk.nr;
	event->ip = ip;
	event->sp = regs->sp;
	gt_hit_finish(cpu, event, recipe->most, (u8 *)next - (u8 *)event, flags, tsc);
}

#endif
