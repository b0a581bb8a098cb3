// SPDX-License-Identifier: GPL-2.0
/* From an address of a process at a moment to a place in the code. */
#include "analysis/join.h"
#include "lib/array.h"

int64_t gt_join_location(struct gt_join *join, const struct gt_space *space, const struct gt_epoch *epoch, uint64_t ip)
{
	const struct gt_mapping *mapping;
	int64_t location;
	uint64_t *at;

	if (ip & GT_KERNEL_HALF)
		return gt_symbols_kernel(&join->symbols, ip);
	if (!epoch)
		return gt_symbols_nowhere(&join->symbols, ip);
	at = gt_hash_at(&join->location_of, epoch->id, ip);
	if (!at)
		return -ENOMEM;
	if (*at)
		return *at - 1;
	mapping = gt_space_find(space, epoch, ip);
	if (mapping)
		location = gt_symbols_code(&join->symbols, mapping->file, ip - mapping->start + mapping->pgoff);
	else
		location = gt_symbols_nowhere(&join->symbols, ip);
	if (location >= 0)
		*at = location + 1;
	return location;
}

int64_t gt_join_site(struct gt_join *join, uint32_t program, uint64_t pc)
{
	const struct gt_program *of = &join->goroutines.programs[program];
	const struct gt_space *space;
	uint64_t until;
	int64_t at = gt_tasks_process(&join->tasks, of->tgid, of->from, &until);

	if (at < 0)
		return at;
	space = join->tasks.processes[at].space;
	return gt_join_location(join, space, gt_space_epoch(space, of->from), pc);
}
