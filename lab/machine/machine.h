/* SPDX-License-Identifier: GPL-2.0 */
/*
 * machine.h - the seam between the lab machine and the PMU model.
 *
 * The machine (this folder) loads the kernel, serves runs and talks to the guest's agent; the model (lab/pmu) is the
 * hardware that Bochs lacks. The model owns the bx_instr_* hooks and calls the functions below; the machine calls what
 * lab/pmu/pmu.h and count.h declare. Both look at guest memory through ram.h. Nothing else is shared.
 */
#ifndef LAB_MACHINE_H
#define LAB_MACHINE_H

#include <cstdio>

#include "bochs.h"
#include "cpu/cpu.h"
#include "cpu/cpuid.h"

/*
 * machine_start: reads the settings (environment LAB_*, see settings.h), selects the PMU profile. Called by
 * bx_instr_initialize(0), once, before the first instruction and before any other call to the model.
 */
void machine_start();

/*
 * machine_outp: sees every OUT of the guest. Takes the serial console's bytes (Bochs's own serial file is shared by
 * forked machines) and the keyboard controller's reset line (a guest that reboots).
 */
void machine_outp(Bit16u port, unsigned len, Bit32u value);

/*
 * machine_cpuid: hypercalls. The model's get_cpuid_leaf() asks here first, with the leaf in EAX; true means that the leaf
 * was a call to the machine and *out holds its result. CPUID and not OUT because it needs no privilege: a port opened
 * by ioperm() would slow every context switch of the guest, and lockdown forbids it. The guest's registers are those
 * of BX_CPU(cpu) at the instruction; a call may end the process or return in a forked child.
 */
bool machine_cpuid(unsigned cpu, Bit32u leaf, cpuid_function_t *out);

/*
 * machine_fail: ends this run because the machine or the guest broke a rule that hardware would punish silently (a DS
 * area that is not mapped, a triple fault). The message, printf-like, reaches the user of lab/run, whose status is 125.
 */
[[noreturn]] void machine_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
