// SPDX-License-Identifier: GPL-2.0
// The register file (SDM vol. 4). A write of a reserved bit is a #GP and changes nothing.
#include "msr.h"
#include "unit.h"

enum { DONE = 1, FAULT = 0, UNKNOWN = -1 };

static bool in(Bit32u index, Bit32u first, unsigned n)
{
	return index >= first && index - first < n;
}

static int set(Bit64u *reg, Bit64u value, Bit64u writable)
{
	if (value & ~writable)
		return FAULT;
	*reg = value;
	return DONE;
}

static bool canonical(Bit64u address)
{
	return Bit64u(Bit64s(address << 16) >> 16) == address;
}

static Bit64u evntsel_writable()
{
	// Not PC (19), not AnyThread where it is gone, not IN_TX and IN_TXCP: no profile has TSX.
	Bit64u mask = 0xffd7ffff | (profile->anythread ? BIT(21) : 0);

	return mask | (profile->baseline() ? BIT(34) : 0);
}

static Bit64u fixed_ctrl_writable()
{
	Bit64u mask = 0;

	for (unsigned n = 0; n < profile->fixed; n++)
		mask |= (profile->anythread ? 0xfULL : 0xbULL) << 4 * n | (profile->baseline() ? BIT(32 + 4 * n) : 0);
	return mask;
}

static Bit64u status_writable()
{
	return profile->counters() | STATUS_LBR_FRZ | STATUS_CTR_FRZ | STATUS_UNCORE | STATUS_OVF_BUFFER;
}

// Which counters software has in use, so that two agents can avoid each other.
Bit64u Pmu::in_use() const
{
	Bit64u used = 0;
	bool pmi = pebs_enable;

	for (unsigned n = 0; n < COUNTERS; n++) {
		bool mine = n < GP_COUNTERS ? counters[n].control & 0xff : counters[n].control & 3;

		used |= mine ? bit(n) : 0;
		pmi |= counters[n].interrupt;
	}
	return used | (pmi ? BIT(63) : 0);
}

int Pmu::read_lbr(Bit32u index, Bit64u *value) const
{
	if (index == MSR_LBR_SELECT)
		*value = lbr.select;
	else if (index == MSR_LBR_TOS)
		*value = lbr.tos;
	else if (in(index, MSR_LBR_FROM0, LBR_DEPTH))
		*value = lbr.entry[index - MSR_LBR_FROM0].from;
	else if (in(index, MSR_LBR_TO0, LBR_DEPTH))
		*value = lbr.entry[index - MSR_LBR_TO0].to;
	else if (in(index, MSR_LBR_INFO0, LBR_DEPTH))
		*value = lbr.entry[index - MSR_LBR_INFO0].info;
	else
		return UNKNOWN;
	return DONE;
}

int Pmu::read(Bit32u index, Bit64u *value)
{
	if (in(index, MSR_PMC0, profile->gp))
		*value = counters[index - MSR_PMC0].value;
	else if (in(index, MSR_FULL_PMC0, profile->gp))
		*value = counters[index - MSR_FULL_PMC0].value;
	else if (in(index, MSR_EVNTSEL0, profile->gp))
		*value = counters[index - MSR_EVNTSEL0].control;
	else if (in(index, MSR_FIXED_CTR0, profile->fixed))
		*value = counters[GP_COUNTERS + index - MSR_FIXED_CTR0].value;
	else switch (index) {
	case MSR_PERF_CAPABILITIES: *value = profile->capabilities; break;
	case MSR_FIXED_CTR_CTRL: *value = fixed_ctrl; break;
	case MSR_GLOBAL_STATUS: *value = global_status; break;
	case MSR_GLOBAL_CTRL: *value = global_ctrl; break;
	case MSR_GLOBAL_STATUS_RESET: *value = 0; break;
	case MSR_GLOBAL_STATUS_SET: *value = 0; break;
	case MSR_GLOBAL_INUSE: *value = in_use(); break;
	case MSR_PEBS_ENABLE: *value = pebs_enable; break;
	case MSR_PEBS_DATA_CFG:
		if (!profile->baseline())
			return FAULT;
		*value = pebs_data_cfg;
		break;
	case MSR_PEBS_LD_LAT: *value = pebs_ld_lat; break;
	case MSR_PEBS_FRONTEND: *value = pebs_frontend; break;
	case MSR_DS_AREA: *value = ds_area; break;
	case MSR_DEBUGCTL: *value = debugctl; break;
	case MSR_MISC_ENABLE: *value = misc_enable; break;
	case MSR_OFFCORE_RSP0: case MSR_OFFCORE_RSP1: *value = offcore[index - MSR_OFFCORE_RSP0]; break;
	case MSR_ARCH_CAPABILITIES:
		if (!profile->arch_capabilities)
			return FAULT;
		*value = profile->arch_capabilities;
		break;
	default: return read_lbr(index, value);
	}
	return DONE;
}

// A counter that software sets anew has no overflow to report.
int Pmu::write_counter(unsigned n, Bit64u value)
{
	if (set(&counters[n].value, value, COUNTER_MASK) == FAULT)
		return FAULT;
	counters[n].armed = false;
	return DONE;
}

int Pmu::write_lbr(Bit32u index, Bit64u value)
{
	const Bit64u info = 0xffff | BIT(61) | BIT(62) | BIT(63);

	if (index == MSR_LBR_SELECT)
		return set(&lbr.select, value, LBR_SELECT_MASK);
	if (index == MSR_LBR_TOS)
		return set(&lbr.tos, value, LBR_DEPTH - 1);
	if (in(index, MSR_LBR_INFO0, LBR_DEPTH))
		return set(&lbr.entry[index - MSR_LBR_INFO0].info, value, info);
	if (in(index, MSR_LBR_FROM0, LBR_DEPTH))
		return canonical(value) ? set(&lbr.entry[index - MSR_LBR_FROM0].from, value, ~0ULL) : FAULT;
	if (in(index, MSR_LBR_TO0, LBR_DEPTH))
		return canonical(value) ? set(&lbr.entry[index - MSR_LBR_TO0].to, value, ~0ULL) : FAULT;
	return UNKNOWN;
}

int Pmu::write(Bit32u index, Bit64u value)
{
	const Bit64u baseline_data = DATA_MEM | DATA_GPR | DATA_XMM | DATA_LBR | Bit64u(LBR_DEPTH - 1) << DATA_LBR_SHIFT;
	// LBR, BTF, TR and the BTS bits (the model sends no branch messages), freezes, SMM freeze.
	const Bit64u debugctl_writable = 0x5fc3;
	// Fast strings, EIST, MONITOR, CPUID limit, XD; the PERFMON, BTS and PEBS bits are read-only.
	const Bit64u misc_writable = BIT(0) | BIT(3) | BIT(16) | BIT(18) | BIT(22) | BIT(23) | BIT(34);
	const Bit64u misc_fixed = BIT(7) | BIT(11) | BIT(12);
	int result;

	if (in(index, MSR_PMC0, profile->gp))
		result = write_counter(index - MSR_PMC0, Bit64u(Bit64s(Bit32s(value))) & COUNTER_MASK);
	else if (in(index, MSR_FULL_PMC0, profile->gp))
		result = write_counter(index - MSR_FULL_PMC0, value);
	else if (in(index, MSR_FIXED_CTR0, profile->fixed))
		result = write_counter(GP_COUNTERS + index - MSR_FIXED_CTR0, value);
	else if (in(index, MSR_EVNTSEL0, profile->gp)) {
		Counter &c = counters[index - MSR_EVNTSEL0];

		result = set(&c.control, value, evntsel_writable());
		if (result == DONE)
			c.armed = c.was = false;
	} else switch (index) {
	case MSR_FIXED_CTR_CTRL:
		result = set(&fixed_ctrl, value, fixed_ctrl_writable());
		for (unsigned n = 0; n < profile->fixed; n++)
			counters[GP_COUNTERS + n].control = fixed_ctrl >> 4 * n & 15;
		break;
	case MSR_GLOBAL_CTRL:
		result = set(&global_ctrl, value, profile->counters());
		break;
	case MSR_GLOBAL_STATUS_RESET:
		result = value & ~(status_writable() | STATUS_COND_CHGD) ? FAULT : DONE;
		if (result == DONE)
			global_status &= ~value;
		break;
	case MSR_GLOBAL_STATUS_SET:
		result = value & ~status_writable() ? FAULT : DONE;
		if (result == DONE)
			global_status |= value;
		break;
	case MSR_PEBS_ENABLE:
		result = set(&pebs_enable, value, profile->pebs_enable);
		break;
	case MSR_PEBS_DATA_CFG:
		result = profile->baseline() ? set(&pebs_data_cfg, value, baseline_data) : FAULT;
		break;
	case MSR_PEBS_LD_LAT:
		result = set(&pebs_ld_lat, value, 0xffff);
		break;
	case MSR_PEBS_FRONTEND:
		result = set(&pebs_frontend, value, 0x7fff17);
		break;
	case MSR_OFFCORE_RSP0: case MSR_OFFCORE_RSP1:
		result = set(&offcore[index - MSR_OFFCORE_RSP0], value, 0x3fffffbfffULL);
		break;
	case MSR_DS_AREA:
		result = canonical(value) ? set(&ds_area, value, ~0ULL) : FAULT;
		break;
	case MSR_DEBUGCTL:
		result = set(&debugctl, value, debugctl_writable);
		break;
	case MSR_MISC_ENABLE:
		result = value & ~(misc_writable | misc_fixed) ? FAULT : DONE;
		if (result == DONE)
			misc_enable = (value & misc_writable) | (misc_enable & misc_fixed);
		break;
	case MSR_PERF_CAPABILITIES: case MSR_GLOBAL_STATUS: case MSR_GLOBAL_INUSE: case MSR_ARCH_CAPABILITIES:
		return FAULT;		// read-only
	default:
		return write_lbr(index, value);
	}
	quiet = cpu->icount;
	arrange();
	return result;
}

bool Pmu::rdpmc(Bit32u index, Bit64u *value)
{
	const Bit32u fixed = 1 << 30;

	if (index < profile->gp)
		*value = counters[index].value;
	else if (in(index, fixed, profile->fixed))
		*value = counters[GP_COUNTERS + index - fixed].value;
	else
		return false;
	return true;
}
