// SPDX-License-Identifier: GPL-2.0
#include "event_item.h"

#include "lib/hit.h"

bool gt_event_item(const struct gtrace_event *event, uint32_t cpu, struct gt_item *item)
{
	const struct gtrace_event_hit *hit = (const void *)event;
	const struct gtrace_event_task *task = (const void *)event;

	*item = (struct gt_item){.cpu = cpu, .tsc = event->tsc, .event = event};
	switch (event->type) {
	case GTRACE_EVENT_HIT:
		item->kind = GT_ITEM_HIT;
		item->tid = hit->tid;
		item->tgid = hit->tgid;
		return gt_hit_sane(hit);
	case GTRACE_EVENT_SWITCH:
		item->kind = GT_ITEM_SWITCH;
		return true;
	case GTRACE_EVENT_WAKE:
		item->kind = GT_ITEM_WAKE;
		return true;
	case GTRACE_EVENT_FORK:
	case GTRACE_EVENT_EXEC:
	case GTRACE_EVENT_EXIT:
		item->kind = GT_ITEM_TASK;
		item->tid = task->tid;
		item->tgid = task->tgid;
		return true;
	}
	return false;
}
