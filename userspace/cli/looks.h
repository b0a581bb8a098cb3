/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Looks at the goroutine tables of recorded Go processes, so that the addresses in R14 can be named later.
 *
 * A thread of its own does it: reading the tables of 100,000 goroutines takes as long as a ring takes to fill. It
 * sleeps unless a Go process is being looked at; a process that is no Go program is considered once and forgotten.
 *
 *	recorder ── gt_looks_consider(pid) ──▶ queue ──▶ thread: open binary, attach, look, look ...
 *	    └────────────────── writer, under its lock ◀───────────────┘
 */
#ifndef GT_CLI_LOOKS_H
#define GT_CLI_LOOKS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/recording_writer.h"

struct gt_looks;
struct gt_parks;

/*
 * gt_looks_new - with `verbose` what is found or refused is told on stderr. `parks`: plant the probes of each Go
 * process found; NULL = none. From gt_looks_start() to gt_looks_stop() it is the thread's. NULL: no memory.
 */
struct gt_looks *gt_looks_new(struct gt_parks *parks, bool verbose);
void gt_looks_free(struct gt_looks *looks); /* after gt_looks_stop(); NULL is fine */

/*
 * gt_looks_refresh - before anything else: whole looks each `ns`, for who does not keep the first one for ever. Without
 * it each process has one.
 */
void gt_looks_refresh(struct gt_looks *looks, uint64_t ns);

/*
 * gt_looks_attach - before gt_looks_start(): look at running process `pid` now, in this thread, so that a look stands
 * before the first sample. `tgid` is its id in the initial PID namespace.
 */
void gt_looks_attach(struct gt_looks *looks, pid_t pid, uint32_t tgid);

/* gt_looks_start - from now on write to `writer`, holding `lock`. 0 or -errno of the thread's creation. */
int gt_looks_start(struct gt_looks *looks, struct gt_writer *writer, pthread_mutex_t *lock);

/* gt_looks_consider - `pid` has just executed a program: when it is a Go program, look at it from now on. */
void gt_looks_consider(struct gt_looks *looks, pid_t pid, uint32_t tgid);

/* gt_looks_stop - take a last look at each process, then end the thread. Without gt_looks_start() nothing. */
void gt_looks_stop(struct gt_looks *looks);

/*
 * gt_looks_describe - before gt_looks_start(): "go1.26.1, 1,204 goroutines" of the process that was attached to; ""
 * when it is no Go program. `text` holds 96 bytes; returns it.
 */
const char *gt_looks_describe(const struct gt_looks *looks, char *text);

#endif
