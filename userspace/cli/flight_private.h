/* SPDX-License-Identifier: GPL-2.0 */
/* What flight.c and flight_dump.c share. */
#ifndef GT_CLI_FLIGHT_PRIVATE_H
#define GT_CLI_FLIGHT_PRIVATE_H

#include "flight.h"
#include "slice.h"
#include "standing.h"

/* A CPU as it is read. */
struct gt_flight_cpu {
	uint32_t cpu;
	uint64_t tsc; /* of its latest event: those behind it in the ring are not told to be earlier */
	/*
	 * Its ring was full, and no event has come that is behind those it had no room for. When that one was read
	 * before it was known, the next one tells: each CPU has one a second.
	 */
	bool full;
	uint64_t dropped; /* events, as last counted */
};

struct gt_flight {
	struct gt_writer *writer;
	struct gt_decoder decoder;
	struct gt_flight_options options;
	struct gt_recording_info info;
	char *texts;    /* of info */
	uint64_t begun; /* TSC */

	struct gt_slices slices;
	struct gt_slice *current; /* where EVENTS and SAMPLES go just now */
	struct gt_kept_list looks, kept;
	struct gt_flight_cpu *cpus;
	size_t nr_cpus, cpus_room;

	uint64_t from;               /* TSC: begin of the window; 0 = nothing was dropped yet */
	uint64_t cut;                /* what `from` was when something was dropped for want of memory */
	struct gt_standing standing; /* at `from` */
};

/* gt_flight_keep - how the writer writes into memory: a gt_write_fn. */
int gt_flight_keep(void *to, const void *bytes, size_t n);

#endif
