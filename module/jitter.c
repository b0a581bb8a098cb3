// SPDX-License-Identifier: GPL-2.0
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/random.h>

#include "jitter.h"

/* Distances up to the square of this are primes. Of larger ones a common factor with a loop is a rare accident. */
#define FACTOR_MAX	1000u

/* How far to look for a better one: among so many numbers nearly always stands one. */
#define TRIES		128u

static bool spreads(u64 distance)
{
	u32 factor;

	if (!(distance & 1))
		return false;
	for (factor = 3; factor <= FACTOR_MAX && (u64)factor * factor <= distance; factor += 2) {
		u64 rest;

		div64_u64_rem(distance, factor, &rest);
		if (!rest)
			return false;
	}
	return true;
}

/* In [0, count). */
static u64 below(u64 count)
{
	u64 rest;

	div64_u64_rem(get_random_u64(), count, &rest);
	return rest;
}

/* In [first, last], and such that records spread if there is one. */
static u64 draw(u64 first, u64 last)
{
	u64 start = first + below(last - first + 1), period = start;
	u32 i;

	for (i = 0; i < TRIES; i++) {
		if (spreads(period + 1))
			return period;
		period = period == last ? first : period + 1;
	}
	return start;
}

void gt_jitter_draw(u64 periods[GT_JITTER_PERIODS], u64 period, u64 stray)
{
	s64 sum = 0;		/* of the deviations so far, never more than one alone can mend */
	u32 i;

	for (i = 0; i < GT_JITTER_PERIODS - 1; i++) {
		periods[i] = draw(period - stray - min_t(s64, sum, 0), period + stray - max_t(s64, sum, 0));
		sum += periods[i] - period;
	}
	periods[i] = period - sum;

	/* What mended a deviation stands right behind it: not any more. */
	for (; i; i--) {
		u32 other = below(i + 1);

		swap(periods[i], periods[other]);
	}
}
