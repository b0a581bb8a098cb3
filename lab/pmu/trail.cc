// SPDX-License-Identifier: GPL-2.0
#include "trail.h"

#include "count.h"
#include "lbr.h"

Trail trail[PMU_MAX_CPUS];

void Trail::begin(unsigned cpu)
{
	*this = {};
	id = cpu;
	mark = BX_CPU(cpu)->icount;
}

void Trail::branch(Bit64u from, Bit64u to)
{
	Bit64u now = BX_CPU(id)->icount, cycles = now - mark;
	Bit32u tgid;

	if (!BX_CPU(id)->user_pl)
		return;
	// Not at the switch itself: there the new task's id cannot be read yet.
	if (unlikely(!known)) {
		if (!count_ids(id, &tid, &tgid))
			tid = 0;
		known = true;
	}
	steps[taken++ % DEPTH] = {from, to, cycles < LBR_CYCLES_MAX ? cycles : LBR_CYCLES_MAX, tid, turns};
	mark = now;
}

void Trail::task_switch()
{
	turns++;
	known = false;
}

unsigned Trail::length(Bit32u who) const
{
	unsigned n = 0;

	while (n < DEPTH && n < taken && step(n).tid == who)
		n++;
	return n;
}
