// SPDX-License-Identifier: GPL-2.0
/*
 * A whole recording joined: every class of sample once, losses and gaps at their place, CPUs merged by time, what a
 * damaged file still tells. The Go code is a stand-in for the file that is gone: R14 is asked when the address lies in
 * the program's own file.
 */
#include "made.h"

#include "analysis/join.h"
#include "output/header.h"

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

static void make_start(struct made *made)
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

static void make(struct made *made)
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

struct fixture {
	struct made made;
	struct gt_join *join;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	make(&f->made);
	assert_int_equal(gt_join_open(f->made.path, "", &f->join), 0);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	gt_join_close(f->join);
	made_free(&f->made);
	free(f);
	return 0;
}

static void every_class(void **state)
{
	struct fixture *f = *state;
	const uint32_t cpu = 0;
	struct gt_stream *stream;
	struct gt_item item;
	size_t i = 0;

	assert_int_equal(gt_stream_open(f->join, GT_ORDER_CPU, &cpu, 1, &stream), 0);
	while (gt_stream_next(stream, &item) > 0) {
		if (item.kind != GT_ITEM_SAMPLE)
			continue;
		assert_true(i < NR_SAMPLES);
		if (item.class != samples[i].class || item.tid != samples[i].tid ||
		    f->join->goroutines.goroutines[item.goroutine].goid != samples[i].goid)
			fail_msg("%s: %s, thread %u, goid %d", samples[i].name, gt_class_name(item.class), item.tid,
				 (int)f->join->goroutines.goroutines[item.goroutine].goid);
		assert_int_equal(item.tsc, samples[i].tsc);
		assert_int_equal(item.sample->addr, ADDR + i);
		i++;
	}
	gt_stream_close(stream);
	assert_int_equal(i, NR_SAMPLES);
}

static void losses_stand_where_they_happened(void **state)
{
	static const struct {
		enum gt_item_kind kind;
		uint64_t tsc, from;
	} expected[] = {
		{GT_ITEM_SAMPLE, 99}, {GT_ITEM_SAMPLE, 110}, {GT_ITEM_LOST, 118, 112}, {GT_ITEM_SAMPLE, 120},
		{GT_ITEM_SAMPLE, 130}, {GT_ITEM_SAMPLE, 140}, {GT_ITEM_SAMPLE, 150}, {GT_ITEM_SAMPLE, 160},
		{GT_ITEM_SAMPLE, 170}, {GT_ITEM_SAMPLE, 205}, {GT_ITEM_SAMPLE, 350}, {GT_ITEM_GAP, 400, 300},
		{GT_ITEM_SAMPLE, 410},
	};
	struct fixture *f = *state;
	const uint32_t cpu = 0;
	struct gt_stream *stream;
	struct gt_item item;
	size_t i;

	assert_int_equal(gt_stream_open(f->join, GT_ORDER_TIME, &cpu, 1, &stream), 0);
	for (i = 0; gt_stream_next(stream, &item) > 0; i++) {
		assert_true(i < sizeof(expected) / sizeof(*expected));
		assert_int_equal(item.kind, expected[i].kind);
		assert_int_equal(item.tsc, expected[i].tsc);
		if (item.kind != GT_ITEM_SAMPLE)
			assert_int_equal(item.from, expected[i].from);
		if (item.kind == GT_ITEM_LOST)
			assert_int_equal(item.count, 5);
	}
	assert_int_equal(i, sizeof(expected) / sizeof(*expected));
	gt_stream_close(stream);
}

/* By time over the CPUs, but within one CPU the order of the hardware, even where its clock seems to run back. */
static void cpus_are_merged(void **state)
{
	static const uint64_t from_cpu_1[] = {115, 110};
	struct fixture *f = *state;
	struct gt_stream *stream;
	struct gt_item item;
	uint64_t last = 0;
	size_t count = 0, seen = 0;

	assert_int_equal(gt_stream_open(f->join, GT_ORDER_TIME, NULL, 0, &stream), 0);
	while (gt_stream_next(stream, &item) > 0) {
		count++;
		if (item.cpu == 1) {
			assert_true(seen < 2);
			assert_int_equal(item.tsc, from_cpu_1[seen++]);
		} else {
			assert_true(item.tsc >= last);
			last = item.tsc;
		}
	}
	gt_stream_close(stream);
	assert_int_equal(seen, 2);
	assert_int_equal(count, NR_SAMPLES + 2 + 2);
}

static void totals_and_names(void **state)
{
	struct fixture *f = *state;
	const struct gt_location *kernel;
	int64_t at;

	assert_int_equal(f->join->samples, NR_SAMPLES + 2);
	assert_int_equal(f->join->lost[GTRACE_LOST_FULL], 5);
	assert_int_equal(f->join->events_dropped, 3);
	assert_true(gt_clock_known(&f->join->clock));
	assert_int_equal(gt_clock_ns(&f->join->clock, 96), 1000);
	assert_int_equal(gt_clock_ns(&f->join->clock, 596), 1500);
	at = gt_symbols_kernel(&f->join->symbols, KERNEL_CODE);
	kernel = &f->join->symbols.locations[at];
	assert_int_equal(kernel->nr_frames, 1);
	assert_string_equal(gt_symbols_text(&f->join->symbols, f->join->symbols.frames[kernel->first_frame].function),
			    "ksys_write");
	at = gt_symbols_kernel(&f->join->symbols, KERNEL_CODE - 17);
	assert_int_equal(f->join->symbols.locations[at].nr_frames, 0);
}

/* The second tag: with one sample more or less before each switch than the TSC says, exactly those disagree. */
static void disagreement_is_counted(void **state)
{
	struct gt_stream *stream;
	struct gt_join *join;
	struct gt_item item;
	struct made made;

	(void)state;
	make_start(&made);
	made_switch(&made, 0, 100, 101, TGT, 0, 0);
	made_switch(&made, 0, 200, 102, TGT, 1, 0);
	made_sample(&made, 0, 110, CODE, ADDR, G7);
	made_sample(&made, 0, 120, CODE, ADDR, G7);
	made_sample(&made, 0, 210, CODE, ADDR, G7);
	made_end(&made, NULL, 0);
	assert_int_equal(gt_join_open(made.path, "", &join), 0);
	assert_int_equal(gt_stream_open(join, GT_ORDER_CPU, NULL, 0, &stream), 0);
	while (gt_stream_next(stream, &item) > 0)
		;
	gt_stream_close(stream);
	assert_int_equal(join->disagreed, 1);
	gt_join_close(join);
	made_free(&made);
}

/* Cut at every byte and with every byte changed: what is left is read, each sample is one that was written. */
static void damage(void **state)
{
	struct fixture *f = *state;
	char copy[] = "/tmp/gtrace-cut-XXXXXX", *bytes;
	FILE *whole = fopen(f->made.path, "r");
	size_t size, at, opened = 0, warned = 0, usual = 0;
	int fd = mkstemp(copy);

	fseek(whole, 0, SEEK_END);
	size = ftell(whole);
	rewind(whole);
	bytes = malloc(size);
	assert_int_equal(fread(bytes, 1, size, whole), size);
	fclose(whole);
	/* The first turn is the whole file: what is said about that is no news. */
	for (at = size; at <= 3 * size; at++) {
		struct gt_stream *stream;
		struct gt_join *join;
		struct gt_item item;
		FILE *null = fopen("/dev/null", "w");

		if (at > 2 * size)
			bytes[at - 2 * size - 1] ^= 0x10;
		assert_int_equal(pwrite(fd, bytes, size, 0), size);
		assert_int_equal(ftruncate(fd, at <= 2 * size ? 2 * size - at : size), 0);
		if (at > 2 * size)
			bytes[at - 2 * size - 1] ^= 0x10;
		if (!gt_join_open(copy, "", &join)) {
			opened++;
			assert_int_equal(gt_stream_open(join, GT_ORDER_TIME, NULL, 0, &stream), 0);
			while (gt_stream_next(stream, &item) > 0)
				if (item.kind == GT_ITEM_SAMPLE)
					assert_true(item.sample->addr >= ADDR && item.sample->addr < ADDR + NR_SAMPLES);
			gt_stream_close(stream);
			if (at == size)
				usual = gt_warnings(null, "", join);
			warned += gt_warnings(null, "", join) > usual;
			gt_join_close(join);
		}
		fclose(null);
	}
	free(bytes);
	close(fd);
	unlink(copy);
	/* All but those whose beginning is lost; each but the harmless ones (padding) is told of. */
	assert_true(opened > size);
	assert_true(warned > opened * 9 / 10 && warned < opened);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_class, set_up, tear_down),
		cmocka_unit_test_setup_teardown(losses_stand_where_they_happened, set_up, tear_down),
		cmocka_unit_test_setup_teardown(cpus_are_merged, set_up, tear_down),
		cmocka_unit_test_setup_teardown(totals_and_names, set_up, tear_down),
		cmocka_unit_test(disagreement_is_counted),
		cmocka_unit_test_setup_teardown(damage, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("join", tests, NULL, NULL);
}
