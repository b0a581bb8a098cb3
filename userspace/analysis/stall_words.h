/* SPDX-License-Identifier: GPL-2.0 */
/* A stall in the words and units of a person, from what its recording knows. */
#ifndef GT_ANALYSIS_STALL_WORDS_H
#define GT_ANALYSIS_STALL_WORDS_H

#include "analysis/join.h"
#include "analysis/stall.h"

/*
 * Who made it runnable although no READY told so; since when is unknown (waker_tid is 0 then). Before Go 1.22
 * netpollready is no place for a probe: what waits for a descriptor was woken by the network poller all the same. What
 * waits for the end of a GC cycle is put into the run queue as a list, without runtime.ready, as are the scavenger and
 * who forces collections; GC workers are taken by the scheduler itself.
 */
void gt_stall_infer(const struct gt_join *join, struct gt_stall *stall);

/* Is it what made the flight recorder write this recording? Two processes may have the same goid, at different times.
 */
bool gt_stall_fired(const struct gt_join *join, const struct gt_stall *stall);

/* When it began, after the recording did, ns; below 0 = before. */
int64_t gt_stall_at_ns(struct gt_join *join, const struct gt_stall *stall);
/* How long, and how long a phase of it; ns. */
uint64_t gt_stall_ns(struct gt_join *join, const struct gt_stall *stall);
uint64_t gt_stall_phase_ns(struct gt_join *join, const struct gt_stall *stall, enum gt_phase phase);

/* "chan receive", "syscall", "preempted": what it waited for, in at most `bytes`. Returns `out`. */
const char *gt_stall_reason(const struct gt_join *join, const struct gt_stall *stall, char *out, size_t bytes);

/*
 * Where it stopped, "main.worker main.go:42". Of one that stopped in the kernel that is unknown: "(main.worker)" is
 * then the function that the goroutine began with, "?" when that is unknown, too. Cut to `bytes`. Returns `out`.
 */
const char *gt_stall_where(const struct gt_join *join, const struct gt_stall *stall, char *out, size_t bytes);

/* "main.worker", "main.worker main.go:42"; "?" when unknown. Cut to `bytes`. Return `out`. */
const char *gt_site_function(const struct gt_join *join, struct gt_site site, char *out, size_t bytes);
const char *gt_site_line(const struct gt_join *join, struct gt_site site, char *out, size_t bytes);

#endif
