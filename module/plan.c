// SPDX-License-Identifier: GPL-2.0
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "caps.h"
#include "jitter.h"
#include "plan.h"

/* IA32_PERFEVTSELx (SDM vol. 3B, 20.2.1.1); INT stays clear: PEBS asks for interrupts by its threshold. */
#define SELECT_USR	BIT_ULL(16)
#define SELECT_OS	BIT_ULL(17)
#define SELECT_EN	BIT_ULL(22)

/* MSR_LBR_SELECT: what not to record. */
#define LBR_NO_RING0	BIT_ULL(0)
#define LBR_NO_RING3	BIT_ULL(1)
#define LBR_NO_FAR	BIT_ULL(8)

#define DATA_CFG_LBR_ENTRIES(n)	((u64)((n) - 1) << 24)

#define SAMPLE_BYTES_MIN	SZ_16K
#define SAMPLE_BYTES_MAX	SZ_1G
#define EVENT_BYTES_MIN		SZ_4K
#define EVENT_BYTES_MAX		SZ_64M

#define FLAGS	(GTRACE_F_KERNEL | GTRACE_F_NO_USER | GTRACE_F_INHERIT | GTRACE_F_ENABLE_ON_EXEC | GTRACE_F_WAKES | \
		 GTRACE_F_BRANCHES | GTRACE_F_NO_SAMPLES)

static const struct {
	u16 event_umask;	/* umask in the high byte, as in IA32_PERFEVTSELx */
} counts[] = {
	[GTRACE_COUNT_STORES] = { 0x82d0 },
};

/* struct complaint - which field, and what is wrong with it. */
struct complaint {
	int error;
	const char *field, *why;
};

static u64 stray(const struct gtrace_config *config)
{
	return div_u64(config->period * config->jitter, 1000);
}

static struct complaint validate(const struct gtrace_caps *caps, const struct gtrace_config *c)
{
#define COMPLAIN(error, field, why)	((struct complaint){ error, field, why })
	if (c->flags & ~FLAGS)
		return COMPLAIN(-EINVAL, "flags", "unknown bits");
	if ((c->flags & GTRACE_F_NO_USER) && !(c->flags & GTRACE_F_KERNEL))
		return COMPLAIN(-EINVAL, "flags", "NO_USER without KERNEL counts nothing");
	if ((c->flags & GTRACE_F_BRANCHES) && !caps->lbr_depth)
		return COMPLAIN(-EOPNOTSUPP, "flags", "BRANCHES: this machine has no branch records that gtrace knows");
	if (c->target != GTRACE_TARGET_ALL && c->target <= 0)
		return COMPLAIN(-EINVAL, "target", "neither a process id nor GTRACE_TARGET_ALL");
	if (c->target == GTRACE_TARGET_ALL && (c->flags & (GTRACE_F_INHERIT | GTRACE_F_ENABLE_ON_EXEC)))
		return COMPLAIN(-EINVAL, "flags", "INHERIT and ENABLE_ON_EXEC need a target process");
	if (c->count >= ARRAY_SIZE(counts))
		return COMPLAIN(-EINVAL, "count", "unknown event");
	if (c->period < caps->period_min || c->period > caps->period_max)
		return COMPLAIN(-EINVAL, "period", "outside [period_min, period_max]");
	if (c->data & ~(GTRACE_DATA_MEM | GTRACE_DATA_GPR | GTRACE_DATA_XMM | GTRACE_DATA_LBR))
		return COMPLAIN(-EINVAL, "data", "unknown bits");
	if (c->data & ~caps->data_supported)
		return COMPLAIN(-EOPNOTSUPP, "data", "this machine's records cannot carry that");
	if (c->sample_bytes < SAMPLE_BYTES_MIN || c->sample_bytes > SAMPLE_BYTES_MAX)
		return COMPLAIN(-EINVAL, "sample_bytes", "outside 16 KiB .. 1 GiB");
	if (c->sample_bytes % PAGE_SIZE)
		return COMPLAIN(-EINVAL, "sample_bytes", "not a multiple of the page size");
	if (c->event_bytes < EVENT_BYTES_MIN || c->event_bytes > EVENT_BYTES_MAX)
		return COMPLAIN(-EINVAL, "event_bytes", "outside 4 KiB .. 64 MiB");
	if (!is_power_of_2(c->event_bytes))
		return COMPLAIN(-EINVAL, "event_bytes", "not a power of two");
	if (c->watermark > c->sample_bytes)
		return COMPLAIN(-EINVAL, "watermark", "larger than sample_bytes");
	if (c->overhead > 1000)
		return COMPLAIN(-EINVAL, "overhead", "more than 1000 thousandths");
	if (c->jitter > GTRACE_JITTER_MAX)
		return COMPLAIN(-EINVAL, "jitter", "more than 500 thousandths");
	if (c->jitter && (c->flags & GTRACE_F_NO_SAMPLES))
		return COMPLAIN(-EINVAL, "jitter", "NO_SAMPLES has no periods that could stray");
	if (c->period - stray(c) < caps->period_min)
		return COMPLAIN(-EINVAL, "jitter", "some periods would be below period_min");
	if (c->period + stray(c) > caps->period_max)
		return COMPLAIN(-EINVAL, "jitter", "some periods would be above period_max");
	if (c->reserved)
		return COMPLAIN(-EINVAL, "reserved", "not zero");
	return COMPLAIN(0, NULL, NULL);
#undef COMPLAIN
}

/*
 * Records the hardware may write between asking for the interrupt and the handler stopping it. User code does not
 * run during an NMI or SMI that delays the handler, so only the delivery counts: a record costs the program some
 * 200 ns, and 16 are 3 us. Kernel code includes other NMI handlers: allow 100 us of four stores a nanosecond, but
 * no more than there is time to write.
 */
static u32 slack(const struct gtrace_config *config, u32 slots)
{
	u64 records = 16;

	if (config->flags & GTRACE_F_KERNEL)
		records += min_t(u64, div64_u64(400000, config->period + 1), 500);
	return min_t(u64, records, slots / 4);
}

int gt_plan_make(struct gt_plan *plan, const struct gtrace_caps *caps, struct gtrace_config *config,
		 const char **field, const char **why)
{
	struct complaint complaint = validate(caps, config);

	*field = complaint.field;
	*why = complaint.why;
	if (complaint.error)
		return complaint.error;

	memset(plan, 0, sizeof(*plan));
	plan->adaptive = caps->pebs_format == 4;
	plan->counter_bits = caps->counter_bits;
	plan->period = config->period;
	plan->stray = stray(config);
	plan->data = config->data | caps->data_required;
	plan->record_size = gt_caps_record_size(caps, plan->data);
	plan->event_select = counts[config->count].event_umask | SELECT_EN;
	if (!(config->flags & GTRACE_F_NO_USER))
		plan->event_select |= SELECT_USR;
	if (config->flags & GTRACE_F_KERNEL)
		plan->event_select |= SELECT_OS;

	if (plan->adaptive)
		plan->data_cfg = plan->data;	/* GTRACE_DATA_* are its bits */
	plan->samples = !(config->flags & GTRACE_F_NO_SAMPLES);
	plan->branches = config->flags & GTRACE_F_BRANCHES;
	if (plan->data & GTRACE_DATA_LBR)
		plan->data_cfg |= DATA_CFG_LBR_ENTRIES(caps->lbr_depth);
	if (plan->branches || (plan->data & GTRACE_DATA_LBR)) {
		plan->lbr_depth = caps->lbr_depth;
		/*
		 * A far branch back to user mode carries a kernel address, which is not for every reader. And the
		 * branches of the way to a probe would leave nothing of those before it.
		 */
		if (plan->branches || !(config->flags & GTRACE_F_KERNEL))
			plan->lbr_select = LBR_NO_RING0 | LBR_NO_FAR;
		else if (config->flags & GTRACE_F_NO_USER)
			plan->lbr_select = LBR_NO_RING3;
	}

	plan->sample_bytes = config->sample_bytes;
	plan->event_bytes = config->event_bytes;
	plan->slots = plan->sample_bytes / plan->record_size;
	plan->slack = slack(config, plan->slots);
	/*
	 * Half of what the reader may leave unread: then the interrupt for want of room, which is reckoned with a
	 * tail one window old, is the interrupt at the watermark, and not one more just before it.
	 */
	plan->watermark = config->watermark ? config->watermark / plan->record_size : (plan->slots - plan->slack) / 2;
	plan->watermark = clamp(plan->watermark, 1u, plan->slots - plan->slack);
	plan->stride = U32_MAX;
	if (plan->stray)
		plan->stride = max_t(u64, div64_u64(GT_JITTER_EVENTS, plan->period + 1), GT_JITTER_RECORDS);

	config->data = plan->data;
	config->record_size = plan->record_size;
	config->sample_slots = plan->slots;
	config->sample_bytes = plan->slots * plan->record_size;
	config->sample_map_bytes = plan->sample_bytes;
	config->event_map_bytes = plan->event_bytes;
	return 0;
}
