/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What goroutines began with, by the name of the function, while they are being recorded: the runtime's own goroutines
 * wait for minutes, which is no stall that anybody wants to be told of.
 *
 * `gtrace stalls` reads the same from the recording (gt_blame, gt_is_system).
 */
#ifndef GT_CLI_ORIGINS_H
#define GT_CLI_ORIGINS_H

#include <stdint.h>

#include <uapi/gtrace.h>

#include "analysis/hash.h"
#include "analysis/stall.h"
#include "go/binary.h"

struct gt_origin {
	const char *name; /* of the function, NULL = none */
};

struct gt_origins_process;

/* Starts zeroed. */
struct gt_origins {
	struct gt_origins_process *processes;
	struct gt_origin *all; /* a site's location is an index here */
	size_t count, room;
	struct gt_hash of; /* (address, process) -> index + 1 */
};

/*
 * gt_origins_root - the function that the goroutine of this hit began with, GT_NO_SITE when its stack does not tell.
 * The process must be alive for the first address that is asked for. 0 or -ENOMEM.
 */
int gt_origins_root(struct gt_origins *origins, const struct gtrace_event_hit *hit, struct gt_site *root);

/* gt_origins_name - "main.worker"; NULL = unknown. Lives until gt_origins_free(). */
const char *gt_origins_name(const struct gt_origins *origins, struct gt_site root);

/* gt_origins_exec - process `tgid` runs another program. */
void gt_origins_exec(struct gt_origins *origins, uint32_t tgid);

void gt_origins_free(struct gt_origins *origins);

#endif
