/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A made-up recording in which every class of sample happens once, with a loss and a gap. The Go code is a stand-in for
 * a file that is gone: R14 is asked when the address lies in the program's own file.
 */
#ifndef GT_TESTS_UNIT_STORY_H
#define GT_TESTS_UNIT_STORY_H

#include "made.h"

#include "analysis/goroutine.h"
#include "go/probes.h"
#include "lib/hit.h"

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

static inline void make_start_as(struct made *made, const struct gt_recording_info *info)
{
	const struct gt_go go = {.tsc = 50, .tgid = TGT, .version = "go1.26.1", .path = PROG};
	const struct gt_look look = {
		.tsc_begin = 80, .tsc_end = 90, .tgid = TGT, .nr_goroutines = 1, .nr_threads = 1, .complete = true};
	struct gtrace_event_task thread = made_task(GTRACE_EVENT_FORK, 60, 101, TGT, 0, 0, "worker\x1b[2J");

	made_begin_as(made, info);
	made_map(made, GT_CPU_NONE, 60, TGT, 0, CODE & ~0xfffull, CODE + 0x1000, 0x1000, PROG);
	made_map(made, GT_CPU_NONE, 60, TGT, 0, C_CODE, C_CODE + 0x1000, 0, LIBC);
	made_event(made, GT_CPU_NONE, &thread);
	assert_int_equal(gt_writer_go(made->writer, &go), 0);
	assert_int_equal(gt_writer_look(made->writer, &look, goroutines, threads), 0);
}

static inline void make_start(struct made *made)
{
	make_start_as(made, &made_info);
}

/* `jitter`: the period is 999, then (record 2 of CPU 0 is still at that distance) 899, then 1099. */
static inline void make_as(struct made *made, uint32_t jitter)
{
	const struct gtrace_event_period less = {{GTRACE_EVENT_PERIOD, sizeof(less), 0, 115}, 2, 899},
		more = {{GTRACE_EVENT_PERIOD, sizeof(more), 0, 145}, 5, 1099};
	struct gt_recording_info info = made_info;
	const struct gt_look look = {.tsc_begin = 500, .tsc_end = 510, .tgid = TGT, .nr_goroutines = 1};
	const struct gt_kernel_symbol symbol = {.addr = KERNEL_CODE - 16, .name = "ksys_write"};
	struct gt_total total = {.cpu = 0, .lost_full = 5, .events_dropped = 3};
	size_t i;

	info.jitter = jitter;
	make_start_as(made, &info);
	made_clock(made, 0, 95, 1000, 97);
	made_switch(made, 0, 100, 101, TGT, 1, GTRACE_EVENT_F_RUNNING);
	made_lost(made, 0, 112, 118, GTRACE_LOST_FULL, 5);
	made_switch(made, 0, 200, 4711, 4711, 8, 0);
	made_switch(made, 0, 300, 101, TGT, 9, 0);
	made_switch(made, 0, 400, 101, TGT, 10, GTRACE_EVENT_F_GAP);
	made_clock(made, 0, 1095, 2000, 1097);
	if (jitter) {
		made_event(made, 0, &less);
		made_event(made, 0, &more);
	}
	for (i = 0; i < NR_SAMPLES; i++)
		made_sample(made, 0, samples[i].tsc, samples[i].ip, ADDR + i, samples[i].r14);
	made_switch(made, 1, 100, 101, TGT, 0, 0);
	made_sample(made, 1, 115, CODE, ADDR, G7);
	made_sample(made, 1, 110, CODE, ADDR, G7);
	assert_int_equal(gt_writer_look(made->writer, &look, &goroutines[1], NULL), 0);
	assert_int_equal(gt_writer_symbol(made->writer, &symbol), 0);
	made_end(made, &total, 1);
}

static inline void make(struct made *made)
{
	make_as(made, 0);
}

/* A hit of g7's thread; `branches` of the LBR and `frames` return addresses, both in PROG. */
static inline void make_hit(struct made *made, uint64_t tsc, uint32_t id, uint32_t flags, const __u64 *values,
			    unsigned int nr_values, unsigned int branches, unsigned int frames)
{
	uint64_t room[GT_HIT_BYTES_MAX / 8] = {};
	struct gtrace_event_hit *hit = (void *)room;
	struct gtrace_pebs_branch *branch;

	*hit = (struct gtrace_event_hit){
		.head = {GTRACE_EVENT_HIT, gt_hit_bytes(nr_values, branches, frames), flags, tsc},
		.id = id, .tid = 101, .tgid = TGT, .nr_values = nr_values, .nr_branches = branches, .nr_frames = frames,
		.ip = CODE + 0x100, .sp = 0xc000003f00,
	};
	for (unsigned int i = 0; i < nr_values; i++)
		hit->values[i] = values[i];
	branch = (void *)gt_hit_branches(hit);
	for (unsigned int i = 0; i < branches; i++)
		branch[i] = (struct gtrace_pebs_branch){
			.from = CODE + 16 * i + 8, .to = CODE + 16 * i, .info = i % 2 ? 1ull << 63 | 40 : 7};
	for (unsigned int i = 0; i < frames; i++)
		((__u64 *)gt_hit_frames(hit))[i] = CODE + 32 * i + 5;
	made_event(made, 0, hit);
}

/* Each kind of event once, and what makes some of them unsure. */
static inline void make_parks(struct made *made)
{
	static const char reasons[] = "\0GC assist marking\0chan receive";
	const struct gtrace_event_window open = {{GTRACE_EVENT_WINDOW, sizeof(open), 0, 96}, .open = 1},
		pause = {{GTRACE_EVENT_WINDOW, sizeof(pause), 0, 300}, .hits = 1234, .cost = 21, .ran = 1000};
	const struct gtrace_event_wake wake = {
		{GTRACE_EVENT_WAKE, sizeof(wake), 0, 190}, 101, TGT, 4711, 4711, .in_interrupt = 1, .to_cpu = 1},
		own = {{GTRACE_EVENT_WAKE, sizeof(own), 0, 191}, 101, TGT, 101, TGT, .to_cpu = 0},
		idle = {{GTRACE_EVENT_WAKE, sizeof(idle), 0, 192}, 101, TGT, .in_interrupt = 1, .to_cpu = 0};
	const struct gtrace_event_task thread = made_task(GTRACE_EVENT_FORK, 98, 102, TGT, TGT, 0, "worker"),
		end = made_task(GTRACE_EVENT_EXIT, 198, 102, TGT, 0, 0, "worker");
	const __u64 park[GT_PARK_NR] = {G7, 7, G7, 7, 0xc000030000, 0xabc02, 0xc000030000, 0xc000003000, 0xc000004000,
					0xc000031000},
		ready[GT_ABOUT_NR] = {G0, 0, G7, 7, G8, 8, CODE + 0x45, 0xc000003f80, 0xc000003000, 0xc000004000},
		timer[GT_ABOUT_NR] = {G0, 0, 0, 0, G8, 8},
		poll[GT_NETPOLL_NR] = {G0, 0, 0, 0, 'r' + 'w', G8, 8, 1, 0, 5},
		about[GT_YIELD_NR] = {G0, 0, G7, 7, G7, 7, CODE + 0x45, 0, 0, 0, 1};
	const struct gt_total total = {.cpu = 0, .samples = 1};
	struct gt_recording_info info = made_info;

	info.flags = GTRACE_F_WAKES | GTRACE_F_BRANCHES;
	make_start_as(made, &info);
	assert_int_equal(gt_writer_probes(made->writer, &(struct gt_probes){.tsc = 50, .tgid = TGT, .planted = 0x1fe,
									    .nr_reasons = 3, .refusal = "",
									    .reasons = reasons}), 0);
	assert_int_equal(gt_writer_stranger(made->writer, &(struct gt_stranger_name){.tid = 4711, .tgid = 4711,
										     .comm = "ss\x1bhd"}), 0);
	made_clock(made, 0, 95, 1000, 97);
	made_event(made, 0, &open);
	made_event(made, 0, &thread);
	made_switch(made, 0, 100, 101, TGT, 0, GTRACE_EVENT_F_RUNNING);
	make_hit(made, 120, GT_GO_PROBE_PARK, GTRACE_EVENT_F_STACK_CUT, park, GT_PARK_NR, 2, 2);
	make_hit(made, 130, GT_GO_PROBE_PARK, GTRACE_EVENT_F_NO_LADDER, park, GT_PARK_REASON, 0, 1);
	make_hit(made, 140, GT_GO_PROBE_READY, 0, ready, GT_ABOUT_NR, 0, 1);
	make_hit(made, 141, GT_GO_PROBE_READY, 0, timer, GT_ABOUT_NR, 0, 0);
	make_hit(made, 142, GT_GO_PROBE_NETPOLL, 0, poll, GT_NETPOLL_NR, 0, 0);
	make_hit(made, 143, GT_GO_PROBE_EXECUTE, 0, about, GT_ABOUT_PC + 1, 0, 0);
	make_hit(made, 144, GT_GO_PROBE_YIELD, 0, about, GT_YIELD_NR, 0, 0);
	make_hit(made, 145, GT_GO_PROBE_PREEMPT, 0, about, GT_ABOUT_NR, 0, 0);
	make_hit(made, 146, GT_GO_PROBE_RETURN, 0, about, GT_ABOUT_NR, 0, 0);
	make_hit(made, 147, GT_GO_PROBE_EXIT, 0, about, GT_ABOUT_GOID + 1, 0, 0);
	make_hit(made, 149, GTRACE_HIT_OFF, 0, park, 1, 0, 2);
	make_hit(made, 148, 77, 0, NULL, 0, 0, 0);
	made_event(made, 0, &wake);
	made_event(made, 0, &own);
	made_event(made, 0, &idle);
	made_event(made, 0, &end);
	made_switch(made, 0, 200, 4711, 4711, 1, 0);
	made_event(made, 0, &pause);
	made_clock(made, 0, 1095, 2000, 1097);
	made_sample(made, 0, 110, CODE, ADDR, G7);
	made_end(made, &total, 1);
}

#endif
