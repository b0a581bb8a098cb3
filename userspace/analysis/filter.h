/* SPDX-License-Identifier: GPL-2.0 */
/* Which samples are asked for. */
#ifndef GT_ANALYSIS_FILTER_H
#define GT_ANALYSIS_FILTER_H

#include <stdbool.h>

#include "analysis/join.h"

/* A list of numbers; none = all. */
struct gt_numbers {
	uint32_t *all;
	size_t count, room;
};

struct gt_filter {
	struct gt_numbers tids, pids, cpus;
	const char *function; /* glob; NULL = all. Looked at when things are shown, not sample by sample */
};

/* Is it one of them? */
static inline bool gt_numbers_have(const struct gt_numbers *numbers, uint32_t number)
{
	size_t i;

	for (i = 0; i < numbers->count; i++)
		if (numbers->all[i] == number)
			return true;
	return !numbers->count;
}

/* Whether a GT_ITEM_SAMPLE is of the threads and processes asked for. */
static inline bool gt_filter_wants(const struct gt_filter *filter, const struct gt_item *item)
{
	return gt_numbers_have(&filter->tids, item->tid) && gt_numbers_have(&filter->pids, item->tgid);
}

/* A stream of the CPUs asked for; as gt_stream_open(). */
static inline int gt_filter_stream(const struct gt_filter *filter, struct gt_join *join, enum gt_order order,
				   struct gt_stream **stream)
{
	return gt_stream_open(join, order, filter->cpus.count ? filter->cpus.all : NULL, filter->cpus.count, stream);
}

#endif
