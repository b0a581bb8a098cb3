// SPDX-License-Identifier: GPL-2.0
#include "tally.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "go/probes.h"

static void on_hit(struct gt_tally *tally, const struct gtrace_event_hit *hit)
{
	if (hit->id != GT_GO_PROBE_PARK)
		return;
	tally->parks++;
	tally->ladders_lost += !!(hit->head.flags & GTRACE_EVENT_F_NO_LADDER);
}

static int by_tsc(const void *a, const void *b)
{
	const struct gt_window *left = a, *right = b;

	return left->tsc < right->tsc ? -1 : left->tsc > right->tsc;
}

/* The next by time. */
static void sum_up(struct gt_tally *tally, const struct gt_window *window)
{
	if (!tally->first)
		tally->first = tally->since = window->tsc;
	/* An opening within a window: a closing is missing. A closing in a pause is that of STOP, which is late. */
	tally->amiss |= (window->open && tally->open) || window->tsc < tally->since;
	if (window->open == tally->open)
		return;
	if (tally->open)
		tally->recorded += window->tsc - tally->since;
	tally->open = window->open;
	tally->since = window->tsc;
}

/* The first `n` of those that are not summed up yet. */
static void sum_up_first(struct gt_tally *tally, size_t n)
{
	if (tally->nr_windows)
		qsort(tally->windows, tally->nr_windows, sizeof(*tally->windows), by_tsc);
	for (size_t i = 0; i < n; i++)
		sum_up(tally, &tally->windows[i]);
	tally->nr_windows -= n;
	if (tally->nr_windows)
		memmove(tally->windows, tally->windows + n, tally->nr_windows * sizeof(*tally->windows));
}

static int on_window(struct gt_tally *tally, const struct gtrace_event_window *window)
{
	if (window->ran >= tally->ran) {
		tally->ran = window->ran;
		tally->cost = window->cost;
	}
	if (!tally->windows)
		tally->windows = calloc(GT_TALLY_WINDOWS, sizeof(*tally->windows));
	if (!tally->windows)
		return -ENOMEM;
	if (tally->nr_windows == GT_TALLY_WINDOWS)
		sum_up_first(tally, GT_TALLY_WINDOWS / 2);
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

bool gt_tally_open(struct gt_tally *tally, uint64_t end, double *percent)
{
	uint64_t recorded;

	sum_up_first(tally, tally->nr_windows);
	if (end < tally->since)
		end = tally->since;
	if (!tally->first || tally->amiss || end == tally->first)
		return false;
	recorded = tally->recorded + (tally->open ? end - tally->since : 0);
	*percent = 100.0 * recorded / (end - tally->first);
	return true;
}

void gt_tally_free(struct gt_tally *tally)
{
	free(tally->windows);
	*tally = (struct gt_tally){0};
}
