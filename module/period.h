/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How many samples did not happen, from what the counter counted meanwhile.
 *
 * The hardware takes a record on the event after the overflow and loads the counter with -period again, so records
 * are period + 1 events apart. `counter` is the counter's value as a signed number: period events after a record it
 * is 0, and the next event is the one that should be recorded.
 */
#ifndef _GTRACE_PERIOD_H
#define _GTRACE_PERIOD_H

#include <linux/types.h>

/*
 * struct gt_missed - samples that were due and not taken, and where the counter must go on so that the next one is
 * taken on the very event on which it would have been taken had none been missed.
 */
struct gt_missed {
	u64 lost;
	s64 reload;
};

/* The counter ran to `counter` while no records were taken: the books up to now. */
struct gt_missed gt_period_missed(u64 period, s64 counter);

/* The same where records begin again now, so `reload` must be a value from which the hardware can take the next. */
struct gt_missed gt_period_resume(u64 period, s64 counter);

/*
 * The counter went from `then` to `now` in `events` events, `written` records were taken, and others were due that the
 * hardware had no room for. It loads the counter for those too, and `reload` is `now`; did it not, the counter ran on
 * above 0 and must be put back. Never less than none lost: silicon may take a record an event late.
 */
struct gt_missed gt_period_overrun(u64 period, s64 then, s64 now, u64 events, u64 written);

/* A counter of `bits` bits, as a signed number, and back to what its MSR takes. */
static inline s64 gt_counter_signed(u64 raw, unsigned int bits)
{
	return (s64)(raw << (64 - bits)) >> (64 - bits);
}

static inline u64 gt_counter_raw(s64 value, unsigned int bits)
{
	return (u64)value & (~0ull >> (64 - bits));
}

#endif
