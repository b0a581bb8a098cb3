// SPDX-License-Identifier: GPL-2.0
#include "lbr.h"

void gt_lbr_start(struct gt_cpu *cpu)
{
	u32 i;

	cpu->saved.lbr_select = gt_rdmsr(MSR_LBR_SELECT);
	/*
	 * Frozen from a PMI's request until it is acknowledged, the stack would miss the branches in between and show
	 * none of it. Ring 0 is filtered out: there is nothing to keep from the handler.
	 */
	cpu->saved.debugctl = gt_rdmsr(MSR_IA32_DEBUGCTLMSR);
	gt_wrmsr(MSR_IA32_DEBUGCTLMSR, cpu->saved.debugctl & ~(u64)(DEBUGCTLMSR_LBR | DEBUGCTLMSR_FREEZE_LBRS_ON_PMI));
	gt_wrmsr(MSR_LBR_SELECT, cpu->plan->lbr_select);
	for (i = 0; i < cpu->plan->lbr_depth; i++) {
		gt_wrmsr(MSR_LBR_NHM_FROM + i, 0);
		gt_wrmsr(MSR_LBR_NHM_TO + i, 0);
		gt_wrmsr(MSR_LBR_INFO_0 + i, 0);
	}
}

void gt_lbr_stop(struct gt_cpu *cpu)
{
	gt_lbr_off();
	gt_wrmsr(MSR_IA32_DEBUGCTLMSR, gt_rdmsr(MSR_IA32_DEBUGCTLMSR) |
		 (cpu->saved.debugctl & DEBUGCTLMSR_FREEZE_LBRS_ON_PMI));
	gt_wrmsr(MSR_LBR_SELECT, cpu->saved.lbr_select);
}
