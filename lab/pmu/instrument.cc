// SPDX-License-Identifier: GPL-2.0
// Bochs's hooks, handed to those who want them.
#include "bochs.h"
#include "cpu/cpu.h"
#include "count.h"
#include "cpuid.h"
#include "handlers.h"
#include "machine.h"
#include "trail.h"
#include "truth.h"
#include "unit.h"

void bx_instr_init_env()
{
}

void bx_instr_exit_env()
{
}

void bx_instr_initialize(unsigned cpu)
{
	if (cpu >= PMU_MAX_CPUS)
		machine_fail("the PMU model is built for %d CPUs", PMU_MAX_CPUS);
	if (cpu == 0)
		machine_start();
	cpuid_install(cpu);
	pmu[cpu].attach(cpu);
}

void bx_instr_exit(unsigned)
{
}

void bx_instr_reset(unsigned cpu, unsigned type)
{
	pmu[cpu].reset(type == BX_RESET_HARDWARE);
}

void bx_instr_cnear_branch(unsigned cpu, bool taken, bx_address from, bx_address to)
{
	if (pmu_wants.branches)
		pmu[cpu].branch(taken ? H_COND_TAKEN : H_COND_NOT_TAKEN, from, to);
	if (pmu_wants.trail && taken)
		trail[cpu].branch(from, to);
}

void bx_instr_ucnear_branch(unsigned cpu, unsigned what, bx_address from, bx_address to)
{
	Bit32u kind = what == BX_INSTR_IS_JMP ? H_REL_JMP : what == BX_INSTR_IS_JMP_INDIRECT ? H_IND_JMP :
		      what == BX_INSTR_IS_CALL ? H_REL_CALL : what == BX_INSTR_IS_CALL_INDIRECT ? H_IND_CALL : H_RETURN;

	if (pmu_wants.branches)
		pmu[cpu].branch(kind, from, to);
	if (pmu_wants.trail)
		trail[cpu].branch(from, to);
}

void bx_instr_far_branch(unsigned cpu, unsigned what, Bit16u old_cs, bx_address from, Bit16u new_cs, bx_address to)
{
	count_far_branch(cpu, to, new_cs & 3, what == BX_INSTR_IS_IRET);
	pmu[cpu].far_branch(from, old_cs & 3, to, new_cs & 3);
}

void bx_instr_opcode(unsigned, bxInstruction_c *i)
{
	handler_replace(i);
}

void bx_instr_exception(unsigned cpu, unsigned vector, unsigned)
{
	count_exception(cpu);
	pmu[cpu].deliver(BX_CPU(cpu)->prev_rip, vector == BX_DB_EXCEPTION);
}

void bx_instr_breakpoint(unsigned cpu)
{
	if (!BX_CPU(cpu)->user_pl)
		return;
	truth_break(cpu);
	count_breakpoint(cpu);
	pmu[cpu].breakpoint();
}

void bx_instr_hwinterrupt(unsigned cpu, unsigned vector, Bit16u, bx_address rip)
{
	count_interrupt(cpu, vector, rip);
	pmu[cpu].deliver(rip, false);
}

void bx_instr_after_execution(unsigned cpu, bxInstruction_c *i)
{
	pmu_wants.commit = false;
	pmu[cpu].retire(i);
}

void bx_instr_lin_access(unsigned cpu, bx_address lin, unsigned len, unsigned rw)
{
	pmu[cpu].access(lin, len, rw);
}

void bx_instr_watched(unsigned cpu, unsigned rw)
{
	if (!(rw & 1))
		return;
	count_task_switch(cpu);
	trail[cpu].task_switch();
}

void bx_instr_outp(Bit16u port, unsigned len, unsigned value)
{
	machine_outp(port, len, value);
}

void bx_instr_wrmsr(unsigned cpu, unsigned, Bit64u)
{
	count_wrmsr(cpu);
}
