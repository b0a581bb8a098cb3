// SPDX-License-Identifier: GPL-2.0
#include <linux/kernel.h>
#include <linux/string.h>

#include "caps.h"

/* IA32_PERF_CAPABILITIES (SDM vol. 3B, 20.8) */
#define CAP_LBR_FORMAT(cap)	((u32)(cap) & 0x3f)
#define CAP_PEBS_FORMAT(cap)	((u32)((cap) >> 8) & 0xf)
#define CAP_FULL_WIDTH		BIT_ULL(13)
#define CAP_PEBS_BASELINE	BIT_ULL(14)

#define PEBS_FORMAT_ARCH	0xf

/* LBR formats whose stack is 32 deep at 0x680, 0x6C0 and 0xDC0. */
#define LBR_FORMAT_INFO		5
#define LBR_FORMAT_INFO2	7

/*
 * Models whose PMU the lab has a profile of, or shares the core with one that has. Hybrid machines and
 * architectural LBRs wait for theirs. Adding a model begins with a lab profile that passes the tests of truth.
 */
static const u8 lab_models[] = {
	0x4e, 0x5e, 0x55, 0x8e, 0x9e, 0xa5, 0xa6,	/* Skylake .. Cascade, Comet Lake: format 3 */
	0x7d, 0x7e, 0x6a, 0x6c, 0x8c, 0x8d, 0xa7,	/* Ice, Tiger, Rocket Lake: format 4 */
};

static bool unknown_model(const struct gt_machine *m)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(lab_models); i++)
		if (m->family == 6 && m->model == lab_models[i])
			return false;
	return true;
}

static bool not_intel(const struct gt_machine *m)
{
	return !m->intel;
}

static bool no_pmu(const struct gt_machine *m)
{
	return !(m->perfmon & 0xff) || !m->pdcm || !m->debug_store;
}

static bool no_pmu_in_vm(const struct gt_machine *m)
{
	return m->hypervisor && (no_pmu(m) || m->pebs_unavailable);
}

static bool pebs_unavailable(const struct gt_machine *m)
{
	return m->pebs_unavailable;
}

static bool no_dtes64(const struct gt_machine *m)
{
	return !m->dtes64;
}

static bool hybrid(const struct gt_machine *m)
{
	return m->hybrid;
}

static bool pebs_arch(const struct gt_machine *m)
{
	return CAP_PEBS_FORMAT(m->perf_capabilities) == PEBS_FORMAT_ARCH;
}

/* Older than 3: no time stamp in the record, so it cannot be told which task it belongs to. */
static bool pebs_old(const struct gt_machine *m)
{
	return CAP_PEBS_FORMAT(m->perf_capabilities) < 3;
}

static bool pebs_new(const struct gt_machine *m)
{
	return CAP_PEBS_FORMAT(m->perf_capabilities) > 4;
}

/* Without the baseline a format 4 record carries neither address nor registers. */
static bool pebs_no_baseline(const struct gt_machine *m)
{
	return CAP_PEBS_FORMAT(m->perf_capabilities) == 4 && !(m->perf_capabilities & CAP_PEBS_BASELINE);
}

/* Losses are counted exactly by setting the counter to any value: the old MSRs take 32 bits. */
static bool no_full_width(const struct gt_machine *m)
{
	return !(m->perf_capabilities & CAP_FULL_WIDTH);
}

static bool pti(const struct gt_machine *m)
{
	return m->pti;
}

static bool locked_down(const struct gt_machine *m)
{
	return m->locked_down;
}

/* The first that holds is the one that is told; hence from the root of the trouble to its branches. */
static const struct {
	bool (*holds)(const struct gt_machine *m);
	const char *reason, *remedy;
} refusals[] = {
	{ not_intel, "the CPU is not Intel: it has no PEBS",
	  "use a machine with an Intel CPU, Skylake to Rocket Lake" },
	{ no_pmu_in_vm, "the hypervisor gives this machine no PEBS",
	  "use the host itself or a bare-metal instance" },
	{ no_pmu, "the CPU has no PMU with PEBS",
	  "use a machine with an Intel CPU, Skylake to Rocket Lake" },
	{ pebs_unavailable, "PEBS is switched off (IA32_MISC_ENABLE bit 12)",
	  "enable performance monitoring in the firmware setup" },
	{ no_dtes64, "the CPU has no 64-bit debug store area (DTES64)",
	  "use a machine with an Intel CPU, Skylake to Rocket Lake" },
	{ hybrid, "the CPU is hybrid: its cores have different PMUs",
	  "use a machine with one kind of core" },
	{ pebs_arch, "the CPU has architectural PEBS, which gtrace does not drive yet",
	  "use a machine with PEBS format 3 or 4 (Skylake to Rocket Lake)" },
	{ pebs_old, "the CPU's PEBS format is older than 3: its records carry no time stamp",
	  "use a machine with PEBS format 3 or 4 (Skylake to Rocket Lake)" },
	{ pebs_new, "the CPU's PEBS format is newer than 4, which no lab profile has proven",
	  "use a machine with PEBS format 3 or 4 (Skylake to Rocket Lake)" },
	{ unknown_model, "no lab profile has proven gtrace on this CPU model",
	  "use a machine of a model named in README's support table" },
	{ pebs_no_baseline, "the CPU's PEBS format 4 lacks the baseline (IA32_PERF_CAPABILITIES bit 14)",
	  "use a machine with PEBS format 3 or 4 (Skylake to Rocket Lake)" },
	{ no_full_width, "the CPU lacks full-width counter writes (IA32_PERF_CAPABILITIES bit 13)",
	  "use a machine with PEBS format 3 or 4 (Skylake to Rocket Lake)" },
	{ pti, "page-table isolation hides the ring from the CPU while user code runs",
	  "if this machine may run without the Meltdown mitigation: boot with pti=off" },
	{ locked_down, "the kernel is locked down: MSRs may not be written",
	  "boot without lockdown= and with Secure Boot off" },
};

void gt_caps_decide(const struct gt_machine *m, struct gtrace_caps *caps)
{
	u32 lbr = CAP_LBR_FORMAT(m->perf_capabilities);
	int i;

	memset(caps, 0, sizeof(*caps));
	caps->size = sizeof(*caps);
	caps->abi_version = GTRACE_ABI_VERSION;
	caps->cpu_family = m->family;
	caps->cpu_model = m->model;
	caps->cpu_stepping = m->stepping;
	caps->tsc_khz = m->tsc_khz;
	caps->nr_cpus = m->nr_cpus;
	caps->perfmon_version = m->perfmon & 0xff;
	caps->gp_counters = (m->perfmon >> 8) & 0xff;
	caps->counter_bits = (m->perfmon >> 16) & 0xff;
	caps->pebs_format = CAP_PEBS_FORMAT(m->perf_capabilities);

	for (i = 0; i < ARRAY_SIZE(refusals); i++) {
		if (!refusals[i].holds(m))
			continue;
		strscpy(caps->reason, refusals[i].reason, sizeof(caps->reason));
		strscpy(caps->remedy, refusals[i].remedy, sizeof(caps->remedy));
		return;
	}

	caps->source = GTRACE_SOURCE_PEBS;
	if (lbr == LBR_FORMAT_INFO || lbr == LBR_FORMAT_INFO2)
		caps->lbr_depth = 32;
	if (caps->pebs_format == 3) {
		caps->data_required = GTRACE_DATA_MEM | GTRACE_DATA_GPR;
		caps->data_supported = caps->data_required;
	} else {
		caps->data_supported = GTRACE_DATA_MEM | GTRACE_DATA_GPR | GTRACE_DATA_XMM;
		if (caps->lbr_depth)
			caps->data_supported |= GTRACE_DATA_LBR;
	}
	/* Shorter periods leave the program no time between two records. */
	caps->period_min = 16;
	/* The counter counts up to 0 from minus the period, and a stall from there on. */
	caps->period_max = (1ull << (caps->counter_bits - 2)) - 1;
}

u32 gt_caps_record_size(const struct gtrace_caps *caps, u32 data)
{
	u32 bytes = sizeof(struct gtrace_pebs_basic);

	if (caps->pebs_format == 3)
		return sizeof(struct gtrace_pebs_fixed);
	if (data & GTRACE_DATA_MEM)
		bytes += sizeof(struct gtrace_pebs_mem);
	if (data & GTRACE_DATA_GPR)
		bytes += sizeof(struct gtrace_pebs_gpr);
	if (data & GTRACE_DATA_XMM)
		bytes += sizeof(struct gtrace_pebs_xmm);
	if (data & GTRACE_DATA_LBR)
		bytes += caps->lbr_depth * sizeof(struct gtrace_pebs_branch);
	return bytes;
}
