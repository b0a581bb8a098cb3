// SPDX-License-Identifier: GPL-2.0
/* Lists of steps made by hand, and the stalls they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "steps.h"

#define EXIT_PATH 50
#define STEPS_MAX 16
#define STALLS_MAX 4
#define OPEN_MAX 3

static const struct {
	const char *name;
	struct gt_step steps[STEPS_MAX];
	struct gt_blind blinds[2];
	struct gt_stall stalls[STALLS_MAX]; /* by number; what is 0 here must be 0 there, but for sites */
	uint64_t unknown[GT_NR_UNKNOWNS];
	uint64_t until; /* nothing happened up to here; 0 = the last step is the end */
	struct gt_stall open[OPEN_MAX]; /* by number: of those that are not over, how things stood at the end */
} cases[] = {
	{.name = "channel: woken by a goroutine, run by the same thread",
	 .steps = {BEGIN, PARK(100, C0, 11, 1, 5), EXECUTE(110, C0, 11, 2), READY(150, C0, 11, 2, 1, GT_WAKER_GOROUTINE),
		   PARK(180, C0, 11, 2, 6), EXECUTE(200, C0, 11, 1)},
	 .stalls = {{.number = 1, .kind = GT_STALL_PARK, .goid = 1, .begin = 100, .ready = 150, .end = 200, .ran_from = 2,
		     .tid = 11, .end_tid = 11, .waker = GT_WAKER_GOROUTINE, .waker_goid = 2, .waker_tid = 11, .reason = 14,
		     .lock = 0xabc, .site = SITE(5)}},
	 .unknown = {[GT_UNKNOWN_END] = 1}},
	{.name = "timer: woken by nobody's thread, which slept, was woken by an interrupt and had to wait for the CPU",
	 .steps = {BEGIN, PARK(100, C0, 11, 1, 5), SWITCH(120, C0, 11, 77, SLEEPS), WAKE(300, C0, 11, 0, true),
		   SWITCH(340, C0, 77, 11, RUNS), READY(350, C0, 11, 0, 1, GT_WAKER_TIMER), EXECUTE(360, C0, 11, 1)},
	 .stalls = {{.number = 1, .kind = GT_STALL_PARK, .goid = 1, .begin = 100, .ready = 350, .end = 360, .ran_from = 2,
		     .tid = 11, .end_tid = 11, .waker = GT_WAKER_TIMER, .waker_tid = 11, .reason = 14, .lock = 0xabc,
		     .site = SITE(5)}}},
	{.name = "made ready while no thread was awake: the one that takes it waits for a CPU that another task has",
	 .steps = {BEGIN, PARK(100, C0, 11, 1, 5), EXECUTE(105, C0, 11, 2), READY(200, C0, 11, 2, 1, GT_WAKER_GOROUTINE),
		   WAKE(210, C0, 12, 11, false), SWITCH(270, C1, 77, 12, RUNS), EXECUTE(280, C1, 12, 1)},
	 .stalls = {{.number = 1, .kind = GT_STALL_PARK, .goid = 1, .begin = 100, .ready = 200, .end = 280, .ran_from = 2,
		     .tid = 11, .end_tid = 12, .end_cpu = C1, .waker = GT_WAKER_GOROUTINE, .waker_goid = 2, .waker_tid = 11,
		     .kernel = 60, .wait_cpu = C1, HELD(77), .reason = 14, .lock = 0xabc, .site = SITE(5)}}},
	{.name = "... and was known to sleep",
	 .steps = {BEGIN, FOUND(3, C1, 12), SWITCH(50, C1, 12, 77, SLEEPS), PARK(100, C0, 11, 1, 5), EXECUTE(105, C0, 11, 2),
		   READY(200, C0, 11, 2, 1, GT_WAKER_GOROUTINE), WAKE(210, C0, 12, 11, false),
		   SWITCH(270, C1, 77, 12, RUNS), EXECUTE(280, C1, 12, 1)},
	 .stalls = {{.number = 1, .kind = GT_STALL_PARK, .goid = 1, .begin = 100, .ready = 200, .end = 280, .ran_from = 2,
		     .tid = 11, .end_tid = 12, .end_cpu = C1, .waker = GT_WAKER_GOROUTINE, .waker_goid = 2, .waker_tid = 11,
		     .kernel = 60, .wait_cpu = C1, HELD(77), .reason = 14, .lock = 0xabc, .site = SITE(5)}}},
	{.name = "resumed without ready: nobody is named",
	 .steps = {BEGIN, PARK(100, C0, 11, 1, 5), EXECUTE(200, C0, 11, 1)},
	 .stalls = {{.number = 1, .kind = GT_STALL_PARK, .goid = 1, .begin = 100, .ready = 200, .end = 200, .ran_from = 2,
		     .tid = 11, .end_tid = 11, .reason = 14, .lock = 0xabc, .site = SITE(5)}}},
	{.name = "syscall: blocked, woken by another task, then waited for the CPU of a third",
	 .steps = {BEGIN, SWITCH(100, C0, 11, 77, SLEEPS), WAKE(300, C1, 11, 55, false), SWITCH(350, C0, 77, 11, RUNS),
		   PARK(400, C0, 11, 1, 5)},
	 .stalls = {{.number = 1, .kind = GT_STALL_SYSCALL, .goid = 1, .begin = 100, .ready = 300, .end = 350, .kernel = 50,
		     .ran_from = 2, .tid = 11, .end_tid = 11, .waker = GT_WAKER_THREAD, .waker_tid = 55, .task_state = SLEEPS,
		     HELD(77), .site = SITE(GT_NO_LOCATION)}},
	 .unknown = {[GT_UNKNOWN_END] = 1}},
	{.name = "syscall: its thread tells the line before it sleeps, of that sleep alone",
	 .steps = {BEGIN, OFF(100, C0, 11, 9), SWITCH(100, C0, 11, 0, SLEEPS), WAKE(200, C0, 11, 0, true),
		   SWITCH(210, C0, 0, 11, RUNS), SWITCH(300, C0, 11, 0, SLEEPS), WAKE(400, C0, 11, 0, true),
		   SWITCH(410, C0, 0, 11, RUNS)},
	 .stalls = {{.number = 1, .kind = GT_STALL_SYSCALL, .goid = 1, .begin = 100, .ready = 200, .end = 210, .kernel = 10,
		     .ran_from = 2, .tid = 11, .end_tid = 11, .waker = GT_WAKER_INTERRUPT, .task_state = SLEEPS,
		     .site = SITE(9)},
		    {.number = 2, .kind = GT_STALL_SYSCALL, .goid = 1, .begin = 300, .ready = 400, .end = 410, .kernel = 10,
		     .ran_from = 210, .tid = 11, .end_tid = 11, .waker = GT_WAKER_INTERRUPT, .task_state = SLEEPS,
		     .site = SITE(GT_NO_LOCATION)}}},
	{.name = "syscall: an interrupt ends it, of a CPU that is idle",
	 .steps = {BEGIN, SWITCH(100, C0, 11, 0, D_STATE), WAKE(300, C0, 11, 0, true), SWITCH(304, C0, 0, 11, RUNS)},
	 .stalls = {{.number = 1, .kind = GT_STALL_SYSCALL, .goid = 1, .begin = 100, .ready = 300, .end = 304, .kernel = 4,
		     .ran_from = 2, .tid = 11, .end_tid = 11, .waker = GT_WAKER_INTERRUPT, .task_state = D_STATE,
		     .site = SITE(GT_NO_LOCATION)}}},
	{.name = "syscall: woken by the thread of a goroutine",
	 .steps = {BEGIN, SWITCH(100, C0, 11, 0, SLEEPS), FOUND(101, C1, 12), EXECUTE(102, C1, 12, 2),
		   WAKE(300, C1, 11, 12, false), SWITCH(310, C0, 0, 11, RUNS)},
	 .stalls = {{.number = 1, .kind = GT_STALL_SYSCALL, .goid = 1, .begin = 100, .ready = 300, .end = 310, .kernel = 10,
		     .ran_from = 2, .tid = 11, .end_tid = 11, .waker = GT_WAKER_THREAD, .waker_tid = 12, .waker_goid = 2,
		     .task_state = SLEEPS, .site = SITE(GT_NO_LOCATION)}}},
	{.name = "... that tells from which line, of that wake alone",
	 .steps = {BEGIN, SWITCH(100, C0, 11, 0, SLEEPS), FOUND(101, C1, 12), EXECUTE(102, C1, 12, 2),
		   WAKER(299, C1, 12, 7), WAKE(300, C1, 11, 12, false), SWITCH(310, C0, 0, 11, RUNS),
		   SWITCH(400, C0, 11, 0, SLEEPS), WAKE(500, C1, 11, 12, false), SWITCH(510, C0, 0, 11, RUNS)},
	 .stalls = {{.number = 1, .kind = GT_STALL_SYSCALL, .goid = 1, .begin = 100, .ready = 300, .end = 310, .kernel = 10,
		     .ran_from = 2, .tid = 11, .end_tid = 11, .waker = GT_WAKER_THREAD, .waker_goid = 2, .waker_tid = 12,
		     .task_state = SLEEPS, .site = SITE(GT_NO_LOCATION), .waker_site = SITE(7)},
		    {.number = 2, .kind = GT_STALL_SYSCALL, .goid = 1, .begin = 400, .ready = 500, .end = 510, .kernel = 10,
		     .ran_from = 310, .tid = 11, .end_tid = 11, .waker = GT_WAKER_THREAD, .waker_goid = 2, .waker_tid = 12,
		     .task_state = SLEEPS, .site = SITE(GT_NO_LOCATION)}}},
	{.name = "syscall: woken between leaving the queue and the switch",
	 .steps = {BEGIN, WAKE(99, C1, 11, 55, false), SWITCH(100, C0, 11, 77, SLEEPS), SWITCH(160, C0, 77, 11, RUNS)},
	 .stalls = {{.number = 1, .kind = GT_STALL_SYSCALL, .goid = 1, .begin = 100, .ready = 100, .end = 160, .kernel = 60,
		     .ran_from = 2, .tid = 11, .end_tid = 11, .task_state = SLEEPS, HELD(77),
		     .site = SITE(GT_NO_LOCATION)}}},
	{.name = "syscall: no P on return, another thread runs it",
	 .steps = {BEGIN, FOUND(3, C1, 12), SWITCH(100, C0, 11, 0, SLEEPS), WAKE(300, C0, 11, 0, true),
		   SWITCH(310, C0, 0, 11, RUNS), RETURN(320, C0, 11, 1), SWITCH(330, C0, 11, 0, SLEEPS), EXECUTE(600, C1, 12, 1)},
	 .stalls = {{.number = 1, .kind = GT_STALL_SYSCALL, .goid = 1, .begin = 100, .ready = 300, .end = 600, .kernel = 10,
		     .ran_from = 2, .tid = 11, .end_tid = 12, .end_cpu = C1, .waker = GT_WAKER_INTERRUPT, .requeued = true,
		     .task_state = SLEEPS, .site = SITE(8)}}},
	{.name = "syscall: no P on return, its own thread runs it after a sleep",
	 .steps = {BEGIN, SWITCH(100, C0, 11, 0, SLEEPS), WAKE(300, C0, 11, 0, true), SWITCH(310, C0, 0, 11, RUNS),
		   RETURN(320, C0, 11, 1), SWITCH(330, C0, 11, 0, SLEEPS), WAKE(500, C0, 11, 12, false),
		   SWITCH(520, C0, 77, 11, RUNS), EXECUTE(530, C0, 11, 1)},
	 .stalls = {{.number = 1, .kind = GT_STALL_SYSCALL, .goid = 1, .begin = 100, .ready = 300, .end = 530, .kernel = 30,
		     .ran_from = 2, .tid = 11, .end_tid = 11, .waker = GT_WAKER_INTERRUPT, .requeued = true, HELD(77),
		     .task_state = SLEEPS, .site = SITE(8)}}},
	{.name = "syscall: no P on return but one that is just free",
	 .steps = {BEGIN, SWITCH(100, C0, 11, 0, SLEEPS), WAKE(300, C0, 11, 0, true), SWITCH(310, C0, 0, 11, RUNS),
		   RETURN(320, C0, 11, 1), EXECUTE(325, C0, 11, 1)},
	 .stalls = {{.number = 1, .kind = GT_STALL_SYSCALL, .goid = 1, .begin = 100, .ready = 300, .end = 325, .kernel = 10,
		     .ran_from = 2, .tid = 11, .end_tid = 11, .waker = GT_WAKER_INTERRUPT, .requeued = true,
		     .task_state = SLEEPS, .site = SITE(8)}}},
	{.name = "syscall: preempted on the way back, then no P",
	 .steps = {BEGIN, SWITCH(100, C0, 11, 0, SLEEPS), WAKE(300, C0, 11, 0, true), SWITCH(310, C0, 0, 11, RUNS),
		   SWITCH(312, C0, 11, 77, RUNS), SWITCH(332, C0, 77, 11, RUNS), RETURN(340, C0, 11, 1), EXECUTE(345, C0, 11, 1)},
	 .stalls = {{.number = 1, .kind = GT_STALL_SYSCALL, .goid = 1, .begin = 100, .ready = 300, .end = 345, .kernel = 30,
		     .ran_from = 2, .tid = 11, .end_tid = 11, .waker = GT_WAKER_INTERRUPT, .requeued = true, HELD(77),
		     .task_state = SLEEPS, .site = SITE(8)},
		    {.number = 2, .kind = GT_STALL_PREEMPTED, .goid = 1, .begin = 312, .ready = 312, .end = 332, .kernel = 20,
		     .ran_from = 310, .tid = 11, .end_tid = 11, .waker = GT_WAKER_NOBODY, HELD(77),
		     .site = SITE(GT_NO_LOCATION)}}},
	{.name = "syscall: did not sleep in it, but its P was taken",
	 .steps = {BEGIN, FOUND(3, C1, 12), RETURN(330, C0, 11, 1), SWITCH(335, C0, 11, 0, SLEEPS), EXECUTE(600, C1, 12, 1)},
	 .stalls = {{.number = 1, .kind = GT_STALL_SYSCALL, .goid = 1, .begin = 330, .ready = 330, .end = 600, .ran_from = 2,
		     .tid = 11, .end_tid = 12, .end_cpu = C1, .waker = GT_WAKER_NOBODY, .requeued = true, .site = SITE(8)}}},
	{.name = "syscall: one that slept, work, one that did not and lost its P are two stalls",
	 .steps = {BEGIN, SWITCH(100, C0, 11, 0, SLEEPS), WAKE(200, C0, 11, 0, true), SWITCH(210, C0, 0, 11, RUNS),
		   RETURN(300, C0, 11, 1), EXECUTE(420, C0, 11, 1)},
	 .stalls = {{.number = 1, .kind = GT_STALL_SYSCALL, .goid = 1, .begin = 100, .ready = 200, .end = 210, .kernel = 10,
		     .ran_from = 2, .tid = 11, .end_tid = 11, .waker = GT_WAKER_INTERRUPT, .task_state = SLEEPS,
		     .site = SITE(GT_NO_LOCATION)},
		    {.number = 2, .kind = GT_STALL_SYSCALL, .goid = 1, .begin = 300, .ready = 300, .end = 420, .ran_from = 210,
		     .tid = 11, .end_tid = 11, .waker = GT_WAKER_NOBODY, .requeued = true, .site = SITE(8)}}},
	{.name = "a thread without the goroutine that it had: unknown, not a stall",
	 .steps = {BEGIN, SWITCH(100, C0, 11, 0, SLEEPS), SWITCH(200, C0, 0, 11, RUNS), EXECUTE(220, C0, 11, 2),
		   EXECUTE(300, C1, 12, 1)},
	 .stalls = {{.number = 1, .kind = GT_STALL_SYSCALL, .goid = 1, .begin = 100, .ready = 200, .end = 200, .ran_from = 2,
		     .tid = 11, .end_tid = 11, .task_state = SLEEPS, .site = SITE(GT_NO_LOCATION)}}},
	{.name = "preempted by the kernel, and moved to another CPU",
	 .steps = {BEGIN, SWITCH(100, C0, 11, 77, RUNS), SWITCH(180, C1, 0, 11, RUNS), PARK(190, C1, 11, 1, 5)},
	 .stalls = {{.number = 1, .kind = GT_STALL_PREEMPTED, .goid = 1, .begin = 100, .ready = 100, .end = 180, .kernel = 80,
		     .ran_from = 2, .tid = 11, .end_tid = 11, .end_cpu = C1, .waker = GT_WAKER_NOBODY, .wait_cpu = C0,
		     HELD(77), .site = SITE(GT_NO_LOCATION)}},
	 .unknown = {[GT_UNKNOWN_END] = 1}},
	{.name = "... from the line that its thread tells",
	 .steps = {BEGIN, OFF(99, C0, 11, 9), SWITCH(100, C0, 11, 77, RUNS), SWITCH(160, C0, 77, 11, RUNS)},
	 .stalls = {{.number = 1, .kind = GT_STALL_PREEMPTED, .goid = 1, .begin = 100, .ready = 100, .end = 160, .kernel = 60,
		     .ran_from = 2, .tid = 11, .end_tid = 11, .waker = GT_WAKER_NOBODY, HELD(77), .site = SITE(9)}}},
	{.name = "preempted by one after the other: who had its CPU, and how long, the longest first",
	 .steps = {BEGIN, SWITCH(100, C0, 11, 12, RUNS), SWITCH(110, C0, 12, 13, RUNS), SWITCH(130, C0, 13, 88, RUNS),
		   SWITCH(630, C0, 88, 12, RUNS), SWITCH(690, C0, 12, 14, RUNS), SWITCH(700, C0, 14, 11, RUNS)},
	 .stalls = {{.number = 1, .kind = GT_STALL_PREEMPTED, .goid = 1, .begin = 100, .ready = 100, .end = 700, .kernel = 600,
		     .ran_from = 2, .tid = 11, .end_tid = 11, .waker = GT_WAKER_NOBODY,
		     .held = {.all = {{500, 88}, {70, 12}, {20, 13}}, .others = 10}, .site = SITE(GT_NO_LOCATION)}}},
	{.name = "... and when it changed hands was not recorded once",
	 .steps = {BEGIN, SWITCH(100, C0, 11, 12, RUNS), SWITCH(130, C0, 12, 13, RUNS), SWITCH(190, C0, 88, 14, RUNS),
		   SWITCH(200, C0, 14, 11, RUNS)},
	 .stalls = {{.number = 1, .kind = GT_STALL_PREEMPTED, .goid = 1, .begin = 100, .ready = 100, .end = 200, .kernel = 100,
		     .ran_from = 2, .tid = 11, .end_tid = 11, .waker = GT_WAKER_NOBODY,
		     .held = {.all = {{30, 12}, {10, 14}}, .unsure = 60, .first = 13, .last = 88},
		     .site = SITE(GT_NO_LOCATION)}}},
	{.name = "starved after a yield: in Go's queue, then its thread in the kernel's",
	 .steps = {BEGIN, YIELD(100, C0, 11, 1, false), EXECUTE(110, C0, 11, 2), SWITCH(150, C0, 11, 77, RUNS),
		   SWITCH(250, C0, 77, 11, RUNS), PARK(300, C0, 11, 2, 6), EXECUTE(310, C0, 11, 1)},
	 .stalls = {{.number = 1, .kind = GT_STALL_YIELD, .goid = 1, .begin = 100, .ready = 100, .end = 310, .kernel = 100,
		     .ran_from = 2, .tid = 11, .end_tid = 11, .waker = GT_WAKER_NOBODY, HELD(77), .site = SITE(3)},
		    {.number = 2, .kind = GT_STALL_PREEMPTED, .goid = 2, .begin = 150, .ready = 150, .end = 250, .kernel = 100,
		     .ran_from = 110, .tid = 11, .end_tid = 11, .waker = GT_WAKER_NOBODY, HELD(77),
		     .site = SITE(GT_NO_LOCATION)}},
	 .unknown = {[GT_UNKNOWN_END] = 1}},
	{.name = "preempted by Go",
	 .steps = {BEGIN, YIELD(100, C0, 11, 1, true), EXECUTE(110, C0, 11, 2), EXIT(150, C0, 11, 2), EXECUTE(160, C0, 11, 1)},
	 .stalls = {{.number = 1, .kind = GT_STALL_ASYNC, .goid = 1, .begin = 100, .ready = 100, .end = 160, .ran_from = 2,
		     .tid = 11, .end_tid = 11, .waker = GT_WAKER_NOBODY, .site = SITE(3)}}},
	{.name = "a coroutine: the other end has the thread meanwhile, and what happens to that",
	 .steps = {BEGIN, READY(100, C0, 11, 1, 2, GT_WAKER_GOROUTINE), CORO(100, C0, 11, 1), EXECUTE(100, C0, 11, 2),
		   SWITCH(150, C0, 11, 77, RUNS), SWITCH(170, C0, 77, 11, RUNS), READY(200, C0, 11, 2, 1, GT_WAKER_GOROUTINE),
		   CORO(200, C0, 11, 2), EXECUTE(200, C0, 11, 1)},
	 .stalls = {{.number = 1, .kind = GT_STALL_CORO, .goid = 1, .begin = 100, .ready = 200, .end = 200, .ran_from = 2,
		     .tid = 11, .end_tid = 11, .waker = GT_WAKER_GOROUTINE, .waker_goid = 2, .waker_tid = 11, .site = SITE(5)},
		    {.number = 2, .kind = GT_STALL_PREEMPTED, .goid = 2, .begin = 150, .ready = 150, .end = 170, .kernel = 20,
		     .ran_from = 100, .tid = 11, .end_tid = 11, .waker = GT_WAKER_NOBODY, HELD(77),
		     .site = SITE(GT_NO_LOCATION)}},
	 .unknown = {[GT_UNKNOWN_END] = 1}},
	{.name = "stopped by the collector, which makes it ready again",
	 .steps = {BEGIN, PREEMPT(100, C0, 11, 1), READY(180, C1, 12, 9, 1, GT_WAKER_RUNTIME), EXECUTE(190, C0, 11, 1)},
	 .stalls = {{.number = 1, .kind = GT_STALL_STOPPED, .goid = 1, .begin = 100, .ready = 180, .end = 190, .ran_from = 2,
		     .tid = 11, .end_tid = 11, .waker = GT_WAKER_RUNTIME, .waker_goid = 9, .waker_tid = 12, .waker_cpu = C1,
		     .site = SITE(4)}}},
	{.name = "a thread that waits for a CPU while no goroutine is on it stalls nobody",
	 .steps = {BEGIN, PARK(100, C0, 11, 1, 5), SWITCH(110, C0, 11, 77, RUNS), SWITCH(190, C0, 77, 11, RUNS)},
	 .unknown = {[GT_UNKNOWN_END] = 1}},
	{.name = "a pause while it waits: unknown, not a stall; and known again behind it",
	 .steps = {BEGIN, PARK(100, C0, 11, 1, 5), EXECUTE(400, C0, 11, 1), PARK(500, C0, 11, 1, 5),
		   READY(510, C0, 11, 0, 1, GT_WAKER_TIMER), EXECUTE(520, C0, 11, 1)},
	 .blinds = {{.from = 200, .until = 300}},
	 .stalls = {{.number = 2, .kind = GT_STALL_PARK, .goid = 1, .begin = 500, .ready = 510, .end = 520, .ran_from = 400,
		     .tid = 11, .end_tid = 11, .waker = GT_WAKER_TIMER, .waker_tid = 11, .reason = 14, .lock = 0xabc,
		     .site = SITE(5)}},
	 .unknown = {[GT_UNKNOWN_PAUSE] = 1}},
	{.name = "hits within a pause are not believed",
	 .steps = {BEGIN, PARK(210, C0, 11, 1, 5), EXECUTE(290, C0, 11, 1), PARK(400, C0, 11, 1, 5)},
	 .blinds = {{.from = 200, .until = 300}},
	 .unknown = {[GT_UNKNOWN_END] = 1}},
	{.name = "a gap: what the threads did is unknown, too",
	 .steps = {BEGIN, SWITCH(100, C0, 11, 77, RUNS), FOUND(350, C1, 12), EXECUTE(360, C1, 12, 1),
		   SWITCH(400, C0, 77, 11, RUNS)},
	 .blinds = {{.from = 200, .until = 300, .why = GT_BLIND_GAP}},
	 .unknown = {[GT_UNKNOWN_GAP] = 1}},
	{.name = "a stall that ended before the pause counts",
	 .steps = {BEGIN, PARK(100, C0, 11, 1, 5), READY(150, C0, 11, 0, 1, GT_WAKER_NETPOLL), EXECUTE(190, C0, 11, 1),
		   SWITCH(250, C0, 11, 0, SLEEPS), SWITCH(350, C0, 0, 11, RUNS)},
	 .blinds = {{.from = 200, .until = 300}},
	 .stalls = {{.number = 1, .kind = GT_STALL_PARK, .goid = 1, .begin = 100, .ready = 150, .end = 190, .ran_from = 2,
		     .tid = 11, .end_tid = 11, .waker = GT_WAKER_NETPOLL, .waker_tid = 11, .reason = 14, .lock = 0xabc,
		     .site = SITE(5)}}},
	{.name = "before the first hit nothing is known",
	 .steps = {FOUND(1, C0, 11), SWITCH(50, C0, 11, 0, SLEEPS), SWITCH(90, C0, 0, 11, RUNS), PARK(100, C0, 11, 1, 5)},
	 .unknown = {[GT_UNKNOWN_END] = 1}},
	{.name = "found on a thread by what it does",
	 .steps = {FOUND(1, C0, 11), READY(50, C0, 11, 1, 2, GT_WAKER_GOROUTINE), SWITCH(100, C0, 11, 77, RUNS),
		   SWITCH(130, C0, 77, 11, RUNS)},
	 .stalls = {{.number = 1, .kind = GT_STALL_PREEMPTED, .goid = 1, .begin = 100, .ready = 100, .end = 130, .kernel = 30,
		     .tid = 11, .end_tid = 11, .waker = GT_WAKER_NOBODY, HELD(77), .site = SITE(GT_NO_LOCATION)}}},
	{.name = "a goroutine that ran again unseen",
	 .steps = {BEGIN, PARK(100, C0, 11, 1, 5), PARK(200, C1, 12, 1, 6), READY(210, C0, 11, 0, 1, GT_WAKER_TIMER),
		   EXECUTE(220, C0, 11, 1)},
	 .stalls = {{.number = 2, .kind = GT_STALL_PARK, .goid = 1, .begin = 200, .cpu = C1, .ready = 210, .end = 220, .tid = 12,
		     .end_tid = 11, .waker = GT_WAKER_TIMER, .waker_tid = 11, .reason = 14, .lock = 0xabc, .site = SITE(6)}},
	 .unknown = {[GT_UNKNOWN_UNSEEN] = 1}},
	{.name = "another goroutine at the address of one that waited",
	 .steps = {BEGIN, PARK(100, C0, 11, 1, 5),
		   {.kind = GT_STEP_EXECUTE, AT(150, C0, 11), .who = {.g = 0x1000, .goid = 33}, .root = SITE(GT_NO_LOCATION)},
		   SWITCH(200, C0, 11, 77, RUNS), SWITCH(230, C0, 77, 11, RUNS)},
	 .stalls = {{.number = 2, .kind = GT_STALL_PREEMPTED, .goid = 33, .begin = 200, .ready = 200, .end = 230, .kernel = 30,
		     .ran_from = 150, .tid = 11, .end_tid = 11, .waker = GT_WAKER_NOBODY, HELD(77),
		     .site = SITE(GT_NO_LOCATION)}},
	 .unknown = {[GT_UNKNOWN_UNSEEN] = 1}},
	{.name = "the thread's id begins anew",
	 .steps = {BEGIN, SWITCH(100, C0, 11, 77, RUNS), THREAD(150, C0, 11), SWITCH(200, C0, 77, 11, RUNS)},
	 .unknown = {[GT_UNKNOWN_UNSEEN] = 1}},
	{.name = "exec ends all goroutines",
	 .steps = {BEGIN, PARK(100, C0, 11, 1, 5), EXEC(150, C0, 11), EXECUTE(200, C0, 11, 1)},
	 .unknown = {[GT_UNKNOWN_UNSEEN] = 1}},
	{.name = "ready twice: the first counts",
	 .steps = {BEGIN, PARK(100, C0, 11, 1, 5), READY(150, C0, 11, 0, 1, GT_WAKER_NETPOLL),
		   READY(160, C0, 11, 0, 1, GT_WAKER_TIMER), EXECUTE(190, C0, 11, 1)},
	 .stalls = {{.number = 1, .kind = GT_STALL_PARK, .goid = 1, .begin = 100, .ready = 150, .end = 190, .ran_from = 2,
		     .tid = 11, .end_tid = 11, .waker = GT_WAKER_NETPOLL, .waker_tid = 11, .reason = 14, .lock = 0xabc,
		     .site = SITE(5)}}},
	{.name = "not over: nobody made it runnable, and that is all of it",
	 .steps = {BEGIN, PARK(100, C0, 11, 1, 5), EXECUTE(110, C0, 11, 2)},
	 .until = 900, .unknown = {[GT_UNKNOWN_END] = 1},
	 .open = {{.number = 1, .kind = GT_STALL_PARK, .goid = 1, .begin = 100, .ready = 900, .end = 900, .ran_from = 2,
		   .tid = 11, .reason = 14, .lock = 0xabc, .site = SITE(5)}}},
	{.name = "... runnable, and starved behind another",
	 .steps = {BEGIN, PARK(100, C0, 11, 1, 5), EXECUTE(110, C0, 11, 2), READY(200, C0, 11, 2, 1, GT_WAKER_GOROUTINE)},
	 .until = 900, .unknown = {[GT_UNKNOWN_END] = 1},
	 .open = {{.number = 1, .kind = GT_STALL_PARK, .goid = 1, .begin = 100, .ready = 200, .end = 900, .ran_from = 2,
		   .tid = 11, .waker = GT_WAKER_GOROUTINE, .waker_goid = 2, .waker_tid = 11, .reason = 14, .lock = 0xabc,
		   .site = SITE(5)}}},
	{.name = "... in a system call",
	 .steps = {BEGIN, OFF(99, C0, 11, 9), SWITCH(100, C0, 11, 0, SLEEPS)},
	 .until = 900, .unknown = {[GT_UNKNOWN_END] = 1},
	 .open = {{.number = 1, .kind = GT_STALL_SYSCALL, .goid = 1, .begin = 100, .ready = 900, .end = 900, .ran_from = 2,
		   .tid = 11, .task_state = SLEEPS, .site = SITE(9)}}},
	{.name = "... woken, and which CPU it will get is not known yet",
	 .steps = {BEGIN, SWITCH(100, C0, 11, 77, SLEEPS), WAKE(300, C1, 11, 55, false)},
	 .until = 900, .unknown = {[GT_UNKNOWN_END] = 1},
	 .open = {{.number = 1, .kind = GT_STALL_SYSCALL, .goid = 1, .begin = 100, .ready = 300, .end = 900, .kernel = 600,
		   .ran_from = 2, .tid = 11, .waker = GT_WAKER_THREAD, .waker_tid = 55, .task_state = SLEEPS,
		   .site = SITE(GT_NO_LOCATION)}}},
	{.name = "... its thread without a CPU, and who has that",
	 .steps = {BEGIN, SWITCH(100, C0, 11, 77, RUNS)},
	 .until = 900, .unknown = {[GT_UNKNOWN_END] = 1},
	 .open = {{.number = 1, .kind = GT_STALL_PREEMPTED, .goid = 1, .begin = 100, .ready = 100, .end = 900, .kernel = 800,
		   .ran_from = 2, .tid = 11, .waker = GT_WAKER_NOBODY, HELD(77), .site = SITE(GT_NO_LOCATION)}}},
	{.name = "... back from a call without a P: the wait for the CPU is that of the call",
	 .steps = {BEGIN, SWITCH(100, C0, 11, 0, SLEEPS), WAKE(300, C0, 11, 0, true), SWITCH(310, C0, 0, 11, RUNS),
		   RETURN(320, C0, 11, 1)},
	 .until = 900, .unknown = {[GT_UNKNOWN_END] = 1},
	 .open = {{.number = 1, .kind = GT_STALL_SYSCALL, .goid = 1, .begin = 100, .ready = 300, .end = 900, .kernel = 10,
		   .ran_from = 2, .tid = 11, .waker = GT_WAKER_INTERRUPT, .requeued = true, .task_state = SLEEPS,
		   .site = SITE(8)}}},
	{.name = "not over when the probes paused for good: known until then",
	 .steps = {BEGIN, PARK(100, C0, 11, 1, 5)},
	 .blinds = {{.from = 400, .until = UINT64_MAX}}, .until = 900, .unknown = {[GT_UNKNOWN_END] = 1},
	 .open = {{.number = 1, .kind = GT_STALL_PARK, .goid = 1, .begin = 100, .ready = 400, .end = 400, .ran_from = 2,
		   .tid = 11, .reason = 14, .lock = 0xabc, .site = SITE(5)}}},
	{.name = "not over when its process ended, and what a later process does",
	 .steps = {BEGIN, PARK(100, C0, 11, 1, 5), GONE(300, C0, 11), EXECUTE(310, C0, 11, 2), PARK(320, C0, 11, 2, 6)},
	 .until = 900, .unknown = {[GT_UNKNOWN_END] = 1, [GT_UNKNOWN_EXIT] = 1},
	 .open = {{.number = 1, .kind = GT_STALL_PARK, .goid = 1, .begin = 100, .ready = 300, .end = 300, .ran_from = 2,
		   .tid = 11, .reason = 14, .lock = 0xabc, .site = SITE(5)},
		  {.number = 2, .kind = GT_STALL_PARK, .goid = 2, .begin = 320, .ready = 900, .end = 900, .ran_from = 310,
		   .tid = 11, .reason = 14, .lock = 0xabc, .site = SITE(6)}}},
	{.name = "what parked before anything was known has not begun: it is no stall",
	 .steps = {FOUND(1, C0, 11), EXECUTE(2, C0, 11, 1), READY(50, C0, 11, 1, 2, GT_WAKER_GOROUTINE)},
	 .until = 900},
};

struct list {
	struct gt_stall all[STALLS_MAX];
	size_t count;
};

struct got {
	struct list over, open;
};

static int add(struct list *list, const struct gt_stall *stall)
{
	size_t at = list->count++;

	assert_true(at < STALLS_MAX);
	for (; at && list->all[at - 1].number > stall->number; at--)
		list->all[at] = list->all[at - 1];
	list->all[at] = *stall;
	return 0;
}

static int take(void *to, const struct gt_stall *stall)
{
	assert_false(stall->open || stall->gone);
	return add(&((struct got *)to)->over, stall);
}

static int take_unknown(void *to, const struct gt_stall *stall, enum gt_unknown why)
{
	assert_true(stall->open);
	assert_int_equal(stall->gone, why == GT_UNKNOWN_EXIT);
	return gt_unknown_open(why) ? add(&((struct got *)to)->open, stall) : 0;
}

static void same(const struct gt_stall *got, const struct gt_stall *want)
{
#define SAME(field) assert_int_equal(got->field, want->field)
	SAME(number);
	SAME(kind);
	SAME(goid);
	SAME(begin);
	SAME(ready);
	SAME(end);
	SAME(kernel);
	SAME(ran_from);
	SAME(tid);
	SAME(cpu);
	SAME(end_tid);
	SAME(end_cpu);
	SAME(requeued);
	SAME(reason);
	SAME(task_state);
	SAME(lock);
	SAME(waker);
	SAME(waker_goid);
	SAME(waker_tid);
	SAME(wait_cpu);
	SAME(held.all[0].tid);
	if (want->held.all[1].ticks || want->held.unsure)
		assert_memory_equal(&got->held, &want->held, sizeof(got->held));
	SAME(site.location);
	assert_int_equal(got->g, want->goid == 33 ? 0x1000 : want->goid * 0x1000);
	assert_int_equal(got->tgid, TGID);
	assert_int_equal(got->waker_site.location,
			 got->waker_goid && (got->kind != GT_STALL_SYSCALL || want->waker_site.location) ?
				 7 : GT_NO_LOCATION);
	/* The three phases are all of it. */
	assert_int_equal(gt_stall_phase(got, GT_PHASE_BLOCKED) + gt_stall_phase(got, GT_PHASE_GO) +
				 gt_stall_phase(got, GT_PHASE_KERNEL),
			 got->end - got->begin);
	assert_true(gt_stall_phase(got, GT_PHASE_GO) <= got->end - got->begin);
}

static void check(void **state)
{
	unsigned int which = (uintptr_t)*state, i;
	struct gt_blinds blinds = {.all = (struct gt_blind *)cases[which].blinds};
	struct gt_timeline *timeline;
	struct got got = {};

	while (blinds.count < 2 && blinds.all[blinds.count].until)
		blinds.count++;
	timeline = gt_timeline_new(&blinds, EXIT_PATH, take, take_unknown, &got);
	assert_non_null(timeline);
	for (i = 0; i < STEPS_MAX && cases[which].steps[i].tsc; i++)
		assert_int_equal(gt_timeline_step(timeline, &cases[which].steps[i]), 0);
	assert_int_equal(gt_timeline_end(timeline, cases[which].until ?: cases[which].steps[i - 1].tsc), 0);
	for (i = 0; i < STALLS_MAX && cases[which].stalls[i].number; i++) {
		assert_true(i < got.over.count);
		same(&got.over.all[i], &cases[which].stalls[i]);
	}
	assert_int_equal(got.over.count, i);
	for (i = 0; i < OPEN_MAX && cases[which].open[i].number; i++) {
		assert_true(i < got.open.count);
		same(&got.open.all[i], &cases[which].open[i]);
	}
	if (i)
		assert_int_equal(got.open.count, i);
	assert_int_equal(got.open.count, cases[which].unknown[GT_UNKNOWN_END] + cases[which].unknown[GT_UNKNOWN_EXIT]);
	for (i = 0; i < GT_NR_UNKNOWNS; i++)
		assert_int_equal(gt_timeline_unknown(timeline, i), cases[which].unknown[i]);
	gt_timeline_free(timeline);
}

int main(void)
{
	enum { COUNT = sizeof(cases) / sizeof(*cases) };
	struct CMUnitTest tests[COUNT];
	size_t i;

	for (i = 0; i < COUNT; i++)
		tests[i] = (struct CMUnitTest){
			.name = cases[i].name, .test_func = check, .initial_state = (void *)(uintptr_t)i};
	return cmocka_run_group_tests_name("timeline", tests, NULL, NULL);
}
