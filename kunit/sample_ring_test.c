// SPDX-License-Identifier: GPL-2.0
#include <linux/slab.h>

#include "sample_ring.h"
#include "suites.h"

/* Every size that a record of the two formats can have. */
static const u32 sizes[] = { 32, 64, 176, 200, 208, 288, 320, 432, 464, 832, 976, 1232 };

static void bytes_to_records_without_division(struct kunit *test)
{
	struct gt_sample_ring ring;
	int s;
	u32 n;

	for (s = 0; s < ARRAY_SIZE(sizes); s++) {
		gt_sample_ring_init(&ring, sizes[s], 1000, 16, 500, U32_MAX);
		for (n = 0; n <= (1u << 30) / sizes[s]; n += n / 64 + 1)
			if (gt_sample_records(&ring, n * sizes[s]) != n)
				KUNIT_FAIL(test, "%u records of %u bytes", n, sizes[s]);
	}
}

static void unread_never_exceeds_the_ring(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, gt_unread(10, 4, 100), 6ull);
	KUNIT_EXPECT_EQ(test, gt_unread(110, 10, 100), 100ull);
	KUNIT_EXPECT_EQ(test, gt_unread(110, 9, 100), 100ull);
	KUNIT_EXPECT_EQ(test, gt_unread(110, 111, 100), 100ull);
	KUNIT_EXPECT_EQ(test, gt_unread(110, ~0ull, 100), 100ull);
}

static void windows(struct kunit *test)
{
	static const struct {
		const char *why;
		u32 slot;
		u64 lap, tail;
		u32 threshold, limit;	/* slots; threshold 0: no room */
	} cases[] = {
		{ "empty: to the watermark", 0, 0, 0, 50, 100 },
		{ "half way there", 20, 0, 0, 50, 100 },
		{ "the reader is behind: as far as the room goes", 50, 0, 0, 90, 100 },
		{ "one slot more than the slack", 89, 0, 0, 90, 100 },
		{ "only the slack is left", 90, 0, 0, 0, 0 },
		{ "full", 100, 0, 0, 0, 0 },
		{ "the ring's end comes first", 60, 0, 50, 100, 110 },
		{ "the room ends behind the ring's end", 95, 0, 60, 100, 110 },
		{ "the room ends in the slack behind the end", 95, 0, 8, 98, 108 },
		{ "second lap, all read", 0, 100, 100, 50, 100 },
		{ "second lap, unread from before", 10, 100, 80, 30, 80 },
		{ "a tail before the beginning: full", 10, 100, 9, 0, 0 },
		{ "a tail ahead of the head: full", 10, 100, 111, 0, 0 },
	};
	struct gt_sample_ring ring;
	struct gt_window w;
	int i;

	gt_sample_ring_init(&ring, 200, 100, 10, 50, U32_MAX);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		bool room;

		ring.lap = cases[i].lap;
		room = gt_sample_window(&ring, cases[i].slot * 200, cases[i].tail, &w);
		KUNIT_EXPECT_EQ_MSG(test, room, cases[i].threshold != 0, "%s", cases[i].why);
		if (!room)
			continue;
		KUNIT_EXPECT_EQ_MSG(test, w.index, cases[i].slot * 200, "%s", cases[i].why);
		KUNIT_EXPECT_EQ_MSG(test, w.threshold, cases[i].threshold * 200, "%s", cases[i].why);
		KUNIT_EXPECT_EQ_MSG(test, w.limit, cases[i].limit * 200, "%s", cases[i].why);
	}
}

/* An interrupt in between, that wakes nobody; the others come where they did. */
static void strides_divide_windows(struct kunit *test)
{
	struct gt_sample_ring ring;
	struct gt_window w;

	gt_sample_ring_init(&ring, 200, 100, 10, 50, 20);
	KUNIT_ASSERT_TRUE(test, gt_sample_window(&ring, 0, 0, &w));
	KUNIT_EXPECT_EQ(test, w.threshold, 20u * 200);
	KUNIT_EXPECT_EQ(test, w.limit, 100u * 200);
	KUNIT_ASSERT_TRUE(test, gt_sample_window(&ring, 40 * 200, 0, &w));
	KUNIT_EXPECT_EQ(test, w.threshold, 50u * 200);
	KUNIT_ASSERT_TRUE(test, gt_sample_window(&ring, 85 * 200, 80, &w));
	KUNIT_EXPECT_EQ(test, w.threshold, 100u * 200);
}

static void begins_again_with_a_quarter_free(struct kunit *test)
{
	struct gt_sample_ring ring;

	gt_sample_ring_init(&ring, 200, 100, 10, 50, U32_MAX);
	KUNIT_EXPECT_TRUE(test, gt_sample_roomy(&ring, 75, 0));
	KUNIT_EXPECT_FALSE(test, gt_sample_roomy(&ring, 76, 0));
	KUNIT_EXPECT_FALSE(test, gt_sample_roomy(&ring, 76, 77));
	gt_sample_ring_init(&ring, 1232, 13, 3, 6, U32_MAX);
	KUNIT_EXPECT_FALSE(test, gt_sample_roomy(&ring, 10, 0));
	KUNIT_EXPECT_TRUE(test, gt_sample_roomy(&ring, 9, 0));
}

enum { SLOTS = 97, SLACK = 12, MARK = 48, RECORD = 208 };

struct machine {
	struct gt_sample_ring ring;
	u8 data[(SLOTS + SLACK) * RECORD];
	u64 index;		/* byte offset */
	struct gt_window window;
	u64 written, read;
};

static void put(struct machine *m)
{
	*(u64 *)(m->data + m->index) = m->written++;
	m->index += RECORD;
}

/*
 * The whole life of a ring against a hardware that goes on for a while after asking for the interrupt, and a reader of
 * any pace: every record is read once, in order, and no unread one is ever written over.
 */
static void laps_lose_nothing(struct kunit *test)
{
	struct machine *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	u32 seed = 1, interrupts;

	KUNIT_ASSERT_NOT_NULL(test, m);
	gt_sample_ring_init(&m->ring, RECORD, SLOTS, SLACK, MARK, U32_MAX);
	KUNIT_ASSERT_TRUE(test, gt_sample_window(&m->ring, 0, 0, &m->window));
	for (interrupts = 0; interrupts < 20000; interrupts++) {
		u32 late = seed % (SLACK + 1), take;
		u64 head;

		seed = seed * 1664525 + 1013904223;
		while (m->index < m->window.threshold)
			put(m);
		while (late-- && m->index + RECORD <= m->window.limit)
			put(m);
		m->index = gt_sample_wrap(&m->ring, m->data, m->index);
		head = gt_sample_head(&m->ring, &m->index, 0);
		KUNIT_ASSERT_EQ(test, head, m->written);
		do {
			take = (seed >> 8) % (SLOTS + 1);
			seed = seed * 1664525 + 1013904223;
			for (; take-- && m->read < head; m->read++)
				KUNIT_ASSERT_EQ(test, *(u64 *)(m->data + m->read % SLOTS * RECORD), m->read);
		} while (!gt_sample_window(&m->ring, m->index, m->read, &m->window));
		KUNIT_ASSERT_LE(test, (u64)m->window.limit, (u64)(SLOTS + SLACK) * RECORD);
	}
	KUNIT_EXPECT_GT(test, m->ring.lap, 1000ull);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(bytes_to_records_without_division),
	KUNIT_CASE(unread_never_exceeds_the_ring),
	KUNIT_CASE(windows),
	KUNIT_CASE(strides_divide_windows),
	KUNIT_CASE(begins_again_with_a_quarter_free),
	KUNIT_CASE(laps_lose_nothing),
	{}
};

struct kunit_suite sample_ring_suite = { .name = "sample_ring", .test_cases = cases };
