/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One hash map for every join of the analysis: the key is two 64-bit words, the value one. Open addressing with
 * linear probing, at most half full, grows by doubling, never deletes. A value of 0 marks an empty slot, so whoever
 * inserts must store something else (a count, an index + 1).
 */
#ifndef GT_ANALYSIS_HASH_H
#define GT_ANALYSIS_HASH_H

#include <stddef.h>
#include <stdint.h>

struct gt_hash_slot {
	uint64_t key[2];
	uint64_t value; /* 0 = empty */
};

struct gt_hash {
	struct gt_hash_slot *slots;
	size_t mask; /* slots - 1; the number of slots is a power of two */
	size_t used;
};

/* A hash begins as all zeroes. */
void gt_hash_free(struct gt_hash *hash);

/* Doubles the room. Returns 0 or -ENOMEM (the hash is then unchanged). */
int gt_hash_grow(struct gt_hash *hash);

/* Two multiplications spread both words over the high bits; the fold brings them down to where the mask looks. */
static inline size_t gt_hash_of(uint64_t key0, uint64_t key1)
{
	uint64_t mixed = (key0 * 0x9e3779b97f4a7c15ULL + key1) * 0xd6e8feb86659fd93ULL;

	return mixed ^ mixed >> 32;
}

/* The value stored under the key, 0 if there is none. */
static inline uint64_t gt_hash_get(const struct gt_hash *hash, uint64_t key0, uint64_t key1)
{
	size_t at;

	if (!hash->slots)
		return 0;
	for (at = gt_hash_of(key0, key1) & hash->mask; hash->slots[at].value; at = (at + 1) & hash->mask)
		if (hash->slots[at].key[0] == key0 && hash->slots[at].key[1] == key1)
			return hash->slots[at].value;
	return 0;
}

/*
 * Where the key's value lives; a new key's is 0 and must be set before the next call. The place is good until then.
 * NULL = no memory.
 */
static inline uint64_t *gt_hash_at(struct gt_hash *hash, uint64_t key0, uint64_t key1)
{
	size_t at;

	if ((!hash->slots || hash->used > hash->mask / 2) && gt_hash_grow(hash))
		return NULL;
	for (at = gt_hash_of(key0, key1) & hash->mask; hash->slots[at].value; at = (at + 1) & hash->mask)
		if (hash->slots[at].key[0] == key0 && hash->slots[at].key[1] == key1)
			return &hash->slots[at].value;
	hash->slots[at].key[0] = key0;
	hash->slots[at].key[1] = key1;
	hash->used++;
	return &hash->slots[at].value;
}

#endif
