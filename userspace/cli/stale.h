/* SPDX-License-Identifier: GPL-2.0 */
/* Chunks of the flight recorder that say nothing any more about what comes after a moment. */
#ifndef GT_CLI_STALE_H
#define GT_CLI_STALE_H

#include "census.h"
#include "kept.h"

/*
 * gt_stale_looks - drops LOOK chunks that ended before TSC `from`, of processes that are gone by then (`census`), and
 * those before a complete look of the same process: looks tell changes.
 */
void gt_stale_looks(struct gt_kept_list *looks, const struct gt_census *census, uint64_t from);

/* gt_stale_programs - drops GO and PROBES chunks from before `from` that are all of processes gone by then. */
void gt_stale_programs(struct gt_kept_list *chunks, const struct gt_census *census, uint64_t from);

#endif
