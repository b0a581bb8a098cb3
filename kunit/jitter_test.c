// SPDX-License-Identifier: GPL-2.0
#include <linux/math64.h>

#include "jitter.h"
#include "suites.h"

static const struct { u64 period, stray; } draws[] = {
	{ 17, 1 }, { 20, 2 }, { 97, 9 }, { 997, 99 }, { 2003, 200 }, { 2003, 1001 }, { 99999, 9999 },
	{ 1ull << 40, 1ull << 38 }, { 1ull << 45, 1ull << 44 },
};

static void within_bounds_and_the_mean_exact(struct kunit *test)
{
	static u64 periods[GT_JITTER_PERIODS];
	int d, round, i;

	for (d = 0; d < ARRAY_SIZE(draws); d++) {
		for (round = 0; round < 20; round++) {
			s64 sum = 0;

			gt_jitter_draw(periods, draws[d].period, draws[d].stray);
			for (i = 0; i < GT_JITTER_PERIODS; i++) {
				s64 off = periods[i] - draws[d].period;

				KUNIT_ASSERT_LE(test, abs(off), (s64)draws[d].stray);
				sum += off;
			}
			KUNIT_ASSERT_EQ(test, sum, 0ll);
		}
	}
}

static bool prime(u64 n)
{
	u64 factor;

	for (factor = 2; factor * factor <= n; factor++)
		if (n % factor == 0)
			return false;
	return n > 1;
}

static void distances_are_primes_but_for_one(struct kunit *test)
{
	static u64 periods[GT_JITTER_PERIODS];
	int i, others = 0;

	gt_jitter_draw(periods, 2003, 200);
	for (i = 0; i < GT_JITTER_PERIODS; i++)
		others += !prime(periods[i] + 1);
	KUNIT_EXPECT_LE(test, others, 1);
}

/* Not one value over and over, not the same twice, and to both sides. */
static void they_differ(struct kunit *test)
{
	static u64 periods[GT_JITTER_PERIODS], again[GT_JITTER_PERIODS];
	int i, below = 0, same = 0, far = 0;

	gt_jitter_draw(periods, 2003, 200);
	gt_jitter_draw(again, 2003, 200);
	for (i = 0; i < GT_JITTER_PERIODS; i++) {
		below += periods[i] < 2003;
		far += abs((s64)(periods[i] - 2003)) > 100;
		same += periods[i] == again[i];
	}
	KUNIT_EXPECT_GT(test, below, 32);
	KUNIT_EXPECT_LT(test, below, 96);
	KUNIT_EXPECT_GT(test, far, 32);
	KUNIT_EXPECT_LT(test, same, 32);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(within_bounds_and_the_mean_exact),
	KUNIT_CASE(distances_are_primes_but_for_one),
	KUNIT_CASE(they_differ),
	{}
};

struct kunit_suite jitter_suite = { .name = "jitter", .test_cases = cases };
