/* SPDX-License-Identifier: GPL-2.0 */
/* What events say, in the words that text and JSON share. Internal to userspace/output. */
#ifndef GT_OUTPUT_EVENT_PARTS_H
#define GT_OUTPUT_EVENT_PARTS_H

#include "analysis/join.h"

/* The name of any thread at `tsc`; NULL = unknown. */
const char *gt_event_comm(struct gt_join *join, uint32_t tid, uint32_t tgid, uint64_t tsc);

/* Whether the hit does not carry this value, or it could not be read. */
bool gt_event_misses(const struct gtrace_event_hit *hit, unsigned int value);

/* Of a park: "chan receive"; NULL = the recording does not know what the runtime calls it. */
const char *gt_event_reason(const struct gt_join *join, const struct gt_item *item);

/*
 * Of a netpoll: "r", "w", "rw", NULL = unknown; whether a goroutine is made runnable that waited to read
 * (GT_NETPOLL_RG) or to write (GT_NETPOLL_WG).
 */
const char *gt_event_mode(const struct gtrace_event_hit *hit);
bool gt_event_waits(const struct gtrace_event_hit *hit, unsigned int g);

/* "whole", "lost"; "none": branches were not asked for. */
const char *gt_event_ladder(const struct gtrace_event_hit *hit);

#endif
