// SPDX-License-Identifier: GPL-2.0
#include <linux/bits.h>
#include <linux/cpumask.h>
#include <linux/security.h>
#include <asm/cpufeature.h>
#include <asm/tsc.h>

#include "compat/cpuid.h"
#include "compat/msr.h"
#include "machine.h"

void gt_machine_read(struct gt_machine *m)
{
	const struct cpuinfo_x86 *cpu = &boot_cpu_data;
	u64 misc = 0;

	memset(m, 0, sizeof(*m));
	m->intel = cpu->x86_vendor == X86_VENDOR_INTEL;
	m->family = cpu->x86;
	m->model = cpu->x86_model;
	m->stepping = cpu->x86_stepping;
	m->nr_cpus = nr_cpu_ids;
	m->hypervisor = boot_cpu_has(X86_FEATURE_HYPERVISOR);
	/* CPUID.07H:EDX[15]; kernels know it as a feature from 5.13 on. */
	m->hybrid = cpu->cpuid_level >= 7 && cpuid_edx(7) & BIT(15);
	m->debug_store = boot_cpu_has(X86_FEATURE_DS);
	m->dtes64 = boot_cpu_has(X86_FEATURE_DTES64);
	m->pdcm = boot_cpu_has(X86_FEATURE_PDCM);
	m->pti = boot_cpu_has(X86_FEATURE_PTI);
	m->locked_down = security_locked_down(LOCKDOWN_MSR);
	if (boot_cpu_has(X86_FEATURE_TSC) && !check_tsc_unstable())
		m->tsc_khz = tsc_khz;
	if (!m->intel)
		return;

	if (cpu->cpuid_level >= 0xa)
		m->perfmon = cpuid_eax(0xa);
	if (m->pdcm)
		gt_rdmsr_safe(MSR_IA32_PERF_CAPABILITIES, &m->perf_capabilities);
	if (!gt_rdmsr_safe(MSR_IA32_MISC_ENABLE, &misc))
		m->pebs_unavailable = misc & MSR_IA32_MISC_ENABLE_PEBS_UNAVAIL;
}
