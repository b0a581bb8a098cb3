// SPDX-License-Identifier: GPL-2.0
// Counting: from what the hooks see to overflows.
#include "unit.h"

Pmu pmu[PMU_MAX_CPUS];
PmuWants pmu_wants;
PmuRepeat pmu_repeat[PMU_MAX_CPUS];

enum { EVNTSEL_USR = 1 << 16, EVNTSEL_OS = 1 << 17, EVNTSEL_EDGE = 1 << 18, EVNTSEL_INT = 1 << 20, EVNTSEL_EN = 1 << 22,
       EVNTSEL_INV = 1 << 23 };
static const Bit64u EVNTSEL_ADAPTIVE = 1ULL << 34;
enum { RING_0 = 1, RINGS_1_TO_3 = 0xe };

void Pmu::attach(unsigned number)
{
	id = number;
	cpu = BX_CPU(number);
	reset(true);
}

void Pmu::reset(bool hardware)
{
	if (hardware) {
		Pmu fresh = {};

		fresh.id = id;
		fresh.cpu = cpu;
		fresh.global_ctrl = BIT(profile->gp) - 1;
		// PERFMON available; BTS not available: the model has none.
		fresh.misc_enable = BIT(0) | BIT(7) | BIT(11);
		*this = fresh;
	}
	// INIT leaves the counters and their controls alone, but tracing stops.
	debugctl = 0;
	at = {};
	arrange();
}

void Pmu::run_begin()
{
	records = dropped = interrupts = 0;
	for (Counter &c : counters)
		c.seen = 0;
}

// What the controls of counter n mean.
void Pmu::derive(unsigned n)
{
	Counter &c = counters[n];
	bool precise = true, os, usr;

	c.counts = c.threshold = 0;
	c.invert = c.edge = false;
	if (n >= GP_COUNTERS) {
		os = c.control & 1;
		usr = c.control & 2;
		c.interrupt = c.control & 8;
		c.adaptive = fixed_ctrl & BIT(32 + 4 * (n - GP_COUNTERS));
		if (os || usr)
			c.counts = event_of_fixed(n - GP_COUNTERS);
		c.weight = n == GP_COUNTERS + 3 ? profile->slots : 1;
	} else {
		const EventCode *event = event_of(c.control);

		os = c.control & EVNTSEL_OS;
		usr = c.control & EVNTSEL_USR;
		c.interrupt = c.control & EVNTSEL_INT;
		c.adaptive = c.control & EVNTSEL_ADAPTIVE;
		precise = event && event->precise;
		c.weight = 1;
		c.edge = c.control & EVNTSEL_EDGE;
		c.threshold = Bit8u(c.control >> 24);
		c.invert = c.threshold && c.control & EVNTSEL_INV;
		if (c.edge && !c.threshold)
			c.threshold = 1;
		if (c.control & EVNTSEL_EN)
			c.counts = event ? event->counts : c.invert ? H_NEVER : 0;
	}
	c.rings = (os ? RING_0 : 0) | (usr ? RINGS_1_TO_3 : 0);
	c.pebs = pebs_enable & bit(n) && (precise || profile->baseline());
	if (!c.pebs)
		c.armed = false;
}

/*
 * After any change of a control: which counters count, which hooks are needed. A store counter alone needs no hook per
 * instruction, only one per access.
 */
void Pmu::arrange()
{
	actives = 0;
	for (unsigned n = 0; n < COUNTERS; n++) {
		derive(n);
		if (counters[n].counts && global_ctrl & bit(n) && !(global_status & STATUS_CTR_FRZ))
			active[actives++] = n;
	}
	lbr_on = debugctl & DEBUGCTL_LBR && !(global_status & STATUS_LBR_FRZ);
	cycle_mark = cpu->icount;

	pmu_wants.retirement = pmu_wants.memory = pmu_wants.branches = false;
	for (const Pmu &p : pmu) {
		pmu_wants.branches |= p.lbr_on;
		for (unsigned k = 0; k < p.actives; k++) {
			const Counter &c = p.counters[p.active[k]];

			pmu_wants.memory |= c.pebs || c.counts & H_MEMORY;
			pmu_wants.branches |= c.counts & H_BRANCH || (c.pebs && c.counts & ~H_MEMORY);
			pmu_wants.retirement |= c.threshold || c.counts & ~H_MEMORY;
		}
	}
}

void Pmu::access(Bit64u lin, unsigned len, unsigned rw)
{
	bool again = at.accessed && lin == at.access_end && !(lin & 0xfff);	// second part of a page split

	if (at.delivering) {
		if (cpu->prev_rip == at.delivered_at)
			return;
		at.delivering = false;
	}
	if (!at.accessed) {
		at.rip = cpu->prev_rip;
		at.cpl = cpl();
		at.load = at.store = at.modified = 0;
		pmu_wants.commit = true;
	}
	bool split = again || (lin & 63) + len > 64;
	if (rw == BX_RW && !at.accessed)
		at.modified = lin;
	if (rw != BX_WRITE) {
		at.accessed |= H_LOAD | (split ? H_SPLIT_LOAD : 0);
		if (!at.load)
			at.load = lin;
	} else if (lin == at.modified) {
		// Bochs probes the elements of a masked store as if it modified them, before it writes: no load.
		at.accessed &= ~(H_LOAD | H_SPLIT_LOAD);
	}
	if (rw & 1) {
		at.accessed |= H_STORE | (split ? H_SPLIT_STORE : 0);
		if (!at.store)
			at.store = lin;
	}
	at.access_end = lin + len;
}

static Bit64u lbr_kind(Bit32u kind)
{
	switch (kind) {
	case H_COND_TAKEN: return LBR_SELECT_JCC;
	case H_REL_JMP: return LBR_SELECT_REL_JMP;
	case H_IND_JMP: return LBR_SELECT_IND_JMP;
	case H_REL_CALL: return LBR_SELECT_REL_CALL;
	case H_IND_CALL: return LBR_SELECT_IND_CALL;
	default: return LBR_SELECT_RETURN;
	}
}

void Pmu::branch(Bit32u kind, Bit64u from, Bit64u to)
{
	at.branched = kind;
	at.from = from;
	at.from_cpl = cpl();
	if (!lbr_on)
		return;
	if (lbr.departed())
		lbr.arrive(from);
	if (kind != H_COND_NOT_TAKEN)
		lbr.record(lbr_kind(kind), from, to, cpl(), cpu->icount);
}

void Pmu::far_branch(Bit64u from, unsigned from_cpl, Bit64u to, unsigned to_cpl)
{
	at.branched = H_FAR;
	at.from = from;
	at.from_cpl = from_cpl;
	if (!lbr_on)
		return;
	if (lbr.departed())
		lbr.arrive(from);
	lbr.record(LBR_SELECT_FAR, from, to, to_cpl, cpu->icount);
}

void Pmu::deliver(Bit64u from, bool debug)
{
	at.accessed = at.branched = 0;
	at.delivering = true;
	at.delivered_at = cpu->prev_rip;
	if (!lbr_on)
		return;
	if (lbr.departed())
		lbr.arrive(from);
	if (debug) {
		// SDM 18.4.2: the stack stays as it was at the debug exception.
		debugctl &= ~DEBUGCTL_LBR;
		arrange();
		return;
	}
	lbr.depart(from, cpu->icount);
	pmu_wants.commit = true;
}

void Pmu::breakpoint()
{
	at.delivering = true;
	at.delivered_at = cpu->prev_rip;
}

// Events of a counter; true: a record is due.
inline bool Pmu::count(Counter &c, Bit64u n)
{
	c.seen += n;
	if (unlikely(c.armed))
		return true;
	c.value += n;
	if (unlikely(c.value > COUNTER_MASK)) {
		c.value &= COUNTER_MASK;
		overflow(unsigned(&c - counters));
	}
	return false;
}

void Pmu::overflow(unsigned n)
{
	Counter &c = counters[n];

	if (c.pebs) {
		c.armed = true;
		return;
	}
	global_status |= bit(n);
	requested |= c.interrupt;
}

/*
 * CMASK turns events into cycles in which at least (INV: fewer than) so many happened; EDGE counts how often that begins.
 * Of the cycles of one instruction only the last one retires something.
 */
static Bit64u qualifying(Counter &c, Bit64u happened, Bit64u cycles)
{
	bool idle = c.invert, last = (happened >= c.threshold) != c.invert;
	Bit64u n;

	if (!c.edge)
		return (idle ? cycles - 1 : 0) + last;
	n = 0;
	if (cycles > 1) {
		n += idle && !c.was;
		c.was = idle;
	}
	n += last && !c.was;
	c.was = last;
	return n;
}

/*
 * Fills in what a record says about the instruction that has just retired, but for the counters. Only for those few that
 * are recorded.
 */
PebsEvent Pmu::describe(const bxInstruction_c *i) const
{
	PebsEvent event = {};

	event.rip = at.accessed ? at.rip : at.branched ? at.from : cpu->get_instruction_pointer() - i->ilen();
	event.address = at.accessed & H_STORE ? at.store : at.accessed ? at.load : 0;
	return event;
}

void Pmu::retire(bxInstruction_c *i)
{
	const PmuRepeat &rep = pmu_repeat[id];
	Bit64u now = cpu->icount, cycles = 1, due = 0;

	if (unlikely(rep.icount == now) && rep.rip == cpu->get_instruction_pointer()) {
		at.accessed = 0;	// REP left between two iterations: it has not retired
		return;
	}
	if (unlikely(quiet == now)) {
		at.accessed = at.branched = 0;
		return;
	}
	if (unlikely(lbr.departed()))
		lbr.arrive(describe(i).rip);

	Bit32u happened = at.accessed | at.branched | H_INSTRUCTION | H_CYCLES;
	unsigned ring = at.accessed ? at.cpl : at.branched ? at.from_cpl : cpl();

	if (at.accessed & H_LOAD && i->getLock())
		happened |= H_LOCKED;
	if (pmu_wants.retirement) {
		cycles = now + 1 - cycle_mark;
		cycle_mark = now + 1;
	}
	for (unsigned k = 0; k < actives; k++) {
		Counter &c = counters[active[k]];
		Bit64u n;

		if (!(c.rings >> ring & 1))
			continue;
		n = !(happened & c.counts) ? 0 : c.counts & H_CYCLES ? cycles * c.weight : 1;
		if (unlikely(c.threshold))
			n = qualifying(c, n, cycles);
		if (n && count(c, n))
			due |= bit(active[k]);
	}
	if (unlikely(due)) {
		PebsEvent event = describe(i);

		event.cpl = ring;
		event.counters = due;
		record(event);
	}
	at.accessed = at.branched = 0;
	// Not before: a freeze takes effect behind the instruction, all counters count it.
	if (unlikely(requested)) {
		requested = false;
		interrupt();
	}
}
