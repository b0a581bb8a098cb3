// SPDX-License-Identifier: GPL-2.0
/* Which task a sample belongs to: every case is a list of events and samples of one CPU, and the expected threads. */
#include "made.h"

#include "analysis/tag.h"

#define UNKNOWN 0xffffu
#define STEPS	16

enum what { END, SWITCH, OTHER, HOLE, SAMPLE };

struct step {
	enum what what;
	uint64_t tsc;
	uint32_t tid;	/* SWITCH: to whom; SAMPLE: whose it must be */
	uint64_t index; /* SWITCH: records written before */
	uint32_t flags;
};

static const struct {
	const char *name;
	struct step steps[STEPS];
	uint64_t disagreed;
} cases[] = {
	{"the last switch not after the sample", {
		{SWITCH, 10, 1, 0, GTRACE_EVENT_F_RUNNING}, {SWITCH, 20, 2, 2, 0}, {SWITCH, 30, 0, 3, 0},
		{SAMPLE, 10, 1}, {SAMPLE, 19, 1}, {SAMPLE, 20, 2}, {SAMPLE, 30, 0}, {SAMPLE, 99, 0},
	}, 0},
	{"before the first switch nobody knows", {
		{SWITCH, 10, 1, 1, 0}, {SAMPLE, 9, UNKNOWN}, {SAMPLE, 10, 1},
	}, 0},
	{"no switch at all", {
		{SAMPLE, 9, UNKNOWN}, {SAMPLE, 10, UNKNOWN},
	}, 0},
	{"switches that arrive between samples", {
		{SWITCH, 10, 1, 0, 0}, {SAMPLE, 11, 1}, {SAMPLE, 12, 1}, {SWITCH, 20, 2, 2, 0}, {SAMPLE, 25, 2},
		{SWITCH, 30, 3, 3, 0}, {SAMPLE, 30, 3},
	}, 0},
	{"several switches between two samples", {
		{SWITCH, 10, 1, 0, 0}, {SWITCH, 12, 2, 1, 0}, {SWITCH, 14, 3, 1, 0}, {SWITCH, 16, 1, 1, 0},
		{SAMPLE, 11, 1}, {SAMPLE, 17, 1},
	}, 0},
	{"a gap before a switch: unknown from the event before the gap to the switch", {
		{SWITCH, 10, 1, 0, 0}, {OTHER, 15}, {SWITCH, 30, 2, 3, GTRACE_EVENT_F_GAP},
		{SAMPLE, 14, 1}, {SAMPLE, 16, UNKNOWN}, {SAMPLE, 29, UNKNOWN}, {SAMPLE, 30, 2},
	}, 0},
	{"a gap before another event: unknown up to the next switch", {
		{SWITCH, 10, 1, 0, 0}, {OTHER, 20, 0, 0, GTRACE_EVENT_F_GAP}, {SWITCH, 40, 2, 2, 0},
		{SAMPLE, 10, UNKNOWN}, {SAMPLE, 30, UNKNOWN}, {SAMPLE, 40, 2},
	}, 0},
	{"a hole in the file is a gap", {
		{SWITCH, 10, 1, 0, 0}, {SAMPLE, 12, 1}, {OTHER, 13}, {HOLE}, {SAMPLE, 20, UNKNOWN}, {SWITCH, 30, 2, 2, 0},
		{SAMPLE, 30, 2},
	}, 0},
	{"an event of an interrupt that stands behind a later one", {
		{SWITCH, 10, 1, 0, 0}, {OTHER, 25}, {OTHER, 24}, {SWITCH, 30, 2, 1, 0}, {SAMPLE, 26, 1}, {SAMPLE, 31, 2},
	}, 0},
	{"time that runs back leaves nobody", {
		{SWITCH, 10, 1, 0, 0}, {SWITCH, 20, 2, 1, 0}, {SAMPLE, 11, 1}, {SAMPLE, 21, 2}, {SAMPLE, 12, UNKNOWN},
	}, 0},
	{"by the record count the switch came one sample earlier", {
		{SWITCH, 10, 1, 0, 0}, {SWITCH, 20, 2, 1, 0}, {SAMPLE, 11, 1}, {SAMPLE, 19, 1}, {SAMPLE, 21, 2},
	}, 1},
	{"by the record count the switch came two samples later", {
		{SWITCH, 10, 1, 0, 0}, {SWITCH, 20, 2, 3, 0}, {SAMPLE, 11, 1}, {SAMPLE, 20, 2}, {SAMPLE, 21, 2},
		{SAMPLE, 22, 2},
	}, 2},
};

static void feed(struct gt_tagger *tagger, const struct step *step)
{
	const struct gtrace_event_switch event = {
		.head = {.type = step->what == SWITCH ? GTRACE_EVENT_SWITCH : GTRACE_EVENT_EXIT,
			 .size = sizeof(event), .flags = step->flags, .tsc = step->tsc},
		.next_tid = step->tid, .next_tgid = step->tid, .sample_index = step->index,
	};

	assert_int_equal(step->what == HOLE ? gt_tagger_gap(tagger) : gt_tagger_event(tagger, &event.head), 0);
}

static void check(void **state)
{
	const struct step *step;
	struct gt_tagger tagger;
	unsigned int which = (uintptr_t)*state, nth = 0;

	gt_tagger_init(&tagger);
	for (step = cases[which].steps; step->what != END; step++, nth++) {
		const struct gt_tag *tag;
		bool changed;

		if (step->what != SAMPLE) {
			feed(&tagger, step);
			continue;
		}
		tag = gt_tagger_sample(&tagger, step->tsc, &changed);
		if ((tag->known ? tag->tid : UNKNOWN) != step->tid)
			fail_msg("step %u: thread %u instead of %u", nth, tag->known ? tag->tid : UNKNOWN, step->tid);
	}
	assert_int_equal(tagger.disagreed, cases[which].disagreed);
	gt_tagger_free(&tagger);
}

/* The queue keeps its size however long the recording is. */
static void forgets(void **state)
{
	struct gt_tagger tagger;
	unsigned int i;
	bool changed;

	(void)state;
	gt_tagger_init(&tagger);
	for (i = 0; i < 100000; i++) {
		feed(&tagger, &(struct step){SWITCH, 10 * i, i, i, 0});
		assert_int_equal(gt_tagger_sample(&tagger, 10 * i + 5, &changed)->tid, i);
	}
	assert_true(tagger.room <= 64);
	assert_int_equal(tagger.disagreed, 0);
	gt_tagger_free(&tagger);
}

int main(void)
{
	struct CMUnitTest tests[sizeof(cases) / sizeof(*cases) + 1] = {
		cmocka_unit_test(forgets),
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		tests[i + 1] = (struct CMUnitTest){
			.name = cases[i].name, .test_func = check, .initial_state = (void *)(uintptr_t)i};
	return cmocka_run_group_tests_name("tag", tests, NULL, NULL);
}
