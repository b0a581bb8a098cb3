/* SPDX-License-Identifier: GPL-2.0 */
/*
 * When the flight recorder writes, and where to. The first dump is OUTPUT, later ones OUTPUT.1, OUTPUT.2 ...; a file
 * that is there becomes FILE.old.
 *
 *	watching -- a trigger fires, SIGUSR2 --> due -- a look came since, or 100 ms passed --> written --> watching
 *
 * The look lets the last samples be given to goroutines. After a dump no trigger fires for the length of the window, so
 * that one incident makes one file and a bad day does not fill the disk; SIGUSR2 always works.
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
	struct gt_flight_options flight;
	struct gt_trigger triggers[GT_TRIGGERS_MAX];
	unsigned int nr_triggers;
	const char *output;
	bool quiet;
};

/* gt_dumps_new - takes `writer` over as gt_flight_new() does. `khz`: of the TSC. NULL: no memory. */
struct gt_dumps *gt_dumps_new(const struct gt_dumps_options *options, const struct gt_recording_info *info,
			      struct gt_writer *writer, uint32_t khz);
void gt_dumps_free(struct gt_dumps *dumps); /* before the writer; NULL is fine */

struct gt_flight *gt_dumps_flight(struct gt_dumps *dumps);

/* gt_dumps_events - a run of events of a ring, in a drain that gt_flight_begin() began. 0, -ENOMEM. */
int gt_dumps_events(struct gt_dumps *dumps, uint32_t cpu, const void *events, size_t bytes);

/*
 * gt_dumps_round - all rings were drained; that began at `tsc`, `now_ns` (CLOCK_MONOTONIC). 1: a dump is due: bring
 * what the hardware still holds, and write it. 0, -ENOMEM, errors of the writer.
 */
int gt_dumps_round(struct gt_dumps *dumps, uint64_t tsc, uint64_t now_ns);

/* gt_dumps_ask - process `asker` wants a dump now, and to be told; 0 = somebody who does not wait. */
void gt_dumps_ask(struct gt_dumps *dumps, pid_t asker, uint64_t now_ns);

/* gt_dumps_write - the dump that is due. An error of its file is told to people, and watching goes on. 0, -ENOMEM. */
int gt_dumps_write(struct gt_dumps *dumps, uint64_t now_ns);

/* gt_dumps_end - the recording ends: write what is due, or, when there was no dump at all, the window as it is. */
int gt_dumps_end(struct gt_dumps *dumps, uint64_t now_ns);

/*
 * gt_dumps_address - where process `asker` waits for the answer; returns the length of the address. The answer is one
 * datagram: '+' and the name of the file, or '-' and why there is none.
 */
socklen_t gt_dumps_address(pid_t asker, struct sockaddr_un *address);
void gt_dumps_answer(pid_t asker, char sign, const char *text);

#endif
