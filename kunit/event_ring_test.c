// SPDX-License-Identifier: GPL-2.0
#include <linux/slab.h>

#include "event_ring.h"
#include "suites.h"

enum { BYTES = 4096 };

struct fixture {
	struct gt_event_ring ring;
	u64 published, dropped, tail;
	u64 data[BYTES / 8];
};

static struct fixture *fixture(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	gt_event_ring_init(&f->ring, f->data, BYTES, &f->published, &f->dropped, &f->tail);
	return f;
}

static struct gtrace_event *reserve(struct fixture *f, u16 size, u64 tsc)
{
	return gt_event_reserve(&f->ring, GTRACE_EVENT_MAP, size, 0, tsc);
}

static struct gtrace_event *write(struct fixture *f, u16 size, u64 tsc)
{
	struct gtrace_event *event = reserve(f, size, tsc);

	if (event)
		gt_event_commit(&f->ring);
	return event;
}

static struct gtrace_event *at(struct fixture *f, u64 offset)
{
	return (void *)((u8 *)f->data + (offset & (BYTES - 1)));
}

static void published_at_commit(struct kunit *test)
{
	struct fixture *f = fixture(test);
	struct gtrace_event *event = reserve(f, 40, 7);

	KUNIT_ASSERT_PTR_EQ(test, (void *)event, (void *)f->data);
	KUNIT_EXPECT_EQ(test, f->published, 0ull);
	gt_event_commit(&f->ring);
	KUNIT_EXPECT_EQ(test, f->published, 40ull);
	KUNIT_EXPECT_EQ(test, event->type, GTRACE_EVENT_MAP);
	KUNIT_EXPECT_EQ(test, event->size, 40);
	KUNIT_EXPECT_EQ(test, event->tsc, 7ull);
}

/* Task, interrupt, NMI: nothing is seen before the task is done, then all three, in the order of reserving. */
static void outermost_publishes(struct kunit *test)
{
	struct fixture *f = fixture(test);

	reserve(f, 40, 1);
	reserve(f, 24, 2);
	KUNIT_EXPECT_TRUE(test, gt_event_busy(&f->ring));
	write(f, 32, 3);
	KUNIT_EXPECT_EQ(test, f->published, 0ull);
	gt_event_commit(&f->ring);
	KUNIT_EXPECT_EQ(test, f->published, 0ull);
	gt_event_commit(&f->ring);
	KUNIT_EXPECT_EQ(test, f->published, 96ull);
	KUNIT_EXPECT_FALSE(test, gt_event_busy(&f->ring));
	KUNIT_EXPECT_EQ(test, at(f, 0)->tsc, 1ull);
	KUNIT_EXPECT_EQ(test, at(f, 40)->tsc, 2ull);
	KUNIT_EXPECT_EQ(test, at(f, 64)->tsc, 3ull);
}

/* A writer that fails publishes what was nested in it, and takes nothing. */
static void failing_writer_leaves_no_trace(struct kunit *test)
{
	struct fixture *f = fixture(test);

	KUNIT_EXPECT_NULL(test, gt_event_try(&f->ring, 40));
	KUNIT_EXPECT_FALSE(test, gt_event_busy(&f->ring));
	KUNIT_EXPECT_EQ(test, f->published, 0ull);
	KUNIT_EXPECT_NOT_NULL(test, write(f, 40, 1));
	KUNIT_EXPECT_NOT_NULL(test, gt_event_try(&f->ring, 40));
	KUNIT_EXPECT_NULL(test, reserve(f, BYTES, 2));
	KUNIT_EXPECT_EQ(test, f->published, 40ull);
	gt_event_commit(&f->ring);
	KUNIT_EXPECT_EQ(test, f->published, 80ull);
	KUNIT_EXPECT_EQ(test, f->dropped, 1ull);
}

static void short_path_ends_at_half_and_at_the_reserve(struct kunit *test)
{
	struct fixture *f = fixture(test);
	u64 n = 0;

	write(f, 40, 0);
	while (gt_event_try(&f->ring, 40)) {
		gt_event_commit(&f->ring);
		n++;
	}
	/* The watermark: whoever takes the long path there wakes the reader. */
	KUNIT_EXPECT_GT(test, f->published + 40, BYTES / 2ull);
	KUNIT_EXPECT_LE(test, f->published, BYTES / 2ull);
	KUNIT_EXPECT_NOT_NULL(test, write(f, 40, 0));
	while (gt_event_try(&f->ring, 40))
		gt_event_commit(&f->ring);
	KUNIT_EXPECT_FALSE(test, gt_event_tight(&f->ring));
	KUNIT_EXPECT_LE(test, f->published, (u64)BYTES - GT_EVENT_RESERVE);
	KUNIT_EXPECT_NOT_NULL(test, write(f, 40, 0));
	KUNIT_EXPECT_TRUE(test, gt_event_tight(&f->ring));
	KUNIT_EXPECT_EQ(test, f->dropped, 0ull);
	/* And the short path opens again when the reader has read. */
	f->tail = f->published;
	KUNIT_EXPECT_NOT_NULL(test, write(f, 40, 0));
	KUNIT_EXPECT_NOT_NULL(test, gt_event_try(&f->ring, 40));
}

static void full_ring_drops_and_says_so_once(struct kunit *test)
{
	struct fixture *f = fixture(test);
	int n;

	for (n = 0; n < BYTES / 64; n++)
		KUNIT_ASSERT_NOT_NULL(test, write(f, 64, n));
	for (n = 0; n < 5; n++)
		KUNIT_EXPECT_NULL(test, write(f, 64, 0));
	KUNIT_EXPECT_EQ(test, f->dropped, 5ull);
	KUNIT_EXPECT_EQ(test, f->published, (u64)BYTES);
	KUNIT_EXPECT_NULL(test, gt_event_try(&f->ring, 64));
	KUNIT_EXPECT_EQ(test, at(f, 0)->tsc, 0ull);

	f->tail = 128;
	KUNIT_ASSERT_NOT_NULL(test, write(f, 64, 99));
	KUNIT_ASSERT_NOT_NULL(test, write(f, 64, 100));
	KUNIT_EXPECT_EQ(test, at(f, 0)->flags, GTRACE_EVENT_F_GAP);
	KUNIT_EXPECT_EQ(test, at(f, 64)->flags, 0u);
	KUNIT_EXPECT_EQ(test, at(f, 64)->tsc, 100ull);
}

/* Whatever is left at the end, from 8 bytes on, becomes a PAD. */
static void end_is_padded(struct kunit *test)
{
	u32 left;

	for (left = 8; left < 40; left += 8) {
		struct fixture *f = fixture(test);
		u32 first = BYTES - left - 8 * ((BYTES - left - 2048) / 8);

		write(f, first, 0);
		write(f, BYTES - left - first, 0);
		f->tail = f->published;
		KUNIT_ASSERT_EQ(test, f->published, (u64)BYTES - left);
		KUNIT_EXPECT_NULL(test, gt_event_try(&f->ring, 40));
		KUNIT_ASSERT_NOT_NULL(test, write(f, 40, 5));
		KUNIT_EXPECT_EQ(test, at(f, BYTES - left)->type, GTRACE_EVENT_PAD);
		KUNIT_EXPECT_EQ(test, at(f, BYTES - left)->size, left);
		KUNIT_EXPECT_EQ(test, at(f, 0)->tsc, 5ull);
		KUNIT_EXPECT_EQ(test, f->published, (u64)BYTES + 40);
	}
}

static void any_tail_is_harmless(struct kunit *test)
{
	static const u64 tails[] = { ~0ull, 1ull << 63, 12345678, BYTES * 3, 7 };
	struct fixture *f = fixture(test);
	int i, n;

	for (n = 0; n < 70; n++) {
		f->tail = f->published;
		KUNIT_ASSERT_NOT_NULL(test, write(f, 120, n));
	}
	for (i = 0; i < ARRAY_SIZE(tails); i++) {
		u64 before = f->published;

		f->tail = tails[i];
		KUNIT_EXPECT_EQ(test, gt_event_unread(&f->ring), (u64)BYTES);
		KUNIT_EXPECT_NULL(test, write(f, 40, 0));
		KUNIT_EXPECT_EQ(test, f->published, before);
	}
	f->tail = f->published;
	KUNIT_EXPECT_NOT_NULL(test, write(f, 40, 0));
}

/* A long run read behind: sizes of all kinds, nested at times, walked as a reader walks it. */
static void reader_sees_every_event_in_order(struct kunit *test)
{
	struct fixture *f = fixture(test);
	u64 tsc = 1, expected = 1, read = 0;
	u32 seed = 7;

	while (tsc < 50000) {
		u16 size = 16 + 8 * (seed >> 24) % 200;
		bool nested = seed & 0x800;

		seed = seed * 1664525 + 1013904223;
		size = ALIGN(size, 8);
		if (!reserve(f, size, tsc))
			goto drain;
		tsc++;
		if (nested && write(f, 24, tsc))
			tsc++;
		gt_event_commit(&f->ring);
		if (seed & 0x3000)
			continue;
drain:
		while (read < f->published) {
			struct gtrace_event *event = at(f, read);

			KUNIT_ASSERT_GE(test, event->size, 8);
			KUNIT_ASSERT_LE(test, (read & (BYTES - 1)) + event->size, (u64)BYTES);
			if (event->type != GTRACE_EVENT_PAD)
				KUNIT_ASSERT_EQ(test, event->tsc, expected++);
			read += event->size;
		}
		f->tail = read;
	}
	KUNIT_EXPECT_GT(test, read, 100ull * BYTES);
}

/* What turned out shorter gives the rest back, and the next event stands right behind it. */
static void trimmed(struct kunit *test)
{
	struct fixture *f = fixture(test);
	struct gtrace_event *event = reserve(f, 1024, 1);

	event->size = 64;
	gt_event_trim(&f->ring, event, 1024, 64);
	gt_event_commit(&f->ring);
	KUNIT_EXPECT_EQ(test, f->published, 64ull);
	write(f, 40, 2);
	KUNIT_EXPECT_EQ(test, at(f, 64)->tsc, 2ull);
}

/* Not when an NMI wrote behind it, and not when it ended where the ring does: then a PAD stands between. */
static void trimmed_with_a_pad(struct kunit *test)
{
	struct fixture *f = fixture(test);
	struct gtrace_event *event = reserve(f, 1024, 1);

	write(f, 40, 2);
	event->size = 64;
	gt_event_trim(&f->ring, event, 1024, 64);
	gt_event_commit(&f->ring);
	KUNIT_EXPECT_EQ(test, f->published, 1064ull);
	KUNIT_EXPECT_EQ(test, at(f, 64)->type, GTRACE_EVENT_PAD);
	KUNIT_EXPECT_EQ(test, at(f, 64)->size, 960);
	KUNIT_EXPECT_EQ(test, at(f, 1024)->tsc, 2ull);

	f = fixture(test);
	write(f, 2048, 1);
	f->tail = 2048;
	event = reserve(f, 2048, 2);
	KUNIT_ASSERT_NOT_NULL(test, event);
	event->size = 64;
	gt_event_trim(&f->ring, event, 2048, 64);
	gt_event_commit(&f->ring);
	KUNIT_EXPECT_EQ(test, f->published, 4096ull);
	KUNIT_EXPECT_EQ(test, at(f, 2048 + 64)->type, GTRACE_EVENT_PAD);
	KUNIT_EXPECT_EQ(test, at(f, 2048 + 64)->size, 2048 - 64);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(published_at_commit),
	KUNIT_CASE(outermost_publishes),
	KUNIT_CASE(failing_writer_leaves_no_trace),
	KUNIT_CASE(short_path_ends_at_half_and_at_the_reserve),
	KUNIT_CASE(full_ring_drops_and_says_so_once),
	KUNIT_CASE(end_is_padded),
	KUNIT_CASE(any_tail_is_harmless),
	KUNIT_CASE(trimmed),
	KUNIT_CASE(trimmed_with_a_pad),
	KUNIT_CASE(reader_sees_every_event_in_order),
	{}
};

struct kunit_suite event_ring_suite = { .name = "event_ring", .test_cases = cases };
