// SPDX-License-Identifier: GPL-2.0
#include "period.h"
#include "suites.h"

/*
 * The hardware, event by event: period events to the overflow, a record on the next one, the counter loaded anew.
 * What the arithmetic says must be what these steps give.
 */
struct hardware {
	u64 period;
	s64 counter;
	bool due;		/* overflowed with records on */
	u64 records;
};

static void event(struct hardware *h, bool records_on)
{
	if (h->due && records_on) {
		h->records++;
		h->counter = -(s64)h->period;
		h->due = false;
		return;
	}
	if (++h->counter == 0 && records_on)
		h->due = true;
}

static const u64 periods[] = { 16, 17, 97, 997, 2003 };

/* A stall of any length after any number of events: records taken and lost are those of a run without a stall. */
static void stall_keeps_count_and_phase(struct kunit *test)
{
	int p;
	u64 before, during;

	for (p = 0; p < ARRAY_SIZE(periods); p++) {
		u64 period = periods[p], step = period > 100 ? 61 : 1;

		for (before = 0; before < 3 * period; before += step) {
			for (during = 0; during < 4 * period; during += step) {
				struct hardware h = { period, -(s64)period };
				struct hardware free = h;
				struct gt_missed missed;
				u64 i, after = 3 * period + 5;

				for (i = 0; i < before + during + after; i++)
					event(&free, true);
				for (i = 0; i < before; i++)
					event(&h, true);
				h.due = false;	/* PEBS_ENABLE = 0 drops what is pending */
				for (i = 0; i < during; i++)
					event(&h, false);
				missed = gt_period_resume(period, h.counter);
				h.counter = missed.reload;
				for (i = 0; i < after; i++)
					event(&h, true);
				if (h.records + missed.lost != free.records || h.counter != free.counter)
					KUNIT_FAIL(test, "period %llu, %llu before, %llu during: %llu + %llu, not %llu",
						   period, before, during, h.records, missed.lost, free.records);
			}
		}
	}
}

static void nothing_missed_in_a_fresh_period(struct kunit *test)
{
	struct gt_missed missed = gt_period_missed(997, -997);

	KUNIT_EXPECT_EQ(test, missed.lost, 0ull);
	KUNIT_EXPECT_EQ(test, missed.reload, -997ll);
	/* The state that a sample given up in advance leaves. */
	missed = gt_period_missed(997, -998);
	KUNIT_EXPECT_EQ(test, missed.lost, 0ull);
	KUNIT_EXPECT_EQ(test, missed.reload, -998ll);
	/* One is due on the next event: not missed if none follows, given up if records begin again. */
	missed = gt_period_missed(997, 998);
	KUNIT_EXPECT_EQ(test, missed.lost, 1ull);
	KUNIT_EXPECT_EQ(test, missed.reload, 0ll);
	missed = gt_period_resume(997, 998);
	KUNIT_EXPECT_EQ(test, missed.lost, 2ull);
	KUNIT_EXPECT_EQ(test, missed.reload, -998ll);
}

static void overrun_is_what_was_not_written(struct kunit *test)
{
	struct gt_missed missed = gt_period_overrun(97, -97, 5 - 97, 98 * 20 + 5, 16);

	KUNIT_EXPECT_EQ(test, missed.lost, 4ull);
	KUNIT_EXPECT_EQ(test, missed.reload, 5 - 97ll);
	missed = gt_period_overrun(97, -40, -40, 98 * 3, 3);
	KUNIT_EXPECT_EQ(test, missed.lost, 0ull);
	KUNIT_EXPECT_EQ(test, missed.reload, -40ll);
	/* A record is due on the next event, and will be taken. */
	missed = gt_period_overrun(97, -97, 0, 98 * 20 + 97, 16);
	KUNIT_EXPECT_EQ(test, missed.lost, 4ull);
	KUNIT_EXPECT_EQ(test, missed.reload, 0ll);
	/* A counter that was not loaded for what was dropped. */
	missed = gt_period_overrun(97, -97, 98 * 4 + 5 - 97, 98 * 20 + 5, 16);
	KUNIT_EXPECT_EQ(test, missed.lost, 4ull);
	KUNIT_EXPECT_EQ(test, missed.reload, 5 - 97ll);
	/* A record that came an event early or late is no loss below zero. */
	missed = gt_period_overrun(97, -97, -98, 98 * 3 - 1, 3);
	KUNIT_EXPECT_EQ(test, missed.lost, 0ull);
}

static void counters_have_a_sign_in_their_width(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, gt_counter_raw(-1, 48), 0xffffffffffffull);
	KUNIT_EXPECT_EQ(test, gt_counter_signed(0xffffffffffffull, 48), -1ll);
	KUNIT_EXPECT_EQ(test, gt_counter_signed(5, 48), 5ll);
	KUNIT_EXPECT_EQ(test, gt_counter_signed(gt_counter_raw(-2003, 40), 40), -2003ll);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(stall_keeps_count_and_phase),
	KUNIT_CASE(nothing_missed_in_a_fresh_period),
	KUNIT_CASE(overrun_is_what_was_not_written),
	KUNIT_CASE(counters_have_a_sign_in_their_width),
	{}
};

struct kunit_suite period_suite = { .name = "period", .test_cases = cases };
