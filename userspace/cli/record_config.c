// SPDX-License-Identifier: GPL-2.0
#include "record_config.h"

#include <inttypes.h>

#include "cli.h"
#include "output/text.h"

#define DEFAULT_SAMPLE_BYTES (1u << 20)
#define DEFAULT_EVENT_BYTES  (256u << 10)
/* All rings together stay below this by default, so that many CPUs do not mean much memory. */
#define DEFAULT_TOTAL_BYTES (32u << 20)
/*
 * A park with its branches, its stack and what follows until the goroutine runs again is 1.6 KB of events. A goroutine
 * that does nothing but block does so every 2 us, and a window that is open when it does never drops one if the
 * recorder can be away for so long as a busy scheduler keeps it, 10 ms: 8 MB.
 */
#define PARKS_EVENT_BYTES (8u << 20)
#define PARKS_TOTAL_BYTES (256u << 20)

/* The largest power of two from `least` to `most` that is within `share`; `least` when none is. */
static uint32_t ring_bytes(uint32_t least, uint32_t most, uint32_t share)
{
	while (least * 2 <= share && least < most)
		least *= 2;
	return least;
}

static uint32_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* So that all periods are such as the machine takes. Of one that it does not take 0: the module will tell. */
static uint32_t jitter_of(const struct gt_record_options *o, const struct gtrace_caps *caps)
{
	uint32_t jitter = o->jitter;

	if (o->flags & GTRACE_F_NO_SAMPLES || o->period < caps->period_min || o->period > caps->period_max)
		return 0;
	jitter = least(jitter, (o->period - caps->period_min) * 1000 / o->period);
	jitter = least(jitter, (caps->period_max - o->period) * 1000 / o->period);
	return o->period * jitter / 1000 ? jitter : 0;
}

struct gtrace_config gt_record_config(const struct gt_record_options *o, const struct gtrace_caps *caps, int pid,
				      bool child)
{
	uint32_t nr_cpus = caps->nr_cpus ? caps->nr_cpus : 1;
	struct gtrace_config config = {
		.flags = o->flags,
		.target = o->all ? GTRACE_TARGET_ALL : pid,
		.count = GTRACE_COUNT_STORES,
		.period = o->period,
		.data = GTRACE_DATA_MEM | GTRACE_DATA_GPR,
		.sample_bytes = o->sample_bytes,
		.event_bytes = o->event_bytes,
		.overhead = o->parks ? o->overhead : 0,
		.jitter = jitter_of(o, caps),
	};

	if (!config.sample_bytes)
		config.sample_bytes =
			config.flags & GTRACE_F_NO_SAMPLES
				? GT_SAMPLE_BYTES_MIN
				: ring_bytes(GT_SAMPLE_BYTES_MIN, DEFAULT_SAMPLE_BYTES, DEFAULT_TOTAL_BYTES / nr_cpus);
	if (!config.event_bytes)
		config.event_bytes =
			o->parks ? ring_bytes(DEFAULT_EVENT_BYTES, PARKS_EVENT_BYTES, PARKS_TOTAL_BYTES / nr_cpus)
				 : DEFAULT_EVENT_BYTES;
	if (o->parks)
		config.flags |= GTRACE_F_WAKES | (caps->lbr_depth ? GTRACE_F_BRANCHES : 0);
	if (o->xmm)
		config.data |= GTRACE_DATA_XMM;
	if (o->branches)
		config.data |= GTRACE_DATA_LBR;
	if (o->all)
		config.flags &= ~GTRACE_F_INHERIT;
	else if (child)
		config.flags |= GTRACE_F_ENABLE_ON_EXEC;
	return config;
}

int gt_record_possible(const struct gt_record_options *o, const struct gtrace_caps *caps)
{
	char percent[GT_UNITS_BYTES];

	if (caps->source == GTRACE_SOURCE_NONE) {
		gt_complain_refused(caps);
		return GT_EXIT_FAILURE;
	}
	if (o->flight && !caps->tsc_khz) {
		gt_complain("--flight: this machine does not tell how fast its TSC runs. Leave it out: all is written "
			    "then");
		return GT_EXIT_FAILURE;
	}
	if (o->jitter_asked && jitter_of(o, caps) < o->jitter && !(o->flags & GTRACE_F_NO_SAMPLES) &&
	    o->period >= caps->period_min && o->period <= caps->period_max) {
		gt_complain("--jitter=%s with -c %" PRIu64 ": periods would be beyond what this machine takes, %" PRIu64
			    " to %" PRIu64 ", or all the same. Change -c, or leave --jitter out",
			    gt_text_percent(percent, o->jitter), o->period, (uint64_t)caps->period_min,
			    (uint64_t)caps->period_max);
		return GT_EXIT_FAILURE;
	}
	if (o->branches && !(caps->data_supported & GTRACE_DATA_LBR)) {
		gt_complain(
			"-b: the records of this machine (PEBS format %u) carry no branches; that needs an Ice Lake or "
			"later. Leave -b out",
			caps->pebs_format);
		return GT_EXIT_FAILURE;
	}
	if (o->xmm && !(caps->data_supported & GTRACE_DATA_XMM)) {
		gt_complain("the records of this machine (PEBS format %u) carry no XMM registers. Use -I alone",
			    caps->pebs_format);
		return GT_EXIT_FAILURE;
	}
	return GT_EXIT_OK;
}
