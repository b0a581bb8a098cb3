/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The probes of `gtrace record --parks`: planted in each Go executable that is recorded, once a file.
 *
 * A command's file is known before it executes, that of a running process too: those get their probes before START.
 * What is executed later, by a shell script for one, gets them when it is found to be a Go program.
 */
#ifndef GT_CLI_PARKS_H
#define GT_CLI_PARKS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "go/binary.h"
#include "lib/recording_writer.h"
#include "lib/session.h"

/* One executable. */
struct gt_plant {
	struct gt_plant *next;
	dev_t dev;
	ino_t ino;
	uint32_t planted;  /* bit i: the probe with id i, enum gt_go_probe */
	char refusal[256]; /* why not all of them, or what they do not see; "" = nothing is amiss */
};

/* Asked by one thread at a time, but for `ended`. */
struct gt_parks {
	const struct gt_session *session; /* configured */
	bool branches;                    /* parks carry the LBR stack */
	bool shared;                      /* GTRACE_PROBE_F_SHARED */
	bool verbose;
	atomic_bool ended; /* STOP was asked for: nothing is planted any more */
	struct gt_plant *plants;
};

/*
 * gt_parks_plant - the probes of `binary`, which is the file at `path`; `name` is for people. Complains once a file
 * when they are refused. NULL: no memory, or the file cannot be looked at.
 */
const struct gt_plant *gt_parks_plant(struct gt_parks *parks, const char *path, const char *name,
				      const struct gt_go_binary *binary);

/*
 * gt_parks_command - before a command (words as execvp takes them) executes: of its program, and of what its words name
 * for env, nice, taskset or sh -c to execute, since a program that is found only when it runs has begun unseen. Says so
 * when there is no Go program among them.
 */
void gt_parks_command(struct gt_parks *parks, char *const *words);

/* gt_parks_process - of a running process. */
void gt_parks_process(struct gt_parks *parks, pid_t pid);

/*
 * gt_parks_write - what a reader of the hits of process `tgid`, found at `tsc`, needs to know. `distrust`: why none of
 * them may be believed, NULL = they may. Errors of `writer`.
 */
int gt_parks_write(const struct gt_plant *plant, const struct gt_go_binary *binary, const char *distrust, uint64_t tsc,
		   uint32_t tgid, struct gt_writer *writer);

void gt_parks_free(struct gt_parks *parks); /* what it holds; the probes go with the session */

#endif
