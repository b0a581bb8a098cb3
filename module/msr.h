/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The registers of the PMU. The machine is the bare one or a hypervisor that shows its PMU, so RDMSR and WRMSR are
 * used as they are: through the paravirt layer each costs about ten times the instructions.
 */
#ifndef _GTRACE_MSR_H
#define _GTRACE_MSR_H

#include <asm/apic.h>
#include <asm/msr.h>
#include <asm/msr-index.h>

static __always_inline u64 gt_rdmsr(u32 msr)
{
	return __rdmsr(msr);
}

/* Into memory, by halves, for a row of them; false: it is 0. Of a register that this model is known to have. */
static __always_inline bool gt_rdmsr_to(u32 msr, u64 *to)
{
	u32 low, high;

	asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	((u32 *)to)[0] = low;
	((u32 *)to)[1] = high;
	return low | high;
}

static __always_inline void gt_wrmsr(u32 msr, u64 value)
{
	native_wrmsr(msr, (u32)value, (u32)(value >> 32));
}

/* IA32_PERF_GLOBAL_STATUS, and as writes of one to IA32_PERF_GLOBAL_STATUS_RESET (0x390) */
#define GT_STATUS_OVF_BUFFER	BIT_ULL(62)
#define GT_STATUS_CTR_FRZ	BIT_ULL(59)
#define GT_STATUS_LBR_FRZ	BIT_ULL(58)

/* Counter numbers to MSRs. */
#define GT_MSR_SELECT(i)	(MSR_ARCH_PERFMON_EVENTSEL0 + (i))
#define GT_MSR_COUNTER(i)	(MSR_IA32_PMC0 + (i))		/* the full-width one */
#define GT_MSR_COUNTER_OLD(i)	(MSR_ARCH_PERFMON_PERFCTR0 + (i))	/* the name reservations know */

#define GT_SELECT_EN		BIT_ULL(22)
#define GT_SELECT_ADAPTIVE	BIT_ULL(34)

/* The local vector table's entry of the PMU: apic_write() cannot be linked from a module on later kernels. */
static inline u32 gt_lvtpc_read(void)
{
	return apic->read(APIC_LVTPC);
}

static inline void gt_lvtpc_write(u32 value)
{
	apic->write(APIC_LVTPC, value);
}

#endif
