// SPDX-License-Identifier: GPL-2.0
#include <linux/math64.h>

#include "period.h"

struct gt_missed gt_period_missed(u64 period, s64 counter)
{
	struct gt_missed missed = { .reload = counter };
	u64 rest;

	/* At 1 the first is missed, however far it was; the others are that of `period` apart. */
	if (counter > 0) {
		missed.lost = 1 + div64_u64_rem(counter - 1, period + 1, &rest);
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

struct gt_missed gt_period_overrun(u64 period, s64 unloaded, s64 now)
{
	struct gt_missed missed = now > 0 ? gt_period_resume(period, unloaded) : gt_period_missed(period, unloaded);

	/* In step, and armed if it is 0. */
	if (now <= 0)
		missed.reload = now;
	return missed;
}
