// SPDX-License-Identifier: GPL-2.0
#include <linux/string.h>
#include <uapi/gtrace.h>

#include "targets.h"

#define FREE	0	/* the idle task's id, never a target */
#define GRAVE	(-1)

static u32 after(u32 i)
{
	return (i + 1) % GT_TARGETS_SLOTS;
}

static u32 before(u32 i)
{
	return (i + GT_TARGETS_SLOTS - 1) % GT_TARGETS_SLOTS;
}

/* The slot of the id, or -1. Every slot that is no id may be a grave, so the steps are counted. */
static int find(const struct gt_targets *targets, pid_t tgid)
{
	u32 i = gt_targets_home(tgid), n;

	for (n = 0; n < GT_TARGETS_SLOTS; n++, i = after(i)) {
		pid_t id = READ_ONCE(targets->slot[i]);

		/* In this order: the idle task's id is that of a free slot. */
		if (id == FREE)
			return -1;
		if (id == tgid)
			return i;
	}
	return -1;
}

/* The two words of the switch path. A process is added before its first task can run, so nothing is missed. */
static void summarize(struct gt_targets *targets)
{
	if (targets->all || !targets->sampled)
		return;
	WRITE_ONCE(targets->many, targets->count > (targets->first ? 1 : 0));
	WRITE_ONCE(targets->one, targets->first ?: GT_NOBODY);
}

static void insert(struct gt_targets *targets, pid_t tgid)
{
	u32 i = gt_targets_home(tgid);

	while (targets->slot[i] > 0)
		i = after(i);
	WRITE_ONCE(targets->slot[i], tgid);
	targets->count++;
}

void gt_targets_init(struct gt_targets *targets, pid_t tgid, bool sampled)
{
	memset(targets, 0, sizeof(*targets));
	raw_spin_lock_init(&targets->lock);
	targets->one = GT_NOBODY;
	targets->all = tgid == GTRACE_TARGET_ALL;
	targets->many = targets->all;
	targets->sampled = sampled;
	if (!targets->all) {
		targets->first = tgid;
		insert(targets, tgid);
	}
	summarize(targets);
}

bool gt_targets_has(const struct gt_targets *targets, pid_t tgid)
{
	return targets->all || find(targets, tgid) >= 0;
}

bool gt_targets_add(struct gt_targets *targets, pid_t tgid)
{
	unsigned long flags;
	bool added = false;

	if (targets->all)
		return false;
	raw_spin_lock_irqsave(&targets->lock, flags);
	if (targets->count == GT_TARGETS_MAX) {
		targets->refused++;
	} else if (find(targets, tgid) < 0) {
		insert(targets, tgid);
		summarize(targets);
		added = true;
	}
	raw_spin_unlock_irqrestore(&targets->lock, flags);
	return added;
}

bool gt_targets_remove(struct gt_targets *targets, pid_t tgid)
{
	unsigned long flags;
	int i;

	if (targets->all)
		return false;
	raw_spin_lock_irqsave(&targets->lock, flags);
	i = find(targets, tgid);
	if (i >= 0) {
		WRITE_ONCE(targets->slot[i], GRAVE);
		targets->count--;
		if (tgid == targets->first)
			targets->first = 0;
		/* Nothing stands behind a grave that a free slot follows. */
		while (targets->slot[i] == GRAVE && targets->slot[after(i)] == FREE) {
			WRITE_ONCE(targets->slot[i], FREE);
			i = before(i);
		}
		summarize(targets);
		i = 0;
	}
	raw_spin_unlock_irqrestore(&targets->lock, flags);
	return i >= 0;
}

bool gt_targets_begin(struct gt_targets *targets)
{
	unsigned long flags;
	bool begun;

	raw_spin_lock_irqsave(&targets->lock, flags);
	begun = !targets->sampled;
	targets->sampled = true;
	summarize(targets);
	raw_spin_unlock_irqrestore(&targets->lock, flags);
	return begun;
}
