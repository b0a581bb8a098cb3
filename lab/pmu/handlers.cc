// SPDX-License-Identifier: GPL-2.0
#define NEED_CPU_REG_SHORTCUTS 1
#include "handlers.h"

#include "bochs.h"
#include "cpu/cpu.h"
#include "count.h"
#include "cpu/decoder/ia_opcodes.h"
#include "pc_system.h"
#include "unit.h"

/*
 * Bochs calls an instruction through a pointer to a member of BX_CPU_C. These members of a class derived from it, without
 * data and never instantiated, run with the real CPU as their object.
 */
class Handlers : public BX_CPU_C {
public:
	void rdpmc(bxInstruction_c *i) BX_CPP_AttrRegparmN(1);
	void count_reads(bxInstruction_c *i) BX_CPP_AttrRegparmN(1);
	void monitor(bxInstruction_c *i) BX_CPP_AttrRegparmN(1);
};

void Handlers::rdpmc(bxInstruction_c *i)
{
	Bit64u value;

	if (!cr4.get_PCE() && CPL != 0)
		exception(BX_GP_EXCEPTION, 0);
	if (!pmu[bx_cpuid].rdpmc(ECX, &value))
		exception(BX_GP_EXCEPTION, 0);
	RAX = Bit32u(value);
	RDX = value >> 32;
	BX_NEXT_INSTR(i);
}

void Handlers::count_reads(bxInstruction_c *i)
{
	count_rdmsr(bx_cpuid);
	RDMSR(i);
}

/*
 * A CPU that may write a page directly does not look whether somebody monitors it. So MONITOR makes all CPUs look up the
 * page again, but Bochs 3.0 hands the physical address to a function that takes a linear one: stores of the CPUs that
 * know the page end no MWAIT, and the sleeper wakes at its next timer. The kernel has the page at the same linear
 * address on all of them.
 */
void Handlers::monitor(bxInstruction_c *i)
{
	bx_pc_system.invlpg(RAX & i->asize_mask());
	MONITOR(i);
}

void handler_replace(bxInstruction_c *i)
{
	switch (i->getIaOpcode()) {
	case BX_IA_RDPMC:
		i->execute1 = static_cast<BxExecutePtr_tR>(&Handlers::rdpmc);
		break;
	case BX_IA_MONITOR:
		i->execute1 = static_cast<BxExecutePtr_tR>(&Handlers::monitor);
		break;
	case BX_IA_RDMSR:
		i->execute1 = static_cast<BxExecutePtr_tR>(&Handlers::count_reads);
		break;
	}
}
