/* SPDX-License-Identifier: GPL-2.0 */
/* One CPU of a recording in pass 2: its samples joined with its SWITCH events. Internal to userspace/analysis. */
#ifndef GT_ANALYSIS_CURSOR_H
#define GT_ANALYSIS_CURSOR_H

#include "analysis/context.h"
#include "analysis/tag.h"
#include "analysis/weight.h"

struct gt_cursor {
	struct gt_join *join;
	struct gt_recording *rec;
	uint32_t cpu;
	struct gt_tagger tagger;
	struct gt_weigher weigher;
	struct gt_context context;
	struct gt_sample sample;
	bool holding;              /* sample is the next one, not handed out yet */
	struct gt_item *notices;   /* losses and gaps still to be handed out */
	size_t first, count, room; /* notices[first..count) */
	uint64_t last_event;       /* TSC */
	bool ended;
};

/* Returns 0, -ENOMEM or errors of gt_recording_open(); to be closed in any case. */
int gt_cursor_open(struct gt_cursor *cursor, struct gt_join *join, uint32_t cpu);
void gt_cursor_close(struct gt_cursor *cursor);

/* 1 and the CPU's next item, 0 at its end, -ENOMEM, -errno. The sample is valid until the next call. */
int gt_cursor_next(struct gt_cursor *cursor, struct gt_item *item);

#endif
