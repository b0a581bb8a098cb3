// SPDX-License-Identifier: GPL-2.0
/*
 * A whole recording joined: every class of sample once, losses and gaps at their place, CPUs merged by time, what a
 * damaged file still tells.
 */
#include "story.h"

#include "analysis/join.h"
#include "output/header.h"

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
