/* SPDX-License-Identifier: GPL-2.0 */
/*
 * unit.h - the performance monitoring unit of one CPU.
 *
 *	retirement of an instruction
 *	  hooks --> what happened --> counters --> overflow --> GLOBAL_STATUS --> PMI        (EVNTSEL.INT)
 *	                                             |
 *	                                             v  PEBS_ENABLE: armed
 *	                                    next event: record --> DS area --> threshold --> OvfBuffer --> PMI
 *
 * counters.cc counts, pebs.cc writes records, pmi.cc interrupts, msr.cc is the register file.
 */
#ifndef LAB_UNIT_H
#define LAB_UNIT_H

#include "events.h"
#include "lbr.h"
#include "profile.h"

enum { GP_COUNTERS = 8, COUNTERS = GP_COUNTERS + 4 };	/* number 8 + n is fixed counter n, also in the DS area */

struct Counter {
	Bit64u value;		/* COUNTER_BITS wide */
	Bit64u control;		/* EVNTSEL; of a fixed counter its four bits of FIXED_CTR_CTRL */
	Bit64u seen;		/* events counted since the run began: nothing the guest writes changes it */

	/* Derived by Pmu::arrange(). */
	Bit32u counts;		/* Happening */
	Bit8u rings;		/* bit n: counts at CPL n */
	Bit8u weight;		/* events a cycle, for those that count cycles */
	Bit8u threshold;	/* CMASK, or 1 for EDGE without one; 0: counts events, not cycles */
	bool invert, edge;
	bool interrupt;		/* INT */
	bool pebs;		/* an overflow arms a record instead of setting the status */
	bool adaptive;		/* its records carry what PEBS_DATA_CFG says, not the basic group alone */

	bool was;		/* EDGE: the condition held in the cycle before */
	bool armed;		/* overflowed: the next event is recorded */
};

/* The instruction at work, put together by the hooks until it retires. */
struct Instruction {
	Bit32u accessed;	/* Happening: loads and stores */
	Bit64u rip;		/* valid with accessed */
	unsigned cpl;		/* valid with accessed: a far branch changes it on the way */
	Bit64u load, store;	/* linear address of the first one of each */
	Bit64u modified;	/* that of the first access if it reads and writes, else 0 */
	Bit64u access_end;	/* of the latest one: page splits arrive in two parts */

	Bit32u branched;	/* Happening */
	Bit64u from;		/* valid with branched */
	unsigned from_cpl;

	/* Pushes of an interrupt's or exception's delivery are nobody's stores: they come while RIP still stands. */
	bool delivering;
	Bit64u delivered_at;
};

/* What a record describes. */
struct PebsEvent {
	Bit64u rip;		/* of the instruction */
	Bit64u address;		/* data linear address, 0 without access */
	unsigned cpl;
	Bit64u counters;	/* bits as in GLOBAL_STATUS */
};

class Pmu {
public:
	void attach(unsigned cpu);
	void reset(bool hardware);		/* RESET or INIT (SDM vol. 3A table 9-1) */
	void run_begin();			/* zeroes what only the outside sees */

	/* Hooks. */
	void access(Bit64u lin, unsigned len, unsigned rw);
	void branch(Bit32u kind, Bit64u from, Bit64u to);	/* near ones, taken or not */
	void far_branch(Bit64u from, unsigned from_cpl, Bit64u to, unsigned to_cpl);
	void deliver(Bit64u from, bool debug);			/* interrupt or exception begins */
	void breakpoint();					/* INT3 begins: its far branch follows */
	void retire(bxInstruction_c *i);

	/* Registers: 1 = done, 0 = #GP, -1 = not a register of the PMU. */
	int read(Bit32u index, Bit64u *value);
	int write(Bit32u index, Bit64u value);
	bool rdpmc(Bit32u index, Bit64u *value);		/* false = #GP */

	/* For those who watch from outside. */
	const Counter &counter(unsigned n) const { return counters[n]; }
	Bit64u records, dropped, interrupts;

private:
	unsigned id;
	BX_CPU_C *cpu;
	Counter counters[COUNTERS];
	Lbr lbr;
	Instruction at;
	Bit64u cycle_mark;		/* cycles before this one are counted */
	bool requested;			/* a PMI, at the end of this instruction */
	Bit64u quiet;			/* icount of the latest WRMSR to the PMU: it works on what follows it */

	Bit64u global_ctrl, global_status, fixed_ctrl;
	Bit64u pebs_enable, pebs_data_cfg, pebs_ld_lat, pebs_frontend, ds_area;
	Bit64u debugctl, misc_enable, offcore[2];

	unsigned active[COUNTERS], actives;	/* numbers of the counters that count now */
	bool lbr_on;

	void arrange();
	void derive(unsigned n);
	bool count(Counter &c, Bit64u n);
	void overflow(unsigned n);
	PebsEvent describe(const bxInstruction_c *i) const;
	void record(const PebsEvent &event);
	void interrupt();

	void snapshot() const;
	bool adaptive(Bit64u of) const;
	unsigned build(const PebsEvent &event, Bit64u *to);
	unsigned build_adaptive(const PebsEvent &event, Bit64u *to);

	Bit64u in_use() const;
	int write_counter(unsigned n, Bit64u value);
	int read_lbr(Bit32u index, Bit64u *value) const;
	int write_lbr(Bit32u index, Bit64u value);
	unsigned cpl() const { return cpu->sregs[BX_SEG_REG_CS].selector.rpl; }

	static Bit64u bit(unsigned n) { return n < GP_COUNTERS ? BIT(n) : BIT(32 + n - GP_COUNTERS); }
};

extern Pmu pmu[PMU_MAX_CPUS];

#endif
