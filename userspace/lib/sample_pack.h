/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Samples as they stand in a SAMPLES chunk: the kept fields as a row of gt_pack (tsc and ip first), then the branch
 * stack when the recording keeps branches. One context per chunk being written or read.
 *
 * A recording that keeps BX and CX but not all registers (and ADDR and R14, by which to tell) has them for stores into
 * the own g alone, where they are arguments of runtime.gopark: of other samples they are written as 0, which costs
 * nothing, and read as not known.
 */
#ifndef GT_LIB_SAMPLE_PACK_H
#define GT_LIB_SAMPLE_PACK_H

#include <stdbool.h>
#include <stdint.h>

#include "branch_pack.h"
#include "pack.h"
#include "sample.h"

/* Most bytes a sample can take, and how far past a sample's first byte both functions may reach. */
#define GT_SAMPLE_PACK_MAX (GT_PACK_ROW_MAX + GT_BRANCH_PACK_MAX)

struct gt_sample_pack {
	struct gt_pack rows;
	struct gt_branch_pack branches;
	struct gtrace_pebs_branch stack[GT_MAX_BRANCHES]; /* of the sample last unpacked */
	uint64_t fields;
	bool keep_branches;
	bool dense;                   /* the kept fields are the first ones, without a hole */
	uint8_t own_g;                /* column of BX when it and CX, the next, are of stores into the g; 0 = of all */
	uint8_t column[GT_NR_FIELDS]; /* field of each kept column */
};

/* gt_sample_pack_init - `fields` must hold TSC and IP. -EINVAL, -ENOMEM. */
int gt_sample_pack_init(struct gt_sample_pack *pack, uint64_t fields, bool keep_branches);
void gt_sample_pack_fini(struct gt_sample_pack *pack); /* also of a zeroed one */
void gt_sample_pack_reset(struct gt_sample_pack *pack);

/* gt_sample_pack - append a sample that has all kept fields at `out`. Returns its end. */
uint8_t *gt_sample_pack(struct gt_sample_pack *pack, const struct gt_sample *sample, uint8_t *out);

/* gt_sample_unpack - read the sample at `in`, all but its cpu. Returns its end or NULL: no writer made these bytes. */
const uint8_t *gt_sample_unpack(struct gt_sample_pack *pack, const uint8_t *in, struct gt_sample *sample);

#endif
