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

/* The counter ran to `counter` while no records were taken. */
struct gt_missed gt_period_missed(u64 period, s64 counter);

/*
 * From a counter value of `counter`, `events` events happened and `written` records were taken: what the hardware
 * dropped because it had no room. Never negative: silicon may take a record an event late.
 */
struct gt_missed gt_period_overrun(u64 period, s64 counter, u64 events, u64 written);

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
