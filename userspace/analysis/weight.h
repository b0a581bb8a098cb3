/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How many events a sample stands for: those since the record before it on its CPU, itself included.
 *
 *	events	 PERIOD(index 2, 99)			   PERIOD(index 5, 119)
 *	samples	 0	1	2	3	4	5	6	7		session's period 109
 *	weight	 110	110	110	100	100	100	120	120
 *
 * The hardware loads the period in force when it writes a record, so the record that a PERIOD event counts to is still
 * at the old distance (uapi/gtrace.h). Where records are missing from the file their count is lost: the first record
 * that is not before the next PERIOD event, by TSC, is then the one it counts to.
 */
#ifndef GT_ANALYSIS_WEIGHT_H
#define GT_ANALYSIS_WEIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uapi/gtrace.h>

/* One CPU. Events of the CPU go in before the samples behind them. */
struct gt_weigher {
	uint64_t weight; /* events, of the last sample told */
	uint64_t until;  /* a sample with this index or a higher one may have another weight */
	uint64_t index;  /* of the next sample, as the hardware counts */
	bool counting;   /* `index` is known ... */
	bool beginning;  /* ... or will be, by the first SWITCH */
	struct gt_weigher_change {
		uint64_t index; /* records before it */
		uint64_t from;  /* index of the first record at the new distance */
		uint64_t tsc, weight;
	} * queue;
	size_t head, count, room; /* queue[head..count) is still to come */
};

/* `period`: the session's. `dump`: the first sample need not be the first record of its CPU; the first SWITCH tells. */
void gt_weigher_init(struct gt_weigher *weigher, uint64_t period, bool dump);
void gt_weigher_free(struct gt_weigher *weigher);

/* The CPU's next event, of any type. Returns 0 or -ENOMEM. */
int gt_weigher_event(struct gt_weigher *weigher, const struct gtrace_event *event);

/* Samples are missing here, nobody knows how many. */
void gt_weigher_gap(struct gt_weigher *weigher);

/* Slow half of gt_weigher_sample(). */
void gt_weigher_advance(struct gt_weigher *weigher, uint64_t tsc);

/* The events that the CPU's next sample stands for. */
static inline uint64_t gt_weigher_sample(struct gt_weigher *weigher, uint64_t tsc)
{
	if (weigher->index >= weigher->until)
		gt_weigher_advance(weigher, tsc);
	weigher->index++;
	return weigher->weight;
}

/*
 * What the CPU's next `samples` stand for together, without looking at them. Behind a gap there is no TSC to find the
 * place of a change by: the last period that was told then counts for all.
 */
uint64_t gt_weigher_skip(struct gt_weigher *weigher, uint64_t samples);

#endif
