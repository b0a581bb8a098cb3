/* SPDX-License-Identifier: GPL-2.0 */
/* events.h - what can be counted, and which event select means what. */
#ifndef LAB_EVENTS_H
#define LAB_EVENTS_H

#include "profile.h"

/*
 * What happened at the retirement of one instruction. An event counts once an instruction if any of its bits happened
 * (a page-split or scattered store is one store), cycles and slots as many as went by.
 */
enum Happening {
	H_CYCLES		= 1 << 0,	/* one an instruction, one an iteration of REP, one a fault */
	H_INSTRUCTION		= 1 << 1,
	H_LOAD			= 1 << 2,
	H_STORE			= 1 << 3,
	H_SPLIT_LOAD		= 1 << 4,	/* crosses a cache line */
	H_SPLIT_STORE		= 1 << 5,
	H_LOCKED		= 1 << 6,
	H_COND_TAKEN		= 1 << 7,
	H_COND_NOT_TAKEN	= 1 << 8,
	H_REL_JMP		= 1 << 9,
	H_IND_JMP		= 1 << 10,
	H_REL_CALL		= 1 << 11,
	H_IND_CALL		= 1 << 12,
	H_RETURN		= 1 << 13,
	H_FAR			= 1 << 14,	/* also INT n, SYSCALL, SYSRET, IRET; not interrupts */
	H_NEVER			= 1 << 15,	/* known events that the model has no cause for: misses, mispredicts */

	H_CALL			= H_REL_CALL | H_IND_CALL,
	H_COND			= H_COND_TAKEN | H_COND_NOT_TAKEN,
	H_NEAR_TAKEN		= H_COND_TAKEN | H_REL_JMP | H_IND_JMP | H_CALL | H_RETURN,
	H_BRANCH		= H_NEAR_TAKEN | H_COND_NOT_TAKEN | H_FAR,
	H_MEMORY		= H_LOAD | H_STORE | H_SPLIT_LOAD | H_SPLIT_STORE | H_LOCKED,
};

struct EventCode {
	Bit8u code;		/* EVNTSEL[7:0] */
	Bit8u umask;		/* EVNTSEL[15:8] */
	Bit32u counts;		/* Happening */
	bool precise;		/* PEBS can sample it on a processor without PEBS baseline */
};

/* Events that differ from the common ones, one table a profile. */
extern const EventCode skx_events[], icl_events[];

/* event_of: the row for an EVNTSEL value; NULL for an event that the model lacks: it counts nothing. */
const EventCode *event_of(Bit64u evntsel);

/* event_of_fixed: what fixed counter n counts. */
Bit32u event_of_fixed(unsigned n);

#endif
