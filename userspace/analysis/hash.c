// SPDX-License-Identifier: GPL-2.0
#include "analysis/hash.h"

#include <errno.h>
#include <stdlib.h>

#define FIRST_SLOTS 256

void gt_hash_free(struct gt_hash *hash)
{
	free(hash->slots);
	*hash = (struct gt_hash){};
}

int gt_hash_grow(struct gt_hash *hash)
{
	size_t slots = hash->slots ? (hash->mask + 1) * 2 : FIRST_SLOTS;
	struct gt_hash grown = {.slots = calloc(slots, sizeof(*grown.slots)), .mask = slots - 1};
	size_t i, at;

	if (!grown.slots)
		return -ENOMEM;
	for (i = 0; hash->slots && i <= hash->mask; i++) {
		const struct gt_hash_slot *slot = &hash->slots[i];

		if (!slot->value)
			continue;
		at = gt_hash_of(slot->key[0], slot->key[1]) & grown.mask;
		while (grown.slots[at].value)
			at = (at + 1) & grown.mask;
		grown.slots[at] = *slot;
		grown.used++;
	}
	free(hash->slots);
	*hash = grown;
	return 0;
}
