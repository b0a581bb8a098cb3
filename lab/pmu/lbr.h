/* SPDX-License-Identifier: GPL-2.0 */
/* lbr.h - the last branch record stack of one CPU (LBR format 5: FROM, TO and INFO registers). */
#ifndef LAB_LBR_H
#define LAB_LBR_H

#include "msr.h"
#include "profile.h"

static const Bit64u LBR_CYCLES_MAX = 0xffff;

struct LbrEntry {
	Bit64u from, to;
	Bit64u info;		/* [15:0] cycles since the entry before it, saturated; no mispredicts, no TSX */
};

class Lbr {
public:
	Bit64u select;		/* LBR_SELECT */
	Bit64u tos;
	LbrEntry entry[LBR_DEPTH];

	/* A branch that retires: kind is its LBR_SELECT bit, cpl where it went, now the cycle. */
	void record(Bit64u kind, Bit64u from, Bit64u to, unsigned cpl, Bit64u now);
	/*
	 * An interrupt or exception that leaves `from` for an address not known yet: the first instruction of the
	 * handler completes the entry by calling arrive().
	 */
	void depart(Bit64u from, Bit64u now);
	void arrive(Bit64u to);
	bool departed() const { return away; }
	/* Number age of the stack, 0 = newest. */
	const LbrEntry &newest(unsigned age) const { return entry[(tos - age) % LBR_DEPTH]; }

private:
	Bit64u mark;		/* cycle of the latest entry */
	bool away;
	Bit64u away_from, away_at;

	void call(Bit64u kind, Bit64u from, Bit64u to, Bit64u now);
	void push(Bit64u from, Bit64u to, Bit64u now);
};

#endif
