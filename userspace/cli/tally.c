// SPDX-License-Identifier: GPL-2.0
#include "tally.h"

#include "go/probes.h"

static void on_hit(struct gt_tally *tally, const struct gtrace_event_hit *hit)
{
	if (hit->id != GT_GO_PROBE_PARK)
		return;
	tally->parks++;
	tally->ladders_lost += !!(hit->head.flags & GTRACE_EVENT_F_NO_LADDER);
}

static void on_window(struct gt_tally *tally, const struct gtrace_event_window *window)
{
	uint64_t tsc = window->head.tsc;

	if (window->ran >= tally->ran) {
		tally->ran = window->ran;
		tally->cost = window->cost;
	}
	if (tsc > tally->last)
		tally->last = tsc;
	if (window->open) {
		tally->opened++;
		tally->sum -= tsc;
		if (!tally->first || tsc < tally->first)
			tally->first = tsc;
	} else {
		tally->closed++;
		tally->sum += tsc;
	}
}

void gt_tally_event(struct gt_tally *tally, const struct gtrace_event *event)
{
	if (event->type == GTRACE_EVENT_HIT)
		on_hit(tally, (const void *)event);
	else if (event->type == GTRACE_EVENT_WINDOW)
		on_window(tally, (const void *)event);
}

bool gt_tally_cost(const struct gt_tally *tally, double *percent)
{
	if (!tally->ran)
		return false;
	*percent = 100.0 * tally->cost / tally->ran;
	return true;
}

bool gt_tally_open(const struct gt_tally *tally, uint64_t end, double *percent)
{
	uint64_t sum = tally->sum;

	if (end < tally->last)
		end = tally->last;
	if (tally->opened == tally->closed + 1)
		sum += end;
	else if (tally->opened != tally->closed)
		return false;
	if (!tally->opened || end <= tally->first || sum > end - tally->first)
		return false;
	*percent = 100.0 * sum / (end - tally->first);
	return true;
}
