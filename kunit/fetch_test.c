// SPDX-License-Identifier: GPL-2.0
#include <linux/string.h>

#include "fetch.h"
#include "suites.h"

/* The memory of a program: 64 words from here on; there is nothing else. */
#define BASE	0x100000ull

static u64 memory[64];
static u32 faults;	/* reads of what is not there, which cost */

static __always_inline bool peek(u64 pointer, u32 offset, u64 *value)
{
	u64 at = pointer + offset - BASE;

	if (!gt_pointer_ok(&pointer))
		return false;
	if (at > sizeof(memory) - 8) {
		faults++;
		return false;
	}
	memcpy(value, (u8 *)memory + at, 8);
	return true;
}

static bool may_be(u64 pointer)
{
	return gt_pointer_ok(&pointer);
}

static u64 word(u32 i)
{
	return BASE + i * 8;
}

static void pointers(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, may_be(0));
	KUNIT_EXPECT_FALSE(test, may_be(2));
	KUNIT_EXPECT_FALSE(test, may_be(0xffff));
	KUNIT_EXPECT_TRUE(test, may_be(0x10000));
	KUNIT_EXPECT_TRUE(test, may_be(0xc000123456));
	KUNIT_EXPECT_TRUE(test, may_be(0x7ffffffdffffull));
	KUNIT_EXPECT_FALSE(test, may_be(0x7ffffffe0000ull));
	KUNIT_EXPECT_FALSE(test, may_be(1ull << 47));
	KUNIT_EXPECT_FALSE(test, may_be(0xffffffff81000000ull));
	KUNIT_EXPECT_FALSE(test, may_be(~0ull));
}

/* Every chain the hard way, against the steps that share what they have in common. */
static void chains(struct kunit *test)
{
	struct gtrace_probe p = { .id = 1, .nr_fetches = 8 };
	static struct gt_recipe recipe;
	static u64 slots[GT_SLOTS_MAX];
	const char *field, *why;
	u64 words[21] = { 0 };
	u16 missing = 0;

	memset(memory, 0, sizeof(memory));
	faults = 0;
	memory[1] = word(10);		/* g.m */
	memory[11] = word(20);		/* m.curg */
	memory[22] = 4711;		/* goid */
	memory[3] = 2;			/* a state where a pointer might be */
	memory[4] = 0xffff888000000000ull;
	memory[5] = 0x7f0000000000ull;	/* not mapped */
	words[1] = BASE;		/* r14 is word 1 */
	words[11] = 0x3;		/* cx */
	p.fetch[0] = (struct gtrace_fetch){ .reg = 14, .depth = 3, .offset = { 8, 8, 16 } };
	p.fetch[1] = (struct gtrace_fetch){ .reg = 1 };
	p.fetch[2] = (struct gtrace_fetch){ .reg = 14, .depth = 2, .offset = { 8, 8 } };
	p.fetch[3] = (struct gtrace_fetch){ .reg = 14, .depth = 2, .offset = { 24, 0 } };
	p.fetch[4] = (struct gtrace_fetch){ .reg = 14, .depth = 2, .offset = { 32, 0 } };
	p.fetch[5] = (struct gtrace_fetch){ .reg = 14, .depth = 3, .offset = { 40, 0, 0 } };
	p.fetch[6] = (struct gtrace_fetch){ .reg = 1, .depth = 1 };
	p.fetch[7] = (struct gtrace_fetch){ .reg = 14, .depth = 2, .offset = { 8, 8 } };
	KUNIT_ASSERT_EQ(test, gt_recipe_make(&recipe, &p, 0, &field, &why), 0);
	memset(slots, 0xee, sizeof(slots));
	gt_fetch_registers(&recipe, words, slots);
	gt_fetch_memory(&recipe, slots, &missing, peek);

	KUNIT_EXPECT_EQ(test, missing, BIT(3) | BIT(4) | BIT(5) | BIT(6));
	KUNIT_EXPECT_EQ(test, slots[0], 4711ull);
	KUNIT_EXPECT_EQ(test, slots[1], 3ull);
	KUNIT_EXPECT_EQ(test, slots[2], word(20));
	KUNIT_EXPECT_EQ(test, slots[3], 0ull);
	KUNIT_EXPECT_EQ(test, slots[4], 0ull);
	KUNIT_EXPECT_EQ(test, slots[5], 0ull);
	KUNIT_EXPECT_EQ(test, slots[6], 0ull);
	KUNIT_EXPECT_EQ(test, slots[7], word(20));
	/* Small numbers, kernel addresses and what follows a broken link are not even tried. */
	KUNIT_EXPECT_EQ(test, faults, 1u);
}

/* Four frames from word 0 on: pointer to the next, return address. */
static struct gt_walk stack(u32 max)
{
	u32 i;

	memset(memory, 0, sizeof(memory));
	faults = 0;
	for (i = 0; i < 4; i++) {
		memory[i * 4] = i < 3 ? word(i * 4 + 4) : 0;
		memory[i * 4 + 1] = 100 + i;
	}
	return (struct gt_walk){ .lo = BASE, .hi = word(64), .bp = BASE, .max = max };
}

static void walk_whole(struct kunit *test)
{
	struct gt_walk walk = stack(4);
	u64 frames[8] = { 0 };

	gt_walk(&walk, peek, frames);
	KUNIT_EXPECT_FALSE(test, walk.cut);
	KUNIT_ASSERT_EQ(test, walk.nr, 4u);
	KUNIT_EXPECT_EQ(test, frames[0], 100ull);
	KUNIT_EXPECT_EQ(test, frames[3], 103ull);
}

static void walk_from_entry(struct kunit *test)
{
	struct gt_walk walk = stack(8);
	u64 frames[8] = { 0 };

	memory[40] = 99;
	gt_walk_entry(&walk, word(40), peek, frames);
	gt_walk(&walk, peek, frames);
	KUNIT_EXPECT_EQ(test, walk.nr, 5u);
	KUNIT_EXPECT_EQ(test, frames[0], 99ull);
	KUNIT_EXPECT_EQ(test, frames[1], 100ull);

	/* The stack pointer of another stack: nothing is believed. */
	walk = stack(8);
	gt_walk_entry(&walk, word(64), peek, frames);
	gt_walk(&walk, peek, frames);
	KUNIT_EXPECT_TRUE(test, walk.cut);
	KUNIT_EXPECT_EQ(test, walk.nr, 0u);
}

static void walk_is_cut(struct kunit *test)
{
	static const struct {
		u32 max;
		u64 lo, hi, link;	/* of the second frame */
		u32 nr;
	} cases[] = {
		{ 3, BASE, BASE + 512, BASE + 64, 3 },			/* as many as there is room for */
		{ 8, BASE, BASE + 512, BASE + 32, 2 },			/* a frame that is its own caller */
		{ 8, BASE, BASE + 512, BASE, 2 },			/* one that goes down */
		{ 8, BASE, BASE + 512, BASE + 65, 2 },			/* one that is not aligned */
		{ 8, BASE, BASE + 72, BASE + 64, 2 },			/* one that sticks out by its address */
		{ 8, BASE, BASE + 64, BASE + 64, 2 },			/* one at the bound */
		{ 8, BASE, BASE + 512, ~7ull, 2 },			/* one at the end of all memory */
		{ 8, BASE, ~0ull, 0x7f0000000000ull, 2 },		/* one that is not there */
		{ 8, BASE + 8, BASE + 512, BASE + 64, 0 },		/* the first one is below */
		{ 8, BASE + 512, BASE, BASE + 64, 0 },			/* bounds that are none */
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct gt_walk walk = stack(cases[i].max);
		u64 frames[8] = { 0 };

		walk.lo = cases[i].lo;
		walk.hi = cases[i].hi;
		memory[4] = cases[i].link;
		gt_walk(&walk, peek, frames);
		KUNIT_EXPECT_TRUE_MSG(test, walk.cut, "case %u", i);
		KUNIT_EXPECT_EQ_MSG(test, walk.nr, cases[i].nr, "case %u", i);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(pointers),
	KUNIT_CASE(chains),
	KUNIT_CASE(walk_whole),
	KUNIT_CASE(walk_from_entry),
	KUNIT_CASE(walk_is_cut),
	{}
};

struct kunit_suite fetch_suite = { .name = "fetch", .test_cases = cases };
