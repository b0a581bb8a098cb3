// SPDX-License-Identifier: GPL-2.0
#include "lbr.h"

void Lbr::push(Bit64u from, Bit64u to, Bit64u now)
{
	Bit64u cycles = now - mark;

	tos = (tos + 1) % LBR_DEPTH;
	entry[tos] = {from, to, cycles < LBR_CYCLES_MAX ? cycles : LBR_CYCLES_MAX};
	mark = now;
}

/*
 * Call-stack mode (SDM vol. 3B, 18.9.3): calls push, returns take the latest entry away, nothing else is recorded. A call
 * of the next instruction (CALL rel32 has five bytes) only asks for its own address and has no return.
 */
void Lbr::call(Bit64u kind, Bit64u from, Bit64u to, Bit64u now)
{
	if (kind == LBR_SELECT_REL_CALL && to == from + 5)
		return;
	if (kind & (LBR_SELECT_REL_CALL | LBR_SELECT_IND_CALL)) {
		push(from, to, now);
	} else if (kind & LBR_SELECT_RETURN) {
		entry[tos] = {};
		tos = (tos - 1) % LBR_DEPTH;
	}
}

void Lbr::record(Bit64u kind, Bit64u from, Bit64u to, unsigned cpl, Bit64u now)
{
	if (select & (kind | (cpl ? LBR_SELECT_CPL_NEQ_0 : LBR_SELECT_CPL_EQ_0)))
		return;
	if (select & LBR_SELECT_CALLSTACK)
		call(kind, from, to, now);
	else
		push(from, to, now);
}

void Lbr::depart(Bit64u from, Bit64u now)
{
	away = true;
	away_from = from;
	away_at = now;
}

void Lbr::arrive(Bit64u to)
{
	away = false;
	record(LBR_SELECT_FAR, away_from, to, 0, away_at);
}
