/* SPDX-License-Identifier: GPL-2.0 */
/* The packs of a recording, one for each kind of packed item: writer and reader keep the same ones, in step. */
#ifndef GT_LIB_PACKS_H
#define GT_LIB_PACKS_H

#include "hit_pack.h"
#include "pack.h"
#include "sample_pack.h"

struct gt_packs {
	struct gt_sample_pack samples; /* SAMPLES */
	struct gt_pack switches;       /* EVENTS, MAPS; likewise the next three */
	struct gt_pack wakes;
	struct gt_pack periods;
	struct gt_hit_pack hits;
	struct gt_pack goroutines; /* LOOK; likewise the next */
	struct gt_pack threads;
};

/* Zeroes behind a payload: the unpackers read this far past the end of a row. */
#define GT_PAYLOAD_SLACK (GT_SAMPLE_PACK_MAX > GT_HIT_PACK_MAX ? GT_SAMPLE_PACK_MAX : GT_HIT_PACK_MAX)

/* gt_packs_init - for samples that keep these fields, and their branches or not. -EINVAL (the fields), -ENOMEM. */
int gt_packs_init(struct gt_packs *packs, uint64_t fields, bool keep_branches);
void gt_packs_fini(struct gt_packs *packs); /* also of zeroed ones */

/* At the beginning of a chunk: what it takes to read it alone. */
void gt_packs_reset_events(struct gt_packs *packs);
void gt_packs_reset_look(struct gt_packs *packs);

#endif
