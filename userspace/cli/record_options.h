/* SPDX-License-Identifier: GPL-2.0 */
/* The command line of `gtrace record`. */
#ifndef GT_CLI_RECORD_OPTIONS_H
#define GT_CLI_RECORD_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include <uapi/gtrace.h>

#include "dumps.h"

/* Of a CPU's sample ring: the least that the module takes. */
#define GT_SAMPLE_BYTES_MIN (16u << 10)

struct gt_record_options {
	const char *output; /* "-" = standard output */
	const char *pid;    /* or name; NULL = none */
	char **command;     /* NULL = none */
	uint64_t period;
	uint32_t jitter;                    /* of the period, in 1/1000 of it; 0 = none */
	uint32_t flags;                     /* GTRACE_F_* */
	uint32_t sample_bytes, event_bytes; /* per CPU; 0 = by default */
	uint32_t overhead;                  /* of probes, 1/1000 of the target's CPU time; 0 = no limit */
	bool all, registers, xmm, branches, quiet, verbose;
	bool jitter_asked; /* not merely by default */
	bool parks, shared_probes;
	bool flight;
	struct gt_dumps_options dumps; /* flight */
};

/* gt_record_parse - complains; an exit status, 0 = fine. */
int gt_record_parse(int argc, char **argv, struct gt_record_options *options);

#endif
