/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Looks at the goroutine tables of recorded Go processes, so that the addresses in R14 can be named later.
 * Costs nothing for a process that is no Go program: it is looked at once and then forgotten.
 */
#ifndef GT_CLI_LOOKS_H
#define GT_CLI_LOOKS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/recording_writer.h"

struct gt_looks;

/* gt_looks_new - looks are written to `writer`. With `verbose` what is found or refused is told on stderr. */
struct gt_looks *gt_looks_new(struct gt_writer *writer, bool verbose);
void gt_looks_free(struct gt_looks *looks);	/* NULL is fine */

/*
 * gt_looks_consider - process `pid`, `tgid` in the initial PID namespace, runs a program that was not seen yet: it was
 * attached to or has just executed it. When it is a Go program it is looked at from now on. 0 or an error of `writer`.
 */
int gt_looks_consider(struct gt_looks *looks, pid_t pid, uint32_t tgid);

/* gt_looks_timeout - milliseconds until a look is due, for poll(2): -1 = never. */
int gt_looks_timeout(const struct gt_looks *looks);

/* gt_looks_take - take the looks that are due, or all with `now`. 0 or an error of `writer`. */
int gt_looks_take(struct gt_looks *looks, bool now);

/* gt_looks_describe - "go1.26.1" of the first Go process, "" when there is none. */
const char *gt_looks_describe(const struct gt_looks *looks);

#endif
