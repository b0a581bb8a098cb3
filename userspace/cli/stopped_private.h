/* SPDX-License-Identifier: GPL-2.0 */
/* What stopped.c keeps, as stopped_step.c changes it. 0 or -ENOMEM where there is an error to return. */
#ifndef GT_CLI_STOPPED_PRIVATE_H
#define GT_CLI_STOPPED_PRIVATE_H

#include "stopped.h"

/* The event that is told just now. */
struct gt_told {
	uint32_t cpu;
	const struct gtrace_event *event;
	struct gt_place place;
};

/* Lists of events. */
int gt_stopped_add(struct gt_stopped *stopped, struct gt_stopped_events *to, const struct gt_told *told);
int gt_stopped_set(struct gt_stopped *stopped, struct gt_stopped_events *to,
		   const struct gt_told *told); /* that alone */
void gt_stopped_clear(struct gt_stopped *stopped, struct gt_stopped_events *events);
void gt_stopped_move(struct gt_stopped_events *to, struct gt_stopped_events *from);

/* NULL: it is not known to stand still. Another id at its address: the old one is gone. */
struct gt_stopped_goroutine *gt_stopped_find(struct gt_stopped *stopped, uint32_t tgid, struct gt_g id);
/* It runs, or is gone. */
void gt_stopped_runs(struct gt_stopped *stopped, uint32_t tgid, struct gt_g id);
/* It stands still from here on, by `events`, which it takes, and then that one. */
int gt_stopped_stops(struct gt_stopped *stopped, uint32_t tgid, struct gt_g id, struct gt_stopped_events *events,
		     const struct gt_told *told);

/* NULL: never seen, or not of the target. */
struct gt_stopped_thread *gt_stopped_find_thread(struct gt_stopped *stopped, uint32_t tid);
/* Made when there is none: only for threads of the target, whose end is told. NULL: no memory. */
struct gt_stopped_thread *gt_stopped_thread_at(struct gt_stopped *stopped, uint32_t tid, uint32_t tgid);
void gt_stopped_drop_thread(struct gt_stopped *stopped, struct gt_stopped_thread *thread);
/* How it left its CPU; who runs on it. */
void gt_stopped_forget_sleep(struct gt_stopped *stopped, struct gt_stopped_thread *thread);
void gt_stopped_forget_goroutine(struct gt_stopped *stopped, struct gt_stopped_thread *thread);

/* All of a process, 0 = of all. */
void gt_stopped_forget(struct gt_stopped *stopped, uint32_t tgid);
/* All goroutines, which go on where nobody sees it. What the kernel does with threads is told all the same. */
void gt_stopped_forget_goroutines(struct gt_stopped *stopped);
/* Who is to be told of stopped lately: what has stood still for hours loses its events first. */
void gt_stopped_make_room(struct gt_stopped *stopped);

#endif
