// SPDX-License-Identifier: GPL-2.0
#include "pack.h"

#include <errno.h>
#include <stdlib.h>

#include "bytes.h"

int gt_pack_init(struct gt_pack *pack, unsigned int nr_columns, unsigned int nr_sequential)
{
	*pack = (struct gt_pack){0};
	if (!nr_sequential || nr_sequential > nr_columns || nr_columns > GT_PACK_MAX_COLUMNS)
		return -EINVAL;
	pack->nr_columns = nr_columns;
	pack->nr_sequential = nr_sequential;
	pack->bitmap_bytes = (nr_columns + 7) / 8;
	pack->slots = calloc((GT_PACK_SLOTS + 1) * nr_columns, sizeof(uint64_t));
	if (!pack->slots)
		return -ENOMEM;
	gt_pack_reset(pack);
	return 0;
}

void gt_pack_fini(struct gt_pack *pack)
{
	free(pack->slots);
	*pack = (struct gt_pack){0};
}

void gt_pack_reset(struct gt_pack *pack)
{
	memset(pack->used, 0, sizeof(pack->used));
	pack->previous = pack->slots + (size_t)GT_PACK_SLOTS * pack->nr_columns;
}

/*
 * The slot of `key`, and in `*ref` the row that the non-sequential columns refer to. Instruction addresses differ in
 * their low bits: a multiplicative hash spreads those over the high ones.
 */
static uint64_t *find_slot(struct gt_pack *pack, uint64_t key, const uint64_t **ref)
{
	unsigned int i = (key * 0x9e3779b97f4a7c15ull) >> 57;
	uint64_t *slot = pack->slots + (size_t)i * pack->nr_columns;
	uint64_t bit = 1ull << (i % 64);
	int known = (pack->used[i / 64] & bit) && slot[pack->nr_sequential - 1] == key;

	_Static_assert(GT_PACK_SLOTS == 1 << (64 - 57), "hash gives a slot number");
	pack->used[i / 64] |= bit;
	*ref = known ? slot : pack->previous;
	return slot;
}

struct differences {
	uint64_t coded[GT_PACK_MAX_COLUMNS + 1];
	uint64_t bitmap;
	size_t count;
};

/* Each difference is stored, and kept by counting it only when it is not zero: no branch to mispredict. */
static inline void put_difference(struct differences *to, size_t column, uint64_t d)
{
	uint64_t differs = d != 0;

	to->coded[to->count] = gt_zigzag(d);
	to->bitmap |= differs << column;
	to->count += differs;
}

uint8_t *gt_pack_row(struct gt_pack *pack, const uint64_t *row, uint8_t *out)
{
	const uint64_t *previous = pack->previous, *ref;
	size_t sequential = pack->nr_sequential, n = pack->nr_columns, i;
	uint64_t *slot = find_slot(pack, row[sequential - 1], &ref);
	struct differences d;
	uint8_t *lengths, *p;

	d.bitmap = d.count = 0;
	/* The slot may be the row before, or the one referred to: each of its columns is read before it is written. */
	for (i = 0; i < sequential; i++) {
		put_difference(&d, i, row[i] - previous[i]);
		slot[i] = row[i];
	}
	for (; i < n; i++) {
		put_difference(&d, i, row[i] - ref[i]);
		slot[i] = row[i];
	}
	d.coded[d.count] = 0;

	gt_put64(out, d.bitmap);
	lengths = out + pack->bitmap_bytes;
	p = lengths + (d.count + 1) / 2;
	for (i = 0; i < d.count; i += 2) {
		unsigned int even = gt_bytes_of(d.coded[i]), odd = gt_bytes_of(d.coded[i + 1]);

		*lengths++ = (even - 1) | (odd - 1) << 4;
		gt_put64(p, d.coded[i]);
		p += even;
		gt_put64(p, d.coded[i + 1]);
		p += i + 1 < d.count ? odd : 0;
	}
	pack->previous = slot;
	return p;
}

struct cursor {
	const uint8_t *lengths; /* of the next difference: this byte ... */
	unsigned int shift;     /* ... from this bit on */
	const uint8_t *data;
	unsigned int bad; /* bit 3 set: a length that no writer makes */
};

static uint64_t next_delta(struct cursor *c)
{
	unsigned int nibble = *c->lengths >> c->shift;
	uint64_t coded = gt_get_bytes(c->data, (nibble & 7) + 1);

	c->bad |= nibble;
	c->data += (nibble & 7) + 1;
	c->lengths += c->shift >> 2;
	c->shift ^= 4;
	return gt_unzigzag(coded);
}

const uint8_t *gt_unpack_row(struct gt_pack *pack, const uint8_t *in, const uint64_t **row)
{
	unsigned int n = pack->nr_columns, sequential = pack->nr_sequential;
	uint64_t bitmap = gt_get_bytes(in, pack->bitmap_bytes);
	unsigned int changed = __builtin_popcountll(bitmap);
	struct cursor c = {.lengths = in + pack->bitmap_bytes};
	uint64_t first[GT_PACK_MAX_COLUMNS];
	const uint64_t *ref;
	uint64_t *slot;

	if (n < 64 && bitmap >> n)
		return NULL;
	c.data = c.lengths + (changed + 1) / 2;
	for (unsigned int i = 0; i < sequential; i++) {
		first[i] = pack->previous[i];
		if (bitmap & 1ull << i)
			first[i] += next_delta(&c);
	}
	slot = find_slot(pack, first[sequential - 1], &ref);
	if (slot != ref)
		memcpy(slot, ref, n * sizeof(*slot));
	for (unsigned int i = 0; i < sequential; i++)
		slot[i] = first[i];
	for (bitmap &= -1ull << (sequential - 1) << 1; bitmap; bitmap &= bitmap - 1)
		slot[__builtin_ctzll(bitmap)] += next_delta(&c);
	/* next_delta() leaves the upper nibble in: bit 3 and bit 7 are those of the two lengths in the byte. */
	if (c.bad & 8)
		return NULL;
	pack->previous = slot;
	*row = slot;
	return c.data;
}
