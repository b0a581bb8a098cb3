/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Threads whose hit was recorded in the breakpoint exception and goes on to the uprobe handler, which must not record
 * it again. Between the two a thread may be preempted and moved, so neither CPU nor time tells them apart.
 */
#ifndef _GTRACE_SEEN_H
#define _GTRACE_SEEN_H

#include <linux/types.h>

/* False: no room; the handler is to record. */
bool gt_seen_put(pid_t tid);

/* True once for each put. */
bool gt_seen_take(pid_t tid);

/* While nobody puts or takes. */
void gt_seen_clear(void);

#endif
