// SPDX-License-Identifier: GPL-2.0
#include "output/event_parts.h"

#include <string.h>

#include "go/probes.h"
#include "lib/hit.h"
#include "output/event.h"

const char *gt_event_name(const struct gt_item *item)
{
	const char *name;

	switch (item->kind) {
	case GT_ITEM_SWITCH:
		return "switch";
	case GT_ITEM_WAKE:
		return "wake";
	case GT_ITEM_WINDOW:
		return "window";
	case GT_ITEM_TASK:
		return item->event->type == GTRACE_EVENT_FORK   ? "fork"
		       : item->event->type == GTRACE_EVENT_EXEC ? "exec"
								: "task-exit";
	default:
		if (item->hit->id == GTRACE_HIT_OFF)
			return "off-cpu";
		if (item->hit->id == GTRACE_HIT_WAKER)
			return "waker";
		name = gt_go_probe_name(item->hit->id);
		return name ? name : "hit";
	}
}

const char *gt_event_comm(struct gt_join *join, uint32_t tid, uint32_t tgid, uint64_t tsc)
{
	uint64_t until;
	int64_t at;

	if (!tid)
		return "idle";
	if (!gt_tasks_known(&join->tasks, tgid))
		return gt_join_stranger(join, tid);
	at = gt_tasks_at(&join->tasks, tid, tgid, tsc, &until);
	return at < 0 || !*join->tasks.tasks[at].comm ? NULL : join->tasks.tasks[at].comm;
}

bool gt_event_misses(const struct gtrace_event_hit *hit, unsigned int value)
{
	return value >= hit->nr_values || (hit->missing >> value & 1);
}

const char *gt_event_reason(const struct gt_join *join, const struct gt_item *item)
{
	uint8_t reason = gt_hit_value(item->hit, GT_PARK_REASON);

	if (!item->program || gt_event_misses(item->hit, GT_PARK_REASON))
		return NULL;
	return join->goroutines.programs[item->program - 1].reasons[reason];
}

const char *gt_event_mode(const struct gtrace_event_hit *hit)
{
	switch (gt_hit_value(hit, GT_NETPOLL_MODE) & 0xff) {
	case 'r':
		return "r";
	case 'w':
		return "w";
	case ('r' + 'w') & 0xff:
		return "rw";
	}
	return NULL;
}

/* rg and wg of a pollDesc are 0, 1 (ready) or 2 (about to wait) when no goroutine waits. */
bool gt_event_waits(const struct gtrace_event_hit *hit, unsigned int g)
{
	const char *mode = gt_event_mode(hit);

	if (!mode || !strchr(mode, g == GT_NETPOLL_RG ? 'r' : 'w'))
		return false;
	return !gt_event_misses(hit, g) && gt_hit_value(hit, g) > 2;
}

const char *gt_event_ladder(const struct gtrace_event_hit *hit)
{
	if (hit->head.flags & GTRACE_EVENT_F_NO_LADDER)
		return "lost";
	return hit->nr_branches ? "whole" : "none";
}
