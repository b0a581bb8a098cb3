// SPDX-License-Identifier: GPL-2.0
/* Verdicts on cache lines: each case is a pattern of stores by several threads to one line, and what it must be called. */
#include <errno.h>

#include "made.h"

#include "analysis/cacheline.h"

#define LINE 0xc000100040ull
#define NONE (-1)
enum { CODE = 0x401000, G7 = 0xc000001000, G8 = 0xc000002000, STRANGER = 0xc000003000 };

/* The n-th sample of a case: who stores where. */
struct store {
	uint32_t cpu, tid;
	uint64_t r14;
	uint32_t offset;
};

static struct store apart(unsigned int n)
{
	return n % 2 ? (struct store){1, 102, 0, 8} : (struct store){0, 101, 0, 0};
}

static struct store same_word(unsigned int n)
{
	return (struct store){n % 2, 101 + n % 2, 0, 16};
}

static struct store both(unsigned int n)
{
	/* Each mostly writes its own, now and then the other's. */
	return (struct store){n % 2, 101 + n % 2, 0, n % 16 < 14 ? n % 2 * 8 : 8 - n % 2 * 8};
}

static struct store three_writers(unsigned int n)
{
	return (struct store){n % 2, 101 + n % 3, 0, n % 3 * 8};
}

static struct store goroutine_moves(unsigned int n)
{
	return (struct store){n / 20, 101 + n / 20, G7, n % 8 * 8};
}

static struct store goroutines_apart(unsigned int n)
{
	/* They swap threads half way: it is the goroutine that owns the offset. */
	unsigned int thread = (n % 2) ^ (n >= 20);

	return (struct store){thread, 101 + thread, n % 2 ? G8 : G7, n % 2 * 32};
}

/* No look knows these, and yet R14 tells one from the other. */
static struct store stranger_moves(unsigned int n)
{
	return (struct store){n % 2, 101 + n % 2, STRANGER, 0};
}

static struct store strangers_apart(unsigned int n)
{
	return (struct store){n / 2 % 2, 101 + n / 2 % 2, n % 2 ? STRANGER : STRANGER + 0x400, n % 2 * 8};
}

static struct store one_thread(unsigned int n)
{
	return (struct store){n % 2, 101, 0, n % 4 * 8};
}

static struct store handed_over(unsigned int n)
{
	return (struct store){n / 20, 101 + n / 20, 0, n / 20 * 8};
}

static const struct {
	const char *name;
	struct store (*store)(unsigned int n);
	unsigned int samples;
	int verdict;	      /* NONE: the line is not shown */
	uint64_t cpu_changes, moved, few;
} cases[] = {
	{"two threads, each its own offset", apart, 40, GT_SHARING_FALSE, 39},
	{"two threads, one offset", same_word, 40, GT_SHARING_TRUE, 39},
	{"two threads, their own offsets and the other's", both, 40, GT_SHARING_MIXED, 39},
	{"three threads on two CPUs, each its own offset", three_writers, 42, GT_SHARING_FALSE, 41},
	{"one goroutine on two threads", goroutine_moves, 40, NONE, 0, 1},
	{"two goroutines that swap threads, each its own offset", goroutines_apart, 40, GT_SHARING_FALSE, 38},
	{"one g that no look knows, on two threads", stranger_moves, 40, NONE, 0, 1},
	{"two such gs, each its own offset", strangers_apart, 40, GT_SHARING_FALSE, 19},
	{"one thread on two CPUs", one_thread, 40, NONE},
	{"two threads, too few samples", apart, 15, NONE, 0, 0, 1},
	{"two threads, just enough samples", apart, 16, GT_SHARING_FALSE, 15},
	{"two threads, one after the other", handed_over, 40, GT_SHARING_HANDED_OVER, 1},
};

static void look(struct made *made, uint64_t tsc, bool complete)
{
	static const struct gt_look_goroutine goroutines[] = {
		{.g = G7, .goid = 7, .gopc = CODE, .startpc = CODE, .status = 2},
		{.g = G8, .goid = 8, .gopc = CODE, .startpc = CODE, .status = 2},
	};
	const struct gt_look look = {.tsc_begin = tsc, .tsc_end = tsc + 1, .tgid = TGT, .complete = complete,
				     .nr_goroutines = complete ? 2 : 0};

	assert_int_equal(gt_writer_look(made->writer, &look, goroutines, NULL), 0);
}

static void make(struct made *made, unsigned int which)
{
	const struct gt_go go = {.tsc = 1, .tgid = TGT, .version = "go1.26.1", .path = "/no/such/prog"};
	uint64_t index[2] = {};
	unsigned int i;

	made_begin(made);
	made_map(made, GT_CPU_NONE, 1, TGT, 0, CODE, CODE + 0x1000, 0x1000, go.path);
	assert_int_equal(gt_writer_go(made->writer, &go), 0);
	look(made, 2, true);
	for (i = 0; i < cases[which].samples; i++) {
		struct store store = cases[which].store(i);

		made_switch(made, store.cpu, 10 + 2 * i, store.tid, TGT, index[store.cpu]++, 0);
		made_sample(made, store.cpu, 11 + 2 * i, CODE + 4, LINE + store.offset, store.r14);
	}
	look(made, 1000, false);
	made_end(made, NULL, 0);
}

static void check(void **state)
{
	unsigned int which = (uintptr_t)*state;
	const struct gt_filter all = {};
	struct gt_cachelines lines;
	struct gt_join *join;
	struct made made;
	char place[64];

	make(&made, which);
	assert_int_equal(gt_join_open(made.path, "", &join), 0);
	assert_int_equal(gt_cachelines_find(&lines, join, &all), 0);
	assert_int_equal(join->disagreed, 0);
	assert_int_equal(lines.samples, cases[which].samples);
	assert_int_equal(lines.written, 1);
	assert_int_equal(lines.moved, cases[which].moved);
	assert_int_equal(lines.few, cases[which].few);
	assert_int_equal(lines.count, cases[which].verdict != NONE);
	if (lines.count) {
		assert_string_equal(gt_sharing_name(lines.lines[0].sharing), gt_sharing_name(cases[which].verdict));
		assert_int_equal(lines.lines[0].address, LINE);
		assert_int_equal(lines.lines[0].samples, cases[which].samples);
		assert_int_equal(lines.lines[0].cpu_changes, cases[which].cpu_changes);
		assert_string_equal(gt_cacheline_place(join, &lines.lines[0], place, sizeof(place)), "heap");
	}
	gt_cachelines_free(&lines);
	gt_join_close(join);
	made_free(&made);
}

/* What was not recorded cannot be told: an error, not an empty table. */
static void no_addresses(void **state)
{
	struct gt_recording_info info = made_info;
	const struct gt_filter all = {};
	struct gt_cachelines lines;
	struct gt_join *join;
	struct made made;

	(void)state;
	info.fields = GT_FIELD_BIT(GT_FIELD_TSC) | GT_FIELD_BIT(GT_FIELD_IP);
	made_begin_as(&made, &info);
	made_end(&made, NULL, 0);
	assert_int_equal(gt_join_open(made.path, "", &join), 0);
	assert_int_equal(gt_cachelines_find(&lines, join, &all), -ENODATA);
	gt_join_close(join);
	made_free(&made);
}

int main(void)
{
	enum { OWN = 1, COUNT = sizeof(cases) / sizeof(*cases) };
	struct CMUnitTest tests[COUNT + OWN] = {
		cmocka_unit_test(no_addresses),
	};
	size_t i;

	for (i = 0; i < COUNT; i++)
		tests[i + OWN] = (struct CMUnitTest){
			.name = cases[i].name, .test_func = check, .initial_state = (void *)(uintptr_t)i};
	return cmocka_run_group_tests_name("cacheline", tests, NULL, NULL);
}
