/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What /proc says about processes that ran before the session began, in the shape of the module's events.
 */
#ifndef GT_LIB_PROC_H
#define GT_LIB_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <uapi/gtrace.h>

/* struct gt_events - a growing run of events, as gt_writer_events() takes it. Starts zeroed. */
struct gt_events {
	uint8_t *bytes;
	size_t used, room;
};

/*
 * gt_proc_read - append process `pid` (as /proc numbers it here): a FORK event for each of its threads (tid, tgid,
 * comm), then a MAP event for each executable mapping. `tgid` is its id in the initial PID namespace; `tsc` stamps
 * the events. -ESRCH: it is gone. -EACCES, -ENOMEM.
 */
int gt_proc_read(struct gt_events *events, pid_t pid, uint32_t tgid, uint64_t tsc);

/* gt_proc_read_all - the same for every process; those that end meanwhile are left out. */
int gt_proc_read_all(struct gt_events *events, uint64_t tsc);

/* gt_events_append - zeroed room for `bytes` at the end; NULL: no memory. Good until the next call. */
void *gt_events_append(struct gt_events *events, size_t bytes);
void gt_events_free(struct gt_events *events);

/*
 * gt_proc_find - processes called `name` (comm, or the last part of their executable's path). Stores up to `max` in
 * `pids`, returns how many there are, -errno. This process is not among them.
 */
int gt_proc_find(const char *name, pid_t *pids, size_t max);

/* gt_proc_comm - the name of a process or thread, "?" when it is gone. `comm` holds 16 bytes. */
void gt_proc_comm(pid_t pid, char *comm);

/* gt_proc_same_pid_namespace - whether `pid` lives in the PID namespace that we live in. */
bool gt_proc_same_pid_namespace(pid_t pid);

/* gt_proc_outer_tid - our id of the thread of `pid` that calls itself `inner` in its own PID namespace; 0 = unknown. */
pid_t gt_proc_outer_tid(pid_t pid, pid_t inner);

/* gt_proc_read_file - the text of a small file of /proc or /sys, cut at the first newline. 0 or -errno. */
int gt_proc_read_file(const char *path, char *text, size_t size);

#endif
