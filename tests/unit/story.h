/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A made-up recording in which every class of sample happens once, with a loss and a gap. The Go code is a stand-in for
 * a file that is gone: R14 is asked when the address lies in the program's own file.
 */
#ifndef GT_TESTS_UNIT_STORY_H
#define GT_TESTS_UNIT_STORY_H

#include "made.h"

#include "analysis/goroutine.h"

#define PROG "/no/such/prog"
#define LIBC "/no/such/libc.so"
enum {
	CODE = 0x401000, C_CODE = 0x7f0000001000, G7 = 0xc000001000, G8 = 0xc000002000, G0 = 0xc0000a0000, ADDR = 0xc000100000,
	STRANGER = 0xc0000f0000,
};
#define KERNEL_CODE 0xffffffff81000000ull

/*
 * CPU 0, one sample at each TSC:  100..199 thread 101   200..299 a stranger   300..  gap, then thread 101 from 400
 * Looks end at 90 and begin at 500 (both: g7 alive, g0 runs it), the second one also knows g8.
 */
static const struct {
	const char *name;
	uint64_t tsc, ip, r14;
	enum gt_class class;
	uint32_t tid;
	uint64_t goid;
} samples[] = {
	{"before the first switch", 99, CODE, G7, GT_CLASS_UNKNOWN_TASK, 0, 0},
	{"a goroutine", 110, CODE, G7, GT_CLASS_CERTAIN, 101, 7},
	{"known to the look after alone", 120, CODE, G8, GT_CLASS_LIKELY, 101, 8},
	{"the scheduler for a goroutine", 130, CODE, G0, GT_CLASS_G0, 101, 7},
	{"a g that nobody knows", 140, CODE, STRANGER, GT_CLASS_UNKNOWN_G, 101, 0},
	{"C code, whatever R14 is", 150, C_CODE, G7, GT_CLASS_NOT_GO, 101, 0},
	{"code that no mapping covers", 160, 0x1234, G7, GT_CLASS_NOT_GO, 101, 0},
	{"kernel code", 170, KERNEL_CODE, G7, GT_CLASS_KERNEL, 101, 0},
	{"a store that retired behind the switch", 205, CODE, G7, GT_CLASS_OTHER_TASK, 4711, 0},
	{"events are missing", 350, CODE, G7, GT_CLASS_UNKNOWN_TASK, 0, 0},
	{"known again", 410, CODE, G7, GT_CLASS_CERTAIN, 101, 7},
};
#define NR_SAMPLES (sizeof(samples) / sizeof(*samples))

static const struct gt_look_goroutine goroutines[] = {
	{.g = G7, .goid = 7, .gopc = CODE + 9, .startpc = CODE, .status = 2},
	{.g = G8, .goid = 8, .gopc = CODE + 9, .startpc = CODE, .status = 2},
};
static const struct gt_look_thread threads[] = {{.m = 0xc000100000, .g0 = G0, .curg = G7, .tid = 101}};

static inline void make_start(struct made *made)
{
	const struct gt_go go = {.tsc = 50, .tgid = TGT, .version = "go1.26.1", .path = PROG};
	const struct gt_look look = {
		.tsc_begin = 80, .tsc_end = 90, .tgid = TGT, .nr_goroutines = 1, .nr_threads = 1, .complete = true};
	struct gtrace_event_task thread = made_task(GTRACE_EVENT_FORK, 60, 101, TGT, 0, 0, "worker\x1b[2J");

	made_begin(made);
	made_map(made, GT_CPU_NONE, 60, TGT, 0, CODE & ~0xfffull, CODE + 0x1000, 0x1000, PROG);
	made_map(made, GT_CPU_NONE, 60, TGT, 0, C_CODE, C_CODE + 0x1000, 0, LIBC);
	made_event(made, GT_CPU_NONE, &thread);
	assert_int_equal(gt_writer_go(made->writer, &go), 0);
	assert_int_equal(gt_writer_look(made->writer, &look, goroutines, threads), 0);
}

static inline void make(struct made *made)
{
	const struct gt_look look = {.tsc_begin = 500, .tsc_end = 510, .tgid = TGT, .nr_goroutines = 1};
	const struct gt_kernel_symbol symbol = {.addr = KERNEL_CODE - 16, .name = "ksys_write"};
	struct gt_total total = {.cpu = 0, .lost_full = 5, .events_dropped = 3};
	size_t i;

	make_start(made);
	made_clock(made, 0, 95, 1000, 97);
	made_switch(made, 0, 100, 101, TGT, 1, GTRACE_EVENT_F_RUNNING);
	made_lost(made, 0, 112, 118, GTRACE_LOST_FULL, 5);
	made_switch(made, 0, 200, 4711, 4711, 8, 0);
	made_switch(made, 0, 300, 101, TGT, 9, 0);
	made_switch(made, 0, 400, 101, TGT, 10, GTRACE_EVENT_F_GAP);
	made_clock(made, 0, 1095, 2000, 1097);
	for (i = 0; i < NR_SAMPLES; i++)
		made_sample(made, 0, samples[i].tsc, samples[i].ip, ADDR + i, samples[i].r14);
	made_switch(made, 1, 100, 101, TGT, 0, 0);
	made_sample(made, 1, 115, CODE, ADDR, G7);
	made_sample(made, 1, 110, CODE, ADDR, G7);
	assert_int_equal(gt_writer_look(made->writer, &look, &goroutines[1], NULL), 0);
	assert_int_equal(gt_writer_symbol(made->writer, &symbol), 0);
	made_end(made, &total, 1);
}

#endif
