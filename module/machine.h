/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reads what caps.c decides by: CPUID, IA32_PERF_CAPABILITIES, and what the kernel made of them.
 */
#ifndef _GTRACE_MACHINE_H
#define _GTRACE_MACHINE_H

#include "caps.h"

/* At load, on any CPU. */
void gt_machine_read(struct gt_machine *machine);

#endif
