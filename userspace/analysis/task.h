/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Threads and processes over time, from the FORK, EXEC and MAP events of all CPUs: who a thread id was at a moment,
 * and which address space its process had.
 *
 * Feed in three rounds, each in the order of time over all CPUs: FORK and EXEC; what existed at START; MAP. Mappings
 * come last because an address space that existed at START has no id until an event names it, and whether an id is a
 * new space is known only from all FORK and EXEC events.
 */
#ifndef GT_ANALYSIS_TASK_H
#define GT_ANALYSIS_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uapi/gtrace.h>

#include "analysis/hash.h"
#include "analysis/space.h"

#define GT_COMM_BYTES 16

/* Ids are used again: the lives of each id, in the order of time. */
struct gt_life {
	uint64_t from;  /* TSC; 0 = was there at START */
	uint32_t later; /* index + 1 of the same id's next life, 0 = none */
};

struct gt_lives {
	struct gt_hash first; /* id -> index + 1 */
	struct gt_life *all;
	size_t count, room;
};

/* One thread from FORK or EXEC to its next EXEC. */
struct gt_task {
	uint32_t tid, tgid;
	char comm[GT_COMM_BYTES]; /* "" = never told */
};

/* One process from FORK or EXEC to its next EXEC. */
struct gt_process {
	uint32_t tgid;
	struct gt_space *space;
};

struct gt_tasks {
	struct gt_task *tasks; /* tasks[i] lives task_lives.all[i] */
	size_t tasks_room;
	struct gt_lives task_lives;
	struct gt_process *processes; /* processes[i] lives process_lives.all[i] */
	size_t processes_room;
	struct gt_lives process_lives;
	struct gt_hash space_of_mm; /* mm -> index into spaces.all, + 1 */
	struct gt_spaces spaces;
	uint64_t refused; /* MAP events that made no sense */
};

void gt_tasks_free(struct gt_tasks *tasks);

/* FORK, EXEC, EXIT. Returns 0 or -ENOMEM. */
int gt_tasks_event(struct gt_tasks *tasks, const struct gtrace_event_task *event);

/* A thread seen after START, told as a FORK event; it is one that existed at START unless FORK told of it. */
int gt_tasks_existing(struct gt_tasks *tasks, const struct gtrace_event_task *event);

/*
 * MAP; `file` is the caller's number for event->path. `existing`: read from /proc at event->head.tsc, so it is there
 * since that process began. Returns 0 or -ENOMEM.
 */
int gt_tasks_map(struct gt_tasks *tasks, const struct gtrace_event_map *event, uint32_t file, bool existing);

/*
 * Who `tid` was at `tsc`: index of the task, and in *until the TSC of its next life (UINT64_MAX: none). A thread that
 * no event told of is entered as one of `tgid` that existed at START. -ENOMEM.
 */
int64_t gt_tasks_at(struct gt_tasks *tasks, uint32_t tid, uint32_t tgid, uint64_t tsc, uint64_t *until);

/* The process `tgid` at `tsc`, likewise: index into processes or -ENOMEM. */
int64_t gt_tasks_process(struct gt_tasks *tasks, uint32_t tgid, uint64_t tsc, uint64_t *until);

/* Whether anything told of this process. */
bool gt_tasks_known(const struct gt_tasks *tasks, uint32_t tgid);

#endif
