// SPDX-License-Identifier: GPL-2.0
#include "seen.h"

#include <errno.h>
#include <stdlib.h>

static struct gt_seen_entry *find(const struct gt_seen *seen, uint64_t addr)
{
	size_t i = gt_seen_mix(0, addr) & (seen->room - 1);

	while (seen->entries[i].addr && seen->entries[i].addr != addr)
		i = (i + 1) & (seen->room - 1);
	return &seen->entries[i];
}

static int grow(struct gt_seen *seen)
{
	struct gt_seen bigger = {.room = seen->room ? seen->room * 2 : 256, .used = seen->used};

	bigger.entries = calloc(bigger.room, sizeof(*bigger.entries));
	if (!bigger.entries)
		return -ENOMEM;
	for (size_t i = 0; i < seen->room; i++)
		if (seen->entries[i].addr)
			*find(&bigger, seen->entries[i].addr) = seen->entries[i];
	free(seen->entries);
	*seen = bigger;
	return 0;
}

int gt_seen_change(struct gt_seen *seen, uint64_t addr, uint64_t fingerprint)
{
	struct gt_seen_entry *entry;

	if (seen->used * 4 >= seen->room * 3 && grow(seen))
		return -ENOMEM;
	entry = find(seen, addr);
	if (entry->addr && entry->fingerprint == fingerprint)
		return 0;
	seen->used += !entry->addr;
	*entry = (struct gt_seen_entry){addr, fingerprint};
	return 1;
}

bool gt_seen_has(const struct gt_seen *seen, uint64_t addr)
{
	return seen->room && find(seen, addr)->addr;
}

void gt_seen_free(struct gt_seen *seen)
{
	free(seen->entries);
	*seen = (struct gt_seen){0};
}
