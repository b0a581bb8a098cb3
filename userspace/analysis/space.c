// SPDX-License-Identifier: GPL-2.0
#include "analysis/space.h"

#include "lib/array.h"

void gt_spaces_free(struct gt_spaces *spaces)
{
	size_t i;

	for (i = 0; i < spaces->count; i++) {
		free(spaces->all[i]->mappings);
		free(spaces->all[i]->epochs);
		free(spaces->all[i]);
	}
	free(spaces->all);
	*spaces = (struct gt_spaces){};
}

static int begin_epoch(struct gt_spaces *spaces, struct gt_space *space, uint64_t tsc)
{
	if (gt_array_room(&space->epochs, space->nr_epochs, &space->epochs_room))
		return -ENOMEM;
	if (space->nr_epochs)
		space->epochs[space->nr_epochs - 1].until = tsc;
	space->epochs[space->nr_epochs++] =
		(struct gt_epoch){.from = tsc, .until = UINT64_MAX, .id = spaces->next_epoch++};
	return 0;
}

struct gt_space *gt_space_new(struct gt_spaces *spaces, uint64_t mm, const struct gt_space *parent, uint64_t tsc)
{
	struct gt_space *space;

	if (gt_array_room(&spaces->all, spaces->count, &spaces->room))
		return NULL;
	space = calloc(1, sizeof(*space));
	if (!space)
		return NULL;
	*space = (struct gt_space){.mm = mm, .parent = parent, .forked = tsc};
	if (begin_epoch(spaces, space, 0)) {
		free(space);
		return NULL;
	}
	spaces->all[spaces->count++] = space;
	return space;
}

/* The newest mapping before `until` that touches [start, end), in the space or, as of each fork, in its ancestors. */
static const struct gt_mapping *newest(const struct gt_space *space, uint64_t until, uint64_t start, uint64_t end)
{
	for (; space; until = space->forked, space = space->parent) {
		size_t i = space->count;

		while (i--) {
			const struct gt_mapping *mapping = &space->mappings[i];

			if (mapping->from < until && mapping->start < end && start < mapping->end)
				return mapping;
		}
	}
	return NULL;
}

int gt_space_map(struct gt_spaces *spaces, struct gt_space *space, const struct gt_mapping *mapping)
{
	const struct gt_mapping *covered;

	if (mapping->start >= mapping->end || mapping->pgoff > UINT64_MAX - (mapping->end - mapping->start))
		return -EINVAL;
	if (space->count && mapping->from < space->mappings[space->count - 1].from)
		return -EINVAL;
	covered = newest(space, UINT64_MAX, mapping->start, mapping->end);
	if (covered && covered->start == mapping->start && covered->end == mapping->end &&
	    covered->pgoff == mapping->pgoff && covered->file == mapping->file)
		return 0;
	if (gt_array_room(&space->mappings, space->count, &space->room))
		return -ENOMEM;
	if (covered && mapping->from > space->epochs[space->nr_epochs - 1].from &&
	    begin_epoch(spaces, space, mapping->from))
		return -ENOMEM;
	space->mappings[space->count++] = *mapping;
	return 0;
}

const struct gt_epoch *gt_space_epoch(const struct gt_space *space, uint64_t tsc)
{
	size_t low = 0, high = space->nr_epochs;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (space->epochs[middle].from <= tsc)
			low = middle;
		else
			high = middle;
	}
	return &space->epochs[low];
}

const struct gt_mapping *gt_space_find(const struct gt_space *space, const struct gt_epoch *epoch, uint64_t addr)
{
	return addr == UINT64_MAX ? NULL : newest(space, epoch->until, addr, addr + 1);
}
