/* SPDX-License-Identifier: GPL-2.0 */
/*
 * count.h - exact counts of retired instructions, by task and by what the CPU was doing.
 *
 * Not a part of the PMU: no guest can see or disturb them. They cost nothing per instruction: the emulator's own
 * instruction counter is read wherever the context can change (far branch, exception, interrupt, task switch).
 *
 * Contexts: user; kernel (system calls, exceptions); breakpoint = from a #BP that user mode raised until its task is in
 * user mode again, also when it is switched away in between; irq = from the delivery of a hardware interrupt; timer =
 * the same for the local APIC timer's (the tick: how many there are follows from how long a run takes); nmi = the same
 * for an NMI. These three last until the interrupted RIP, RSP and CPL are reached again (softirqs on the way out
 * included); irq and timer also end when their CPU arrives in user mode or switches tasks, since the interrupted place
 * may never come back.
 */
#ifndef LAB_COUNT_H
#define LAB_COUNT_H

#include <string>

#include "bochs.h"
#include "cpu/cpu.h"

/* count_current_task: offset of the kernel's current_task in the per-CPU area: tasks are told apart from here on. */
void count_current_task(Bit64u offset);

/*
 * count_task_pid: offset of pid, directly followed by tgid, in struct task_struct. With it a task is known by its pid, its
 * process by tgid, and threads carry the name of their process; without it only by the address of its task_struct.
 */
void count_task_pid(Bit64u offset);

/* count_name: names the process that runs on this CPU: what it did since count_begin() and will do. */
void count_name(unsigned cpu, const char *name);

/* count_ids: pid and tgid of the task that runs on this CPU; false while the offsets above are not known. */
bool count_ids(unsigned cpu, Bit32u *pid, Bit32u *tgid);

/* count_begin: all counts are zero. */
void count_begin();

/* Events, for instrument.cc, before they take effect. */
void count_far_branch(unsigned cpu, Bit64u rip, unsigned cpl, bool iret);	/* rip, cpl: where it goes */
void count_exception(unsigned cpu);
void count_breakpoint(unsigned cpu);						/* of user mode */
void count_interrupt(unsigned cpu, unsigned vector, Bit64u rip);		/* rip: interrupted */
void count_task_switch(unsigned cpu);						/* current_task is being written */
void count_rdmsr(unsigned cpu);
void count_wrmsr(unsigned cpu);

#endif
