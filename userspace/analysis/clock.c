// SPDX-License-Identifier: GPL-2.0
#include "analysis/clock.h"

#include "lib/array.h"

void gt_clock_free(struct gt_clock *clock)
{
	free(clock->pairs);
	*clock = (struct gt_clock){};
}

int gt_clock_add(struct gt_clock *clock, const struct gtrace_event_clock *event)
{
	uint64_t half = (event->tsc_after - event->head.tsc) / 2;

	if (event->tsc_after < event->head.tsc) {
		clock->refused++;
		return 0;
	}
	if (gt_array_room(&clock->pairs, clock->count, &clock->room))
		return -ENOMEM;
	clock->pairs[clock->count++] =
		(struct gt_clock_pair){.tsc = event->head.tsc + half, .ns = event->monotonic_ns, .half = half};
	return 0;
}

static int by_tsc(const void *a, const void *b)
{
	const struct gt_clock_pair *left = a, *right = b;

	return left->tsc < right->tsc ? -1 : left->tsc > right->tsc;
}

/* Pairings so far apart say more of the slope than the kernel's calibration of the TSC does. */
#define BASE_MS 100

/*
 * ns on the line through pair a. The 64 bits of a long double's mantissa keep whole nanoseconds for any times that are
 * one; others are cut to what fits.
 */
static uint64_t on_line(const struct gt_clock_pair *a, long double run, long double rise, uint64_t tsc)
{
	long double ticks = (long double)tsc - a->tsc, ns = run ? a->ns + ticks * rise / run : a->ns;

	if (ns <= 0)
		return 0;
	return ns < (long double)UINT64_MAX ? (uint64_t)ns : UINT64_MAX;
}

static uint64_t between(const struct gt_clock_pair *a, const struct gt_clock_pair *b, uint64_t tsc)
{
	return on_line(a, (long double)b->tsc - a->tsc, (long double)b->ns - a->ns, tsc);
}

/* Before the first or after the last, which is `a`: its neighbour may be another CPU's, a microsecond away. */
static uint64_t beyond(const struct gt_clock *clock, const struct gt_clock_pair *a, uint64_t tsc)
{
	const struct gt_clock_pair *first = &clock->pairs[0], *last = &clock->pairs[clock->count - 1];
	uint64_t run = last->tsc - first->tsc;

	if (clock->tsc_khz && run / clock->tsc_khz < BASE_MS)
		return on_line(a, clock->tsc_khz, 1000000, tsc);
	return on_line(a, run, (long double)last->ns - first->ns, tsc);
}

/* Keeps one pairing of each TSC and drops those after which CLOCK_MONOTONIC would run back. */
static void clean(struct gt_clock *clock)
{
	size_t i, kept = 0;

	for (i = 0; i < clock->count; i++) {
		if (kept && (clock->pairs[i].tsc == clock->pairs[kept - 1].tsc ||
			     clock->pairs[i].ns < clock->pairs[kept - 1].ns))
			clock->refused++;
		else
			clock->pairs[kept++] = clock->pairs[i];
	}
	clock->count = kept;
}

void gt_clock_settle(struct gt_clock *clock, uint32_t tsc_khz)
{
	uint64_t half = 0, off = 0;
	size_t i;

	clock->tsc_khz = tsc_khz;
	if (!clock->count)
		return;
	qsort(clock->pairs, clock->count, sizeof(*clock->pairs), by_tsc);
	clean(clock);
	if (!gt_clock_known(clock))
		return;
	for (i = 0; i < clock->count; i++) {
		const struct gt_clock_pair *pair = &clock->pairs[i];
		uint64_t ns = pair->ns, width;

		if (i && i + 1 < clock->count)
			ns = between(pair - 1, pair + 1, pair->tsc);
		width = gt_clock_span_ns(clock, pair->tsc, pair->tsc + pair->half);
		if (width > half)
			half = width;
		if (ns > pair->ns ? ns - pair->ns > off : pair->ns - ns > off)
			off = ns > pair->ns ? ns - pair->ns : pair->ns - ns;
	}
	clock->error_ns = half + off;
}

bool gt_clock_known(const struct gt_clock *clock)
{
	return clock->count > 1 || (clock->count && clock->tsc_khz);
}

uint64_t gt_clock_ns(struct gt_clock *clock, uint64_t tsc)
{
	const struct gt_clock_pair *pairs = clock->pairs;
	size_t at = clock->last;

	if (tsc < pairs[0].tsc)
		return beyond(clock, &pairs[0], tsc);
	if (tsc >= pairs[clock->count - 1].tsc)
		return beyond(clock, &pairs[clock->count - 1], tsc);
	/* Conversions come nearly in order: the place of the last one is nearly always right. */
	if (at + 1 >= clock->count || pairs[at].tsc > tsc)
		at = 0;
	while (pairs[at + 1].tsc <= tsc)
		at++;
	clock->last = at;
	return between(&pairs[at], &pairs[at + 1], tsc);
}

uint64_t gt_clock_span_ns(struct gt_clock *clock, uint64_t from, uint64_t to)
{
	if (!gt_clock_known(clock) || to < from)
		return 0;
	return gt_clock_ns(clock, to) - gt_clock_ns(clock, from);
}
