// SPDX-License-Identifier: GPL-2.0
#include "caps.h"
#include "suites.h"

#define PERF_CAP(format, lbr)	((u64)(format) << 8 | (lbr) | BIT_ULL(13) | BIT_ULL(14))

static const struct gt_machine skylake = {
	.intel = true, .debug_store = true, .dtes64 = true, .pdcm = true, .family = 6, .model = 0x55, .stepping = 4,
	.perfmon = 0x07300404, .perf_capabilities = PERF_CAP(3, 5), .tsc_khz = 2000000, .nr_cpus = 4,
};

static struct gt_machine icelake(void)
{
	struct gt_machine m = skylake;

	m.model = 0x7e;
	m.perfmon = 0x08300805;
	m.perf_capabilities = PERF_CAP(4, 5);
	return m;
}

static void lab_machines_are_taken(struct kunit *test)
{
	struct gt_machine m = icelake();
	struct gtrace_caps caps;

	gt_caps_decide(&skylake, &caps);
	KUNIT_EXPECT_EQ(test, caps.source, GTRACE_SOURCE_PEBS);
	KUNIT_EXPECT_STREQ(test, caps.reason, "");
	KUNIT_EXPECT_STREQ(test, caps.remedy, "");
	KUNIT_EXPECT_EQ(test, caps.pebs_format, 3u);
	KUNIT_EXPECT_EQ(test, caps.perfmon_version, 4u);
	KUNIT_EXPECT_EQ(test, caps.gp_counters, 4u);
	KUNIT_EXPECT_EQ(test, caps.counter_bits, 48u);
	KUNIT_EXPECT_EQ(test, caps.lbr_depth, 32u);
	KUNIT_EXPECT_EQ(test, caps.data_required, GTRACE_DATA_MEM | GTRACE_DATA_GPR);
	KUNIT_EXPECT_EQ(test, caps.data_supported, caps.data_required);
	KUNIT_EXPECT_EQ(test, gt_caps_record_size(&caps, caps.data_required), 200u);

	gt_caps_decide(&m, &caps);
	KUNIT_EXPECT_EQ(test, caps.source, GTRACE_SOURCE_PEBS);
	KUNIT_EXPECT_EQ(test, caps.data_required, 0u);
	KUNIT_EXPECT_EQ(test, caps.data_supported, 15u);
	KUNIT_EXPECT_EQ(test, gt_caps_record_size(&caps, 0), 32u);
	KUNIT_EXPECT_EQ(test, gt_caps_record_size(&caps, GTRACE_DATA_MEM), 64u);
	KUNIT_EXPECT_EQ(test, gt_caps_record_size(&caps, GTRACE_DATA_MEM | GTRACE_DATA_GPR), 208u);
	KUNIT_EXPECT_EQ(test, gt_caps_record_size(&caps, 11), 976u);
	KUNIT_EXPECT_EQ(test, gt_caps_record_size(&caps, 15), 1232u);

	/* Architectural LBRs and none at all: samples, but no branches. */
	m.perf_capabilities = PERF_CAP(4, 0x3f);
	gt_caps_decide(&m, &caps);
	KUNIT_EXPECT_EQ(test, caps.source, GTRACE_SOURCE_PEBS);
	KUNIT_EXPECT_EQ(test, caps.lbr_depth, 0u);
	KUNIT_EXPECT_EQ(test, caps.data_supported, 7u);
}

/* Each machine that is refused, by a word of the reason; and always with a remedy. */
static void others_are_refused(struct kunit *test)
{
	struct {
		const char *word;
		struct gt_machine machine;
	} cases[16];
	struct gtrace_caps caps;
	int n = 0, i;

#define REFUSED(text, ...)						\
	do {								\
		struct gt_machine *m = &cases[n].machine;		\
									\
		*m = icelake();						\
		cases[n++].word = (text);				\
		__VA_ARGS__;						\
	} while (0)
	REFUSED("not Intel", m->intel = false);
	REFUSED("hypervisor", m->hypervisor = true; m->perfmon = 0);
	REFUSED("hypervisor", m->hypervisor = true; m->pebs_unavailable = true);
	REFUSED("no PMU", m->perfmon = 0);
	REFUSED("no PMU", m->pdcm = false; m->perf_capabilities = 0);
	REFUSED("switched off", m->pebs_unavailable = true);
	REFUSED("DTES64", m->dtes64 = false);
	REFUSED("hybrid", m->hybrid = true);
	REFUSED("architectural", m->perf_capabilities = PERF_CAP(0xf, 0x3f));
	REFUSED("older than 3", m->perf_capabilities = PERF_CAP(2, 4));
	REFUSED("newer than 4", m->perf_capabilities = PERF_CAP(5, 0x3f));
	REFUSED("CPU model", m->model = 0x8f);
	REFUSED("baseline", m->perf_capabilities &= ~BIT_ULL(14));
	REFUSED("full-width", m->perf_capabilities &= ~BIT_ULL(13));
	REFUSED("page-table isolation", m->pti = true);
	REFUSED("locked down", m->locked_down = true);
#undef REFUSED

	for (i = 0; i < n; i++) {
		gt_caps_decide(&cases[i].machine, &caps);
		KUNIT_EXPECT_EQ_MSG(test, caps.source, GTRACE_SOURCE_NONE, "%s", cases[i].word);
		KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(caps.reason, cases[i].word), "'%s' in '%s'", cases[i].word,
					  caps.reason);
		KUNIT_EXPECT_GT_MSG(test, strlen(caps.remedy), 10ul, "%s", cases[i].word);
		KUNIT_EXPECT_EQ(test, caps.data_supported, 0u);
		KUNIT_EXPECT_EQ(test, caps.cpu_family, 6u);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(lab_machines_are_taken),
	KUNIT_CASE(others_are_refused),
	{}
};

struct kunit_suite caps_suite = { .name = "caps", .test_cases = cases };
