// SPDX-License-Identifier: GPL-2.0
#include "tally.h"

#include <errno.h>
#include <stdlib.h>

#include "go/probes.h"

static void on_hit(struct gt_tally *tally, const struct gtrace_event_hit *hit)
{
	if (hit->id != GT_GO_PROBE_PARK)
		return;
	tally->parks++;
	tally->ladders_lost += !!(hit->head.flags & GTRACE_EVENT_F_NO_LADDER);
}

static int on_window(struct gt_tally *tally, const struct gtrace_event_window *window)
{
	if (window->ran >= tally->ran) {
		tally->ran = window->ran;
		tally->cost = window->cost;
	}
	if (tally->nr_windows == tally->room) {
		size_t room = tally->room ? 2 * tally->room : 64;
		struct gt_window *grown = reallocarray(tally->windows, room, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		tally->windows = grown;
		tally->room = room;
	}
	tally->windows[tally->nr_windows++] = (struct gt_window){window->head.tsc, window->open};
	return 0;
}

int gt_tally_event(struct gt_tally *tally, const struct gtrace_event *event)
{
	if (event->type == GTRACE_EVENT_HIT)
		on_hit(tally, (const void *)event);
	return event->type == GTRACE_EVENT_WINDOW ? on_window(tally, (const void *)event) : 0;
}

bool gt_tally_cost(const struct gt_tally *tally, double *percent)
{
	if (!tally->ran)
		return false;
	*percent = 100.0 * tally->cost / tally->ran;
	return true;
}

static int by_tsc(const void *a, const void *b)
{
	const struct gt_window *left = a, *right = b;

	return left->tsc < right->tsc ? -1 : left->tsc > right->tsc;
}

bool gt_tally_open(struct gt_tally *tally, uint64_t end, double *percent)
{
	const struct gt_window *w = tally->windows;
	uint64_t sum = 0, since = 0;
	bool open = false;

	if (!tally->nr_windows)
		return false;
	qsort(tally->windows, tally->nr_windows, sizeof(*w), by_tsc);
	for (size_t i = 0; i < tally->nr_windows; i++) {
		/* An opening within a window: a closing is missing. A closing in a pause is that of STOP, which is
		 * late. */
		if (w[i].open && open)
			return false;
		if (w[i].open == open)
			continue;
		if (open)
			sum += w[i].tsc - since;
		open = w[i].open;
		since = w[i].tsc;
	}
	if (end < since)
		end = since;
	if (open)
		sum += end - since;
	if (end == w[0].tsc)
		return false;
	*percent = 100.0 * sum / (end - w[0].tsc);
	return true;
}

void gt_tally_free(struct gt_tally *tally)
{
	free(tally->windows);
	*tally = (struct gt_tally){0};
}
