// SPDX-License-Identifier: GPL-2.0
/*
 * How many events a sample stands for: lists of PERIOD events and samples of one CPU with the weight of each, and whole
 * recordings: two CPUs, losses, damage, a dump of the flight recorder, a recording from before there were such events.
 */
#include "made.h"

#include <errno.h>
#include <fcntl.h>
#include <zlib.h>

#include "analysis/join.h"
#include "lib/format.h"

enum { PERIOD = 109, STEPS = 20 };

enum what { END, CHANGE, SWITCH, HOLE, SAMPLE };

struct step {
	enum what what;
	uint64_t tsc;
	uint64_t index;	 /* CHANGE, SWITCH: records before */
	uint64_t period; /* CHANGE: from here on; SAMPLE: what it must stand for, less itself */
};

static const struct {
	const char *name;
	bool dump;
	struct step steps[STEPS];
} cases[] = {
	{"without an event the session's period holds", false, {
		{SWITCH, 5, 0}, {SAMPLE, 10, 0, PERIOD}, {SAMPLE, 20, 0, PERIOD},
	}},
	{"the record that an event counts to is at the old distance", false, {
		{CHANGE, 15, 1, 99}, {CHANGE, 35, 3, 119},
		{SAMPLE, 10, 0, PERIOD}, {SAMPLE, 20, 0, PERIOD}, {SAMPLE, 30, 0, 99}, {SAMPLE, 40, 0, 99}, {SAMPLE, 50, 0, 119},
	}},
	{"before the first record: so is that one", false, {
		{CHANGE, 5, 0, 99}, {SAMPLE, 10, 0, PERIOD}, {SAMPLE, 20, 0, 99},
	}},
	{"a change each record", false, {
		{CHANGE, 5, 0, 1}, {CHANGE, 15, 1, 2}, {CHANGE, 25, 2, 3}, {SAMPLE, 10, 0, PERIOD}, {SAMPLE, 20, 0, 1},
		{SAMPLE, 30, 0, 2}, {SAMPLE, 40, 0, 3}, {SAMPLE, 50, 0, 3},
	}},
	{"of two changes at one record the later holds", false, {
		{CHANGE, 15, 1, 99}, {CHANGE, 16, 1, 119}, {SAMPLE, 10, 0, PERIOD}, {SAMPLE, 20, 0, PERIOD}, {SAMPLE, 30, 0, 119},
	}},
	{"by the count, not by the time: the kernel may store before it has written the event", false, {
		{CHANGE, 25, 1, 99}, {SAMPLE, 10, 0, PERIOD}, {SAMPLE, 20, 0, PERIOD}, {SAMPLE, 24, 0, 99}, {SAMPLE, 30, 0, 99},
	}},
	{"events that come while samples are read", false, {
		{SAMPLE, 10, 0, PERIOD}, {CHANGE, 15, 1, 99}, {SAMPLE, 20, 0, PERIOD}, {SAMPLE, 30, 0, 99}, {CHANGE, 35, 3, 119},
		{SAMPLE, 40, 0, 99}, {SAMPLE, 50, 0, 119},
	}},
	{"an event that comes late holds from then on", false, {
		{SAMPLE, 10, 0, PERIOD}, {SAMPLE, 20, 0, PERIOD}, {SAMPLE, 30, 0, PERIOD}, {CHANGE, 15, 1, 99}, {SAMPLE, 40, 0, 99},
	}},
	{"behind a hole the first record at the event's time is the one it counts to", false, {
		{SAMPLE, 10, 0, PERIOD}, {HOLE}, {CHANGE, 35, 7, 99}, {CHANGE, 55, 9, 119},
		{SAMPLE, 30, 0, PERIOD}, {SAMPLE, 40, 0, PERIOD}, {SAMPLE, 50, 0, 99}, {SAMPLE, 60, 0, 99}, {SAMPLE, 70, 0, 119},
	}},
	{"behind a hole with several events", false, {
		{HOLE}, {CHANGE, 35, 7, 99}, {CHANGE, 55, 9, 119}, {SAMPLE, 60, 0, 99}, {SAMPLE, 70, 0, 119},
	}},
	{"a dump: the first switch tells the number of its first sample", true, {
		{SWITCH, 5, 1000}, {CHANGE, 5, 900, 99}, {CHANGE, 15, 1001, 119}, {SWITCH, 18, 1001},
		{SAMPLE, 10, 0, 99}, {SAMPLE, 20, 0, 99}, {SAMPLE, 30, 0, 119},
	}},
	{"a dump: a change that its first record is to see only in part", true, {
		{SWITCH, 5, 1000}, {CHANGE, 5, 900, 99}, {CHANGE, 5, 1000, 119}, {SAMPLE, 10, 0, 99}, {SAMPLE, 20, 0, 119},
	}},
	{"a dump without a change", true, {
		{SWITCH, 5, 1000}, {SAMPLE, 10, 0, PERIOD}, {SAMPLE, 20, 0, PERIOD},
	}},
	{"a dump that was cut before the first switch: by time", true, {
		{HOLE}, {CHANGE, 15, 1001, 119}, {SWITCH, 18, 1001}, {SAMPLE, 10, 0, PERIOD}, {SAMPLE, 20, 0, PERIOD},
		{SAMPLE, 30, 0, 119},
	}},
	{"nonsense stays bounded", false, {
		{CHANGE, 5, 0, UINT64_MAX}, {CHANGE, 15, UINT64_MAX, 7}, {SAMPLE, 10, 0, PERIOD}, {SAMPLE, 20, 0, 1ull << 48},
	}},
};

static void feed(struct gt_weigher *weigher, const struct step *step)
{
	const struct gtrace_event_period period = {
		.head = {.type = GTRACE_EVENT_PERIOD, .size = sizeof(period), .tsc = step->tsc},
		.sample_index = step->index, .period = step->period,
	};
	const struct gtrace_event_switch sw = {
		.head = {.type = GTRACE_EVENT_SWITCH, .size = sizeof(sw), .tsc = step->tsc}, .sample_index = step->index,
	};

	if (step->what == HOLE)
		gt_weigher_gap(weigher);
	else
		assert_int_equal(gt_weigher_event(weigher, step->what == CHANGE ? &period.head : &sw.head), 0);
}

static void check(void **state)
{
	unsigned int which = (uintptr_t)*state, nth = 0;
	struct gt_weigher weigher;

	gt_weigher_init(&weigher, PERIOD, cases[which].dump);
	for (const struct step *step = cases[which].steps; step->what != END; step++, nth++) {
		uint64_t weight;

		if (step->what != SAMPLE) {
			feed(&weigher, step);
			continue;
		}
		weight = gt_weigher_sample(&weigher, step->tsc);
		if (weight != step->period + 1)
			fail_msg("step %u stands for %llu", nth, (unsigned long long)weight);
	}
	gt_weigher_free(&weigher);
}

/* Skipping a run of samples is telling each. */
static void skips(void **state)
{
	struct gt_weigher one, all;

	(void)state;
	for (unsigned int n = 0; n < 40; n++) {
		uint64_t sum = 0;

		gt_weigher_init(&one, PERIOD, false);
		gt_weigher_init(&all, PERIOD, false);
		for (unsigned int i = 0; i < 5; i++) {
			const struct step step = {CHANGE, 10 * i, i * i, 50 + i};

			feed(&one, &step);
			feed(&all, &step);
		}
		for (unsigned int i = 0; i < n; i++)
			sum += gt_weigher_sample(&one, 1000);
		assert_int_equal(gt_weigher_skip(&all, n / 2) + gt_weigher_skip(&all, n - n / 2), sum);
		assert_int_equal(all.index, n);
		gt_weigher_free(&one);
		gt_weigher_free(&all);
	}
}

static void skips_behind_a_hole(void **state)
{
	struct gt_weigher weigher;

	(void)state;
	gt_weigher_init(&weigher, PERIOD, false);
	gt_weigher_gap(&weigher);
	assert_int_equal(gt_weigher_skip(&weigher, 3), 3 * (PERIOD + 1));
	feed(&weigher, &(struct step){CHANGE, 10, 1, 49});
	assert_int_equal(gt_weigher_skip(&weigher, 3), 3 * 50);
	gt_weigher_free(&weigher);
}

/* The queue keeps its size however long the recording is, and one change is always ahead. */
static void forgets(void **state)
{
	struct gt_weigher weigher;

	(void)state;
	gt_weigher_init(&weigher, PERIOD, false);
	feed(&weigher, &(struct step){CHANGE, 1, 0, 0});
	for (unsigned int i = 1; i < 100000; i++) {
		feed(&weigher, &(struct step){CHANGE, 10 * i + 1, i, i});
		assert_int_equal(gt_weigher_sample(&weigher, 10 * i), i == 1 ? PERIOD + 1 : i - 1);
	}
	assert_true(weigher.room <= 64);
	gt_weigher_free(&weigher);
}

/* ---- recordings -------------------------------------------------------------------------------------------------- */

static void change(struct made *made, uint32_t cpu, uint64_t tsc, uint64_t index, uint64_t period)
{
	const struct gtrace_event_period event = {
		.head = {.type = GTRACE_EVENT_PERIOD, .size = sizeof(event), .tsc = tsc}, .sample_index = index, .period = period,
	};

	made_event(made, cpu, &event);
}

static void put_samples(struct made *made, uint32_t cpu, uint64_t tsc, unsigned int n)
{
	struct gtrace_pebs_fixed records[16] = {};

	for (unsigned int i = 0; i < n; i++)
		records[i] = (struct gtrace_pebs_fixed){.real_ip = 0x401000, .tsc = tsc + 10 * i, .addr = 0x1000, .status = 1};
	assert_int_equal(gt_writer_samples(made->writer, cpu, records, n), 0);
}

/* The weights of all samples, those of CPU 0 first. */
static void expect(const char *path, const uint64_t *weights, size_t n, uint64_t told)
{
	struct gt_stream *stream;
	struct gt_item item;
	struct gt_join *join;
	uint64_t sum = 0;
	size_t i = 0;

	assert_int_equal(gt_join_open(path, "", &join), 0);
	assert_int_equal(gt_stream_open(join, GT_ORDER_CPU, NULL, 0, &stream), 0);
	while (gt_stream_next(stream, &item) > 0) {
		if (item.kind != GT_ITEM_SAMPLE)
			continue;
		assert_true(i < n);
		if (item.weight != weights[i])
			fail_msg("sample %zu stands for %llu", i, (unsigned long long)item.weight);
		sum += item.weight;
		i++;
	}
	gt_stream_close(stream);
	assert_int_equal(i, n);
	/* Known before the samples are read. */
	assert_int_equal(join->stores, told);
	if (!gt_recording_damage(join->rec)->bytes)
		assert_int_equal(sum, told);
	gt_join_close(join);
}

static const struct gt_total totals[] = {{.cpu = 0, .samples = 6}, {.cpu = 1, .samples = 3}};

/* A thread that moves from CPU 0 to 1 and back; samples of CPU 0 are lost meanwhile. Each CPU has its own count. */
static void write_two_cpus(struct made *made, const struct gt_recording_info *info)
{
	made_begin_as(made, info);
	made_switch(made, 0, 5, TGT, TGT, 0, GTRACE_EVENT_F_RUNNING);
	change(made, 0, 25, 2, 89);
	put_samples(made, 0, 10, 2);
	put_samples(made, 0, 30, 2);
	made_switch(made, 0, 45, 0, 0, 4, 0);
	made_switch(made, 1, 46, TGT, TGT, 0, 0);
	change(made, 1, 55, 0, 129);
	put_samples(made, 1, 60, 3);
	made_switch(made, 1, 95, 0, 0, 3, 0);
	made_switch(made, 0, 96, TGT, TGT, 4, 0);
	made_lost(made, 0, 96, 99, GTRACE_LOST_FULL, 7);
	change(made, 0, 105, 4, 99);
	put_samples(made, 0, 110, 2);
	made_end(made, totals, 2);
}

static struct gt_recording_info jittered(void)
{
	struct gt_recording_info info = made_info;

	info.period = PERIOD;
	info.jitter = 200;
	return info;
}

static void each_cpu_by_itself(void **state)
{
	static const uint64_t weights[] = {110, 110, 110, 90, 90, 100, 110, 130, 130};
	const struct gt_recording_info info = jittered();
	struct made made;

	(void)state;
	write_two_cpus(&made, &info);
	expect(made.path, weights, 9, 980);
	made_free(&made);
}

/* A chunk of samples that fails its checksum: those behind it are weighed by time. */
static void damage(void **state)
{
	static const uint64_t weights[] = {110, 110, 90, 100, 110, 130, 130};
	const struct gt_recording_info info = jittered();
	struct gt_recording *rec;
	struct gt_chunk chunk;
	struct made made;
	uint8_t byte;
	int fd;

	(void)state;
	write_two_cpus(&made, &info);
	assert_int_equal(gt_recording_open(made.path, &rec), 0);
	for (unsigned int i = 0; i < 2; i++)
		assert_int_equal(gt_recording_next(rec, GT_CHUNKS(GT_CHUNK_SAMPLES), &chunk), 1);
	gt_recording_close(rec);
	fd = open(made.path, O_RDWR);
	assert_int_equal(pread(fd, &byte, 1, chunk.offset + sizeof(struct gt_chunk_header)), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, chunk.offset + sizeof(struct gt_chunk_header)), 1);
	close(fd);
	/* Records 2 and 3 are gone. The first that is not before the change at record 4 is taken for that one: it is. */
	expect(made.path, weights, 7, 110 + 110 + 100 + 100 + 110 + 130 + 130);
	made_free(&made);
}

static void a_dump(void **state)
{
	static const uint64_t weights[] = {100, 100, 120};
	struct gt_recording_info info = jittered();
	struct made made;

	(void)state;
	info.trigger = "stall>5ms";
	made_begin_as(&made, &info);
	made_switch(&made, 0, 5, TGT, TGT, 1000, GTRACE_EVENT_F_RUNNING);
	change(&made, 0, 5, 900, 99);
	change(&made, 0, 15, 1001, 119);
	put_samples(&made, 0, 10, 3);
	made_end(&made, totals, 1);
	expect(made.path, weights, 3, 320);
	made_free(&made);
}

/* No PERIOD events, no `jitter` in INFO. */
static void before_there_was_jitter(void **state)
{
	static const uint64_t weights[] = {110, 110, 110};
	struct gt_recording_info info = jittered();
	uint8_t *bytes = calloc(1, 65536), *line;
	struct made made;
	ssize_t size;
	int fd;

	(void)state;
	info.jitter = 0;
	made_begin_as(&made, &info);
	made_switch(&made, 0, 5, TGT, TGT, 0, GTRACE_EVENT_F_RUNNING);
	put_samples(&made, 0, 10, 3);
	made_end(&made, totals, 1);
	/* A key that no reader knows takes the place of the one that older writers do not have. */
	fd = open(made.path, O_RDWR);
	size = read(fd, bytes, 65536);
	line = memmem(bytes, size, "\njitter 0\n", 10);
	assert_non_null(line);
	memcpy(line, "\nxitter 0\n", 10);
	{
		struct gt_chunk_header *info_chunk = (void *)(bytes + sizeof(struct gt_file_header));

		info_chunk->payload_crc = crc32(0, (void *)(info_chunk + 1), info_chunk->bytes);
		gt_chunk_number(info_chunk, 0);
	}
	assert_int_equal(pwrite(fd, bytes, size, 0), size);
	close(fd);
	expect(made.path, weights, 3, 330);
	free(bytes);
	made_free(&made);
}

#define NR_CHANGES 2000

static struct gtrace_event_period some_change(unsigned int i)
{
	return (struct gtrace_event_period){
		.head = {.type = GTRACE_EVENT_PERIOD, .size = sizeof(struct gtrace_event_period), .tsc = 1000 + i * 777ull,
			 .flags = i % 100 ? 0 : GTRACE_EVENT_F_GAP},
		.sample_index = i * 16ull, .period = i % 97 ? 18000 + i * 2654435761u % 4001 : UINT64_MAX - i,
	};
}

static void changes_survive(void **state)
{
	static const struct {
		struct gtrace_event_period event;
		uint64_t more;
	} grown = {{{GTRACE_EVENT_PERIOD, sizeof(grown), 0, 5}, 1, 2}, 3};
	const struct gtrace_event *event;
	struct gt_recording *rec;
	struct gt_chunk chunk;
	unsigned int n = 0;
	struct made made;

	(void)state;
	made_begin(&made);
	{
		struct gtrace_event_period all[NR_CHANGES];

		for (unsigned int i = 0; i < NR_CHANGES; i++)
			all[i] = some_change(i);
		assert_int_equal(gt_writer_events(made.writer, 1, all, sizeof(all)), 0);
	}
	/* As a later module may tell it: kept as it is. */
	made_event(&made, 1, &grown);
	made_end(&made, NULL, 0);
	assert_int_equal(gt_recording_open(made.path, &rec), 0);
	assert_int_equal(gt_recording_next(rec, GT_CHUNKS(GT_CHUNK_EVENTS), &chunk), 1);
	for (; gt_chunk_event(rec, &event) > 0; n++) {
		const struct gtrace_event_period expected = some_change(n);

		assert_memory_equal(event, &expected, sizeof(expected));
	}
	assert_int_equal(n, NR_CHANGES);
	assert_in_range(chunk.bytes, NR_CHANGES, NR_CHANGES * 12);	/* 32 bytes each in the ring */
	assert_int_equal(gt_recording_next(rec, GT_CHUNKS(GT_CHUNK_EVENTS), &chunk), 1);
	assert_int_equal(gt_chunk_event(rec, &event), 1);
	assert_memory_equal(event, &grown, sizeof(grown));
	gt_recording_close(rec);
	made_free(&made);
}

static void short_ones_are_refused(void **state)
{
	const struct gtrace_event_period shorter = {{GTRACE_EVENT_PERIOD, sizeof(shorter) - 8, 0, 5}, 1};
	const struct gtrace_event *event;
	struct gt_recording *rec;
	struct gt_chunk chunk;
	struct made made;

	(void)state;
	made_begin(&made);
	made_event(&made, 0, &shorter);
	made_end(&made, NULL, 0);
	assert_int_equal(gt_recording_open(made.path, &rec), 0);
	assert_int_equal(gt_recording_next(rec, GT_CHUNKS(GT_CHUNK_EVENTS), &chunk), 1);
	assert_int_equal(gt_chunk_event(rec, &event), -EBADMSG);
	gt_recording_close(rec);
	made_free(&made);
}

int main(void)
{
	enum { OWN = 9, COUNT = sizeof(cases) / sizeof(*cases) };
	struct CMUnitTest tests[COUNT + OWN] = {
		cmocka_unit_test(skips),
		cmocka_unit_test(skips_behind_a_hole),
		cmocka_unit_test(forgets),
		cmocka_unit_test(each_cpu_by_itself),
		cmocka_unit_test(damage),
		cmocka_unit_test(a_dump),
		cmocka_unit_test(before_there_was_jitter),
		cmocka_unit_test(changes_survive),
		cmocka_unit_test(short_ones_are_refused),
	};

	for (size_t i = 0; i < COUNT; i++)
		tests[i + OWN] = (struct CMUnitTest){
			.name = cases[i].name, .test_func = check, .initial_state = (void *)(uintptr_t)i};
	return cmocka_run_group_tests_name("weight", tests, NULL, NULL);
}
