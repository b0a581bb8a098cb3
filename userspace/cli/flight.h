/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The flight recorder: nothing goes to disk; the chunks of the last seconds stay in memory, and a dump makes a whole
 * recording of them.
 *
 *	rings -- drained every 20 ms --> writer --> EVENTS, SAMPLES --> slices, by time stamp
 *						--> LOOK, GO, PROBES, FILES, STRANGERS, until they say nothing any more
 *
 *	TSC ------ dropped ------|---|---|---|- slices -|---|---|---|
 *			 |	 ^ begin of the window: how things stand there is told anew
 *			 \--> standing: MAPS, SWITCH, PERIOD, WINDOW, clock; how what stands still had come to
 *
 * The window is exact whatever the recorder is doing: an event or sample belongs to the slice that its TSC names, on
 * all CPUs, also when it is read late. What is read after its slice was dropped only moves the standing.
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
	uint64_t span;  /* TSC ticks: keep so much time ... */
	uint64_t bytes; /* ... or less, so that it fits */
	/*
	 * Remember of what stands still when the window begins how it came to. It takes a look at each event that is
	 * dropped, for which the recorder works nearly twice as much.
	 */
	bool remember;
};

/*
 * gt_flight_new - from now on, at `tsc`, `writer` writes into memory; both go together. What it had, the file's header
 * and INFO, goes where it goes: a dump has its own, made from `info`, which is copied. NULL: no memory, or it went
 * wrong.
 */
struct gt_flight *gt_flight_new(const struct gt_flight_options *options, const struct gt_recording_info *info,
				const struct gt_decoder *decoder, struct gt_writer *writer, uint64_t tsc);
void gt_flight_free(struct gt_flight *flight); /* before its writer; NULL is fine */

/* gt_flight_existing - events of /proc. 0 or -ENOMEM. */
int gt_flight_existing(struct gt_flight *flight, const void *events, size_t bytes);

/*
 * A drain of a CPU's rings: runs of events, then runs of `n` records, then what the CPU has counted by now. 0, -ENOMEM
 * or errors of the writer.
 */
int gt_flight_events(struct gt_flight *flight, uint32_t cpu, const void *events, size_t bytes);
int gt_flight_samples(struct gt_flight *flight, uint32_t cpu, const void *records, size_t n);
int gt_flight_count(struct gt_flight *flight, const struct gt_total *total);

/*
 * gt_flight_known - all rings were read, which began at `tsc`: no event is missing that is older than this TSC. What is
 * open then was not over; so it waits long enough for an event that is stamped and not in its ring yet: a hypervisor
 * may stop a CPU in between.
 */
uint64_t gt_flight_known(const struct gt_flight *flight, uint64_t tsc);
#define GT_FLIGHT_LATE_US 1000

/* gt_flight_trim - drop what is older than the window that ends at `tsc`, and what is too much. 0 or -ENOMEM. */
int gt_flight_trim(struct gt_flight *flight, uint64_t tsc);

/* gt_flight_begin - TSC where the window begins. */
uint64_t gt_flight_begin(const struct gt_flight *flight);

/* gt_flight_looked - the latest look that is kept began at this TSC; 0 = none is. */
uint64_t gt_flight_looked(const struct gt_flight *flight);

/* gt_flight_bytes - memory that the window takes. */
size_t gt_flight_bytes(const struct gt_flight *flight);

/* Why a dump is made; see struct gt_recording_info. */
struct gt_flight_cause {
	const char *trigger;
	uint64_t goid, tsc;
	uint64_t fired; /* TSC */
};

struct gt_flight_dump {
	uint64_t bytes;
	uint64_t before, after; /* TSC ticks that it covers, up to cause->fired and from there on */
	uint64_t samples;
	uint64_t lost;    /* events that the rings had no room for */
	uint64_t dropped; /* goroutines that stood still before, of which there was no room to remember how */
	bool cut;         /* begins later than asked for, to fit into the memory allowed */
};

/*
 * gt_flight_dump - write the window to `fd`, up to the end of the slice that holds TSC `until`; all events from before
 * `known` were read. The window stays. 0, -ENOMEM, errors of write(2).
 */
int gt_flight_dump(struct gt_flight *flight, int fd, const struct gt_flight_cause *cause, uint64_t until,
		   uint64_t known, struct gt_flight_dump *dump);

#endif
