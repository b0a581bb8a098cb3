/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The events of one CPU in pass 2, in the order of time. Internal to userspace/analysis.
 *
 * A CPU publishes events in the order in which it began to write them, but an interrupt that comes in between stamps
 * its own first: their TSC runs back by the length of an interrupt. So the events to come are looked at in advance and
 * the oldest of them is handed out.
 *
 *	published   120  110  111  130 ...		(110 and 111: an interrupt while 120 was being written)
 *	handed out  110  111  120  130 ...
 */
#ifndef GT_ANALYSIS_HAPPENING_H
#define GT_ANALYSIS_HAPPENING_H

#include "analysis/context.h"

/* Interrupts nest three deep; one that wakes more threads than this has its last ones out of order. */
#define GT_HELD_MAX 64

/* An event that was read and not handed out yet. */
struct gt_held {
	enum gt_item_kind kind;
	uint64_t tsc, from; /* from: GAP */
	uint64_t *words;    /* the event, copied */
	size_t room;        /* words */
};

struct gt_happenings {
	struct gt_join *join;
	struct gt_recording *rec;
	uint32_t cpu;
	bool alone; /* no cursor beside it that tells of gaps and damage */
	bool ended;
	bool taken;          /* held[order[0]] was handed out */
	uint64_t last_event; /* TSC */
	struct gt_held held[GT_HELD_MAX + 2];
	uint8_t order[GT_HELD_MAX + 2]; /* [0, nr_held): indices into held by TSC; behind them the free ones */
	size_t nr_held;
	struct gt_context context; /* of the task last asked for */
};

/* Returns 0 or errors of gt_recording_open(); to be closed in any case. */
int gt_happenings_open(struct gt_happenings *happenings, struct gt_join *join, uint32_t cpu, bool alone);
void gt_happenings_close(struct gt_happenings *happenings);

/* 1 and the CPU's next event, valid until the next call; 0 at the end, -ENOMEM, -errno. */
int gt_happenings_next(struct gt_happenings *happenings, struct gt_item *item);

#endif
