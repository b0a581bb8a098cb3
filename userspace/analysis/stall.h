/* SPDX-License-Identifier: GPL-2.0 */
/* One stall: an interval in which a goroutine that ran did not run, and how its time splits. All times are TSC. */
#ifndef GT_ANALYSIS_STALL_H
#define GT_ANALYSIS_STALL_H

#include <stdbool.h>
#include <stdint.h>

enum gt_stall_kind {
	GT_STALL_PARK,      /* it blocked in runtime.gopark: `reason` and `lock` say on what */
	GT_STALL_SYSCALL,   /* its thread slept in the kernel: `task_state` says how */
	GT_STALL_PREEMPTED, /* the kernel gave its thread's CPU to another task */
	GT_STALL_YIELD,     /* runtime.Gosched, or Go preempted it: it waited in Go's queue */
	GT_STALL_ASYNC,     /* Go preempted it while it ran: likewise */
	GT_STALL_STOPPED,   /* Go stopped it, mostly to scan its stack (preemptPark) */
	GT_STALL_CORO, /* it gave its thread to the other end of a coroutine (iter.Pull), and waits to get it back */
	GT_NR_STALL_KINDS,
};

/* "park", "syscall", "preempted", "yield", "go-preempted", "go-stopped", "coroutine" */
const char *gt_stall_kind_name(enum gt_stall_kind kind);

/* Who made it runnable. */
enum gt_waker {
	GT_WAKER_UNKNOWN,   /* nobody was seen: the runtime resumes some of its own goroutines without runtime.ready */
	GT_WAKER_NOBODY,    /* it never ceased to be runnable */
	GT_WAKER_GOROUTINE, /* `waker_goid`, at `waker_site` */
	GT_WAKER_RUNTIME,   /* a goroutine of the runtime's own, such as a GC worker: `waker_goid`, `waker_site` */
	GT_WAKER_TIMER,     /* ready was called with no goroutine on the thread: a timer ran out */
	GT_WAKER_NETPOLL,   /* the network poller found its descriptor ready */
	GT_WAKER_THREAD,    /* kernel: thread `waker_tid` woke its thread; `waker_goid` when that ran a goroutine */
	GT_WAKER_INTERRUPT, /* kernel: an interrupt woke its thread */
	/* What the runtime does without runtime.ready, told by what was waited for: */
	GT_WAKER_GC,        /* the end of a garbage collection lets all go on that wait for it, as a list */
	GT_WAKER_SCHEDULER, /* the scheduler itself took it, on the thread that ran it then: GC workers */
	GT_WAKER_SYSMON,    /* the runtime's monitor thread, or a timer: scavenger, forced collections */
	GT_NR_WAKERS,
};

/* "unknown", "nobody", "goroutine", "runtime", "timer", "netpoll", "thread", "interrupt", "gc", "scheduler", "sysmon"
 */
const char *gt_waker_name(enum gt_waker waker);

/* A line of the program: frame number `frame` (0 = innermost) of a location. */
struct gt_site {
	uint32_t location; /* index into symbols.locations; GT_NO_LOCATION = unknown */
	uint32_t frame;    /* below its nr_frames, or 0 when it has none */
};

#define GT_NO_LOCATION UINT32_MAX
#define GT_NO_SITE     ((struct gt_site){.location = GT_NO_LOCATION})

/* Who had a CPU in a time that a thread waited for it. */
#define GT_HOLDERS 3

struct gt_holder {
	uint64_t ticks;
	uint32_t tid; /* 0 = it was idle */
	uint32_t reserved;
};

struct gt_holders {
	struct gt_holder all[GT_HOLDERS]; /* those who had it longest, the longest first; ticks 0 = no more */
	uint64_t others;                  /* ticks of further ones */
	uint64_t unsure;                  /* ticks in which it changed hands and nobody recorded when ... */
	uint32_t first, last;             /* ... from this thread, in the end to that one */
	uint64_t before;                  /* ticks before the recording, of which nobody tells who had it */
};

/*
 *	  begin		       ready			     end
 *	    |---- blocked -------|---- Go run queue ----|kernel-|
 *	    PARK	       READY		      WAKE    EXECUTE	   its thread slept and had to wait for a CPU
 *
 * The thread that will run it may wait for a CPU more than once, also before it takes the goroutine from Go's queue:
 * `kernel` is the sum within [ready, end).
 */
struct gt_stall {
	uint64_t number; /* 1 = the first of the recording; see gt_timeline */
	uint64_t begin, end;
	uint64_t ready;  /* begin <= ready <= end; `end` when nobody was seen to make it runnable, or nobody did yet */
	uint64_t kernel; /* ticks between ready and end that its thread waited for a CPU */
	uint64_t ran_from; /* since when it had run; 0 = not seen */

	uint64_t g, goid;
	uint32_t tgid;
	uint32_t tid, cpu;         /* where it stopped ... */
	uint32_t end_tid, end_cpu; /* ... and where it went on */

	enum gt_stall_kind kind;
	bool open;           /* it is not over: `end` is until when it is known to have lasted; no end_tid, end_cpu */
	bool gone;           /* open: its process ended then */
	bool requeued;       /* SYSCALL: on its return there was no P, and it waited in Go's queue */
	uint8_t reason;      /* PARK: g.waitreason */
	uint32_t task_state; /* SYSCALL: gtrace_event_switch.prev_state */
	uint64_t lock;       /* PARK: what it waits on, the runtime's own address; 0 = unknown */
	struct gt_site site; /* the function that blocked */
	struct gt_site root; /* the function that the goroutine began with */

	enum gt_waker waker;
	uint64_t waker_goid;
	uint32_t waker_tid; /* on which thread that happened; 0 = unknown */
	uint32_t waker_cpu;
	struct gt_site waker_site;

	uint32_t wait_cpu;      /* CPU that its thread waited for longest ... */
	uint64_t wait;          /* ... so many ticks; 0 = open, and nobody knows which CPU it will get ... */
	struct gt_holders held; /* ... and who had it meanwhile. All only when kernel > 0 */
};

/* Phases of a stall; they add up to its duration. */
enum gt_phase {
	GT_PHASE_BLOCKED, /* until it was made runnable */
	GT_PHASE_GO,      /* in Go's run queue, and on the way through the scheduler */
	GT_PHASE_KERNEL,  /* its thread in the kernel's run queue */
	GT_NR_PHASES,
};

/* "blocked", "Go run queue", "OS run queue" */
const char *gt_phase_name(enum gt_phase phase);

/* TSC ticks. */
static inline uint64_t gt_stall_phase(const struct gt_stall *stall, enum gt_phase phase)
{
	switch (phase) {
	case GT_PHASE_BLOCKED:
		return stall->ready - stall->begin;
	case GT_PHASE_GO:
		return stall->end - stall->ready - stall->kernel;
	default:
		return stall->kernel;
	}
}

#endif
