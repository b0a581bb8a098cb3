/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A recording, made by hand, in which goroutines stop in every way there is. One tick is one nanosecond. Code has names
 * because it lies where the kernel does: the kernel's symbols are the only ones that a recording carries itself.
 */
#ifndef GT_TESTS_UNIT_STOPS_H
#define GT_TESTS_UNIT_STOPS_H

#include "made.h"

#include "go/probes.h"
#include "lib/hit.h"

#define CODE 0xffffffff81000000ull

enum function {
	GOPARK, CHANRECV, CHANSEND, GOGO, GOEXIT, GCWORKER, SYSCALL6, EXITSYSCALL, FILE_READ, CONN_READ, POLLWAIT, SLEEP,
	WORKER, PRODUCER, HOG, READER, NR_FUNCTIONS,
};

static const char *const names[NR_FUNCTIONS] = {
	[GOPARK] = "runtime.gopark", [CHANRECV] = "runtime.chanrecv1", [CHANSEND] = "runtime.chansend1",
	[GOGO] = "runtime.gogo", [GOEXIT] = "runtime.goexit", [GCWORKER] = "runtime.gcBgMarkWorker",
	[SYSCALL6] = "syscall.Syscall6", [EXITSYSCALL] = "runtime.exitsyscall", [FILE_READ] = "os.(*File).Read",
	[CONN_READ] = "net.(*conn).Read", [POLLWAIT] = "internal/poll.runtime_pollWait", [SLEEP] = "time.Sleep",
	[WORKER] = "example.com/shop/internal/a/long/way/down/orders.(*Worker).run", [PRODUCER] = "main.producer",
	[HOG] = "main.hog", [READER] = "main.reader",
};

/* Addresses in a function: where it is called back to, where a branch is. */
static inline uint64_t in(enum function function)
{
	return CODE + function * 0x100 + 0x11;
}

static inline uint64_t g_of(uint64_t goid)
{
	return goid ? 0xc000000000 + goid * 0x200 : 0;
}

struct told {
	uint64_t tsc;
	uint32_t cpu, tid, id;
	uint64_t runs, about; /* goids */
	uint8_t reason;
	uint32_t flags;
	enum function stack[4]; /* innermost first; GOPARK ends it */
	enum function ladder[5]; /* newest first: from [1] to [0], from [2] to [1] ...; GOEXIT ends it */
	uint16_t cycles;
};

static inline void tell(struct made *made, const struct told *told)
{
	union {
		struct gtrace_event_hit hit;
		uint8_t bytes[GT_HIT_BYTES_MAX];
	} any = {};
	struct gtrace_event_hit *hit = &any.hit;
	struct gtrace_pebs_branch *branches;
	__u64 *frames;
	bool park = told->id == GT_GO_PROBE_PARK, off = told->id == GTRACE_HIT_OFF, netpoll = told->id == GT_GO_PROBE_NETPOLL;
	unsigned int frame = 0, i;

	*hit = (struct gtrace_event_hit){
		.head = {.type = GTRACE_EVENT_HIT, .tsc = told->tsc, .flags = told->flags},
		.id = told->id, .tid = told->tid, .tgid = TGT, .ip = in(GOPARK),
		.nr_values = off ? GT_OFF_NR : park ? GT_PARK_NR : netpoll ? GT_NETPOLL_NR : GT_ABOUT_NR,
	};
	/* On g0 the goroutine is m.curg. */
	hit->values[GT_HIT_G] = park ? g_of(told->runs) : 0xc0000f0000;
	if (!off) {
		hit->values[GT_HIT_GOID] = park ? told->runs : 0;
		hit->values[GT_HIT_CURG] = g_of(told->runs);
		hit->values[GT_HIT_CURGOID] = told->runs;
	}
	hit->missing = told->runs || off ? 0 : 1 << GT_HIT_CURGOID;
	if (park) {
		hit->values[GT_PARK_LOCK] = 0xc000111000;
		hit->values[GT_PARK_REASON] = told->reason;
		hit->values[GT_PARK_CHAN] = told->reason == 1 ? 0xc000111000 : 0;
	} else if (netpoll) {
		hit->values[GT_NETPOLL_MODE] = 'r';
		hit->values[GT_NETPOLL_RG] = g_of(told->about);
		hit->values[GT_NETPOLL_RGOID] = told->about;
	} else if (!off) {
		hit->values[GT_ABOUT_GP] = g_of(told->about);
		hit->values[GT_ABOUT_GOID] = told->about;
		/* The innermost call is the saved PC. */
		hit->values[GT_ABOUT_PC] = told->stack[0] ? in(told->stack[frame++]) : 0;
	}
	branches = (void *)gt_hit_branches(hit);
	for (i = 0; i + 1 < 5 && told->ladder[i + 1]; i++)
		branches[hit->nr_branches++] = (struct gtrace_pebs_branch){
			.from = in(told->ladder[i + 1]), .to = in(told->ladder[i]),
			.info = told->cycles | (i == 1 ? 1ull << 63 : 0)};
	frames = (void *)gt_hit_frames(hit);
	for (; frame < 4 && told->stack[frame]; frame++)
		frames[hit->nr_frames++] = in(told->stack[frame]);
	hit->head.size = gt_hit_bytes(hit->nr_values, hit->nr_branches, hit->nr_frames);
	made_event(made, told->cpu, hit);
}

static inline void window(struct made *made, uint64_t tsc, bool open)
{
	const struct gtrace_event_window event = {
		.head = {.type = GTRACE_EVENT_WINDOW, .size = sizeof(event), .tsc = tsc}, .open = open, .hits = 10,
		.cost = 100, .ran = 10000};

	made_event(made, 0, &event);
}

static inline void leave_cpu(struct made *made, uint32_t cpu, uint64_t tsc, uint32_t prev, uint32_t next, uint32_t state)
{
	const struct gtrace_event_switch event = {
		.head = {.type = GTRACE_EVENT_SWITCH, .size = sizeof(event), .tsc = tsc},
		.prev_tid = prev, .next_tid = next, .next_tgid = next == 101 || next == 102 ? TGT : next, .prev_state = state};

	made_event(made, cpu, &event);
}

static inline void wake(struct made *made, uint32_t cpu, uint64_t tsc, uint32_t tid, uint32_t waker, bool interrupt)
{
	const struct gtrace_event_wake event = {
		.head = {.type = GTRACE_EVENT_WAKE, .size = sizeof(event), .tsc = tsc},
		.tid = tid, .tgid = TGT, .waker_tid = waker, .waker_tgid = waker, .in_interrupt = interrupt};

	made_event(made, cpu, &event);
}

#define PARK(t, cpu, tid, goid, why, ...) \
	tell(&made, &(struct told){t, cpu, tid, GT_GO_PROBE_PARK, goid, 0, why, .stack = __VA_ARGS__})
#define ABOUT(probe, t, cpu, tid, runs, who, ...) \
	tell(&made, &(struct told){t, cpu, tid, GT_GO_PROBE_##probe, runs, who, .stack = __VA_ARGS__})

/*
 * Thread 101 on CPU 0, thread 102 on CPU 1. Stops, by number: 1 worker 7 on a channel; 2 producer 8 sleeps; 3 reader 9 in a
 * system call; 4 hog 10 loses its CPU to stress; 5 reader 9 on the network; ...
 */
static inline struct made make_stops_as(const struct gt_recording_info *info, const char *version, uint32_t planted)
{
	static const char reasons[] = "\0chan receive\0sleep\0IO wait\0wait for GC cycle";
	const struct gt_go go = {.tsc = 50, .tgid = TGT, .version = version, .path = "/no/such/shop"};
	const struct gt_probes probes = {
		.tsc = 50, .tgid = TGT, .planted = planted, .nr_reasons = 5,
		.refusal = "runtime.ready is also compiled into main.hog: what comes there is not seen", .reasons = reasons};
	const struct gt_stranger_name stranger = {.tsc = 60, .tid = 55, .tgid = 55, .comm = "stress"};
	struct gtrace_event_task thread = made_task(GTRACE_EVENT_FORK, 60, 101, TGT, 0, 0, "shop");
	struct made made;

	made_begin_as(&made, info);
	made_map(&made, GT_CPU_NONE, 60, TGT, 0, 0x400000, 0x500000, 0, "/no/such/shop");
	made_event(&made, GT_CPU_NONE, &thread);
	thread.tid = 102;
	made_event(&made, GT_CPU_NONE, &thread);
	assert_int_equal(gt_writer_go(made.writer, &go), 0);
	assert_int_equal(gt_writer_probes(made.writer, &probes), 0);
	assert_int_equal(gt_writer_stranger(made.writer, &stranger), 0);
	made_clock(&made, 0, 1000, 5000001000, 1002);
	window(&made, 1000, true);
	made_switch(&made, 0, 1001, 101, TGT, 0, GTRACE_EVENT_F_RUNNING);
	made_switch(&made, 1, 1001, 102, TGT, 0, GTRACE_EVENT_F_RUNNING);

	/* 7 receives from a channel, 8 runs on its thread, sends, and sleeps. Its stores before that are sampled. */
	ABOUT(EXECUTE, 1100, 0, 101, 0, 7, {0});
	made_sample(&made, 0, 1500, in(WORKER), 0xc000222000, 0);
	made_sample(&made, 0, 1900, in(CHANRECV), 0xc000222040, 0);
	tell(&made, &(struct told){2000, 0, 101, GT_GO_PROBE_PARK, 7, 0, 1, 0, {CHANRECV, WORKER, GOEXIT},
				   {GOPARK, CHANRECV, WORKER, WORKER, GOGO}, 40});
	ABOUT(EXECUTE, 2300, 0, 101, 0, 8, {0});
	ABOUT(READY, 5000, 0, 101, 8, 7, {CHANSEND, PRODUCER, GOEXIT});
	PARK(6000, 0, 101, 8, 2, {SLEEP, PRODUCER, GOEXIT});
	leave_cpu(&made, 0, 6200, 101, 55, 1);
	wake(&made, 1, 7000, 101, 102, false);
	leave_cpu(&made, 0, 9000, 55, 101, 0);
	ABOUT(EXECUTE, 9500, 0, 101, 0, 7, {0});

	/* 9 reads a file on the other thread: the disk's interrupt wakes it, its P is gone, 101 takes it later. */
	ABOUT(EXECUTE, 10000, 1, 102, 0, 9, {0});
	tell(&made, &(struct told){19990, 1, 102, GTRACE_HIT_OFF, .stack = {SYSCALL6, FILE_READ, READER, GOEXIT}});
	leave_cpu(&made, 1, 20000, 102, 0, 2);
	wake(&made, 1, 60000, 102, 0, true);
	leave_cpu(&made, 1, 60100, 0, 102, 0);
	ABOUT(RETURN, 61000, 1, 102, 9, 9, {EXITSYSCALL, SYSCALL6, FILE_READ, READER});
	leave_cpu(&made, 1, 61500, 102, 0, 1);

	/* 7 loses its CPU to stress, then computes until Go lets 9 run. */
	tell(&made, &(struct told){61990, 0, 101, GTRACE_HIT_OFF, .flags = GTRACE_EVENT_F_INTERRUPTED,
				   .stack = {HOG, WORKER, GOEXIT}});
	leave_cpu(&made, 0, 62000, 101, 55, 0);
	leave_cpu(&made, 0, 72000, 55, 101, 0);
	ABOUT(YIELD, 90000, 0, 101, 7, 7, {HOG, WORKER, GOEXIT});
	ABOUT(EXECUTE, 90500, 0, 101, 0, 9, {0});
	wake(&made, 0, 90600, 102, 101, false);
	leave_cpu(&made, 1, 90700, 0, 102, 0);
	ABOUT(EXECUTE, 91000, 1, 102, 0, 7, {0});
	PARK(95000, 0, 101, 9, 3, {POLLWAIT, CONN_READ, READER, GOEXIT});
	if (planted & 1u << GT_GO_PROBE_NETPOLL)
		ABOUT(NETPOLL, 99000, 0, 101, 0, 9, {0});
	ABOUT(READY, 99500, 0, 101, 0, 8, {0});
	ABOUT(EXECUTE, 100000, 0, 101, 0, 9, {0});

	/* The collector lets it go on without telling. */
	PARK(100200, 0, 101, 9, 4, {READER, GOEXIT});
	ABOUT(EXECUTE, 100900, 0, 101, 0, 9, {0});

	/* A ladder that was lost, a wait that spans a pause, one that spans a gap, and one that is not over. */
	tell(&made, &(struct told){101000, 0, 101, GT_GO_PROBE_PARK, 9, 0, 1, GTRACE_EVENT_F_NO_LADDER,
				   {CHANRECV, READER, GOEXIT}});
	ABOUT(READY, 101500, 0, 101, 0, 9, {0});
	ABOUT(EXECUTE, 102000, 0, 101, 0, 9, {0});
	PARK(103000, 0, 101, 9, 1, {CHANRECV, READER, GOEXIT});
	window(&made, 104000, false);
	window(&made, 204000, true);
	ABOUT(EXECUTE, 205000, 0, 101, 0, 9, {0});
	PARK(206000, 0, 101, 9, 1, {CHANRECV, READER, GOEXIT});
	made_switch(&made, 0, 210000, 101, TGT, 2, GTRACE_EVENT_F_GAP);
	ABOUT(EXECUTE, 220000, 0, 101, 0, 9, {0});
	PARK(230000, 0, 101, 9, 9, {CHANRECV, READER, GOEXIT});
	made_clock(&made, 0, 240000, 5000240000, 240002);
	for (unsigned int i = 0; i < NR_FUNCTIONS; i++)
		assert_int_equal(gt_writer_symbol(made.writer, &(struct gt_kernel_symbol){CODE + i * 0x100, names[i]}), 0);
	made_end(&made, &(struct gt_total){.cpu = 0, .samples = 2}, 1);
	return made;
}

static inline struct made make_stops_of(const char *version, uint32_t planted)
{
	return make_stops_as(&made_info, version, planted);
}

static inline struct made make_stops(void)
{
	return make_stops_of("go1.26.1", 0x1fe);
}

#endif
