/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The flight recorder: nothing goes to disk; the chunks of the last seconds stay in memory, and a dump makes a whole
 * recording of them.
 *
 *	rings -- drained every 20 ms --> writer --> chunks --> batches: one for each drain of a ring
 *						       \-----> kept: FILES, GO, PROBES, STRANGERS; looks
 *
 *	time ---- dropped ----|=========== window ===========| now
 *		     |	      ^ begin: what the dropped batches told and holds from here on is told anew:
 *		     \--> census (MAPS), who has each CPU (SWITCH), whether probes record (WINDOW), the clocks
 *
 * Looks tell changes, so they are kept from the last complete one before the begin of the window.
 *
 * A chunk stands for itself: it is packed once, and a dump copies bytes. All functions are called by the recorder's
 * thread, under the writer's lock.
 */
#ifndef GT_CLI_FLIGHT_H
#define GT_CLI_FLIGHT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/recording_writer.h"

struct gt_flight; /* opaque */

struct gt_flight_options {
	uint64_t span_ns; /* keep so much time ... */
	uint64_t bytes;   /* ... or less, so that it fits */
};

/*
 * gt_flight_new - from now on `writer` writes into memory; both go together. What it had, the file's header and INFO,
 * goes where it goes: a dump has its own, made from `info`, which is copied. NULL: no memory, or it went wrong.
 */
struct gt_flight *gt_flight_new(const struct gt_flight_options *options, const struct gt_recording_info *info,
				struct gt_writer *writer);
void gt_flight_free(struct gt_flight *flight); /* before its writer; NULL is fine */

/* gt_flight_existing - events of /proc. 0 or -ENOMEM. */
int gt_flight_existing(struct gt_flight *flight, const void *events, size_t bytes);

/*
 * A drain of a ring: begun at `tsc` and `now_ns` (CLOCK_MONOTONIC); each run of events that it brought; `total` is what
 * the CPU has counted by now. 0, -ENOMEM or errors of the writer.
 */
int gt_flight_begin(struct gt_flight *flight, uint32_t cpu, uint64_t tsc, uint64_t now_ns);
int gt_flight_events(struct gt_flight *flight, const void *events, size_t bytes);
int gt_flight_end(struct gt_flight *flight, const struct gt_total *total);

/* gt_flight_trim - drop what is older than the window. 0 or -ENOMEM. */
int gt_flight_trim(struct gt_flight *flight, uint64_t now_ns);

/* gt_flight_looked - the latest look that is kept ended at this TSC; 0 = none is. */
uint64_t gt_flight_looked(const struct gt_flight *flight);

/* Why a dump is made; see struct gt_recording_info. */
struct gt_flight_cause {
	const char *trigger;
	uint64_t goid, tsc;
};

struct gt_flight_dump {
	uint64_t bytes;
	uint64_t span_ns; /* what it covers */
	uint64_t samples;
	bool cut; /* less than asked for, to fit into the memory allowed */
};

/* gt_flight_dump - write the window to `fd`. The window stays. 0, -ENOMEM, errors of write(2). */
int gt_flight_dump(struct gt_flight *flight, int fd, uint64_t now_ns, const struct gt_flight_cause *cause,
		   struct gt_flight_dump *dump);

#endif
