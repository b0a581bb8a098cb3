/* SPDX-License-Identifier: GPL-2.0 */
/* Steps of a timeline in one line each. Times are TSC ticks; threads are 11, 12, ...; goroutines 1, 2, ... */
#ifndef GT_TESTS_UNIT_STEPS_H
#define GT_TESTS_UNIT_STEPS_H

#include "analysis/timeline.h"

#define TGID 10

enum { C0, C1 };
enum { SLEEPS = 1, RUNS = 0, D_STATE = 2 };

#define ID(n) {.g = (n) * 0x1000, .goid = (n)}
#define AT(when, where, thread) .tsc = (when), .cpu = (where), .tid = (thread), .tgid = TGID
#define SITE(n) {.location = (n)}

#define PARK(t, cpu, thread, who_, line) \
	{.kind = GT_STEP_PARK, AT(t, cpu, thread), .runs = ID(who_), .who = ID(who_), .site = SITE(line), .root = SITE(100 + (who_)), \
	 .reason = 14, .lock = 0xabc}
#define READY(t, cpu, thread, by, who_, waker_) \
	{.kind = GT_STEP_READY, AT(t, cpu, thread), .runs = ID(by), .who = ID(who_), .waker = (waker_), .site = SITE((by) ? 7 : GT_NO_LOCATION), .root = SITE(GT_NO_LOCATION)}
#define EXECUTE(t, cpu, thread, who_) {.kind = GT_STEP_EXECUTE, AT(t, cpu, thread), .who = ID(who_), .root = SITE(GT_NO_LOCATION)}
#define YIELD(t, cpu, thread, who_, forced_) \
	{.kind = GT_STEP_YIELD, AT(t, cpu, thread), .runs = ID(who_), .who = ID(who_), .forced = (forced_), .site = SITE(3), .root = SITE(GT_NO_LOCATION)}
#define PREEMPT(t, cpu, thread, who_) \
	{.kind = GT_STEP_PREEMPT, AT(t, cpu, thread), .runs = ID(who_), .who = ID(who_), .site = SITE(4), .root = SITE(GT_NO_LOCATION)}
#define CORO(t, cpu, thread, who_) \
	{.kind = GT_STEP_CORO, AT(t, cpu, thread), .runs = ID(who_), .who = ID(who_), .site = SITE(5), .root = SITE(GT_NO_LOCATION)}
#define RETURN(t, cpu, thread, who_) \
	{.kind = GT_STEP_RETURN, AT(t, cpu, thread), .runs = ID(who_), .who = ID(who_), .site = SITE(8), .root = SITE(GT_NO_LOCATION)}
#define OFF(t, cpu, thread, line) {.kind = GT_STEP_OFF, AT(t, cpu, thread), .site = SITE(line), .root = SITE(101)}
#define HELD(thread) .held.all[0].tid = (thread)
#define WAKER(t, cpu, thread, line) {.kind = GT_STEP_WAKER, AT(t, cpu, thread), .site = SITE(line), .root = SITE(GT_NO_LOCATION)}
#define EXIT(t, cpu, thread, who_) {.kind = GT_STEP_EXIT, AT(t, cpu, thread), .runs = ID(who_), .who = ID(who_)}
#define SWITCH(t, cpu, from, to, state) \
	{.kind = GT_STEP_SWITCH, AT(t, cpu, to), .prev_tid = (from), .prev_state = (state)}
#define FOUND(t, cpu, thread) {.kind = GT_STEP_SWITCH, AT(t, cpu, thread), .found = true}
#define WAKE(t, cpu, thread, by, irq) {.kind = GT_STEP_WAKE, AT(t, cpu, thread), .waker_tid = (by), .interrupt = (irq)}
#define THREAD(t, cpu, thread) {.kind = GT_STEP_THREAD, AT(t, cpu, thread)}
#define GONE(t, cpu, thread) {.kind = GT_STEP_GONE, AT(t, cpu, thread)}
#define EXEC(t, cpu, thread) {.kind = GT_STEP_EXEC, AT(t, cpu, thread)}

/* A goroutine's first EXECUTE, so that it is known to run. */
#define BEGIN FOUND(1, C0, 11), EXECUTE(2, C0, 11, 1)

#endif
