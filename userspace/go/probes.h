/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a Go binary is probed to see goroutines block, wake and run, and what each hit carries.
 *
 * Every place is the `push %rbp` of a runtime function's prologue. A struct gt_go_probe is what GTRACE_IOC_PROBE wants,
 * but for `fd` and flags: offset in the file, values to fetch, stack to walk. The values of a hit are told apart by the
 * indices below; a recording states id and release, so they are enough to read its hits.
 */
#ifndef GT_GO_PROBES_H
#define GT_GO_PROBES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uapi/gtrace.h>

struct gt_go_binary;

/* gtrace_probe.id; part of the file format. The function and what it means that a goroutine comes there. */
enum gt_go_probe {
	GT_GO_PROBE_PARK = 1,    /* runtime.gopark: the goroutine blocks, for `reason` on `lock` */
	GT_GO_PROBE_READY = 2,   /* runtime.ready: it makes goroutine `gp` runnable */
	GT_GO_PROBE_NETPOLL = 3, /* runtime.netpollready: the poller makes those runnable that wait for `pd` */
	GT_GO_PROBE_EXECUTE = 4, /* runtime.execute: goroutine `gp` gets this thread */
	GT_GO_PROBE_YIELD = 5,   /* runtime.goschedImpl: goroutine `gp` goes to the global run queue */
	GT_GO_PROBE_PREEMPT = 6, /* runtime.preemptPark: goroutine `gp` is stopped, for the collector mostly */
	GT_GO_PROBE_EXIT = 7,    /* runtime.goexit0: goroutine `gp` ended */
};

/* Indices of gtrace_event_hit.values. Common to all kinds: */
enum {
	GT_HIT_G,      /* R14 */
	GT_HIT_GOID,   /* of R14's g; 0 on g0 */
	GT_HIT_CURG,   /* g.m.curg: the goroutine this thread runs, 0 = none */
	GT_HIT_CURGOID,
	GT_HIT_FIRST,  /* what follows depends on the kind */

	/* PARK; its stack is the goroutine's own */
	GT_PARK_LOCK = GT_HIT_FIRST, /* BX */
	GT_PARK_REASON,              /* CX: the low byte is g.waitreason to be */
	GT_PARK_CHAN,                /* the channel of g.waiting (select, channel operations), 0 = none */
	GT_PARK_LO, GT_PARK_HI,      /* g.stack */
	GT_PARK_NR,

	/* READY, EXECUTE, YIELD, PREEMPT, EXIT: AX is the goroutine it is about */
	GT_ABOUT_GP = GT_HIT_FIRST,
	GT_ABOUT_GOID,
	GT_ABOUT_BP,                 /* READY: curg.sched.bp; YIELD, PREEMPT: gp.sched.bp: where the stack begins */
	GT_ABOUT_LO, GT_ABOUT_HI,    /* of that goroutine's stack */
	GT_ABOUT_NR,

	/* NETPOLL */
	GT_NETPOLL_MODE = GT_HIT_FIRST, /* CX: 'r', 'w', or their sum */
	GT_NETPOLL_RG,                  /* pd.rg and pd.wg: the g that waits to read, to write; 0, 1, 2 are states */
	GT_NETPOLL_RGOID,
	GT_NETPOLL_WG,
	GT_NETPOLL_WGOID,
	GT_NETPOLL_NR,
};

/*
 * Fills probes[] for the binary: all of enum gt_go_probe that its release has, in that order. `fd` and GTRACE_PROBE_F_*
 * other than BRANCHES and STACK are left to the caller. Returns how many; -EOPNOTSUPP: the release is unknown and the
 * binary has no DWARF to read the layout from; -ENOENT: a function that must be there is not, or does not begin as Go
 * compilers begin it. After a failure `*why` (when not NULL) points to a static sentence.
 */
int gt_go_probes(const struct gt_go_binary *binary, struct gtrace_probe *probes, size_t room, const char **why);

/* "park", "ready", "netpoll", "execute", "yield", "preempt", "exit"; NULL for another id. */
const char *gt_go_probe_name(uint32_t id);

/*
 * The runtime's own words for a wait reason by release ("chan receive"), without a live process. minor: 26 for go1.26.
 * "" for reason 0; NULL for a number or a release not known.
 */
const char *gt_go_wait_reason(int minor, uint8_t reason);

#endif
