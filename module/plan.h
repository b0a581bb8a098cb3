/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a session asked for, checked and turned into sizes and register values. Pure.
 */
#ifndef _GTRACE_PLAN_H
#define _GTRACE_PLAN_H

#include <linux/types.h>
#include <uapi/gtrace.h>

struct gt_plan {
	u64 period;		/* events; the reset value of the counter is its negative */
	u64 stray;		/* how far it changes to either side, 0 = never */
	u64 event_select;	/* IA32_PERFEVTSELx, without the bits that belong to PEBS */
	u64 data_cfg;		/* MSR_PEBS_DATA_CFG */
	u64 lbr_select;		/* MSR_LBR_SELECT */
	u32 counter_bits;
	u32 data;		/* GTRACE_DATA_* the records carry */
	u32 lbr_depth;		/* 0 = LBRs are left alone */
	bool branches;		/* probes may read them */
	u32 record_size;	/* bytes */
	u32 slots, slack;	/* records */
	u32 watermark;		/* records */
	u32 stride;		/* records to an interrupt at most */
	u32 sample_bytes;	/* what the reader maps; the slack lies behind the slots, in part beyond this */
	u32 event_bytes;
	bool adaptive;		/* PEBS format 4 */
	bool samples;		/* records are taken; else only events are written */
};

/*
 * 0, or an errno with `*field` the name of the field that is to blame and `*why` what is wrong with it. Fills the
 * output fields of `config` but for target_tgid.
 */
int gt_plan_make(struct gt_plan *plan, const struct gtrace_caps *caps, struct gtrace_config *config,
		 const char **field, const char **why);

#endif
