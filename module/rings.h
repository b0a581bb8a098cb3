/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The memory of a session's rings, and its mappings. It lives as long as anybody maps it: mappings hold a file of
 * their own, not the session's, so that close(fd) ends the session even while they stay.
 */
#ifndef _GTRACE_RINGS_H
#define _GTRACE_RINGS_H

#include <linux/fs.h>
#include <linux/mm_types.h>

#include "cpu.h"
#include "jitter.h"
#include "plan.h"

struct gt_rings {
	struct gt_plan plan;
	u64 periods[GT_JITTER_PERIODS];	/* 0 each if they do not stray */
	struct file *file;		/* what the mappings hold */
	unsigned int nr_cpus;
	struct gt_cpu *cpu[];		/* by CPU number; NULL for those that were not present */
};

/* ERR_PTR(-ENOMEM): not that much memory. */
struct gt_rings *gt_rings_create(struct gt_session *session, const struct gt_plan *plan);

/* The session lets go; the memory goes with the last mapping. */
void gt_rings_put(struct gt_rings *rings);

/* mmap() by GTRACE_MMAP_OFFSET. */
int gt_rings_mmap(struct gt_rings *rings, struct vm_area_struct *vma);

/* The first CPU from number *nr on that has rings; NULL after the last. */
static inline struct gt_cpu *gt_rings_next(const struct gt_rings *rings, unsigned int *nr)
{
	for (; *nr < rings->nr_cpus; (*nr)++)
		if (rings->cpu[*nr])
			return rings->cpu[*nr];
	return NULL;
}

#define gt_for_each_ring(rings, nr, cpu) \
	for ((nr) = 0; ((cpu) = gt_rings_next(rings, &(nr))); (nr)++)

#endif
