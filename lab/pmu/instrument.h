/* SPDX-License-Identifier: GPL-2.0 */
/*
 * instrument.h - Bochs's instrumentation interface, as the PMU model uses it. Included by every file of the CPU emulator.
 *
 * The hooks that fire for each instruction, memory access or branch are one test of a global while nobody waits for
 * them: a machine whose counters are off runs as fast as one without instrumentation.
 */
#if BX_INSTRUMENTATION

class bxInstruction_c;

/* Which hooks somebody waits for on any CPU: kept by Pmu::arrange(), but for trail. */
struct PmuWants {
	bool retirement;	/* AFTER_EXECUTION of every instruction */
	bool commit;		/* AFTER_EXECUTION of the instruction at work: it accessed memory */
	bool memory;		/* LIN_ACCESS */
	bool branches;		/* the near branches; far ones are always seen */
	bool trail;		/* the near branches, for trail.h: a truth file is kept */
};
extern PmuWants pmu_wants;

/*
 * What a CPU's REP string instructions did. Bochs counts one icount per iteration and leaves the instruction between two
 * iterations when an interrupt waits, so retired instructions have to be told from iterations.
 *
 * A new instruction and not the next iteration: another address, or time went by since the last iteration.
 */
struct PmuRepeat {
	Bit64u rip;		/* of the latest iteration */
	Bit64u icount;		/* at the latest iteration */
	Bit64u iterations;	/* of all REP instructions */
	Bit64u starts;		/* REP instructions with at least one iteration */

	void iteration(Bit64u at, Bit64u now)
	{
		starts += at != rip || now != icount + 1;
		iterations++;
		rip = at;
		icount = now;
	}
};

enum { PMU_MAX_CPUS = 16 };
extern PmuRepeat pmu_repeat[PMU_MAX_CPUS];

/* Linear address whose accesses count.cc wants to see: each CPU's current_task. 0 = none. */
extern Bit64u pmu_watch[PMU_MAX_CPUS];

void bx_instr_init_env(void);
void bx_instr_exit_env(void);
void bx_instr_initialize(unsigned cpu);
void bx_instr_exit(unsigned cpu);
void bx_instr_reset(unsigned cpu, unsigned type);
void bx_instr_cnear_branch(unsigned cpu, bool taken, bx_address from, bx_address to);
void bx_instr_ucnear_branch(unsigned cpu, unsigned what, bx_address from, bx_address to);
void bx_instr_far_branch(unsigned cpu, unsigned what, Bit16u old_cs, bx_address from, Bit16u new_cs, bx_address to);
void bx_instr_opcode(unsigned cpu, bxInstruction_c *i);
void bx_instr_exception(unsigned cpu, unsigned vector, unsigned error_code);
void bx_instr_breakpoint(unsigned cpu);
void bx_instr_hwinterrupt(unsigned cpu, unsigned vector, Bit16u cs, bx_address rip);
void bx_instr_after_execution(unsigned cpu, bxInstruction_c *i);
void bx_instr_lin_access(unsigned cpu, bx_address lin, unsigned len, unsigned rw);
void bx_instr_watched(unsigned cpu, unsigned rw);
void bx_instr_outp(Bit16u port, unsigned len, unsigned value);
void bx_instr_wrmsr(unsigned cpu, unsigned index, Bit64u value);

#define BX_INSTR_INIT_ENV() bx_instr_init_env()
#define BX_INSTR_EXIT_ENV() bx_instr_exit_env()
#define BX_INSTR_INITIALIZE(cpu) bx_instr_initialize(cpu)
#define BX_INSTR_EXIT(cpu) bx_instr_exit(cpu)
#define BX_INSTR_RESET(cpu, type) bx_instr_reset(cpu, type)

#define PMU_IF(condition, call) do { if (unlikely(condition)) call; } while (0)

#define BX_INSTR_CNEAR_BRANCH_TAKEN(cpu, from, to) \
	PMU_IF(pmu_wants.branches | pmu_wants.trail, bx_instr_cnear_branch(cpu, true, from, to))
#define BX_INSTR_CNEAR_BRANCH_NOT_TAKEN(cpu, from) \
	PMU_IF(pmu_wants.branches, bx_instr_cnear_branch(cpu, false, from, 0))
#define BX_INSTR_UCNEAR_BRANCH(cpu, what, from, to) \
	PMU_IF(pmu_wants.branches | pmu_wants.trail, bx_instr_ucnear_branch(cpu, what, from, to))
#define BX_INSTR_FAR_BRANCH(cpu, what, old_cs, from, new_cs, to) \
	bx_instr_far_branch(cpu, what, old_cs, from, new_cs, to)
#define BX_INSTR_OPCODE(cpu, i, opcode, len, is32, is64) bx_instr_opcode(cpu, i)
#define BX_INSTR_EXCEPTION(cpu, vector, error_code) bx_instr_exception(cpu, vector, error_code)
/* Of all interrupts, before anything is pushed. INT3 is not among the exceptions. */
#define BX_INSTR_INTERRUPT(cpu, vector) PMU_IF((vector) == BX_BP_EXCEPTION, bx_instr_breakpoint(cpu))
#define BX_INSTR_HWINTERRUPT(cpu, vector, cs, rip) bx_instr_hwinterrupt(cpu, vector, cs, rip)
#define BX_INSTR_AFTER_EXECUTION(cpu, i) \
	PMU_IF(pmu_wants.retirement | pmu_wants.commit, bx_instr_after_execution(cpu, i))
#define BX_INSTR_REPEAT_ITERATION(cpu, i) \
	pmu_repeat[cpu].iteration(BX_CPU_THIS_PTR prev_rip, BX_CPU_THIS_PTR icount)
#define BX_INSTR_LIN_ACCESS(cpu, lin, phy, len, memtype, rw) do { \
	PMU_IF((lin) == pmu_watch[cpu], bx_instr_watched(cpu, rw)); \
	PMU_IF(pmu_wants.memory, bx_instr_lin_access(cpu, lin, len, rw)); \
} while (0)
#define BX_INSTR_OUTP(port, len, value) bx_instr_outp(port, len, value)
#define BX_INSTR_WRMSR(cpu, index, value) bx_instr_wrmsr(cpu, index, value)

/* Not used by the model. */
#define BX_INSTR_HLT(cpu)
#define BX_INSTR_MWAIT(cpu, addr, len, flags)
#define BX_INSTR_DEBUG_PROMPT()
#define BX_INSTR_DEBUG_CMD(cmd)
#define BX_INSTR_TLB_CNTRL(cpu, what, new_cr3)
#define BX_INSTR_CACHE_CNTRL(cpu, what)
#define BX_INSTR_PREFETCH_HINT(cpu, what, seg, offset)
#define BX_INSTR_CLFLUSH(cpu, lin, phy)
#define BX_INSTR_BEFORE_EXECUTION(cpu, i)
#define BX_INSTR_PHY_ACCESS(cpu, addr, len, memtype, rw)
#define BX_INSTR_INP(port, len)
#define BX_INSTR_INP2(port, len, value)
#define BX_INSTR_VMEXIT(cpu, reason, qualification)

#endif
