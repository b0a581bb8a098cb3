/* SPDX-License-Identifier: GPL-2.0 */
/*
 * When the flight recorder writes, and where to. The first dump is OUTPUT, later ones OUTPUT.1, OUTPUT.2 ...; a file
 * that is there becomes FILE.old.
 *
 *	a trigger fires, SIGUSR2 --> due -- a later look, and the stall is over; or 100 ms --> written
 *				      \-- others that fire meanwhile wait behind it
 *
 * What is due holds the window still: it ends where the trigger fired, however late that is found. The look lets the
 * last samples be given to goroutines. How the stall ends, and who ends it, is worth a short wait.
 *
 *	---|===== window =====X--|- - - - - no trigger - - - - -|===== window =====X--|
 *			      fires	for a window's length, in the target's time
 *
 * So one incident makes one file, and a bad day writes no more than recording all of it would. SIGUSR2 always works.
 *
 * `gtrace dump` is told the name: it waits on an abstract socket named after its process, see gt_dumps_address().
 */
#ifndef GT_CLI_DUMPS_H
#define GT_CLI_DUMPS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include "flight.h"
#include "trigger.h"

struct gt_dumps; /* opaque */

struct gt_dumps_options {
	uint64_t span_ns; /* keep so much time ... */
	uint64_t bytes;   /* ... or less, so that it fits */
	struct gt_trigger triggers[GT_TRIGGERS_MAX];
	unsigned int nr_triggers;
	const char *output;
	bool quiet;
};

/* gt_dumps_new - takes `writer` over as gt_flight_new() does; needs info->tsc_khz. NULL: no memory. */
struct gt_dumps *gt_dumps_new(const struct gt_dumps_options *options, const struct gt_recording_info *info,
			      const struct gt_decoder *decoder, struct gt_writer *writer);
void gt_dumps_free(struct gt_dumps *dumps); /* before the writer; NULL is fine */

struct gt_flight *gt_dumps_flight(struct gt_dumps *dumps);

/* gt_dumps_events - a run of events of a ring. 0, -ENOMEM, errors of the writer. */
int gt_dumps_events(struct gt_dumps *dumps, uint32_t cpu, const void *events, size_t bytes);

/*
 * gt_dumps_round - all rings were drained; that began at `tsc`, `now_ns` (CLOCK_MONOTONIC). 1: a dump is to be written:
 * bring what the hardware still holds, and write it. 0, -ENOMEM, errors of the writer.
 */
int gt_dumps_round(struct gt_dumps *dumps, uint64_t tsc, uint64_t now_ns);

/*
 * gt_dumps_patience - ms that may pass from `tsc` on before the next round: until something fires if nothing happens,
 * but neither so long that the rings fill nor so short that watching costs more than it is worth.
 */
int gt_dumps_patience(const struct gt_dumps *dumps, uint64_t tsc);

/* gt_dumps_ask - process `asker` wants a dump now, and to be told; 0 = somebody who does not wait. */
void gt_dumps_ask(struct gt_dumps *dumps, pid_t asker, uint64_t now_ns);

/*
 * gt_dumps_write - the dump that waits longest; all rings were drained, and that began at `tsc`. An error of its file
 * is told to people, and watching goes on. 0, -ENOMEM.
 */
int gt_dumps_write(struct gt_dumps *dumps, uint64_t tsc);

/*
 * gt_dumps_end - the recording ended at `tsc` and all rings were drained: write all that is due; or, when there are no
 * triggers and there was no dump at all, the window as it is.
 */
int gt_dumps_end(struct gt_dumps *dumps, uint64_t tsc);

/*
 * gt_dumps_address - where process `asker` waits for the answer; returns the length of the address. The answer is one
 * datagram: '+' and the name of the file, or '-' and why there is none.
 */
socklen_t gt_dumps_address(pid_t asker, struct sockaddr_un *address);
void gt_dumps_answer(pid_t asker, char sign, const char *text);

#endif
