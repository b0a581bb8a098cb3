/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Goroutines over time: steps in, stalls out. A pure function of the steps; it knows no file and no symbol.
 *
 *		     EXECUTE
 *	  (new) ----------------> running ---- PARK ----> waiting ---- READY ----> runnable
 *				  ^ |  ^				       |
 *				  | |  \-------------- EXECUTE ----------------+--<-- YIELD, PREEMPT
 *			SWITCH in | | SWITCH out (of its thread)
 *				  | v
 *			    off CPU: preempted (prev_state 0), else blocked in the kernel until WAKE
 *
 * A goroutine whose thread slept in a system call may have lost its P meanwhile. It then goes from the call to Go's
 * queue (RETURN). So a stall in a call is handed out when something else shows that the goroutine went on.
 *
 * Stalls are numbered from 1 in the order in which goroutines stopped. Every stop has a number, also those that are
 * short, and those whose end is unknown: a number stays whatever is asked for and shown.
 */
#ifndef GT_ANALYSIS_TIMELINE_H
#define GT_ANALYSIS_TIMELINE_H

#include "analysis/blind.h"
#include "analysis/hash.h"
#include "analysis/stall.h"

enum gt_step_kind {
	GT_STEP_PARK,    /* `who` blocks: site, reason, lock */
	GT_STEP_READY,   /* `who` is made runnable: waker, site = the waker's line */
	GT_STEP_EXECUTE, /* `who` gets the thread */
	GT_STEP_YIELD,   /* `who` goes to the run queue: site, `forced` by Go */
	GT_STEP_PREEMPT, /* `who` is stopped by Go: site */
	GT_STEP_CORO,    /* `who` gives its thread to the other end of a coroutine: site */
	GT_STEP_RETURN,  /* `who` is back from a system call and goes to the run queue, without a P: site */
	GT_STEP_EXIT,    /* `who` ends */
	GT_STEP_OFF,     /* the thread is about to leave its CPU, with whatever it runs: site */
	GT_STEP_WAKER,   /* the thread is about to wake another one in the kernel: site */
	GT_STEP_SWITCH,  /* CPU `cpu` goes from thread prev_tid to `tid` */
	GT_STEP_WAKE,    /* thread `tid` is made runnable by waker_tid */
	GT_STEP_THREAD,  /* thread `tid` begins or ends: what was known of that id is void */
	GT_STEP_EXEC,    /* process `tgid` runs another program: no goroutine of it is left */
	GT_STEP_GONE,    /* process `tgid` ends with its last thread, `tid` */
};

/* A goroutine of a process: addresses are used again, ids are not. goid 0 = none. */
struct gt_g {
	uint64_t g, goid;
};

struct gt_step {
	enum gt_step_kind kind;
	uint32_t cpu;
	uint64_t tsc;
	uint32_t tid, tgid; /* the thread that did it; SWITCH: that gets the CPU; WAKE: that is woken */
	union {
		struct {                  /* PARK to SYSCALL */
			struct gt_g runs; /* the goroutine on the thread just then, also when it is on g0 */
			struct gt_g who;
			struct gt_site site;
			struct gt_site root; /* what the goroutine began with: READY: `runs`, OFF: the thread's,
						others: `who` */
			uint64_t lock;
			enum gt_waker waker;
			uint8_t reason;
			bool forced;
		};
		struct { /* SWITCH */
			uint32_t prev_tid, prev_state;
			bool found; /* no switch: who was found running */
		};
		struct { /* WAKE */
			uint32_t waker_tid;
			bool interrupt;
		};
	};
};

/* Why the end of a stop is not known, or cannot be believed. */
enum gt_unknown {
	GT_UNKNOWN_PAUSE,  /* the probes paused before it was over */
	GT_UNKNOWN_GAP,    /* events are missing before it was over */
	GT_UNKNOWN_END,    /* it was not over when the recording ended, or its last window */
	GT_UNKNOWN_EXIT,   /* it was not over when its process ended */
	GT_UNKNOWN_UNSEEN, /* it ran again and no event told since when: coroutines, exec */
	GT_NR_UNKNOWNS,
};

/* Nothing is amiss with what is known of it: how long it lasted at least, and where that time went. */
static inline bool gt_unknown_open(enum gt_unknown why)
{
	return why == GT_UNKNOWN_END || why == GT_UNKNOWN_EXIT;
}

/* "pause", "gap", "end", "exit", "unseen"; and what it means, a half sentence. */
const char *gt_unknown_name(enum gt_unknown why);
const char *gt_unknown_explain(enum gt_unknown why);

/* Takes a stall that is over. Not in the order of numbers. Returns 0 or -errno, which ends the timeline. May be NULL.
 */
typedef int gt_stall_fn(void *to, const struct gt_stall *stall);

/* Takes a stop whose end is unknown: it is `open`. When not gt_unknown_open(why) its end and phases mean nothing. May
 * be NULL. */
typedef int gt_unknown_fn(void *to, const struct gt_stall *stall, enum gt_unknown why);

struct gt_timeline; /* opaque */

/*
 * `blinds` must outlive it. `exit_path`: TSC ticks; a RETURN so soon after a sleep in the kernel is that of the same
 * call. Returns NULL without memory.
 */
struct gt_timeline *gt_timeline_new(const struct gt_blinds *blinds, uint64_t exit_path, gt_stall_fn *stall,
				    gt_unknown_fn *unknown, void *to);
void gt_timeline_free(struct gt_timeline *timeline); /* NULL is fine */

/* The next step in the order of time over all CPUs. Returns 0, -ENOMEM, or what the functions above returned. */
int gt_timeline_step(struct gt_timeline *timeline, const struct gt_step *step);

/* No step before `tsc` is still to come: what is open is known to have lasted until then. Returns as
 * gt_timeline_step(). */
int gt_timeline_pass(struct gt_timeline *timeline, uint64_t tsc);

/* After the last step; `tsc` as above. */
int gt_timeline_end(struct gt_timeline *timeline, uint64_t tsc);

/*
 * Before the first step: those from before `tsc` tell how goroutines that stood still then had come to, and nothing
 * else. What a goroutine or a thread did meanwhile is not among them, so nothing is concluded from that.
 */
void gt_timeline_stood(struct gt_timeline *timeline, uint64_t tsc);

/* How long a stop may last, in TSC ticks: at so many it takes too long. 0 = as long as it likes. */
struct gt_limits {
	uint64_t stop[GT_NR_STALL_KINDS]; /* from its begin */
	uint64_t runnable;                /* from when it was made runnable */
};

/*
 * Before the first step: `overdue` takes each stop that takes too long, once, with its `end` the moment when the first
 * limit was met: it is open. It comes before whatever happened later, its own end included.
 */
void gt_timeline_limit(struct gt_timeline *timeline, const struct gt_limits *limits, gt_stall_fn *overdue);

/* TSC of the next limit that is met if nothing happens before; UINT64_MAX = none. */
uint64_t gt_timeline_due(const struct gt_timeline *timeline);

/* How many stops have a number, and how many of them have no known end. */
uint64_t gt_timeline_stops(const struct gt_timeline *timeline);
uint64_t gt_timeline_unknown(const struct gt_timeline *timeline, enum gt_unknown why);

#endif
