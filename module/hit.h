/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hits outside the exception of a breakpoint: by way of uprobes, and of threads in the kernel.
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
 * Where the current task, a target's, stands in its program, as a hit with that id: GTRACE_HIT_OFF when it leaves the
 * CPU, in the probe of the switch; GTRACE_HIT_WAKER when it wakes another one. Interrupts off, any locks held.
 */
void gt_hit_stand(struct gt_cpu *cpu, u32 id);

/* Are they to tell? Looked at in every switch. */
extern bool gt_hit_stands;

#endif
