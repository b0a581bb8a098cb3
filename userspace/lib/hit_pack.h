/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hits as they stand in an EVENTS chunk: what is one number each as a row of gt_pack, then the branches, then the
 * frames. A park with 32 branches and its stack, 1.3 KB in the ring, becomes about 100 bytes.
 *
 * The row's key is the first value (the g in R14) plus the probe's id: the same goroutine at the same probe had, but
 * for the time and perhaps the thread, the same values last time. No g is so near to another that the two sums meet.
 */
#ifndef GT_LIB_HIT_PACK_H
#define GT_LIB_HIT_PACK_H

#include <stdint.h>

#include "branch_pack.h"
#include "frame_pack.h"
#include "hit.h"
#include "pack.h"

/* Most bytes a hit can take, and how far past a hit's first byte both functions may reach. */
#define GT_HIT_PACK_MAX (GT_PACK_ROW_MAX + GT_BRANCH_PACK_MAX + GT_FRAME_PACK_MAX)

struct gt_hit_pack {
	struct gt_pack rows;
	struct gt_branch_pack branches;
	struct gt_frame_pack frames;
};

int gt_hit_pack_init(struct gt_hit_pack *pack);  /* 0 or -ENOMEM */
void gt_hit_pack_fini(struct gt_hit_pack *pack); /* also of a zeroed one */
void gt_hit_pack_reset(struct gt_hit_pack *pack);

/* gt_hit_pack - append a hit for which gt_hit_sane() and that has nothing behind its frames. Returns its end. */
uint8_t *gt_hit_pack(struct gt_hit_pack *pack, const struct gtrace_event_hit *hit, uint8_t *out);

/*
 * gt_hit_unpack - read the hit at `in` into `hit`, which has GT_HIT_BYTES_MAX bytes; a branch whose `from` is 0 and
 * those behind it are gone. Returns its end or NULL: no writer made these bytes.
 */
const uint8_t *gt_hit_unpack(struct gt_hit_pack *pack, const uint8_t *in, struct gtrace_event_hit *hit);

/*
 * gt_hit_skim - the same without branches and frames, which costs a tenth; of bytes that gt_hit_pack() made. All hits
 * of a chunk are read this way or none.
 */
const uint8_t *gt_hit_skim(struct gt_hit_pack *pack, const uint8_t *in, struct gtrace_event_hit *hit);

#endif
