/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a machine can do, decided by tables from what was read of it. Pure: reading is machine.c's.
 */
#ifndef _GTRACE_CAPS_H
#define _GTRACE_CAPS_H

#include <linux/types.h>
#include <uapi/gtrace.h>

/* struct gt_machine - the facts. */
struct gt_machine {
	bool intel;
	bool hypervisor;	/* CPUID.01H:ECX[31] */
	bool hybrid;		/* CPUID.07H:EDX[15] */
	bool debug_store;	/* CPUID.01H:EDX[21] */
	bool dtes64;		/* CPUID.01H:ECX[2]: 64-bit DS area */
	bool pdcm;		/* CPUID.01H:ECX[15]: IA32_PERF_CAPABILITIES exists */
	bool pebs_unavailable;	/* IA32_MISC_ENABLE[12] */
	bool pti;		/* kernel page-table isolation is on */
	bool locked_down;	/* the kernel forbids raw MSR access */
	u8 family, model, stepping;
	u32 perfmon;		/* CPUID.0AH:EAX */
	u64 perf_capabilities;	/* MSR 0x345, 0 without PDCM */
	u32 tsc_khz;
	u32 nr_cpus;
};

/* Fills everything but owner_pid. */
void gt_caps_decide(const struct gt_machine *machine, struct gtrace_caps *caps);

/* Bytes of a record that carries `data` (GTRACE_DATA_*) on such a machine. */
u32 gt_caps_record_size(const struct gtrace_caps *caps, u32 data);

#endif
