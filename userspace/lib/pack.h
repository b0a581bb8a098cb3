/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packing rows of 64-bit columns: what makes a 200-byte record about 30 bytes of file.
 *
 * A column is written as its difference to a reference row that reader and writer both know. The first columns
 * (nr_sequential of them) differ little from row to row and refer to the row before; the last of these is the key.
 * All others refer to the last row with the same key: the registers at one instruction resemble the registers at
 * the same instruction earlier far more than those of whatever was sampled in between. With no such row in the table
 * (GT_PACK_SLOTS rows, by a hash of the key) they refer to the row before.
 *
 *	bitmap of the columns that differ | 4 bits for each of them: bytes - 1 | the differences, zigzag, little endian
 *
 * A context is reset at each chunk, so that each chunk can be read alone.
 */
#ifndef GT_LIB_PACK_H
#define GT_LIB_PACK_H

#include <stdint.h>

#define GT_PACK_SLOTS       128
#define GT_PACK_MAX_COLUMNS 64
/* Most bytes a row can take, and how far past a row's first byte gt_pack_row() may write and gt_unpack_row() read. */
#define GT_PACK_ROW_MAX (8 + GT_PACK_MAX_COLUMNS / 2 + GT_PACK_MAX_COLUMNS * 8)

struct gt_pack {
	uint32_t nr_columns;
	uint32_t nr_sequential;
	uint32_t bitmap_bytes;
	uint64_t used[GT_PACK_SLOTS / 64];
	uint64_t *slots;          /* GT_PACK_SLOTS rows, then one of zeroes */
	const uint64_t *previous; /* the row before, always in a slot */
};

/* gt_pack_init - 1 <= nr_sequential <= nr_columns <= GT_PACK_MAX_COLUMNS. -EINVAL, -ENOMEM. */
int gt_pack_init(struct gt_pack *pack, unsigned int nr_columns, unsigned int nr_sequential);
void gt_pack_fini(struct gt_pack *pack); /* also of a zeroed one */
void gt_pack_reset(struct gt_pack *pack);

/* gt_pack_row - append `row` at `out`, which has GT_PACK_ROW_MAX bytes of room. Returns the row's end. */
uint8_t *gt_pack_row(struct gt_pack *pack, const uint64_t *row, uint8_t *out);

/*
 * gt_unpack_row - read the row at `in`, of which GT_PACK_ROW_MAX bytes can be read. `*row` is valid until the next
 * call. Returns the row's end, which the caller compares with the chunk's, or NULL: no writer made these bytes.
 */
const uint8_t *gt_unpack_row(struct gt_pack *pack, const uint8_t *in, const uint64_t **row);

#endif
