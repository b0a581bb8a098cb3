// SPDX-License-Identifier: GPL-2.0
#include "truth.h"

#include <cinttypes>

#include "count.h"
#include "pmu.h"
#include "trail.h"

static FILE *truth;
static bool running;

void truth_begin(FILE *to)
{
	truth = to;
	running = true;
	for (int i = 0; i < BX_SMP_PROCESSORS; i++) {
		pmu[i].run_begin();
		trail[i].begin(i);
	}
	pmu_wants.trail = truth;
	count_begin();
}

void truth_end()
{
	for (int i = 0; running && truth && i < BX_SMP_PROCESSORS; i++) {
		fprintf(truth, "end cpu=%d records=%lu dropped=%lu pmis=%lu\n", i, pmu[i].records, pmu[i].dropped,
			pmu[i].interrupts);
		for (unsigned n = 0; n < COUNTERS; n++)
			if (pmu[i].counter(n).seen)
				fprintf(truth, "end cpu=%d counter=%u events=%lu\n", i,
					n < GP_COUNTERS ? n : 32 + n - GP_COUNTERS, pmu[i].counter(n).seen);
	}
	running = false;
	pmu_wants.trail = false;
	truth = NULL;
}

static void event_line(const char *what, unsigned cpu, const PebsEvent &event)
{
	BX_CPU_C *c = BX_CPU(cpu);
	unsigned bit = __builtin_ctzll(event.counters);
	const Counter &counter = pmu[cpu].counter(bit < 32 ? bit : bit - 32 + GP_COUNTERS);

	fprintf(truth, "%s cpu=%u tsc=%lu ip=0x%lx addr=0x%lx r14=0x%lx rsp=0x%lx cr3=0x%lx counter=%u status=0x%lx"
		" cpl=%u events=%lu", what, cpu, c->get_TSC(), event.rip, event.address, c->get_reg64(BX_64BIT_REG_R14),
		c->get_reg64(BX_64BIT_REG_RSP), Bit64u(c->cr3), bit, event.counters, event.cpl, counter.seen);
}

void truth_record(unsigned cpu, Bit64u number, const PebsEvent &event)
{
	Bit32u tid, tgid;

	if (!truth)
		return;
	event_line("pebs", cpu, event);
	if (count_ids(cpu, &tid, &tgid))
		fprintf(truth, " tid=%u tgid=%u", tid, tgid);
	fprintf(truth, " n=%lu\n", number);
}

void truth_drop(unsigned cpu, const PebsEvent &event, const char *reason)
{
	if (!truth)
		return;
	event_line("drop", cpu, event);
	fprintf(truth, " reason=%s\n", reason);
}

void truth_lbr(unsigned cpu, const Lbr &lbr, const char *reason)
{
	if (!truth)
		return;
	fprintf(truth, "lbr cpu=%u tsc=%lu reason=%s n=%d entries=", cpu, BX_CPU(cpu)->get_TSC(), reason, LBR_DEPTH);
	for (unsigned age = 0; age < LBR_DEPTH; age++) {
		const LbrEntry &e = lbr.newest(age);

		fprintf(truth, "%s%lx:%lx:%lx", age ? "," : "", e.from, e.to, e.info);
	}
	fputc('\n', truth);
}

void truth_break(unsigned cpu)
{
	const Trail &t = trail[cpu];
	BX_CPU_C *c = BX_CPU(cpu);
	Bit32u tid = 0, tgid = 0, turn = t.turn();
	unsigned n;

	if (!truth)
		return;
	count_ids(cpu, &tid, &tgid);
	n = t.length(tid);
	fprintf(truth, "break cpu=%u tsc=%lu ip=0x%lx tid=%u tgid=%u sp=0x%lx r14=0x%lx rax=0x%lx rbx=0x%lx"
		" rcx=0x%lx cr3=0x%lx n=%u entries=", cpu, c->get_TSC(), Bit64u(c->prev_rip), tid, tgid, c->get_reg64(BX_64BIT_REG_RSP),
		c->get_reg64(BX_64BIT_REG_R14), c->get_reg64(BX_64BIT_REG_RAX), c->get_reg64(BX_64BIT_REG_RBX),
		c->get_reg64(BX_64BIT_REG_RCX), Bit64u(c->cr3), n);
	for (unsigned age = 0; age < n; age++) {
		const TrailStep &s = t.step(age);

		fprintf(truth, "%s%s%lx:%lx:%lx", age ? "," : "", s.turn == turn ? "" : "/", s.from, s.to, s.cycles);
		turn = s.turn;
	}
	fputc('\n', truth);
}
