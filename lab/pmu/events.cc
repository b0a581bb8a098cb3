// SPDX-License-Identifier: GPL-2.0
// Codes: SDM vol. 3B, performance monitoring events of Skylake and Ice Lake servers.
#include "events.h"

#include <cstddef>

const EventCode skx_events[] = {
	{0xc4, 0x01, H_COND, true},			// BR_INST_RETIRED.CONDITIONAL
	{0xc4, 0x04, H_BRANCH, true},			// BR_INST_RETIRED.ALL_BRANCHES_PEBS
	{0xc4, 0x10, H_COND_NOT_TAKEN, true},		// BR_INST_RETIRED.NOT_TAKEN
	{0xc2, 0x01, H_INSTRUCTION, true},		// UOPS_RETIRED.ALL: the model has one uop an instruction
	{}
};

const EventCode icl_events[] = {
	{0xc4, 0x01, H_COND_TAKEN, true},		// BR_INST_RETIRED.COND_TAKEN
	{0xc4, 0x10, H_COND_NOT_TAKEN, true},		// BR_INST_RETIRED.COND_NTAKEN
	{0xc4, 0x11, H_COND, true},			// BR_INST_RETIRED.COND
	{0xc4, 0x80, H_IND_JMP | H_IND_CALL, true},	// BR_INST_RETIRED.INDIRECT
	{0xd0, 0x83, H_LOAD | H_STORE, true},		// MEM_INST_RETIRED.ANY
	{}
};

static const EventCode common[] = {
	{0x3c, 0x00, H_CYCLES, false},			// CPU_CLK_UNHALTED.THREAD
	{0x3c, 0x01, H_CYCLES, false},			// CPU_CLK_UNHALTED.REF_XCLK: the model has one clock
	{0xc0, 0x00, H_INSTRUCTION, true},		// INST_RETIRED.ANY_P
	{0xc0, 0x01, H_INSTRUCTION, true},		// INST_RETIRED.PREC_DIST
	{0xc4, 0x00, H_BRANCH, true},			// BR_INST_RETIRED.ALL_BRANCHES
	{0xc4, 0x02, H_CALL, true},			// BR_INST_RETIRED.NEAR_CALL
	{0xc4, 0x08, H_RETURN, true},			// BR_INST_RETIRED.NEAR_RETURN
	{0xc4, 0x20, H_NEAR_TAKEN, true},		// BR_INST_RETIRED.NEAR_TAKEN
	{0xc4, 0x40, H_FAR, true},			// BR_INST_RETIRED.FAR_BRANCH
	{0xc5, 0x00, H_NEVER, true},			// BR_MISP_RETIRED.ALL_BRANCHES: every branch is predicted
	{0xd0, 0x21, H_LOCKED, true},			// MEM_INST_RETIRED.LOCK_LOADS
	{0xd0, 0x41, H_SPLIT_LOAD, true},		// MEM_INST_RETIRED.SPLIT_LOADS
	{0xd0, 0x42, H_SPLIT_STORE, true},		// MEM_INST_RETIRED.SPLIT_STORES
	{0xd0, 0x81, H_LOAD, true},			// MEM_INST_RETIRED.ALL_LOADS
	{0xd0, 0x82, H_STORE, true},			// MEM_INST_RETIRED.ALL_STORES
	{0xd1, 0x01, H_LOAD, true},			// MEM_LOAD_RETIRED.L1_HIT: the model has no caches to miss
	{0xd1, 0x08, H_NEVER, true},			// MEM_LOAD_RETIRED.L1_MISS
	{0x2e, 0x4f, H_NEVER, false},			// LONGEST_LAT_CACHE.REFERENCE
	{0x2e, 0x41, H_NEVER, false},			// LONGEST_LAT_CACHE.MISS
	{}
};

static const EventCode *find(const EventCode *table, Bit8u code, Bit8u umask)
{
	for (; table->counts; table++)
		if (table->code == code && table->umask == umask)
			return table;
	return NULL;
}

const EventCode *event_of(Bit64u evntsel)
{
	Bit8u code = Bit8u(evntsel), umask = Bit8u(evntsel >> 8);
	const EventCode *own = find(profile->events, code, umask);

	return own ? own : find(common, code, umask);
}

Bit32u event_of_fixed(unsigned n)
{
	// Instructions, core cycles, reference cycles, slots.
	return n == 0 ? H_INSTRUCTION : H_CYCLES;
}
