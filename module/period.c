// SPDX-License-Identifier: GPL-2.0
#include <linux/math64.h>
#include <linux/minmax.h>

#include "period.h"

/* `since` events after the last record (or the place where it would have been). */
static struct gt_missed split(u64 period, s64 since)
{
	struct gt_missed missed = { .reload = since - (s64)period };
	u64 rest;

	if (since < 0)
		return missed;
	missed.lost = div64_u64_rem(since, period + 1, &rest);
	missed.reload = (s64)rest - (s64)period;
	if (rest == period) {
		/*
		 * The very next event is due to be recorded, and no counter value says so: 0 means an overflow in
		 * 2^48 events. Give that one up now and start one event before its successor's period.
		 */
		missed.lost++;
		missed.reload = -(s64)period - 1;
	}
	return missed;
}

struct gt_missed gt_period_missed(u64 period, s64 counter)
{
	return split(period, counter + (s64)period);
}

struct gt_missed gt_period_overrun(u64 period, s64 counter, u64 events, u64 written)
{
	struct gt_missed missed = split(period, counter + (s64)period + (s64)events);

	missed.lost -= min(missed.lost, written);
	return missed;
}
