/* SPDX-License-Identifier: GPL-2.0 */
/*
 * trail.h - the near branches that user mode took last on one CPU, whatever the guest does with its LBR: what the LBR
 * would hold if it were always on, took user branches alone, and could tell tasks apart. Kept only for a truth file.
 */
#ifndef LAB_TRAIL_H
#define LAB_TRAIL_H

#include "profile.h"

struct TrailStep {
	Bit64u from, to;
	Bit64u cycles;		/* since the step before it, saturated, as in LbrEntry::info */
	Bit32u tid;		/* who took it */
	Bit32u turn;		/* number of the CPU's task switches until then */
};

class Trail {
public:
	enum { DEPTH = 64 };

	void begin(unsigned cpu);		/* forgets everything */
	void branch(Bit64u from, Bit64u to);	/* a near branch that was taken */
	void task_switch();			/* the CPU goes to another task */

	/* How many of the newest steps are tid's: step(0), the newest, to step(length - 1). */
	unsigned length(Bit32u tid) const;
	const TrailStep &step(unsigned age) const { return steps[(taken - 1 - age) % DEPTH]; }
	Bit32u turn() const { return turns; }

private:
	unsigned id;
	Bit64u mark;		/* icount at the newest step */
	Bit64u taken;		/* steps since begin() */
	Bit32u turns;
	Bit32u tid;		/* whose turn it is, valid when known */
	bool known;
	TrailStep steps[DEPTH];
};

extern Trail trail[PMU_MAX_CPUS];

#endif
