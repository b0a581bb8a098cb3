// SPDX-License-Identifier: GPL-2.0
#include <linux/math64.h>
#include <linux/string.h>

#include "budget.h"
#include "suites.h"

enum { KHZ = 2000000, HERTZ = 250 };	/* 2 GHz: a microsecond is 2,000 ticks */

/*
 * A load that runs all the time, after `calm` ms in which nobody comes to a probe; while probes record, so many
 * thousandths of it are the cost of hits.
 */
struct load {
	u32 share, density, ms, calm;
	u32 late;		/* looks come at the next jiffy, or up to so many us later */
	u32 slow;		/* pulling takes so many us in which hits cost as much as before */
	u32 edge;		/* planting costs so many us, and pulling too */
};

struct run {
	struct gt_budget budget;
	u64 now, cost, ran;
	u32 windows;
	u64 shortest, longest;	/* windows, ticks */
};

static u64 us(u32 n)
{
	return (u64)n * KHZ / 1000;
}

static u64 hits(const struct load *load, u64 from, u64 to)
{
	u64 begin = us(load->calm * 1000);

	return to > begin ? div_u64((to - max(from, begin)) * load->density, 1000) : 0;
}

static void simulate(struct run *run, const struct load *load)
{
	const u64 end = us(load->ms * 1000), jiffy = us(1000000 / HERTZ);
	u64 opened = 0;
	bool record = true;

	memset(run, 0, sizeof(*run));
	run->shortest = ~0ull;
	run->cost = us(load->edge);
	gt_budget_init(&run->budget, load->share, KHZ, HERTZ);
	gt_budget_turn(&run->budget, true, 0, run->cost);
	while (run->now < end) {
		u64 last = run->now;
		bool want;

		run->now += max(gt_budget_wait(&run->budget, run->now, 1), jiffy);
		run->now = div64_u64(run->now + jiffy - 1, jiffy) * jiffy + run->now / 7 % 100 * us(load->late) / 100;
		run->ran = run->now;
		if (record)
			run->cost += hits(load, last, run->now);
		want = gt_budget_look(&run->budget, run->now, run->cost, run->ran);
		if (want == record)
			continue;
		run->cost += us(load->edge);
		if (!want) {
			run->windows++;
			run->shortest = min(run->shortest, run->now - opened);
			run->longest = max(run->longest, run->now - opened);
			run->cost += hits(load, run->now, run->now + us(load->slow));
		}
		opened = run->now;
		gt_budget_turn(&run->budget, want, run->now, run->cost);
		record = want;
	}
}

/* However dear the hits are, and however late the looks come: the share within a fifth, from two seconds on. */
static void holds_the_share(struct kunit *test)
{
	static const struct load cases[] = {
		{ 20, 500, 2000 },
		{ 20, 500, 2000, .late = 4000, .slow = 4000 },
		{ 20, 500, 3000, .late = 4000, .edge = 300 },
		{ 20, 950, 3000, .late = 4000, .slow = 3000 },
		{ 20, 100, 2000, .late = 4000, .slow = 10000 },
		{ 20, 30, 2000, .late = 4000, .slow = 10000 },
		{ 20, 500, 60000, .late = 4000, .slow = 10000, .edge = 1000 },
		{ 20, 500, 60000, .calm = 2000 },
		{ 100, 900, 2000, .late = 4000, .slow = 10000 },
		{ 5, 300, 10000, .late = 4000, .slow = 10000 },
		{ 1, 500, 60000, .late = 4000, .slow = 10000 },
	};
	struct run run;
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		u64 allowed;

		simulate(&run, &cases[i]);
		allowed = div_u64(run.ran * cases[i].share, 1000);
		KUNIT_EXPECT_GT_MSG(test, run.cost * 5, allowed * 4, "case %d", i);
		KUNIT_EXPECT_LT_MSG(test, run.cost * 5, allowed * 6, "case %d", i);
		KUNIT_EXPECT_GE_MSG(test, run.shortest, (u64)GT_BUDGET_SHORTEST_MS * KHZ, "case %d", i);
	}
}

/*
 * However short a run is, once its first window is paid for: never more than a fifth above the share, whenever it ends.
 * Loads of nothing but hits, which begin at any time in between two looks.
 */
static void holds_in_short_runs(struct kunit *test)
{
	struct load load = { .share = 20, .density = 550, .late = 1000, .slow = 300, .edge = 100 };
	struct run run;

	for (load.calm = 20; load.calm < 32; load.calm++) {
		for (load.ms = 300; load.ms < 3000; load.ms += 37) {
			simulate(&run, &load);
			KUNIT_EXPECT_GE_MSG(test, run.windows, 1u, "%u ms", load.ms);
			KUNIT_EXPECT_GT_MSG(test, run.cost, us(2 * load.edge), "%u ms", load.ms);
			KUNIT_EXPECT_LT_MSG(test, run.cost * 5, div_u64(run.ran * load.share, 1000) * 6,
					    "%u ms, calm %u ms", load.ms, load.calm);
		}
	}
}

/* What planting costs is no reason to close the first window before there is a hit. */
static void the_first_waits_for_hits(struct kunit *test)
{
	const struct load load = { .share = 20, .density = 500, .ms = 100, .calm = 60, .edge = 2000 };
	struct run run;

	simulate(&run, &load);
	KUNIT_EXPECT_EQ(test, run.windows, 1u);
	KUNIT_EXPECT_GT(test, run.longest, us(60000));
}

/* When there is enough, windows are as long as they should be. */
static void windows_get_long(struct kunit *test)
{
	struct run run;

	simulate(&run, &(struct load){ 20, 500, 10000 });
	KUNIT_EXPECT_GT(test, run.windows, 5u);
	KUNIT_EXPECT_GE(test, run.longest, (u64)GT_BUDGET_WINDOW_MS * KHZ);
	KUNIT_EXPECT_LT(test, run.longest, 2ull * GT_BUDGET_WINDOW_MS * KHZ);
}

/* A load that costs less than its share never pauses; nor does any without a limit. */
static void cheap_loads_never_pause(struct kunit *test)
{
	struct run run;

	simulate(&run, &(struct load){ 20, 19, 10000, .late = 4000 });
	KUNIT_EXPECT_EQ(test, run.windows, 0u);
	simulate(&run, &(struct load){ 0, 900, 1000 });
	KUNIT_EXPECT_EQ(test, run.windows, 0u);
}

/* After a calm hour the credit is that of a second: 20 ms, which a load of hits alone has used up in 40. */
static void credit_is_not_hoarded(struct kunit *test)
{
	struct gt_budget budget;
	u64 hour = 3600ull * 1000 * KHZ;

	gt_budget_init(&budget, 20, KHZ, HERTZ);
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

	gt_budget_init(&budget, 1000, KHZ, HERTZ);
	gt_budget_turn(&budget, true, 0, 0);
	gt_budget_look(&budget, year / 4096, year / 4096, year / 4096);
	gt_budget_turn(&budget, false, year / 4096, year / 4096);
	KUNIT_EXPECT_LE(test, budget.window, budget.longest);
	KUNIT_EXPECT_GE(test, budget.window, budget.shortest);
	gt_budget_turn(&budget, true, 5, 5);
	gt_budget_turn(&budget, false, 5, 5);
	KUNIT_EXPECT_GE(test, gt_budget_wait(&budget, 5, 0), budget.shortest);
}

/* What was allowed so far grows for ever: no window gets short where it times its share leaves 64 bits. */
static void much_was_allowed(struct kunit *test)
{
	const u64 ran = div64_u64(U64_MAX, 1000) + 1;
	struct gt_budget budget;

	gt_budget_init(&budget, 1000, KHZ, HERTZ);
	gt_budget_turn(&budget, true, 0, 0);
	budget.ran = ran;
	gt_budget_look(&budget, 30 * KHZ, 15 * KHZ, ran + 30 * KHZ);
	gt_budget_turn(&budget, false, 30 * KHZ, 15 * KHZ);
	KUNIT_EXPECT_EQ(test, budget.window, budget.longest);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(holds_the_share),
	KUNIT_CASE(holds_in_short_runs),
	KUNIT_CASE(the_first_waits_for_hits),
	KUNIT_CASE(windows_get_long),
	KUNIT_CASE(cheap_loads_never_pause),
	KUNIT_CASE(credit_is_not_hoarded),
	KUNIT_CASE(large_numbers),
	KUNIT_CASE(much_was_allowed),
	{}
};

struct kunit_suite budget_suite = { .name = "budget", .test_cases = cases };
