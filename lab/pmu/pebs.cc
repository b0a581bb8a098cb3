// SPDX-License-Identifier: GPL-2.0
// Processor event based sampling: records in the DS save area (SDM vol. 3B, 20.9 and 20.9.2 for adaptive ones).
#include <cstddef>

#include "machine.h"
#include "ram.h"
#include "truth.h"
#include "unit.h"

/* DS save area in 64-bit mode, at IA32_DS_AREA. One reset value a counter, fixed ones from slot 8. */
struct DsArea {
	Bit64u bts[4];
	Bit64u base, index, absolute_maximum, threshold;
	Bit64u reset[COUNTERS];
};

/* dse of a store, data source of a load: hit the first-level cache. The model has no other memory. */
static const Bit64u SOURCE_L1_HIT = 1;
enum { FIXED_WORDS = 25, MAX_WORDS = 4 + 4 + 18 + 32 + 3 * LBR_DEPTH };

// The registers in a record are those after the instruction; so is the IP beside the flags.
static Bit64u reg(BX_CPU_C *cpu, unsigned index)
{
	return cpu->get_reg64(index);
}

// Format 3: 200 bytes, always the same fields (table 20-42).
unsigned Pmu::build(const PebsEvent &event, Bit64u *to)
{
	static const Bit8u order[16] = {
		BX_64BIT_REG_RAX, BX_64BIT_REG_RBX, BX_64BIT_REG_RCX, BX_64BIT_REG_RDX,
		BX_64BIT_REG_RSI, BX_64BIT_REG_RDI, BX_64BIT_REG_RBP, BX_64BIT_REG_RSP,
		BX_64BIT_REG_R8, BX_64BIT_REG_R9, BX_64BIT_REG_R10, BX_64BIT_REG_R11,
		BX_64BIT_REG_R12, BX_64BIT_REG_R13, BX_64BIT_REG_R14, BX_64BIT_REG_R15};

	if (profile->baseline())
		return build_adaptive(event, to);
	to[0] = cpu->read_eflags();
	to[1] = cpu->get_instruction_pointer();
	for (unsigned i = 0; i < 16; i++)
		to[2 + i] = reg(cpu, order[i]);
	to[18] = event.counters;
	to[19] = event.address;
	to[20] = event.address ? SOURCE_L1_HIT : 0;
	to[21] = 0;		// latency: of the load latency event only
	to[22] = event.rip;
	to[23] = 0;		// TSX
	to[24] = cpu->get_TSC();
	return FIXED_WORDS;
}

// A record that several counters cause is as large as the most demanding one wants.
bool Pmu::adaptive(Bit64u of) const
{
	for (unsigned n = 0; n < COUNTERS; n++)
		if (of & bit(n) && counters[n].adaptive)
			return true;
	return false;
}

// Format 4: the groups that PEBS_DATA_CFG asks for, in the order of its bits, after the basic one.
unsigned Pmu::build_adaptive(const PebsEvent &event, Bit64u *to)
{
	static const Bit8u order[16] = {
		BX_64BIT_REG_RAX, BX_64BIT_REG_RCX, BX_64BIT_REG_RDX, BX_64BIT_REG_RBX,
		BX_64BIT_REG_RSP, BX_64BIT_REG_RBP, BX_64BIT_REG_RSI, BX_64BIT_REG_RDI,
		BX_64BIT_REG_R8, BX_64BIT_REG_R9, BX_64BIT_REG_R10, BX_64BIT_REG_R11,
		BX_64BIT_REG_R12, BX_64BIT_REG_R13, BX_64BIT_REG_R14, BX_64BIT_REG_R15};
	Bit64u config = adaptive(event.counters) ? pebs_data_cfg : 0;
	unsigned n = 1;

	to[n++] = event.rip;
	to[n++] = event.counters;
	to[n++] = cpu->get_TSC();
	if (config & DATA_MEM) {
		to[n++] = event.address;
		to[n++] = event.address ? SOURCE_L1_HIT : 0;
		to[n++] = 0;	// latency
		to[n++] = 0;	// TSX
	}
	if (config & DATA_GPR) {
		to[n++] = cpu->read_eflags();
		to[n++] = cpu->get_instruction_pointer();
		for (unsigned i = 0; i < 16; i++)
			to[n++] = reg(cpu, order[i]);
	}
	if (config & DATA_XMM)
		for (unsigned i = 0; i < 16; i++) {
			to[n++] = cpu->vmm[i].vmm64u(0);
			to[n++] = cpu->vmm[i].vmm64u(1);
		}
	if (config & DATA_LBR)
		for (unsigned age = 0; age <= (config >> DATA_LBR_SHIFT & (LBR_DEPTH - 1)); age++) {
			const LbrEntry &e = lbr.newest(age);

			to[n++] = e.from;
			to[n++] = e.to;
			to[n++] = e.info;
		}
	to[0] = config | Bit64u(8 * n) << 48;
	return n;
}

/*
 * Writes a record, gives the counters that caused it their reset values, raises the PMI at the threshold. The hardware
 * reads the DS area for each record. A full buffer takes no record and asks for the PMI again.
 */
void Pmu::record(const PebsEvent &event)
{
	Bit64u words[MAX_WORDS];
	unsigned length = 8 * build(event, words);
	unsigned slots = profile->baseline() ? GP_COUNTERS + profile->fixed : profile->gp;
	DsArea ds;

	if (!memory_get(id, ds_area, &ds, offsetof(DsArea, reset) + slots * sizeof(ds.reset[0])))
		machine_fail("cpu %u: the DS area 0x%lx is not mapped at ip 0x%lx, CPL %u, CR3 0x%lx: a PEBS record had"
			     " nowhere to go", id, ds_area, event.rip, event.cpl, Bit64u(cpu->cr3));
	if (ds.index + length > ds.absolute_maximum) {
		dropped++;
		truth_drop(id, event, "full");
	} else {
		if (!memory_put(id, ds.index, words, length))
			machine_fail("cpu %u: the PEBS buffer is not mapped at 0x%lx (ip 0x%lx, CPL %u, CR3 0x%lx)", id, ds.index,
				     event.rip, event.cpl, Bit64u(cpu->cr3));
		ds.index += length;
		memory_put(id, ds_area + offsetof(DsArea, index), &ds.index, sizeof(ds.index));
		truth_record(id, records++, event);
	}
	for (unsigned n = 0; n < COUNTERS; n++)
		if (event.counters & bit(n)) {
			counters[n].armed = false;
			counters[n].value = ds.reset[n] & COUNTER_MASK;
		}
	if (ds.index >= ds.threshold) {
		global_status |= STATUS_OVF_BUFFER;
		requested = true;
	}
}
