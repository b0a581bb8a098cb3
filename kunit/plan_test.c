// SPDX-License-Identifier: GPL-2.0
#include <linux/mm.h>

#include "caps.h"
#include "plan.h"
#include "suites.h"

static struct gtrace_caps caps(u32 format)
{
	struct gt_machine machine = {
		.intel = true, .debug_store = true, .dtes64 = true, .pdcm = true, .family = 6,
		.model = format == 3 ? 0x55 : 0x7e, .perfmon = 0x07300404,
		.perf_capabilities = (u64)format << 8 | 5 | BIT_ULL(13) | BIT_ULL(14), .nr_cpus = 2,
	};
	struct gtrace_caps caps;

	gt_caps_decide(&machine, &caps);
	return caps;
}

static struct gtrace_config config(void)
{
	return (struct gtrace_config){
		.size = sizeof(struct gtrace_config), .target = 100, .period = 2003, .sample_bytes = 1 << 20,
		.event_bytes = 1 << 16,
	};
}

static int make(struct gt_plan *plan, u32 format, struct gtrace_config *c)
{
	struct gtrace_caps machine = caps(format);
	const char *field, *why;

	return gt_plan_make(plan, &machine, c, &field, &why);
}

static void fixed_records(struct kunit *test)
{
	struct gtrace_config c = config();
	struct gt_plan plan;

	KUNIT_ASSERT_EQ(test, make(&plan, 3, &c), 0);
	KUNIT_EXPECT_EQ(test, plan.record_size, 200u);
	KUNIT_EXPECT_EQ(test, plan.slots, (1u << 20) / 200);
	KUNIT_EXPECT_EQ(test, plan.event_select, 0x4182d0ull);
	KUNIT_EXPECT_EQ(test, plan.data_cfg, 0ull);
	KUNIT_EXPECT_EQ(test, plan.slack, 16u);
	KUNIT_EXPECT_EQ(test, plan.watermark, (plan.slots - 16) / 2);
	KUNIT_EXPECT_FALSE(test, plan.adaptive);
	KUNIT_EXPECT_EQ(test, c.data, GTRACE_DATA_MEM | GTRACE_DATA_GPR);
	KUNIT_EXPECT_EQ(test, c.record_size, 200u);
	KUNIT_EXPECT_EQ(test, c.sample_slots, plan.slots);
	KUNIT_EXPECT_EQ(test, c.sample_bytes, plan.slots * 200);
	KUNIT_EXPECT_EQ(test, c.sample_map_bytes, 1ull << 20);
	KUNIT_EXPECT_EQ(test, c.event_map_bytes, 1ull << 16);
}

static void adaptive_records(struct kunit *test)
{
	struct gtrace_config c = config();
	struct gt_plan plan;

	c.data = GTRACE_DATA_MEM | GTRACE_DATA_GPR | GTRACE_DATA_LBR;
	KUNIT_ASSERT_EQ(test, make(&plan, 4, &c), 0);
	KUNIT_EXPECT_TRUE(test, plan.adaptive);
	KUNIT_EXPECT_EQ(test, plan.record_size, 976u);
	KUNIT_EXPECT_EQ(test, plan.data_cfg, 31ull << 24 | 0xb);
	KUNIT_EXPECT_EQ(test, plan.lbr_depth, 32u);
	/* User branches, and no far ones: their other end would be in the kernel. */
	KUNIT_EXPECT_EQ(test, plan.lbr_select, 0x101ull);

	c = config();
	c.data = GTRACE_DATA_LBR;
	c.flags = GTRACE_F_KERNEL | GTRACE_F_NO_USER;
	KUNIT_ASSERT_EQ(test, make(&plan, 4, &c), 0);
	KUNIT_EXPECT_EQ(test, plan.event_select, 0x4282d0ull);
	KUNIT_EXPECT_EQ(test, plan.lbr_select, 2ull);
	KUNIT_EXPECT_EQ(test, plan.record_size, 800u);
}

/* The smallest ring, the largest record, the shortest period: there is still a slack, a watermark, and room. */
static void periods_stray_by_thousandths(struct kunit *test)
{
	struct gtrace_config c = config();
	struct gt_plan plan;

	KUNIT_ASSERT_EQ(test, make(&plan, 3, &c), 0);
	KUNIT_EXPECT_EQ(test, plan.stray, 0ull);
	KUNIT_EXPECT_EQ(test, plan.stride, U32_MAX);
	c = config();
	c.jitter = 100;
	KUNIT_ASSERT_EQ(test, make(&plan, 3, &c), 0);
	KUNIT_EXPECT_EQ(test, plan.stray, 200ull);
	KUNIT_EXPECT_EQ(test, plan.stride, 2994u);
	c = config();
	c.jitter = 100;
	c.period = 1 << 30;
	KUNIT_ASSERT_EQ(test, make(&plan, 3, &c), 0);
	KUNIT_EXPECT_EQ(test, plan.stride, 32u);
	/* Too little to stray at all: not refused, as fixed. */
	c = config();
	c.period = 16;
	c.jitter = 62;
	KUNIT_ASSERT_EQ(test, make(&plan, 3, &c), 0);
	KUNIT_EXPECT_EQ(test, plan.stray, 0ull);
}

static void smallest_rings_have_room(struct kunit *test)
{
	struct gtrace_config c = config();
	struct gt_plan plan;

	c.sample_bytes = 16384;
	c.event_bytes = 4096;
	c.period = 16;
	c.data = 15;
	c.flags = GTRACE_F_KERNEL;
	KUNIT_ASSERT_EQ(test, make(&plan, 4, &c), 0);
	KUNIT_EXPECT_EQ(test, plan.slots, 13u);
	KUNIT_EXPECT_EQ(test, plan.slack, 3u);
	KUNIT_EXPECT_GE(test, plan.watermark, 1u);
	KUNIT_EXPECT_LE(test, plan.watermark, plan.slots - plan.slack);

	c = config();
	c.watermark = 1;
	KUNIT_ASSERT_EQ(test, make(&plan, 3, &c), 0);
	KUNIT_EXPECT_EQ(test, plan.watermark, 1u);
	c = config();
	c.watermark = 1 << 20;
	KUNIT_ASSERT_EQ(test, make(&plan, 3, &c), 0);
	KUNIT_EXPECT_EQ(test, plan.watermark, plan.slots - plan.slack);
}

static void each_bad_field_is_named(struct kunit *test)
{
	static const struct {
		const char *field;
		int error;
		struct gtrace_config config;
	} cases[] = {
#define BAD(name, err, ...)	{ name, err, { .size = 80, .target = 100, .period = 2003,	\
					       .sample_bytes = 1 << 20, .event_bytes = 1 << 16, __VA_ARGS__ } }
		BAD("flags", -EINVAL, .flags = 0x80),
		BAD("flags", -EINVAL, .flags = GTRACE_F_NO_USER),
		BAD("target", -EINVAL, .target = 0),
		BAD("target", -EINVAL, .target = -2),
		BAD("flags", -EINVAL, .target = GTRACE_TARGET_ALL, .flags = GTRACE_F_INHERIT),
		BAD("flags", -EINVAL, .target = GTRACE_TARGET_ALL, .flags = GTRACE_F_ENABLE_ON_EXEC),
		BAD("count", -EINVAL, .count = 1),
		BAD("period", -EINVAL, .period = 0),
		BAD("period", -EINVAL, .period = 15),
		BAD("period", -EINVAL, .period = 1ull << 46),
		BAD("data", -EINVAL, .data = 0x10),
		BAD("data", -EOPNOTSUPP, .data = GTRACE_DATA_LBR),
		BAD("sample_bytes", -EINVAL, .sample_bytes = 0),
		BAD("sample_bytes", -EINVAL, .sample_bytes = 12288),
		BAD("sample_bytes", -EINVAL, .sample_bytes = (1 << 20) + 200),
		BAD("sample_bytes", -EINVAL, .sample_bytes = (1u << 30) + 4096),
		BAD("event_bytes", -EINVAL, .event_bytes = 0),
		BAD("event_bytes", -EINVAL, .event_bytes = 2048),
		BAD("event_bytes", -EINVAL, .event_bytes = 12288),
		BAD("event_bytes", -EINVAL, .event_bytes = 1 << 27),
		BAD("watermark", -EINVAL, .watermark = (1 << 20) + 1),
		BAD("overhead", -EINVAL, .overhead = 1001),
		BAD("jitter", -EINVAL, .jitter = 501),
		BAD("jitter", -EINVAL, .jitter = 100, .flags = GTRACE_F_NO_SAMPLES),
		BAD("jitter", -EINVAL, .jitter = 100, .period = 16),
		BAD("jitter", -EINVAL, .jitter = 100, .period = (1ull << 46) - 2),
		BAD("reserved", -EINVAL, .reserved = 1),
#undef BAD
	};
	struct gtrace_caps machine = caps(3);
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct gtrace_config c = cases[i].config;
		const char *field = NULL, *why = NULL;
		struct gt_plan plan;

		KUNIT_EXPECT_EQ_MSG(test, gt_plan_make(&plan, &machine, &c, &field, &why), cases[i].error,
				    "case %d", i);
		KUNIT_ASSERT_NOT_NULL_MSG(test, field, "case %d", i);
		KUNIT_EXPECT_STREQ_MSG(test, field, cases[i].field, "case %d", i);
		KUNIT_EXPECT_NOT_NULL_MSG(test, why, "case %d", i);
	}
}

static void branches_and_no_samples(struct kunit *test)
{
	struct gtrace_config c = config();
	struct gt_plan plan;

	KUNIT_ASSERT_EQ(test, make(&plan, 3, &c), 0);
	KUNIT_EXPECT_TRUE(test, plan.samples);
	KUNIT_EXPECT_FALSE(test, plan.branches);
	KUNIT_EXPECT_EQ(test, plan.lbr_depth, 0u);

	/* User branches, also when the kernel is sampled; the records carry none for that. */
	c = config();
	c.flags = GTRACE_F_BRANCHES | GTRACE_F_KERNEL | GTRACE_F_NO_SAMPLES | GTRACE_F_WAKES;
	KUNIT_ASSERT_EQ(test, make(&plan, 4, &c), 0);
	KUNIT_EXPECT_FALSE(test, plan.samples);
	KUNIT_EXPECT_TRUE(test, plan.branches);
	KUNIT_EXPECT_EQ(test, plan.lbr_depth, 32u);
	KUNIT_EXPECT_EQ(test, plan.lbr_select, 0x101ull);
	KUNIT_EXPECT_EQ(test, plan.data_cfg, 0ull);
}

static void branches_need_the_machine(struct kunit *test)
{
	struct gtrace_caps machine = caps(3);
	struct gtrace_config c = config();
	const char *field, *why;
	struct gt_plan plan;

	machine.lbr_depth = 0;
	c.flags = GTRACE_F_BRANCHES;
	KUNIT_EXPECT_EQ(test, gt_plan_make(&plan, &machine, &c, &field, &why), -EOPNOTSUPP);
	KUNIT_EXPECT_STREQ(test, field, "flags");
}

static struct kunit_case cases[] = {
	KUNIT_CASE(fixed_records),
	KUNIT_CASE(adaptive_records),
	KUNIT_CASE(periods_stray_by_thousandths),
	KUNIT_CASE(smallest_rings_have_room),
	KUNIT_CASE(branches_and_no_samples),
	KUNIT_CASE(branches_need_the_machine),
	KUNIT_CASE(each_bad_field_is_named),
	{}
};

struct kunit_suite plan_suite = { .name = "plan", .test_cases = cases };
