/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packing branch stacks: 32 entries of 24 bytes become about 40 bytes.
 *
 * Programs loop, so the branch that came before a given branch is mostly the one that came before it last time. A table
 * remembers, for each branch, the entry found below it on the stack; an entry that is as remembered costs one bit,
 * and so does a cycle count that is. The top of the stack is looked up by the sample's ip.
 *
 *	u8 n | n bits: as remembered | n bits: info as remembered | for each entry that is not, newest first:
 *	[ 4 bits: bytes of from - 1, 4 bits: bytes of to - 1, from - from above, to - from ] [ info ]
 *
 * info: one byte, bit 7 = mispredicted, bits 6:0 = cycles; 0x7f = the 8 bytes of LBR_INFO follow instead.
 */
#ifndef GT_LIB_BRANCH_PACK_H
#define GT_LIB_BRANCH_PACK_H

#include <stdint.h>

#include "sample.h"

#define GT_BRANCH_SLOTS 256
/* Most bytes a stack can take, and how far both functions may reach past its first byte. */
#define GT_BRANCH_PACK_MAX (1 + 2 * (GT_MAX_BRANCHES / 8) + GT_MAX_BRANCHES * (1 + 16 + 9) + 8)

struct gt_branch_pack {
	uint64_t used[GT_BRANCH_SLOTS / 64];
	struct gtrace_pebs_branch below[GT_BRANCH_SLOTS];
};

/* gt_branch_pack_reset - before the first stack, and at each chunk: writer and reader begin alike. */
void gt_branch_pack_reset(struct gt_branch_pack *pack);

/*
 * gt_branch_pack - append a stack of n <= GT_MAX_BRANCHES entries, newest first; it ends at the first whose `from` is
 * 0. Returns the stack's end.
 */
uint8_t *gt_branch_pack(struct gt_branch_pack *pack, uint64_t ip, const struct gtrace_pebs_branch *stack,
			unsigned int n, uint8_t *out);

/*
 * gt_branch_unpack - read the stack at `in` into `stack`, which has room for GT_MAX_BRANCHES. Returns its end or NULL
 * when no writer made these bytes.
 */
const uint8_t *gt_branch_unpack(struct gt_branch_pack *pack, uint64_t ip, const uint8_t *in,
				struct gtrace_pebs_branch *stack, unsigned int *n);

/* gt_branch_skip - the end of the stack at `in`, which gt_branch_unpack() takes, without reading it. */
const uint8_t *gt_branch_skip(const uint8_t *in);

#endif
