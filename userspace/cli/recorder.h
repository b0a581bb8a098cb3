/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The engine of `gtrace record`: moves what the rings hold into a file until the target ends or somebody says stop.
 * It sleeps in poll(2) and is woken by a ring's watermark; it has a timer only while progress is shown, and every few
 * seconds to bring what is in the rings to the file.
 */
#ifndef GT_CLI_RECORDER_H
#define GT_CLI_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "dumps.h"
#include "lib/files.h"
#include "lib/notices.h"
#include "lib/recording_writer.h"
#include "lib/rings.h"
#include "lib/session.h"
#include "looks.h"
#include "parks.h"
#include "strangers.h"
#include "tally.h"
#include "target.h"

#define GT_NS_PER_S UINT64_C(1000000000)

struct gt_recorder {
	struct gt_session *session;
	struct gt_target *target;
	bool progress; /* show a line on stderr while recording */
	bool verbose;
	const char *output; /* for messages */

	struct gt_ring *rings;
	uint32_t nr_rings;
	pthread_mutex_t lock; /* of `writer`: looks come from another thread */
	struct gt_writer *writer;
	struct gt_looks *looks; /* the caller's */
	struct gt_dumps *dumps; /* of the flight recorder; NULL = all goes to the file */
	struct gt_file_set files;
	struct gt_notices *notices; /* NULL = not to be had: execs are then seen when their events are read */
	bool own_exec_seen;
	struct gt_parks *parks;        /* NULL = not recorded; else count them and ask for the names of strangers */
	bool names;                    /* /proc numbers threads as the module does */
	struct gt_strangers strangers; /* of the target */
	struct gt_tally tally;
	uint64_t end_tsc; /* STOP was asked for */
	/* By gt_recorder_now(): when it began, when the file last got all there was, when progress was last shown. */
	uint64_t begun_ns, flushed_ns, shown_ns;
	int signal_fd; /* the caller's */
};

/* gt_recorder_map - map the rings of all present CPUs of the configured session. Complains; 0 or -errno. */
int gt_recorder_map(struct gt_recorder *recorder);

/*
 * gt_recorder_begin - the session runs and `writer` exists: write what is known of an attached target, then let a
 * command start. 0 or -errno.
 */
int gt_recorder_begin(struct gt_recorder *recorder);

/* gt_recorder_run - until the target is gone, a signal says stop (read from signal_fd), or an error. 0 or -errno. */
int gt_recorder_run(struct gt_recorder *recorder);

/* gt_recorder_finish - stop the session, write the rest and the totals. 0 or -errno. */
int gt_recorder_finish(struct gt_recorder *recorder);

/* gt_recorder_total - what a CPU counted; gt_recorder_sum - all of them (its `cpu` means nothing). */
struct gt_total gt_recorder_total(const struct gt_ring *ring);
struct gt_total gt_recorder_sum(const struct gt_recorder *recorder);

/* gt_recorder_tgid - the target's id in the initial PID namespace; a command recorded among all others has ours. */
uint32_t gt_recorder_tgid(const struct gt_recorder *recorder);

uint64_t gt_recorder_now(void); /* ns, CLOCK_MONOTONIC */

void gt_recorder_fini(struct gt_recorder *recorder); /* frees what the recorder made, the writer too */

#endif
