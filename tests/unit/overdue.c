// SPDX-License-Identifier: GPL-2.0
/* Which stops take too long, and that this is told while they go on: at the tick at which a limit is met, once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/deadline.h"
#include "steps.h"

#define STEPS_MAX 12
#define TOLD_MAX 4
#define EXIT_PATH 50
/* What is met at so many ticks, when a case has no limits of its own. */
#define PARKED 200
#define CALLED 300
#define RUNNABLE 100

struct told {
	uint64_t tsc, goid;
	uint64_t ready; /* 0 = it was not runnable */
	enum gt_stall_kind kind;
};

static const struct {
	const char *name;
	struct gt_step steps[STEPS_MAX];
	struct gt_blind blinds[2];
	uint64_t until; /* nothing happens up to here; 0 = nothing is known beyond the last step */
	struct told told[TOLD_MAX];
} cases[] = {
	{.name = "a stop that never ends, when nothing happens any more",
	 .steps = {BEGIN, PARK(100, C0, 11, 1, 5)}, .until = 300, .told = {{300, 1, 0, GT_STALL_PARK}}},
	{.name = "... a tick before nothing is told", .steps = {BEGIN, PARK(100, C0, 11, 1, 5)}, .until = 299},
	{.name = "... however long it goes on, once", .steps = {BEGIN, PARK(100, C0, 11, 1, 5), EXECUTE(110, C0, 11, 2)},
	 .until = 100000, .told = {{300, 1, 0, GT_STALL_PARK}}},
	{.name = "what ends at that tick took as long; what ends before did not",
	 .steps = {BEGIN, PARK(100, C0, 11, 1, 5), EXECUTE(300, C0, 11, 1), PARK(400, C0, 11, 1, 5), EXECUTE(599, C0, 11, 1)},
	 .until = 9999, .told = {{300, 1, 0, GT_STALL_PARK}}},
	{.name = "what is found late is told as of when it was true, and before what came later",
	 .steps = {BEGIN, PARK(100, C0, 11, 1, 5), EXECUTE(110, C0, 11, 2), PARK(150, C0, 11, 2, 6), EXECUTE(5000, C0, 11, 2),
		   EXECUTE(5001, C1, 12, 1)},
	 .told = {{300, 1, 0, GT_STALL_PARK}, {350, 2, 0, GT_STALL_PARK}}},
	{.name = "runnable: the clock starts anew",
	 .steps = {BEGIN, PARK(100, C0, 11, 1, 5), EXECUTE(110, C0, 11, 2), READY(150, C0, 11, 2, 1, GT_WAKER_GOROUTINE)},
	 .until = 9999, .told = {{250, 1, 150, GT_STALL_PARK}}},
	{.name = "... and what was told when it blocked too long is not told again",
	 .steps = {BEGIN, PARK(100, C0, 11, 1, 5), EXECUTE(110, C0, 11, 2), READY(400, C0, 11, 2, 1, GT_WAKER_GOROUTINE)},
	 .until = 9999, .told = {{300, 1, 0, GT_STALL_PARK}}},
	{.name = "a yield is runnable from its begin",
	 .steps = {BEGIN, YIELD(100, C0, 11, 1, false), EXECUTE(110, C0, 11, 2)}, .until = 9999,
	 .told = {{200, 1, 100, GT_STALL_YIELD}}},
	{.name = "so is who lost its CPU", .steps = {BEGIN, SWITCH(100, C0, 11, 77, RUNS)}, .until = 9999,
	 .told = {{200, 1, 100, GT_STALL_PREEMPTED}}},
	{.name = "a system call that never returns",
	 .steps = {BEGIN, SWITCH(100, C0, 11, 0, SLEEPS)}, .until = 9999, .told = {{400, 1, 0, GT_STALL_SYSCALL}}},
	{.name = "one that is over, and its thread has no CPU",
	 .steps = {BEGIN, SWITCH(100, C0, 11, 77, SLEEPS), WAKE(250, C1, 11, 55, false)}, .until = 9999,
	 .told = {{350, 1, 250, GT_STALL_SYSCALL}}},
	{.name = "... woken between leaving the queue and the switch",
	 .steps = {BEGIN, WAKE(99, C1, 11, 55, false), SWITCH(100, C0, 11, 77, SLEEPS)}, .until = 9999,
	 .told = {{200, 1, 100, GT_STALL_SYSCALL}}},
	{.name = "one that came back in time, and found no P: its wait goes on",
	 .steps = {BEGIN, SWITCH(100, C0, 11, 0, SLEEPS), WAKE(310, C0, 11, 0, true), SWITCH(315, C0, 0, 11, RUNS),
		   RETURN(320, C0, 11, 1)},
	 .until = 9999, .told = {{400, 1, 310, GT_STALL_SYSCALL}}},
	{.name = "one that came back and went on is over",
	 .steps = {BEGIN, SWITCH(100, C0, 11, 0, SLEEPS), WAKE(310, C0, 11, 0, true), SWITCH(315, C0, 0, 11, RUNS)},
	 .until = 9999},
	{.name = "a pause ends what is known, and not what was true before it",
	 .steps = {BEGIN, PARK(100, C0, 11, 1, 5), EXECUTE(110, C0, 11, 2), PARK(250, C0, 11, 2, 5)},
	 .blinds = {{.from = 400, .until = UINT64_MAX}}, .until = 9999, .told = {{300, 1, 0, GT_STALL_PARK}}},
	{.name = "... which nobody may have looked for when it began",
	 .steps = {BEGIN, PARK(100, C0, 11, 1, 5), PARK(900, C1, 12, 2, 5)}, .blinds = {{.from = 350, .until = 800}}, .until = 1000,
	 .told = {{300, 1, 0, GT_STALL_PARK}}},
	{.name = "the end of its process", .steps = {BEGIN, PARK(100, C0, 11, 1, 5), GONE(250, C0, 11)}, .until = 9999},
	{.name = "another goroutine at its address",
	 .steps = {BEGIN, PARK(100, C0, 11, 1, 5),
		   {.kind = GT_STEP_EXECUTE, AT(150, C0, 11), .who = {.g = 0x1000, .goid = 33}, .root = SITE(GT_NO_LOCATION)}},
	 .until = 9999},
	{.name = "no limit for coroutines: theirs is a stop that is none of the program's waits",
	 .steps = {BEGIN, CORO(100, C0, 11, 1), EXECUTE(100, C0, 11, 2)}, .until = 9999},
};

struct got {
	struct told all[TOLD_MAX];
	size_t count;
};

static int take(void *to, const struct gt_stall *stall)
{
	struct got *got = to;

	assert_true(stall->open);
	assert_true(got->count < TOLD_MAX);
	got->all[got->count++] = (struct told){
		.tsc = stall->end, .goid = stall->goid, .ready = stall->ready < stall->end ? stall->ready : 0, .kind = stall->kind};
	return 0;
}

static void check(void **state)
{
	const struct gt_limits limits = {
		.stop = {[GT_STALL_PARK] = PARKED, [GT_STALL_SYSCALL] = CALLED}, .runnable = RUNNABLE};
	unsigned int which = (uintptr_t)*state, i;
	struct gt_blinds blinds = {.all = (struct gt_blind *)cases[which].blinds};
	struct gt_timeline *timeline;
	struct got got = {};

	while (blinds.count < 2 && blinds.all[blinds.count].until)
		blinds.count++;
	timeline = gt_timeline_new(&blinds, EXIT_PATH, NULL, NULL, &got);
	assert_non_null(timeline);
	gt_timeline_limit(timeline, &limits, take);
	for (i = 0; i < STEPS_MAX && cases[which].steps[i].tsc; i++)
		assert_int_equal(gt_timeline_step(timeline, &cases[which].steps[i]), 0);
	if (cases[which].until) {
		assert_int_equal(gt_timeline_pass(timeline, cases[which].until), 0);
		/* What is due later is known in advance, and nothing that was told is. */
		assert_true(gt_timeline_due(timeline) > cases[which].until);
	}
	for (i = 0; i < TOLD_MAX && cases[which].told[i].tsc; i++) {
		assert_true(i < got.count);
		assert_int_equal(got.all[i].tsc, cases[which].told[i].tsc);
		assert_int_equal(got.all[i].goid, cases[which].told[i].goid);
		assert_int_equal(got.all[i].ready, cases[which].told[i].ready);
		assert_int_equal(got.all[i].kind, cases[which].told[i].kind);
	}
	assert_int_equal(got.count, i);
	gt_timeline_free(timeline);
}

static void when_the_next_is_due_is_known(void **state)
{
	const struct gt_limits limits = {.stop = {[GT_STALL_PARK] = PARKED}};
	const struct gt_step steps[] = {BEGIN, PARK(100, C0, 11, 1, 5), EXECUTE(150, C0, 11, 2), PARK(160, C0, 11, 2, 5),
					EXECUTE(180, C0, 11, 1)};
	const uint64_t due[] = {UINT64_MAX, UINT64_MAX, 300, 300, 300, 360};
	struct gt_blinds blinds = {};
	struct got got = {};
	struct gt_timeline *timeline = gt_timeline_new(&blinds, EXIT_PATH, NULL, NULL, &got);

	(void)state;
	gt_timeline_limit(timeline, &limits, take);
	for (size_t i = 0; i < sizeof(due) / sizeof(*due); i++) {
		assert_int_equal(gt_timeline_step(timeline, &steps[i]), 0);
		assert_int_equal(gt_timeline_due(timeline), due[i]);
	}
	gt_timeline_free(timeline);
}

#define MANY 200

/* Set, moved and cleared at random: the earliest is always at hand. */
static void the_earliest_deadline_is_first(void **state)
{
	struct gt_deadline all[MANY] = {};
	struct gt_deadlines deadlines = {};
	uint64_t random = 12345;

	(void)state;
	for (unsigned int round = 0; round < 20000; round++) {
		struct gt_deadline *one, *first = gt_deadline_first(&deadlines);
		uint64_t least = UINT64_MAX;
		size_t count = 0;

		for (size_t i = 0; i < MANY; i++) {
			if (!all[i].at)
				continue;
			count++;
			least = all[i].due < least ? all[i].due : least;
		}
		assert_int_equal(deadlines.count, count);
		assert_int_equal(first ? first->due : UINT64_MAX, least);
		random = random * 6364136223846793005 + 1442695040888963407;
		one = &all[(random >> 33) % MANY];
		if (random >> 62)
			assert_int_equal(gt_deadline_set(&deadlines, one, (random >> 20) % 1000), 0);
		else
			gt_deadline_clear(&deadlines, one);
	}
	gt_deadlines_free(&deadlines);
}

int main(void)
{
	enum { OWN = 2, COUNT = sizeof(cases) / sizeof(*cases) };
	struct CMUnitTest tests[COUNT + OWN] = {
		cmocka_unit_test(when_the_next_is_due_is_known),
		cmocka_unit_test(the_earliest_deadline_is_first),
	};
	size_t i;

	for (i = 0; i < COUNT; i++)
		tests[i + OWN] = (struct CMUnitTest){
			.name = cases[i].name, .test_func = check, .initial_state = (void *)(uintptr_t)i};
	return cmocka_run_group_tests_name("overdue", tests, NULL, NULL);
}
