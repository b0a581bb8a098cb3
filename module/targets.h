/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The set of processes a session samples. Looked up at every task switch of every CPU without a lock; changed when
 * a target forks or ends.
 *
 * An open addressing table of process ids (initial PID namespace). A removed id leaves a grave, so that a lookup
 * under way never ends before an id that stands behind it; graves before a free slot are cleared at once. An id is
 * in the table only while a thread of the process lives, so it cannot be another process's.
 */
#ifndef _GTRACE_TARGETS_H
#define _GTRACE_TARGETS_H

#include <linux/compiler.h>
#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#define GT_TARGETS_SLOTS	4096u
#define GT_TARGETS_MAX		(GT_TARGETS_SLOTS / 4 * 3)
#define GT_NOBODY		(-2)	/* no process has it; 0 is the idle task's */

struct gt_targets {
	pid_t one;		/* the first process if it is to be sampled, else GT_NOBODY: looked at first */
	bool many;		/* there are others: ask the table */
	bool all;		/* every process; fixed */
	bool sampled;		/* false until the exec that sampling waits for */
	u32 refused;		/* processes that found the table full */
	u32 count;
	pid_t first;		/* the one the session began with; 0 = gone */
	raw_spinlock_t lock;	/* writers */
	pid_t slot[GT_TARGETS_SLOTS];
};

/* Begins with process `tgid`, or with every process for GTRACE_TARGET_ALL. */
void gt_targets_init(struct gt_targets *targets, pid_t tgid, bool sampled);

/* Is the process in the set, sampled already or not? */
bool gt_targets_has(const struct gt_targets *targets, pid_t tgid);

/* False when it is a member already or the table is full. */
bool gt_targets_add(struct gt_targets *targets, pid_t tgid);

/* True for the one caller that removed it. */
bool gt_targets_remove(struct gt_targets *targets, pid_t tgid);

/* Sampling begins: true for the one caller that made it begin. */
bool gt_targets_begin(struct gt_targets *targets);

/* No process is left. */
static inline bool gt_targets_gone(const struct gt_targets *targets)
{
	return !targets->all && !READ_ONCE(targets->count);
}

/* The slot where a process id belongs, unless others are there already. */
static __always_inline u32 gt_targets_home(pid_t tgid)
{
	return hash_32(tgid, ilog2(GT_TARGETS_SLOTS));
}

/*
 * Is the process to be sampled now? 1 yes, 0 no, -1: ask gt_targets_has(). For the switch path, where one look nearly
 * always says it and nothing is called.
 */
static __always_inline int gt_targets_glance(const struct gt_targets *targets, pid_t tgid)
{
	pid_t id;

	if (tgid == READ_ONCE(targets->one))
		return 1;
	if (likely(!READ_ONCE(targets->many)))
		return 0;
	if (targets->all)
		return 1;
	id = READ_ONCE(targets->slot[gt_targets_home(tgid)]);
	/* In this order: a free slot reads like the idle task's id. */
	return !id ? 0 : id == tgid ? 1 : -1;
}

/* The same, whatever it takes. */
static inline bool gt_targets_sampled(const struct gt_targets *targets, pid_t tgid)
{
	int sampled = gt_targets_glance(targets, tgid);

	return sampled < 0 ? gt_targets_has(targets, tgid) : sampled;
}

#endif
