/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How far apart records are, and how many did not happen, from what the counter counted meanwhile.
 *
 * The hardware takes a record on the event after the overflow and loads the counter with -period again, so records
 * are period + 1 events apart. `counter` is the counter's value as a signed number: period events after a record it
 * is 0, and the next event is the one that should be recorded.
 *
 * The period may change (jitter.h). The hardware loads the one in force when it writes a record, so the next record is
 * still at the old distance:
 *
 *	records		at - 2		at - 1		at		at + 1
 *	distances	|    old + 1	|   running + 1	|  period + 1	|  period + 1 ...
 *				     change ^
 *
 * A record that is due and not taken loads the counter all the same, or it is put where that would have left it.
 */
#ifndef _GTRACE_PERIOD_H
#define _GTRACE_PERIOD_H

#include <linux/types.h>

/* struct gt_pace - the periods now, and what the records so far stand for. A value: it changes as a whole. */
struct gt_pace {
	u64 period;		/* events; what the hardware loads with its next record */
	u64 running;		/* what it had loaded when `period` came into force */
	u64 at;			/* records written then */
	u64 due;		/* events that those stand for, but for losses */
};

static inline struct gt_pace gt_pace_begin(u64 period)
{
	return (struct gt_pace){ .period = period, .running = period };
}

/* What the counter was loaded with when it began to count towards record `head`, the next one. */
static inline u64 gt_pace_running(const struct gt_pace *pace, u64 head)
{
	return head > pace->at ? pace->period : pace->running;
}

/* Events that the first `head` records stand for, `head` not before the last change. */
static inline u64 gt_pace_due(const struct gt_pace *pace, u64 head)
{
	if (head <= pace->at)
		return pace->due;
	return pace->due + pace->running + 1 + (head - pace->at - 1) * (pace->period + 1);
}

/* The pace once the hardware loads `period`. */
static inline struct gt_pace gt_pace_change(const struct gt_pace *pace, u64 head, u64 period)
{
	return (struct gt_pace){ period, gt_pace_running(pace, head), head, gt_pace_due(pace, head) };
}

/* The pace after records were missed: the last of those has loaded the period in force. */
static inline struct gt_pace gt_pace_after_loss(const struct gt_pace *pace, u64 head)
{
	return (struct gt_pace){ pace->period, pace->period, head, gt_pace_due(pace, head) };
}

/* A point from which events can be counted: those that the records stand for, and those since the last of them. */
static inline u64 gt_pace_position(const struct gt_pace *pace, u64 head, s64 counter)
{
	return gt_pace_due(pace, head) + gt_pace_running(pace, head) + counter;
}

/*
 * struct gt_missed - samples that were due and not taken, and where the counter must go on so that the next one is
 * taken on the very event on which it would have been taken had none been missed. If any were missed, the pace must
 * become gt_pace_after_loss().
 */
struct gt_missed {
	u64 lost;
	s64 reload;
};

/* The counter ran to `counter` while no records were taken and `period` was in force: the books up to now. */
struct gt_missed gt_period_missed(u64 period, s64 counter);

/* The same where records begin again now, so `reload` must be a value from which the hardware can take the next. */
struct gt_missed gt_period_resume(u64 period, s64 counter);

/*
 * The counter is at `now`, and were at `unloaded` had the hardware not loaded it since the last record written: others
 * were due that it had no room for. It loads the counter for those too, and `reload` is `now`; did it not, the counter
 * ran on above 0 and must be put back. Never less than none lost: silicon may take a record an event late.
 */
struct gt_missed gt_period_overrun(u64 period, s64 unloaded, s64 now);

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
