// SPDX-License-Identifier: GPL-2.0
#include <linux/random.h>

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
	/* Four were due behind the last that was written, and loaded the counter. */
	struct gt_missed missed = gt_period_overrun(97, 98 * 4 + 5 - 97, 5 - 97);

	KUNIT_EXPECT_EQ(test, missed.lost, 4ull);
	KUNIT_EXPECT_EQ(test, missed.reload, 5 - 97ll);
	missed = gt_period_overrun(97, -40, -40);
	KUNIT_EXPECT_EQ(test, missed.lost, 0ull);
	KUNIT_EXPECT_EQ(test, missed.reload, -40ll);
	/* A record is due on the next event, and will be taken. */
	missed = gt_period_overrun(97, 98 * 4, 0);
	KUNIT_EXPECT_EQ(test, missed.lost, 4ull);
	KUNIT_EXPECT_EQ(test, missed.reload, 0ll);
	/* A counter that was not loaded for what was dropped. */
	missed = gt_period_overrun(97, 98 * 4 + 5 - 97, 98 * 4 + 5 - 97);
	KUNIT_EXPECT_EQ(test, missed.lost, 4ull);
	KUNIT_EXPECT_EQ(test, missed.reload, 5 - 97ll);
	/* A record that came an event early or late is no loss below zero. */
	missed = gt_period_overrun(97, -98, -98);
	KUNIT_EXPECT_EQ(test, missed.lost, 0ull);
}

static void the_next_record_is_still_at_the_old_distance(struct kunit *test)
{
	struct gt_pace pace = gt_pace_begin(100);

	KUNIT_EXPECT_EQ(test, gt_pace_due(&pace, 0), 0ull);
	KUNIT_EXPECT_EQ(test, gt_pace_due(&pace, 5), 505ull);
	KUNIT_EXPECT_EQ(test, gt_pace_position(&pace, 5, -100), 505ull);
	pace = gt_pace_change(&pace, 5, 49);
	KUNIT_EXPECT_EQ(test, gt_pace_running(&pace, 5), 100ull);
	KUNIT_EXPECT_EQ(test, gt_pace_running(&pace, 6), 49ull);
	KUNIT_EXPECT_EQ(test, gt_pace_due(&pace, 5), 505ull);
	KUNIT_EXPECT_EQ(test, gt_pace_due(&pace, 6), 606ull);
	KUNIT_EXPECT_EQ(test, gt_pace_due(&pace, 8), 706ull);
	KUNIT_EXPECT_EQ(test, gt_pace_position(&pace, 5, -1), 604ull);
	KUNIT_EXPECT_EQ(test, gt_pace_position(&pace, 6, -49), 606ull);
	/* The next was missed, and whatever comes now follows one that loaded the period in force. */
	pace = gt_pace_after_loss(&pace, 5);
	KUNIT_EXPECT_EQ(test, gt_pace_running(&pace, 5), 49ull);
	KUNIT_EXPECT_EQ(test, gt_pace_due(&pace, 6), 555ull);
}

/* What a reader knows, and the rule by which it weighs: include/uapi/gtrace.h, struct gtrace_event_period. */
struct reader {
	u64 index[64], period[64];
	u32 changes;
	u64 lost_weight;
};

static void tell(struct reader *r, u64 index, u64 period)
{
	r->index[r->changes] = index;
	r->period[r->changes++] = period;
}

static u64 weight(const struct reader *r, u64 record)
{
	u32 i = r->changes;

	while (r->index[i - 1] >= record && i > 1)
		i--;
	return r->period[i - 1] + 1;
}

/* The module's part of one session: what pebs.c does with the pace. */
struct books {
	struct hardware h, free;
	struct gt_pace pace;
	struct reader reader;
	u64 events, audit, position, change_at, lost;
};

static void run(struct books *b, u64 events, bool records_on, bool room)
{
	for (; events; events--) {
		u64 records = b->h.records;

		b->events++;
		event(&b->h, records_on);
		event(&b->free, true);
		if (!room)
			b->h.records = records;
	}
}

static void remember(struct books *b)
{
	b->audit = b->events;
	b->position = gt_pace_position(&b->pace, b->h.records, b->h.counter);
}

static void lose(struct books *b, struct gt_missed missed)
{
	b->h.counter = missed.reload;
	b->lost += missed.lost;
	b->reader.lost_weight += missed.lost * (b->pace.period + 1);
	if (missed.lost)
		b->pace = gt_pace_after_loss(&b->pace, b->h.records);
	remember(b);
}

static void change(struct books *b, u64 period)
{
	if (b->h.records < b->change_at || b->reader.changes == ARRAY_SIZE(b->reader.index))
		return;
	tell(&b->reader, b->h.records, period);
	b->pace = gt_pace_change(&b->pace, b->h.records, period);
	b->change_at = b->h.records + 1;
	b->h.period = period;
	b->free.period = period;
}

static u64 below(u64 count)
{
	return get_random_u32() % count;
}

/*
 * Changes, stalls and overruns in any order: records and losses are those of a run without stalls, at the same events,
 * and what a reader makes of them is what was counted.
 */
static void any_history_adds_up(struct kunit *test)
{
	static struct books b;
	u64 record, weights;
	s64 rest;
	int round, step;

	for (round = 0; round < 3000; round++) {
		u64 period = periods[below(ARRAY_SIZE(periods))];

		b = (struct books){ .h = { period, -(s64)period }, .pace = gt_pace_begin(period) };
		b.free = b.h;
		tell(&b.reader, 0, period);
		remember(&b);
		for (step = below(40); step; step--) {
			switch (below(5)) {
			case 0:
				change(&b, 16 + below(2 * period));
				break;
			case 1:		/* no room in our rings */
				b.h.due = false;
				run(&b, below(5 * period), false, true);
				lose(&b, gt_period_resume(b.pace.period, b.h.counter));
				/* One that is due is given up ahead of time. */
				run(&b, 1, true, true);
				break;
			case 2:		/* off line: no event in between */
				b.h.due = false;
				lose(&b, gt_period_resume(b.pace.period, b.h.counter));
				run(&b, 1, true, true);
				break;
			case 3:		/* no room in the hardware's window, until the interrupt comes */
				run(&b, below(5 * period), true, false);
				lose(&b, gt_period_overrun(b.pace.period, b.position + b.events - b.audit -
							   gt_pace_position(&b.pace, b.h.records, 0), b.h.counter));
				break;
			default:
				run(&b, below(5 * period), true, true);
			}
		}
		run(&b, 10 * period, true, true);
		KUNIT_ASSERT_EQ(test, b.h.records + b.lost, b.free.records);
		KUNIT_ASSERT_EQ(test, b.h.counter, b.free.counter);
		KUNIT_ASSERT_EQ(test, gt_pace_due(&b.pace, b.h.records) + gt_pace_running(&b.pace, b.h.records),
				gt_pace_position(&b.pace, b.h.records, 0));
		weights = b.reader.lost_weight;
		for (record = 0; record < b.h.records; record++)
			weights += weight(&b.reader, record);
		rest = b.h.counter + gt_pace_running(&b.pace, b.h.records);
		KUNIT_ASSERT_EQ(test, weights + rest, b.events);
	}
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
	KUNIT_CASE(the_next_record_is_still_at_the_old_distance),
	KUNIT_CASE(any_history_adds_up),
	KUNIT_CASE(counters_have_a_sign_in_their_width),
	{}
};

struct kunit_suite period_suite = { .name = "period", .test_cases = cases };
