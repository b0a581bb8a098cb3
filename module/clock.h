/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CLOCK events: what the TSC and CLOCK_MONOTONIC said at one moment. Once a second on each armed CPU, by a timer that
 * rides on the tick and does not wake a CPU that sleeps.
 */
#ifndef _GTRACE_CLOCK_H
#define _GTRACE_CLOCK_H

#include "cpu.h"

/* Once, before anything else of it. */
void gt_clock_init(struct gt_cpu *cpu);

/* On the CPU, interrupts off: writes one event now; start() also begins the timer. */
void gt_clock_event(struct gt_cpu *cpu);
void gt_clock_start(struct gt_cpu *cpu);

/* After disarming; may sleep. */
void gt_clock_stop(struct gt_cpu *cpu);

#endif
