// SPDX-License-Identifier: GPL-2.0
#include <linux/math64.h>
#include <linux/string.h>

#include "budget.h"
#include "suites.h"

enum { KHZ = 2000000 };		/* 2 GHz: a microsecond is 2,000 ticks */

/* A load that runs all the time; while probes record, so many thousandths of it are the cost of hits. */
struct run {
	struct gt_budget budget;
	u64 now, cost, ran;
	u32 windows;
	u64 shortest, longest;	/* windows, ticks */
};

/* Looks come when asked for, but up to `late` us late; pulling takes `slow` us more of hits. */
static void simulate(struct run *run, u32 share, u32 density, u32 ms, u32 late, u32 slow)
{
	u64 end = (u64)ms * KHZ, opened = 0;
	bool record = true;

	memset(run, 0, sizeof(*run));
	run->shortest = ~0ull;
	gt_budget_init(&run->budget, share, KHZ);
	gt_budget_turn(&run->budget, true, 0, 0);
	while (run->now < end) {
		u64 step = gt_budget_wait(&run->budget, run->now, 1) + (run->now / 7 % 100) * late * KHZ / 100000;
		bool want;

		run->now += step;
		run->ran += step;
		if (record)
			run->cost += div_u64(step * density, 1000);
		want = gt_budget_look(&run->budget, run->now, run->cost, run->ran);
		if (want == record)
			continue;
		if (!want) {
			u64 pull = div_u64((u64)slow * KHZ / 1000 * density, 1000);
			u64 length = run->now - opened;

			run->windows++;
			run->shortest = min(run->shortest, length);
			run->longest = max(run->longest, length);
			gt_budget_turn(&run->budget, false, run->now, run->cost + pull);
			run->cost += pull;
		} else {
			gt_budget_turn(&run->budget, true, run->now, run->cost);
			opened = run->now;
		}
		record = want;
	}
}

/* However dear the hits are, and however late the looks come: the share within a fifth, from two seconds on. */
static void holds_the_share(struct kunit *test)
{
	static const struct {
		u32 share, density, ms, late, slow;
	} cases[] = {
		{ 20, 500, 2000, 0, 0 },
		{ 20, 500, 2000, 4000, 4000 },
		{ 20, 950, 3000, 4000, 10000 },
		{ 20, 100, 2000, 4000, 10000 },
		{ 20, 30, 2000, 4000, 10000 },
		{ 20, 500, 60000, 4000, 10000 },
		{ 100, 900, 2000, 4000, 10000 },
		{ 5, 300, 10000, 4000, 10000 },
		{ 1, 500, 60000, 4000, 10000 },
	};
	struct run run;
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		u64 allowed;

		simulate(&run, cases[i].share, cases[i].density, cases[i].ms, cases[i].late, cases[i].slow);
		allowed = div_u64(run.ran * cases[i].share, 1000);
		KUNIT_EXPECT_GT_MSG(test, run.cost * 5, allowed * 4, "case %d", i);
		KUNIT_EXPECT_LT_MSG(test, run.cost * 5, allowed * 6, "case %d", i);
		KUNIT_EXPECT_GE_MSG(test, run.shortest, (u64)GT_BUDGET_SHORTEST_MS * KHZ, "case %d", i);
	}
}

/* When there is enough, windows are as long as they should be. */
static void windows_get_long(struct kunit *test)
{
	struct run run;

	simulate(&run, 20, 500, 10000, 0, 0);
	KUNIT_EXPECT_GT(test, run.windows, 5u);
	KUNIT_EXPECT_GE(test, run.longest, (u64)GT_BUDGET_WINDOW_MS * KHZ);
	KUNIT_EXPECT_LT(test, run.longest, 2ull * GT_BUDGET_WINDOW_MS * KHZ);
}

/* A load that costs less than its share never pauses; nor does any without a limit. */
static void cheap_loads_never_pause(struct kunit *test)
{
	struct run run;

	simulate(&run, 20, 19, 10000, 4000, 0);
	KUNIT_EXPECT_EQ(test, run.windows, 0u);
	simulate(&run, 0, 900, 1000, 0, 0);
	KUNIT_EXPECT_EQ(test, run.windows, 0u);
}

/* After a calm hour the credit is that of a second: 20 ms, which a load of hits alone has used up in 40. */
static void credit_is_not_hoarded(struct kunit *test)
{
	struct gt_budget budget;
	u64 hour = 3600ull * 1000 * KHZ;

	gt_budget_init(&budget, 20, KHZ);
	gt_budget_turn(&budget, true, 0, 0);
	KUNIT_EXPECT_TRUE(test, gt_budget_look(&budget, hour, 0, hour));
	KUNIT_EXPECT_TRUE(test, gt_budget_look(&budget, hour + 30 * KHZ, 15 * KHZ, hour + 30 * KHZ));
	KUNIT_EXPECT_FALSE(test, gt_budget_look(&budget, hour + 45 * KHZ, 22 * KHZ, hour + 45 * KHZ));
}

/* Numbers as large as a machine can make them in a year neither overflow nor divide by nothing. */
static void large_numbers(struct kunit *test)
{
	u64 year = 366ull * 86400 * 1000 * KHZ;
	struct gt_budget budget;

	gt_budget_init(&budget, 1000, KHZ);
	gt_budget_turn(&budget, true, 0, 0);
	gt_budget_look(&budget, year / 4096, year / 4096, year / 4096);
	gt_budget_turn(&budget, false, year / 4096, year / 4096);
	KUNIT_EXPECT_LE(test, budget.window, budget.longest);
	KUNIT_EXPECT_GE(test, budget.window, budget.shortest);
	gt_budget_turn(&budget, true, 5, 5);
	gt_budget_turn(&budget, false, 5, 5);
	KUNIT_EXPECT_GE(test, gt_budget_wait(&budget, 5, 0), budget.shortest);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(holds_the_share),
	KUNIT_CASE(windows_get_long),
	KUNIT_CASE(cheap_loads_never_pause),
	KUNIT_CASE(credit_is_not_hoarded),
	KUNIT_CASE(large_numbers),
	{}
};

struct kunit_suite budget_suite = { .name = "budget", .test_cases = cases };
