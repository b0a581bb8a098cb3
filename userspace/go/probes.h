/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a Go binary is probed to see goroutines block, wake and run, and what each hit carries.
 *
 * Every place is where a runtime function opens its frame (prologue.h). A struct gtrace_probe is what
 * GTRACE_IOC_PROBE wants, but for `fd` and flags: offset in the file, values to fetch, stack to walk. The values of a
 * hit are told apart by the indices below; they are part of the file format: a new one goes to the end of its kind, and
 * gtrace_event_hit.nr_values tells whether a recording has it.
 */
#ifndef GT_GO_PROBES_H
#define GT_GO_PROBES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uapi/gtrace.h>

#include "wait_reasons.h"

struct gt_go_binary;

/*
 * gtrace_probe.id; part of the file format. The function and what it means that a goroutine comes there.
 *
 * What no probe sees: before 1.22 the network poller makes goroutines runnable unseen.
 */
enum gt_go_probe {
	GT_GO_PROBE_PARK = 1,    /* runtime.gopark: the goroutine blocks, for `reason` on `lock` */
	GT_GO_PROBE_READY = 2,   /* runtime.ready: it makes goroutine `gp` runnable */
	GT_GO_PROBE_NETPOLL = 3, /* runtime.netpollready: the poller makes those runnable that wait for `pd`; 1.22 on */
	GT_GO_PROBE_EXECUTE = 4, /* runtime.execute: goroutine `gp` gets this thread */
	GT_GO_PROBE_YIELD = 5,   /* runtime.goschedImpl: goroutine `gp` goes to the global run queue; runtime.goyield_m:
				  * to the end of its P's (two probes of one id) */
	GT_GO_PROBE_PREEMPT = 6, /* runtime.preemptPark: goroutine `gp` is stopped, for the collector mostly */
	GT_GO_PROBE_EXIT = 7,    /* runtime.goexit0: goroutine `gp` ended */
	GT_GO_PROBE_RETURN = 8, /* runtime.exitsyscall0, exitsyscallNoP since 1.26: goroutine `gp` is back from a system
				 * call, has no P and goes to the global run queue, or to a P that is just free */
	GT_GO_PROBE_CORO = 9,   /* runtime.coroswitch_m: goroutine `gp` gives its thread to the other end of a coroutine
				 * (iter.Pull), without gopark and execute; or it ends that way. In programs that have
				 * coroutines; 1.23 on */
};

/* Enough room for gt_go_probes(): two functions may share an id. */
#define GT_GO_PROBES_MAX 10

/* Indices of gtrace_event_hit.values in GTRACE_HIT_OFF and GTRACE_HIT_WAKER, which are no probe's: */
enum {
	GT_OFF_G,      /* R14 */
	GT_OFF_STACK0, /* the words at SP and above it */
	GT_OFF_STACK8,
	GT_OFF_NR,
};

/* Indices of gtrace_event_hit.values of probes. Common to all kinds: */
enum {
	GT_HIT_G,    /* R14 */
	GT_HIT_GOID, /* of R14's g; 0 on g0 */
	GT_HIT_CURG, /* g.m.curg: the goroutine this thread runs, 0 = none */
	GT_HIT_CURGOID,
	GT_HIT_FIRST, /* what follows depends on the kind */

	/* PARK; its stack is the goroutine's own */
	GT_PARK_LOCK = GT_HIT_FIRST, /* BX, unlockf's argument: hchan.lock, pollDesc.rg or wg, ...; 0 for select */
	GT_PARK_REASON,              /* CX: the low byte is g.waitreason to be */
	GT_PARK_CHAN,                /* the channel of g.waiting (select, channel operations), 0 = none */
	GT_PARK_LO,                  /* g.stack */
	GT_PARK_HI,
	GT_PARK_CHAN2, /* a select's next ones, in the order it locks them (by address); 0 = no more */
	GT_PARK_CHAN3,
	GT_PARK_NR,

	/*
	 * READY, EXECUTE, YIELD, PREEMPT, RETURN, CORO, EXIT: AX is the goroutine it is about. EXIT ends with GOID,
	 * EXECUTE with PC. "Whose": READY: that of the waker, curg; others: that of `gp`.
	 */
	GT_ABOUT_GP = GT_HIT_FIRST,
	GT_ABOUT_GOID,
	GT_ABOUT_PC, /* whose sched.pc: a return address, the frame inside the walk's first; at a goroutine's
		      * first EXECUTE the entry of its first function */
	GT_ABOUT_BP, /* whose sched.bp: where the walk begins */
	GT_ABOUT_LO, /* whose stack */
	GT_ABOUT_HI,
	GT_ABOUT_NR,
	/* YIELD of goschedImpl, 1.22 on: BX, low byte: 1 = Go preempts it, 0 = it called Gosched */
	GT_YIELD_PREEMPTED = GT_ABOUT_NR,
	GT_YIELD_NR,
	/* CORO: gp.coroarg.gp, who gets the thread */
	GT_CORO_NEXT = GT_ABOUT_NR,
	GT_CORO_NEXT_GOID,
	GT_CORO_NR,

	/* NETPOLL */
	GT_NETPOLL_MODE = GT_HIT_FIRST, /* CX: 'r', 'w', or their sum */
	GT_NETPOLL_RG,                  /* pd.rg and pd.wg: the g that waits to read, to write; 0, 1, 2 are states */
	GT_NETPOLL_RGOID,
	GT_NETPOLL_WG,
	GT_NETPOLL_WGOID,
	GT_NETPOLL_FD, /* pd.fd: the target's file descriptor */
	GT_NETPOLL_NR,
};

/*
 * Fills probes[] for the binary: all of enum gt_go_probe that its release has, in that order, and -1 as `fd`,
 * which is left to the caller like GTRACE_PROBE_F_SHARED. Returns how many; -EOPNOTSUPP: the release is unknown and the
 * binary has no DWARF to read the layout from, or its functions take other arguments; -ENOENT: a function that must be
 * there is not, or does not begin as Go compilers begin it; -ENOSPC: room below GT_GO_PROBES_MAX. After a failure
 * `*why` (when not NULL) points to a static sentence.
 *
 * Where fields lie is read from the table of releases, for a release that it does not have from the binary's DWARF. A
 * process of the binary proves that: hits are to be believed when gt_go_runtime_attach() succeeds and
 * gt_go_runtime_confirms_probes() says so.
 */
int gt_go_probes(const struct gt_go_binary *binary, struct gtrace_probe *probes, size_t room, const char **why);

/* The body of a probed function that the compiler expanded in another one, as it does with a profile (-pgo). */
struct gt_go_copy {
	uint32_t id;          /* of the probe */
	const char *function; /* "runtime.ready" */
	const char *within;   /* "runtime.goready.func1" */
};

/*
 * What the probes of this binary cannot see: goroutines that come to a copy of a probed function. Returns how many
 * copies there are and describes the first `room` of them; 0 in a binary that is built without a profile.
 */
size_t gt_go_probe_copies(const struct gt_go_binary *binary, struct gt_go_copy *copies, size_t room);

/* "park", "ready", "netpoll", "execute", "yield", "preempt", "exit", "return", "coro"; NULL for another id. */
const char *gt_go_probe_name(uint32_t id);

/*
 * Does the function called `name` (as a Go symbol or as gt_go_frame.function has it) go from one stack to another:
 * mcall, gogo, systemstack, morestack, goexit and the ways into and out of C? Branches before and after such a function
 * are not one goroutine's path: a ladder ends there.
 */
bool gt_go_is_stack_switch(const char *name);

#endif
