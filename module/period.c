// SPDX-License-Identifier: GPL-2.0
#include <linux/math64.h>
#include <linux/minmax.h>

#include "period.h"

struct gt_missed gt_period_missed(u64 period, s64 counter)
{
	struct gt_missed missed = { .reload = counter };
	s64 since = counter + (s64)period;	/* events since the last record, or where it would have been */
	u64 rest;

	if (since > 0) {
		missed.lost = div64_u64_rem(since, period + 1, &rest);
		missed.reload = (s64)rest - (s64)period;
	}
	return missed;
}

struct gt_missed gt_period_resume(u64 period, s64 counter)
{
	struct gt_missed missed = gt_period_missed(period, counter);

	if (!missed.reload) {
		/*
		 * The very next event is due to be recorded, and no counter value says so: 0 means an overflow in
		 * 2^48 events. Give that one up now and start one event before its successor's period.
		 */
		missed.lost++;
		missed.reload = -(s64)period - 1;
	}
	return missed;
}

struct gt_missed gt_period_overrun(u64 period, s64 then, s64 now, u64 events, u64 written)
{
	s64 end = then + (s64)events;
	struct gt_missed missed = now > 0 ? gt_period_resume(period, end) : gt_period_missed(period, end);

	/* In step, and armed if it is 0. */
	if (now <= 0)
		missed.reload = now;
	missed.lost -= min(missed.lost, written);
	return missed;
}
