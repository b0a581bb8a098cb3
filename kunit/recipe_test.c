// SPDX-License-Identifier: GPL-2.0
#include "recipe.h"
#include "suites.h"

enum { LBR = 32 };

static int make(struct gt_recipe *recipe, const struct gtrace_probe *probe, const char **field)
{
	const char *why;

	return gt_recipe_make(recipe, probe, LBR, field, &why);
}

static struct gtrace_probe probe(u32 flags)
{
	return (struct gtrace_probe){ .size = sizeof(struct gtrace_probe), .id = 5, .flags = flags };
}

static void each_bad_field_is_named(struct kunit *test)
{
	static const struct {
		const char *field;
		int error;
		u32 lbr_depth;
		struct gtrace_probe probe;
	} cases[] = {
#define BAD(name, err, ...)	{ name, err, LBR, { .size = sizeof(struct gtrace_probe), .id = 5, __VA_ARGS__ } }
#define STACK			.flags = GTRACE_PROBE_F_STACK
		BAD("id", -EINVAL, .id = GTRACE_HIT_OFF),
		BAD("id", -EINVAL, .id = GTRACE_HIT_WAKER),
		BAD("flags", -EINVAL, .flags = 8),
		BAD("nr_fetches", -EINVAL, .nr_fetches = GTRACE_FETCHES_MAX + 1),
		BAD("reserved", -EINVAL, .reserved = { 0, 0, 1 }),
		BAD("fetch.reg", -EINVAL, .nr_fetches = 1, .fetch = { { .reg = 16 } }),
		BAD("fetch.depth", -EINVAL, .nr_fetches = 2, .fetch = { [1] = { .depth = 7 } }),
		BAD("fetch.reserved", -EINVAL, .nr_fetches = 1, .fetch = { { .reserved = 1 } }),
		BAD("stack_bp", -EINVAL, STACK, .nr_fetches = 2, .stack_bp = 2, .stack_hi = 1, .max_frames = 1),
		BAD("stack_lo", -EINVAL, STACK, .nr_fetches = 2, .stack_lo = 2, .stack_hi = 1, .max_frames = 1),
		BAD("stack_hi", -EINVAL, STACK, .nr_fetches = 2, .stack_hi = GTRACE_FETCH_NONE, .max_frames = 1),
		BAD("max_frames", -EINVAL, STACK, .nr_fetches = 2, .stack_hi = 1),
		BAD("max_frames", -EINVAL, STACK, .nr_fetches = 2, .stack_hi = 1, .max_frames = GTRACE_FRAMES_MAX + 1),
		{ "flags", -EOPNOTSUPP, 0, { .id = 5, .flags = GTRACE_PROBE_F_BRANCHES } },
#undef STACK
#undef BAD
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *field = NULL, *why = NULL;
		struct gt_recipe recipe;

		KUNIT_EXPECT_EQ_MSG(test, gt_recipe_make(&recipe, &cases[i].probe, cases[i].lbr_depth, &field, &why),
				    cases[i].error, "case %d", i);
		KUNIT_ASSERT_NOT_NULL_MSG(test, field, "case %d", i);
		KUNIT_EXPECT_STREQ_MSG(test, field, cases[i].field, "case %d", i);
		KUNIT_EXPECT_NOT_NULL_MSG(test, why, "case %d", i);
	}
}

/* What is beyond nr_fetches, and the stack's fields without STACK, may hold anything. */
static void unused_fields_are_not_looked_at(struct kunit *test)
{
	struct gtrace_probe p = probe(0);
	struct gt_recipe recipe;
	const char *field;

	p.fetch[0].reg = 99;
	p.stack_lo = 77;
	p.max_frames = 200;
	KUNIT_EXPECT_EQ(test, make(&recipe, &p, &field), 0);
	KUNIT_EXPECT_EQ(test, recipe.most, sizeof(struct gtrace_event_hit));
	KUNIT_EXPECT_EQ(test, recipe.max_frames, 0);
}

/* The longest event there can be fits the smallest ring, and its size fits its field. */
static void longest_event(struct kunit *test)
{
	struct gtrace_probe p = probe(GTRACE_PROBE_F_BRANCHES | GTRACE_PROBE_F_STACK);
	struct gt_recipe recipe;
	const char *field;
	int i, k;

	p.nr_fetches = GTRACE_FETCHES_MAX;
	p.max_frames = GTRACE_FRAMES_MAX;
	for (i = 0; i < GTRACE_FETCHES_MAX; i++) {
		p.fetch[i].reg = i;
		p.fetch[i].depth = 6;
		for (k = 0; k < 6; k++)
			p.fetch[i].offset[k] = i * 8 + k;
	}
	KUNIT_ASSERT_EQ(test, make(&recipe, &p, &field), 0);
	KUNIT_EXPECT_EQ(test, recipe.most, 56 + 12 * 8 + 32 * 24 + 64 * 8);
	KUNIT_EXPECT_LE(test, recipe.most + GTRACE_FETCHES_MAX, 4096 / 2);
	KUNIT_EXPECT_EQ(test, recipe.nr_registers, 12);
	KUNIT_EXPECT_EQ(test, recipe.nr_reads, 12 * 6);
	KUNIT_EXPECT_LE(test, recipe.nr_registers + recipe.nr_reads, (int)GT_SLOTS_MAX);

	/* Without branches and frames the slots on the way need more room than the event. */
	p.flags = 0;
	KUNIT_ASSERT_EQ(test, make(&recipe, &p, &field), 0);
	KUNIT_EXPECT_EQ(test, recipe.most, 56 + (12 + 12 + 12 * 5) * 8);
}

static void common_links_are_read_once(struct kunit *test)
{
	struct gtrace_probe p = probe(0);
	struct gt_recipe recipe;
	const char *field;

	/* g, g.m.curg.goid, g.m, g.m.curg: two of them are on the way to the longest. */
	p.nr_fetches = 4;
	p.fetch[0] = (struct gtrace_fetch){ .reg = 14 };
	p.fetch[1] = (struct gtrace_fetch){ .reg = 14, .depth = 3, .offset = { 48, 192, 152 } };
	p.fetch[2] = (struct gtrace_fetch){ .reg = 14, .depth = 1, .offset = { 48 } };
	p.fetch[3] = (struct gtrace_fetch){ .reg = 14, .depth = 2, .offset = { 48, 192 } };
	KUNIT_ASSERT_EQ(test, make(&recipe, &p, &field), 0);
	KUNIT_EXPECT_EQ(test, recipe.nr_registers, 1);
	KUNIT_EXPECT_EQ(test, recipe.nr_reads, 3);
	KUNIT_EXPECT_EQ(test, recipe.most, 56 + 4 * 8);
}

static void instructions(struct kunit *test)
{
	static const u8 push[] = { 0x55, 0x48, 0x89, 0xe5 }, sub[] = { 0x48, 0x83, 0xec, 0x7f };
	static const u8 down[] = { 0x48, 0x83, 0xec, 0x80 }, none[] = { 0x48, 0x83, 0xec, 0 };
	static const u8 far[] = { 0x48, 0x81, 0xec, 0x00 }, other[] = { 0x53, 0x55, 0x55, 0x55 };
	struct gt_recipe recipe;

	KUNIT_EXPECT_TRUE(test, gt_recipe_instruction(&recipe, push, 1));
	KUNIT_EXPECT_EQ(test, recipe.frame, 0);
	KUNIT_EXPECT_TRUE(test, gt_recipe_instruction(&recipe, sub, 4));
	KUNIT_EXPECT_EQ(test, recipe.frame, 0x7f);
	KUNIT_EXPECT_FALSE(test, gt_recipe_instruction(&recipe, sub, 3));
	KUNIT_EXPECT_FALSE(test, gt_recipe_instruction(&recipe, push, 0));
	KUNIT_EXPECT_FALSE(test, gt_recipe_instruction(&recipe, down, 4));
	KUNIT_EXPECT_FALSE(test, gt_recipe_instruction(&recipe, none, 4));
	KUNIT_EXPECT_FALSE(test, gt_recipe_instruction(&recipe, far, 4));
	KUNIT_EXPECT_FALSE(test, gt_recipe_instruction(&recipe, other, 4));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(each_bad_field_is_named),
	KUNIT_CASE(unused_fields_are_not_looked_at),
	KUNIT_CASE(longest_event),
	KUNIT_CASE(common_links_are_read_once),
	KUNIT_CASE(instructions),
	{}
};

struct kunit_suite recipe_suite = { .name = "recipe", .test_cases = cases };
