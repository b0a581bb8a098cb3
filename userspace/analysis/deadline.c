// SPDX-License-Identifier: GPL-2.0
#include "analysis/deadline.h"

#include "lib/array.h"

static void put(struct gt_deadlines *deadlines, struct gt_deadline *deadline, size_t at)
{
	deadlines->all[at] = deadline;
	deadline->at = at + 1;
}

static size_t sift_up(struct gt_deadlines *deadlines, struct gt_deadline *deadline, size_t at)
{
	for (; at && deadlines->all[(at - 1) / 2]->due > deadline->due; at = (at - 1) / 2)
		put(deadlines, deadlines->all[(at - 1) / 2], at);
	put(deadlines, deadline, at);
	return at;
}

static void sift_down(struct gt_deadlines *deadlines, struct gt_deadline *deadline, size_t at)
{
	size_t child;

	while ((child = 2 * at + 1) < deadlines->count) {
		if (child + 1 < deadlines->count && deadlines->all[child + 1]->due < deadlines->all[child]->due)
			child++;
		if (deadlines->all[child]->due >= deadline->due)
			break;
		put(deadlines, deadlines->all[child], at);
		at = child;
	}
	put(deadlines, deadline, at);
}

int gt_deadline_set(struct gt_deadlines *deadlines, struct gt_deadline *deadline, uint64_t due)
{
	if (!deadline->at) {
		if (gt_array_room(&deadlines->all, deadlines->count, &deadlines->room))
			return -ENOMEM;
		put(deadlines, deadline, deadlines->count++);
	}
	deadline->due = due;
	sift_down(deadlines, deadline, sift_up(deadlines, deadline, deadline->at - 1));
	return 0;
}

void gt_deadline_clear(struct gt_deadlines *deadlines, struct gt_deadline *deadline)
{
	struct gt_deadline *last;
	size_t at = deadline->at;

	if (!at)
		return;
	deadline->at = 0;
	last = deadlines->all[--deadlines->count];
	if (last != deadline)
		sift_down(deadlines, last, sift_up(deadlines, last, at - 1));
}

struct gt_deadline *gt_deadline_first(const struct gt_deadlines *deadlines)
{
	return deadlines->count ? deadlines->all[0] : NULL;
}

void gt_deadlines_free(struct gt_deadlines *deadlines)
{
	free(deadlines->all);
	*deadlines = (struct gt_deadlines){0};
}
