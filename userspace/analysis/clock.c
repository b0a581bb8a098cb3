// SPDX-License-Identifier: GPL-2.0
#include "analysis/clock.h"

#include "analysis/array.h"

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

/*
 * ns on the line through pairs a and b; without a second point the slope is the TSC's frequency. The 64 bits of a long
 * double's mantissa keep whole nanoseconds for any times that are one; others are cut to what fits.
 */
static uint64_t on_line(const struct gt_clock *clock, const struct gt_clock_pair *a, const struct gt_clock_pair *b,
			uint64_t tsc)
{
	long double ticks = (long double)tsc - a->tsc, run, rise, ns;

	if (b && b->tsc > a->tsc) {
		run = b->tsc - a->tsc;
		rise = (long double)b->ns - a->ns;
	} else {
		run = clock->tsc_khz;
		rise = 1000000;
	}
	ns = run ? a->ns + ticks * rise / run : a->ns;
	if (ns <= 0)
		return 0;
	return ns < (long double)UINT64_MAX ? (uint64_t)ns : UINT64_MAX;
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
			ns = on_line(clock, pair - 1, pair + 1, pair->tsc);
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

	/* Conversions come nearly in order: the place of the last one is nearly always right. */
	if (at + 1 >= clock->count || pairs[at].tsc > tsc)
		at = 0;
	while (at + 2 < clock->count && pairs[at + 1].tsc <= tsc)
		at++;
	clock->last = at;
	return on_line(clock, &pairs[at], at + 1 < clock->count ? &pairs[at + 1] : NULL, tsc);
}

uint64_t gt_clock_span_ns(struct gt_clock *clock, uint64_t from, uint64_t to)
{
	if (!gt_clock_known(clock) || to < from)
		return 0;
	return gt_clock_ns(clock, to) - gt_clock_ns(clock, from);
}
