/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The last branch records, 32 entries at 0x680, 0x6C0 and 0xDC0: adaptive PEBS puts them into each record, probes read
 * them at a hit.
 *
 * The stack knows no tasks. Recording stops while no target runs, and at each switch to a target the newest entry is
 * zeroed: the fence. A reader stops at an entry whose `from` is 0; what lies behind it is another task's.
 *
 * A debug exception clears DEBUGCTL.LBR (SDM vol. 3B, 17.4.4) and the stack keeps looking valid: breakpoint.c starts it
 * again behind a fence.
 */
#ifndef _GTRACE_LBR_H
#define _GTRACE_LBR_H

#include "cpu.h"
#include "msr.h"

/* This CPU, interrupts off. Starting empties the stack; recording begins with gt_lbr_on(). */
void gt_lbr_start(struct gt_cpu *cpu);
void gt_lbr_stop(struct gt_cpu *cpu);

/* Gives up the newest entry, and with it all that lie behind it. */
static __always_inline void gt_lbr_fence(void)
{
	gt_wrmsr(MSR_LBR_NHM_FROM + gt_rdmsr(MSR_LBR_TOS), 0);
}

/* At each switch to a target, also from another one: a #DB of the last task may have switched recording off. */
static __always_inline void gt_lbr_on(void)
{
	gt_lbr_fence();
	gt_wrmsr(MSR_IA32_DEBUGCTLMSR, gt_rdmsr(MSR_IA32_DEBUGCTLMSR) | DEBUGCTLMSR_LBR);
}

static __always_inline void gt_lbr_off(void)
{
	gt_wrmsr(MSR_IA32_DEBUGCTLMSR, gt_rdmsr(MSR_IA32_DEBUGCTLMSR) & ~(u64)DEBUGCTLMSR_LBR);
}

#endif
