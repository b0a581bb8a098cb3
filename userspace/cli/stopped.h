/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who stands still at one moment, kept up from the events before it: of each goroutine that has stopped the events that
 * tell how, whole, with its stack and its branches. A dump of the flight recorder has them of what began to stand still
 * before its window.
 *
 *	a goroutine	its stop: PARK, YIELD ...; what made it runnable, if anything did
 *	a thread	who runs on it: EXECUTE; when it has no CPU: OFF, SWITCH, WAKER, WAKE
 *	in a call	that came back without a P: all of these, SWITCH, RETURN
 *
 * It is forgotten when the goroutine runs again, so that there is one stop of each at most. What is longer ago than
 * there is room for loses its events first, and is counted. Pauses of the probes and gaps end what is known, as they do
 * for those who read the recording.
 */
#ifndef GT_CLI_STOPPED_H
#define GT_CLI_STOPPED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "analysis/step.h"
#include "replay.h"

struct gt_stopped_event {
	struct gt_stopped_event *next;
	TAILQ_ENTRY(gt_stopped_event) skimmed; /* while it has a place */
	struct gt_place place;                 /* where all of it is */
	uint32_t cpu;
	struct gtrace_event *event; /* NULL: it is there alone */
	bool runs;                  /* it tells who runs; see GT_STANDING_F_RUNS */
};

/* In the order in which they were told. */
struct gt_stopped_events {
	struct gt_stopped_event *first, *last;
};

struct gt_stopped_goroutine {
	TAILQ_ENTRY(gt_stopped_goroutine) link;
	uint64_t g;
	uint32_t tgid;
	uint64_t goid;
	bool awake;                      /* it goes on */
	bool ready;                      /* it waits to run */
	struct gt_stopped_events events; /* none: there was no room for them */
};

enum gt_stopped_cpu {
	GT_STOPPED_UNKNOWN, /* whether it has one */
	GT_STOPPED_ON,
	GT_STOPPED_OFF,
};

struct gt_stopped_thread {
	TAILQ_ENTRY(gt_stopped_thread) link;
	uint32_t tid, tgid;
	uint64_t goid;                                 /* it runs, since `executes`; 0 = nobody, or unknown */
	struct gt_stopped_events executes, off, waker; /* one each, or none */
	struct gt_stopped_events sleep;                /* how it left its CPU, and how it came back */
	enum gt_stopped_cpu cpu;
	bool slept, woken; /* `sleep` has a sleep in the kernel; that is over */
	uint64_t in;       /* TSC: back from it since then, 0 = it is not */
};

TAILQ_HEAD(gt_stopped_goroutines, gt_stopped_goroutine);
TAILQ_HEAD(gt_stopped_threads, gt_stopped_thread);
TAILQ_HEAD(gt_stopped_skimmed, gt_stopped_event);

struct gt_stopped {
	size_t limit;       /* bytes of memory */
	uint64_t exit_path; /* TSC ticks; as gt_timeline_new() */
	bool open;          /* the probes record */
	/* The longest ago first: those that have events, others, and those that go on and may stop again soon. */
	struct gt_stopped_goroutines goroutines, bare, awake;
	struct gt_stopped_event *spare; /* for the next events */
	struct gt_stopped_threads threads;
	struct gt_stopped_skimmed skimmed;
	void *by_g, *by_tid; /* tsearch(3) */
	size_t bytes;        /* of memory, in all */
	size_t nr_bare, nr_awake;
};

void gt_stopped_init(struct gt_stopped *stopped, size_t limit, uint64_t exit_path);
void gt_stopped_free(struct gt_stopped *stopped); /* also of a zeroed one */

/*
 * gt_stopped_event - the next in the order of time over all CPUs. A hit that has a place has its branches and frames
 * there. 0 or -ENOMEM.
 */
int gt_stopped_event(struct gt_stopped *stopped, uint32_t cpu, const struct gtrace_event *event, struct gt_place place);

/* gt_stopped_complete - fetches those of what still counts, before their places go. 0 or -ENOMEM. */
int gt_stopped_complete(struct gt_stopped *stopped, struct gt_recording *rec);

/*
 * gt_stopped_late - that event comes when later ones were told: what it says of who stands still is lost, and with it
 * whether the others still do. All lose their events.
 */
void gt_stopped_late(struct gt_stopped *stopped, const struct gtrace_event *event);

/* Takes the events of one CPU, ascending; each CPU once. 0 or -errno. */
typedef int gt_stopped_fn(void *to, uint32_t cpu, const void *events, size_t bytes);

/* gt_stopped_write - all of them; the moment is `tsc`. 0, -ENOMEM or what `write` returned. */
int gt_stopped_write(const struct gt_stopped *stopped, uint64_t tsc, gt_stopped_fn *write, void *to);

#endif
