// SPDX-License-Identifier: GPL-2.0
#include "analysis/ladder.h"

#include <errno.h>

#include "go/probes.h"
#include "lib/hit.h"

/* LBR_INFO, SDM vol. 3B 17.12 */
#define INFO_MISPREDICTED (1ull << 63)
#define INFO_CYCLES       0xffffull

static const char *function_of(const struct gt_join *join, uint32_t location)
{
	const struct gt_location *at = &join->symbols.locations[location];

	return at->nr_frames ? gt_symbols_text(&join->symbols, join->symbols.frames[at->first_frame].function) : "";
}

int gt_ladder_read(struct gt_ladder *ladder, struct gt_join *join, const struct gt_item *item)
{
	const struct gtrace_pebs_branch *branches = gt_hit_branches(item->hit);
	uint64_t before = 0;
	bool saturated = false;
	uint32_t i;

	*ladder = (struct gt_ladder){
		.asked = item->hit->nr_branches || item->hit->head.flags & GTRACE_EVENT_F_NO_LADDER,
		.lost = item->hit->head.flags & GTRACE_EVENT_F_NO_LADDER,
	};
	while (ladder->recorded < item->hit->nr_branches && branches[ladder->recorded].from)
		ladder->recorded++;
	for (i = 0; i < ladder->recorded; i++) {
		struct gt_branch *branch = &ladder->branches[i];
		int64_t from = gt_join_location(join, item->space, item->epoch, branches[i].from);
		int64_t to = gt_join_location(join, item->space, item->epoch, branches[i].to);

		if (from < 0 || to < 0)
			return -ENOMEM;
		if (gt_go_is_stack_switch(function_of(join, from)))
			ladder->ended_by = function_of(join, from);
		else if (gt_go_is_stack_switch(function_of(join, to)))
			ladder->ended_by = function_of(join, to);
		if (ladder->ended_by)
			break;
		branch->from = branches[i].from;
		branch->to = branches[i].to;
		branch->from_location = from;
		branch->to_location = to;
		branch->before = before;
		branch->saturated = saturated;
		branch->cycles = branches[i].info & INFO_CYCLES;
		branch->mispredicted = branches[i].info & INFO_MISPREDICTED;
		before += branch->cycles;
		saturated |= branch->cycles == INFO_CYCLES;
		ladder->count++;
	}
	return 0;
}
