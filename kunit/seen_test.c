// SPDX-License-Identifier: GPL-2.0
#include "seen.h"
#include "suites.h"

static void taken_once(struct kunit *test)
{
	gt_seen_clear();
	KUNIT_EXPECT_FALSE(test, gt_seen_take(7));
	KUNIT_EXPECT_TRUE(test, gt_seen_put(7));
	KUNIT_EXPECT_FALSE(test, gt_seen_take(8));
	KUNIT_EXPECT_TRUE(test, gt_seen_take(7));
	KUNIT_EXPECT_FALSE(test, gt_seen_take(7));
}

/* Threads that share their slots: who finds room is found again, whoever leaves between; who finds none is told. */
static void full(struct kunit *test)
{
	u32 i, room = 0;

	gt_seen_clear();
	for (i = 0; i < 32; i++)
		room += gt_seen_put(1000 + i * 256);
	KUNIT_EXPECT_GT(test, room, 0u);
	KUNIT_EXPECT_LT(test, room, 32u);
	KUNIT_EXPECT_TRUE(test, gt_seen_take(1000));
	for (i = 1; i < 32; i++)
		KUNIT_EXPECT_EQ(test, gt_seen_take(1000 + i * 256), i < room);
	KUNIT_EXPECT_TRUE(test, gt_seen_put(1000));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(taken_once),
	KUNIT_CASE(full),
	{}
};

struct kunit_suite seen_suite = { .name = "seen", .test_cases = cases };
