/* SPDX-License-Identifier: GPL-2.0 */
/* The arrays behind a struct gtrace_event_hit: values, then branches, then frames. */
#ifndef GT_LIB_HIT_H
#define GT_LIB_HIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uapi/gtrace.h>

#include "sample.h"

/* hit->nr_branches of them, newest first. */
static inline const struct gtrace_pebs_branch *gt_hit_branches(const struct gtrace_event_hit *hit)
{
	return (const void *)(hit->values + hit->nr_values);
}

/* hit->nr_frames return addresses, innermost first. */
static inline const __u64 *gt_hit_frames(const struct gtrace_event_hit *hit)
{
	return (const void *)(gt_hit_branches(hit) + hit->nr_branches);
}

/* Value `i`, 0 when the hit does not carry it or it could not be read. */
static inline uint64_t gt_hit_value(const struct gtrace_event_hit *hit, unsigned int i)
{
	return i < hit->nr_values ? hit->values[i] : 0;
}

/* Bytes of a hit with such arrays. */
static inline size_t gt_hit_bytes(unsigned int nr_values, unsigned int nr_branches, unsigned int nr_frames)
{
	return sizeof(struct gtrace_event_hit) + nr_values * sizeof(__u64) +
	       nr_branches * sizeof(struct gtrace_pebs_branch) + nr_frames * sizeof(__u64);
}

#define GT_HIT_BYTES_MAX                                                                              \
	(sizeof(struct gtrace_event_hit) + (GTRACE_FETCHES_MAX + GTRACE_FRAMES_MAX) * sizeof(__u64) + \
	 GT_MAX_BRANCHES * sizeof(struct gtrace_pebs_branch))

/* Whether the arrays are no longer than any module makes them, and fit into the event's size. */
static inline bool gt_hit_sane(const struct gtrace_event_hit *hit)
{
	return hit->head.size >= sizeof(*hit) && hit->nr_values <= GTRACE_FETCHES_MAX &&
	       hit->nr_branches <= GT_MAX_BRANCHES && hit->nr_frames <= GTRACE_FRAMES_MAX &&
	       hit->head.size >= gt_hit_bytes(hit->nr_values, hit->nr_branches, hit->nr_frames);
}

#endif
