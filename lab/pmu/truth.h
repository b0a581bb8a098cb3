/* SPDX-License-Identifier: GPL-2.0 */
/* truth.h - the log of what the machine really did: docs/lab.md, "Truth format". truth_begin() is in pmu.h. */
#ifndef LAB_TRUTH_H
#define LAB_TRUTH_H

#include "lbr.h"
#include "unit.h"

/* One line each; nothing without a truth file. tsc as the CPU's RDTSC would read it. */
void truth_record(unsigned cpu, Bit64u number, const PebsEvent &event);
void truth_drop(unsigned cpu, const PebsEvent &event, const char *reason);
/* A breakpoint that user mode runs into: called before the exception changes anything. */
void truth_break(unsigned cpu);
void truth_lbr(unsigned cpu, const Lbr &lbr, const char *reason);

#endif
