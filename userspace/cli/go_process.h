/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One recorded process that runs the Go runtime: attached to, looked at, and what changed since the last look written.
 */
#ifndef GT_CLI_GO_PROCESS_H
#define GT_CLI_GO_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "go/binary.h"
#include "go/runtime.h"
#include "lib/recording_writer.h"
#include "parks.h"
#include "seen.h"

struct gt_go_process {
	struct gt_go_process *next; /* the owner's list */
	pid_t pid;
	uint32_t tgid;    /* in the initial PID namespace */
	bool verbose;     /* tell why it cannot be looked at */
	bool foreign_ids; /* lives in another PID namespace */
	bool introduced;  /* its GO record is written */
	bool explained;   /* its PROBES record is, as things stand */
	bool complete;    /* a whole look is written */
	bool unwritten;   /* `look` is newer than the file */
	struct gt_go_binary *binary;
	const struct gt_plant *plant;  /* its probes; NULL = parks are not recorded */
	const char *distrust;          /* its runtime is not what the probes were made for, and why; NULL = it is */
	struct gt_go_runtime *runtime; /* NULL = the runtime has not started yet */
	uint64_t found_tsc;
	uint64_t load_bias;
	unsigned int retries;
	uint64_t refresh_ns;         /* how long after a whole look the next one comes; 0 = one is enough */
	uint64_t complete_ns;        /* due_ns when the last whole look was written */
	uint64_t due_ns;             /* CLOCK_MONOTONIC of the next look */
	uint64_t tsc_begin, tsc_end; /* of `look` */
	struct gt_go_look look;
	struct gt_seen seen;
};

/* gt_go_process_new - NULL: `pid` runs no Go program (or is gone). Its probes are planted when `parks` is not NULL. */
struct gt_go_process *gt_go_process_new(pid_t pid, uint32_t tgid, struct gt_parks *parks, bool verbose);
void gt_go_process_free(struct gt_go_process *process);

/*
 * gt_go_process_bias - address in `pid` minus address in the executable's file; `exe` is a path of that. 0, -errno of
 * open(2), -ENOEXEC, -ESRCH.
 */
int gt_go_process_bias(pid_t pid, const char *exe, uint64_t *bias);

/*
 * gt_go_process_look - one look, into memory, and when the next is due. -EAGAIN: not now, try when it is due. Other
 * errors: it cannot be looked at, now or later.
 */
int gt_go_process_look(struct gt_go_process *process);

/* gt_go_process_news - there is something to write. */
bool gt_go_process_news(const struct gt_go_process *process);

/* gt_go_process_alive - goroutines that lived at the last look. */
size_t gt_go_process_alive(const struct gt_go_process *process);

/* What a look lists, reused from look to look. Starts zeroed. */
struct gt_changes {
	struct gt_look_goroutine *goroutines;
	size_t goroutines_room;
	struct gt_look_thread *threads;
	size_t threads_room;
	struct gt_look look;
};

/*
 * gt_go_process_collect - what the last look changed, into `changes`; nothing when it is written already. -ENOMEM.
 * gt_go_process_write - who it is, if that is not in the file, and those changes. Errors of `writer`.
 */
int gt_go_process_collect(struct gt_go_process *process, struct gt_changes *changes);
int gt_go_process_write(struct gt_go_process *process, const struct gt_changes *changes, struct gt_writer *writer);
void gt_changes_free(struct gt_changes *changes);

#endif
