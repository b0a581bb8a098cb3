// SPDX-License-Identifier: GPL-2.0
#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/string.h>

#include "seen.h"

#define SLOTS	256u
#define STEPS	8u	/* a thread is in one of these slots from its own on, or nowhere */

static pid_t slots[SLOTS];	/* 0 = free */

static bool change(pid_t tid, pid_t from, pid_t to)
{
	u32 i;

	for (i = 0; i < STEPS; i++) {
		pid_t *slot = &slots[(tid + i) % SLOTS];

		if (READ_ONCE(*slot) == from && cmpxchg(slot, from, to) == from)
			return true;
	}
	return false;
}

bool gt_seen_put(pid_t tid)
{
	return change(tid, 0, tid);
}

bool gt_seen_take(pid_t tid)
{
	return change(tid, tid, 0);
}

void gt_seen_clear(void)
{
	memset(slots, 0, sizeof(slots));
}
