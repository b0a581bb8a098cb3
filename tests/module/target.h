/* SPDX-License-Identifier: GPL-2.0 */
/*
 * target: a child that comes to the site, or does something else, when it is told to.
 */
#ifndef _GTRACE_TESTS_TARGET_H
#define _GTRACE_TESTS_TARGET_H

#include <stdint.h>
#include <sys/types.h>

struct target {
	pid_t pid;
	int orders, answers;
};

/* Above 0: so many visits. 0 ends it. */
enum {
	TARGET_FORK = -1,	/* a child that visits once; its wait status: exit status 0 = `push` at the site, 1 = not */
	TARGET_LOWER = -2,	/* site_lower(TARGET_LOWERED) */
	TARGET_COUNT = -3,	/* computes for long */
};
enum { TARGET_LOWERED = 600 };

struct target_answer {
	uint64_t result;	/* of what was ordered */
	uint64_t byte;		/* first one at the site, as the target sees it */
};

/* Each dies with a message when it fails. The target dies with its parent, too. */
struct target target_start(void);
void target_end(struct target *target);

/* An order, and its answer; or the one now and the other later. */
struct target_answer target_order(struct target *target, int64_t order);
void target_ask(struct target *target, int64_t order);
struct target_answer target_answer(struct target *target);

#endif
