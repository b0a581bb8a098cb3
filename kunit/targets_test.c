// SPDX-License-Identifier: GPL-2.0
#include <linux/slab.h>
#include <uapi/gtrace.h>

#include "suites.h"
#include "targets.h"

static struct gt_targets *targets(struct kunit *test, pid_t tgid, bool sampled)
{
	struct gt_targets *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	gt_targets_init(t, tgid, sampled);
	return t;
}

static void one_process(struct kunit *test)
{
	struct gt_targets *t = targets(test, 100, true);

	KUNIT_EXPECT_TRUE(test, gt_targets_sampled(t, 100));
	KUNIT_EXPECT_FALSE(test, gt_targets_sampled(t, 101));
	KUNIT_EXPECT_FALSE(test, gt_targets_sampled(t, 0));
	KUNIT_EXPECT_FALSE(test, t->many);
	KUNIT_EXPECT_TRUE(test, gt_targets_remove(t, 100));
	KUNIT_EXPECT_FALSE(test, gt_targets_remove(t, 100));
	KUNIT_EXPECT_FALSE(test, gt_targets_sampled(t, 100));
	KUNIT_EXPECT_FALSE(test, gt_targets_sampled(t, 0));
	KUNIT_EXPECT_TRUE(test, gt_targets_gone(t));
}

static void every_process(struct kunit *test)
{
	struct gt_targets *t = targets(test, GTRACE_TARGET_ALL, true);

	KUNIT_EXPECT_TRUE(test, gt_targets_sampled(t, 0));
	KUNIT_EXPECT_TRUE(test, gt_targets_sampled(t, 4711));
	KUNIT_EXPECT_FALSE(test, gt_targets_add(t, 5));
	KUNIT_EXPECT_FALSE(test, gt_targets_remove(t, 5));
	KUNIT_EXPECT_FALSE(test, gt_targets_gone(t));
}

static void waits_for_exec(struct kunit *test)
{
	struct gt_targets *t = targets(test, 100, false);

	KUNIT_EXPECT_TRUE(test, gt_targets_add(t, 200));
	KUNIT_EXPECT_TRUE(test, gt_targets_has(t, 100));
	KUNIT_EXPECT_FALSE(test, gt_targets_sampled(t, 100));
	KUNIT_EXPECT_FALSE(test, gt_targets_sampled(t, 200));
	KUNIT_EXPECT_TRUE(test, gt_targets_begin(t));
	KUNIT_EXPECT_FALSE(test, gt_targets_begin(t));
	KUNIT_EXPECT_TRUE(test, gt_targets_sampled(t, 100));
	KUNIT_EXPECT_TRUE(test, gt_targets_sampled(t, 200));
	KUNIT_EXPECT_FALSE(test, gt_targets_sampled(t, 0));
	KUNIT_EXPECT_FALSE(test, gt_targets_has(t, 0));
}

/* The first process may end before those it forked. */
static void children_outlive_the_first(struct kunit *test)
{
	struct gt_targets *t = targets(test, 100, true);

	KUNIT_EXPECT_TRUE(test, gt_targets_add(t, 200));
	KUNIT_EXPECT_FALSE(test, gt_targets_add(t, 200));
	KUNIT_EXPECT_TRUE(test, gt_targets_remove(t, 100));
	KUNIT_EXPECT_FALSE(test, gt_targets_sampled(t, 100));
	KUNIT_EXPECT_TRUE(test, gt_targets_sampled(t, 200));
	KUNIT_EXPECT_FALSE(test, gt_targets_gone(t));
	KUNIT_EXPECT_TRUE(test, gt_targets_remove(t, 200));
	KUNIT_EXPECT_TRUE(test, gt_targets_gone(t));
}

static void full_table_refuses_and_counts(struct kunit *test)
{
	struct gt_targets *t = targets(test, 1, true);
	pid_t pid;

	for (pid = 2; pid <= GT_TARGETS_MAX; pid++)
		KUNIT_ASSERT_TRUE(test, gt_targets_add(t, pid));
	KUNIT_EXPECT_FALSE(test, gt_targets_add(t, pid));
	KUNIT_EXPECT_EQ(test, t->refused, 1u);
	KUNIT_EXPECT_FALSE(test, gt_targets_sampled(t, pid));
	for (pid = 1; pid <= GT_TARGETS_MAX; pid++)
		KUNIT_ASSERT_TRUE(test, gt_targets_sampled(t, pid));
	KUNIT_EXPECT_TRUE(test, gt_targets_remove(t, 5));
	KUNIT_EXPECT_TRUE(test, gt_targets_add(t, 70000));
	KUNIT_EXPECT_TRUE(test, gt_targets_sampled(t, 70000));
}

/* A build: processes come and go by the ten thousand, few live at a time; ids come again; nobody is mixed up. */
static void churn(struct kunit *test)
{
	enum { LIVE = 300, ROUNDS = 40000 };
	struct gt_targets *t = targets(test, 1, true);
	pid_t *live = kunit_kcalloc(test, LIVE, sizeof(*live), GFP_KERNEL);
	u32 seed = 3, i;

	KUNIT_ASSERT_NOT_NULL(test, live);
	for (i = 0; i < ROUNDS; i++) {
		u32 victim = (seed >> 8) % LIVE;
		pid_t pid = 2 + i % 32767;

		seed = seed * 1664525 + 1013904223;
		if (live[victim])
			KUNIT_ASSERT_TRUE(test, gt_targets_remove(t, live[victim]));
		if (gt_targets_has(t, pid)) {
			live[victim] = 0;
			continue;
		}
		KUNIT_ASSERT_TRUE(test, gt_targets_add(t, pid));
		live[victim] = pid;
	}
	for (i = 0; i < LIVE; i++)
		if (live[i])
			KUNIT_EXPECT_TRUE(test, gt_targets_remove(t, live[i]));
	KUNIT_EXPECT_EQ(test, t->count, 1u);
	KUNIT_EXPECT_TRUE(test, gt_targets_sampled(t, 1));
	KUNIT_EXPECT_FALSE(test, t->many);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(one_process),
	KUNIT_CASE(every_process),
	KUNIT_CASE(waits_for_exec),
	KUNIT_CASE(children_outlive_the_first),
	KUNIT_CASE(full_table_refuses_and_counts),
	KUNIT_CASE(churn),
	{}
};

struct kunit_suite targets_suite = { .name = "targets", .test_cases = cases };
