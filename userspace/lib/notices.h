/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Notices of the module by generic netlink: what happens to sessions and targets, told to whoever listens. They are
 * hints for people and for timing; counters and events in the rings are the truth (netlink may drop messages).
 */
#ifndef GT_LIB_NOTICES_H
#define GT_LIB_NOTICES_H

#include <stdint.h>

#include <uapi/gtrace.h>

struct gt_notices;

/* struct gt_notice - one message; a field whose attribute it did not carry is 0 or "". */
struct gt_notice {
	enum gtrace_genl_cmd kind;
	uint32_t owner; /* tgid of the session's opener */
	int32_t target;
	uint64_t period;
	uint32_t pid;
	char comm[16];
	uint32_t cpu;
	uint32_t cause; /* GTRACE_LOST_* */
	uint64_t lost;
	uint64_t samples;
};

typedef void (*gt_notice_fn)(const struct gt_notice *notice, void *context);

/* gt_notices_open - join the group. -ENOENT: no module offers it. -ENOMEM and errors of the socket. */
int gt_notices_open(gt_notice_fn fn, void *context, struct gt_notices **notices);
void gt_notices_close(struct gt_notices *notices); /* NULL is fine */

int gt_notices_fd(const struct gt_notices *notices); /* for poll(2) */

/* gt_notices_read - call fn for each message that is there, without waiting. 0 or -errno. */
int gt_notices_read(struct gt_notices *notices);

#endif
