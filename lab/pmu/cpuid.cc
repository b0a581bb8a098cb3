// SPDX-License-Identifier: GPL-2.0
#include "cpuid.h"

#include "bochs.h"
#include "cpu/cpu.h"
#include "cpu/cpuid.h"
#include "count.h"
#include "gui/siminterface.h"
#include "machine.h"
#include "param_names.h"
#include "unit.h"

/*
 * Bochs asks its cpuid object for every leaf, and for every MSR that it lacks: that is where the model comes in. Everything
 * else goes on to the object that Bochs made.
 */
class ProfileCpuid : public bx_cpuid_t {
public:
	ProfileCpuid(BX_CPU_C *cpu, bx_cpuid_t *bochs) : bx_cpuid_t(cpu), bochs(bochs)
	{
		bochs->get_cpu_extensions(ia_extensions_bitmask);
	}

	const char *get_name() const override { return profile->name; }
	void dump_cpuid() const override { bochs->dump_cpuid(); }
	void get_cpuid_leaf(Bit32u leaf, Bit32u subleaf, cpuid_function_t *out) const override;
	int rdmsr(Bit32u index, Bit64u *value) override;
	int wrmsr(Bit32u index, Bit64u value) override;

private:
	bx_cpuid_t *bochs;
};

// The TSC ticks once an emulated instruction, `ips` times a second; the crystal of leaf 15H also clocks the APIC timer.
static void clock_leaf(cpuid_function_t *out)
{
	Bit32u ips = Bit32u(SIM->get_param_num(BXPN_IPS)->get());

	*out = {1, 1, ips, 0};
}

static void frequency_leaf(cpuid_function_t *out)
{
	Bit32u mhz = Bit32u(SIM->get_param_num(BXPN_IPS)->get()) / 1000000;

	*out = {mhz, mhz, mhz, 0};
}

static void perfmon_leaf(cpuid_function_t *out)
{
	// All seven architectural events exist, the eighth (slots) where there is a counter for it.
	Bit32u events = profile->slots ? 8 : 7;

	out->eax = profile->version | profile->gp << 8 | COUNTER_BITS << 16 | events << 24;
	out->ebx = 0;
	out->ecx = profile->version >= 5 ? (1U << profile->fixed) - 1 : 0;
	out->edx = profile->fixed | COUNTER_BITS << 5 | (profile->anythread ? 0 : 1U << 15);
}

void ProfileCpuid::get_cpuid_leaf(Bit32u leaf, Bit32u subleaf, cpuid_function_t *out) const
{
	const Bit32u dtes64 = 1 << 2, pdcm = 1 << 15, debug_store = 1 << 21, arch_capabilities = 1 << 29;
	// Bochs promises thermal and APERF/MPERF registers, in leaf 6 too, that it lacks: Linux would take #GPs.
	const Bit32u acpi = 1 << 22, thermal_monitor = 1 << 29;
	// Fast on hardware only: here each byte of REP MOVSB and REP STOSB takes as long as an instruction. Without these flags
	// Linux copies and clears pages by words.
	const Bit32u fast_strings = 1 << 9, fast_short_moves = 1 << 4;

	if (machine_cpuid(cpu->which_cpu(), leaf, out))
		return;
	bochs->get_cpuid_leaf(leaf, subleaf, out);
	switch (leaf) {
	case 0x1:
		out->ecx |= dtes64 | pdcm;
		out->edx = (out->edx | debug_store) & ~(acpi | thermal_monitor);
		break;
	case 0x6:
		*out = {};
		break;
	case 0x7:
		if (subleaf == 0) {
			out->ebx &= ~fast_strings;
			out->edx &= ~fast_short_moves;
			if (profile->arch_capabilities)
				out->edx |= arch_capabilities;
		}
		break;
	case 0xa:
		perfmon_leaf(out);
		break;
	case 0x15:
		clock_leaf(out);
		break;
	case 0x16:
		frequency_leaf(out);
		break;
	}
}

// New enough for Linux to trust the TSC deadline timer of every stepping.
static const Bit64u microcode_revision = 0x0b000000ULL << 32;

/*
 * Registers that an operating system expects of any Intel processor and that have nothing to control here: they read as
 * zero and take writes without effect.
 */
static bool inert(Bit32u index)
{
	static const Bit32u registers[] = {
		0x017,	// PLATFORM_ID
		0x03a,	// FEATURE_CONTROL
		0x04e,	// PPIN_CTL
		0x0ce,	// PLATFORM_INFO
		0x0e2,	// PKG_CST_CONFIG_CONTROL
		0x140,	// MISC_FEATURES_ENABLES
		0x150,	// overclocking mailbox
		0x179,	// MCG_CAP: no machine check banks
		0x17a,	// MCG_STATUS
		0x1fc,	// POWER_CTL
	};

	for (Bit32u r : registers)
		if (r == index)
			return true;
	return false;
}

int ProfileCpuid::rdmsr(Bit32u index, Bit64u *value)
{
	int result = pmu[cpu->which_cpu()].read(index, value);

	if (result < 0 && (inert(index) || index == MSR_MICROCODE)) {
		*value = index == MSR_MICROCODE ? microcode_revision : 0;
		return 1;
	}
	return result < 0 ? bochs->rdmsr(index, value) : result;
}

int ProfileCpuid::wrmsr(Bit32u index, Bit64u value)
{
	int result = pmu[cpu->which_cpu()].write(index, value);

	if (result < 0 && (inert(index) || index == MSR_MICROCODE))
		return 1;
	return result < 0 ? bochs->wrmsr(index, value) : result;
}

void cpuid_install(unsigned cpu)
{
	BX_CPU(cpu)->cpuid = new ProfileCpuid(BX_CPU(cpu), BX_CPU(cpu)->cpuid);
}
