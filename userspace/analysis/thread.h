/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel does with threads, from SWITCH and WAKE steps: on a CPU, asleep, woken, waiting for a CPU and who has
 * it meanwhile. Internal to userspace/analysis.
 */
#ifndef GT_ANALYSIS_THREAD_H
#define GT_ANALYSIS_THREAD_H

#include "analysis/hash.h"
#include "analysis/occupant.h"
#include "analysis/timeline.h"

enum gt_thread_state {
	GT_THREAD_UNKNOWN,
	GT_THREAD_ON,        /* has a CPU */
	GT_THREAD_PREEMPTED, /* could run, since `off` */
	GT_THREAD_ASLEEP,    /* since `off` */
	GT_THREAD_WOKEN,     /* asleep from `off` to `woken`, could run since */
};

/* One time that a thread waited for a CPU. */
struct gt_wait {
	uint64_t from, until; /* TSC */
	uint32_t cpu;         /* where it was preempted; of one that was woken: where it ran in the end */
	struct gt_holders held;
};

/* Waits that are remembered: those of a thread between a goroutine's READY and its EXECUTE are a few. */
#define GT_THREAD_WAITS 16

struct gt_thread {
	uint32_t tid;
	enum gt_thread_state state;
	uint64_t on, off, woken; /* TSC; each of the last time */
	uint64_t woken_on;       /* last WAKE that came while it had a CPU, 0 = none */
	uint32_t task_state;     /* prev_state at `off` */
	uint32_t off_cpu;        /* which it had until `off` */
	uint32_t waker_tid, waker_cpu;
	uint64_t waker_goid;
	bool interrupt;
	struct gt_wait waits[GT_THREAD_WAITS]; /* the last ones; waits[n % GT_THREAD_WAITS] is the n-th */
	size_t nr_waits;
	struct gt_site wakes_at;   /* WAKER: where it stands as it wakes another one */
	struct gt_site waker_site; /* where its own waker stood */
	struct gt_site site, root; /* OFF: of what it is about to leave its CPU with */
	void *goroutine;           /* of the timeline: that it runs; NULL = none, or unknown */
};

struct gt_threads {
	struct gt_thread **all;
	size_t count, room;
	struct gt_hash by_tid; /* -> index + 1 */
	struct gt_occupants occupants;
	uint64_t stood; /* TSC: of before not all switches are told; see gt_timeline_stood() */
};

void gt_threads_free(struct gt_threads *threads);

/* The thread, a new one if need be; NULL = no memory. It stays where it is until gt_threads_free(). */
struct gt_thread *gt_threads_at(struct gt_threads *threads, uint32_t tid);
struct gt_thread *gt_threads_find(const struct gt_threads *threads, uint32_t tid); /* NULL = never seen */

/* A SWITCH, before the threads are told. Returns 0 or -ENOMEM. */
int gt_threads_switch(struct gt_threads *threads, const struct gt_step *step);

/* gt_threads_held - who had the CPU in [from, until), as gt_occupants_tell() has it. */
void gt_threads_held(const struct gt_threads *threads, uint32_t cpu, uint64_t from, uint64_t until,
		     struct gt_holders *holders);

/* The SWITCH that takes its CPU, and the one that gives it one. */
void gt_thread_out(struct gt_thread *thread, const struct gt_step *step);
void gt_thread_in(struct gt_threads *threads, struct gt_thread *thread, const struct gt_step *step);

/* A WAKE of it; `waker_goid` is the goroutine that the waker runs, 0 = none; `site`: where that stands. */
void gt_thread_wake(struct gt_thread *thread, const struct gt_step *step, uint64_t waker_goid, struct gt_site site);

/* Ticks of [from, until) that it waited for a CPU; the longest one goes to `longest` if there is one. */
uint64_t gt_thread_waited(const struct gt_thread *thread, uint64_t from, uint64_t until, struct gt_wait *longest);

#endif
