/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hits outside the exception of a breakpoint: by way of uprobes, and of threads that leave their CPU.
 */
#ifndef _GTRACE_HIT_H
#define _GTRACE_HIT_H

#include "cpu.h"
#include "recipe.h"

/*
 * TSC ticks that a hit takes besides those that are measured around it: from the int3 to the notifier and from there
 * back to the program, or on the way through uprobes. Counted in instructions (docs/lab.md: one is one tick there) on
 * 6.1 without mitigations; an estimate for other machines, whose entry and return are serialising.
 */
#define GT_HIT_TICKS_TRAP	320
#define GT_HIT_TICKS_UPROBE	890

/* In the uprobe handler, interrupts off, regs->ip that of the instruction: the hit, without its ladder. */
void gt_hit_record(struct gt_cpu *cpu, const struct gt_recipe *recipe, const struct pt_regs *regs, u64 tsc);

/*
 * The current task, a target's, sleeps or is preempted: where the program stands, as a hit of probe GTRACE_HIT_OFF. In
 * the probe of the switch: interrupts off, runqueue lock held.
 */
void gt_hit_leave(struct gt_cpu *cpu);

/* Are they to tell? Looked at in every switch. */
extern bool gt_hit_leaves;

#endif
