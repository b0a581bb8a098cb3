// SPDX-License-Identifier: GPL-2.0
// Hypercalls: what the guest asks of the machine, see guest/call.h.
#include "call.h"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <vector>

#include "count.h"
#include "load.h"
#include "machine.h"
#include "ram.h"
#include "pmu.h"
#include "run.h"
#include "settings.h"
#include "server.h"

static Bit64u reg(unsigned cpu, unsigned index)
{
	return BX_CPU(cpu)->get_reg64(index);
}

static int symbol(unsigned cpu)
{
	std::string name;

	if (!memory_string(cpu, reg(cpu, BX_64BIT_REG_RDI), &name))
		return -EFAULT;
	if (name != "current_task")
		return -ENOENT;
	count_current_task(reg(cpu, BX_64BIT_REG_RSI));
	return 0;
}

static int read(unsigned cpu)
{
	Bit64u length = reg(cpu, BX_64BIT_REG_RSI);

	if (!run_active() || length > LAB_BUFFER)
		return -EINVAL;
	std::vector<char> bytes(length);
	size_t got = run_read(bytes.data(), length);
	return memory_put(cpu, reg(cpu, BX_64BIT_REG_RDI), bytes.data(), got) ? int(got) : -EFAULT;
}

static int write(unsigned cpu)
{
	Bit64u length = reg(cpu, BX_64BIT_REG_R8);

	if (!run_active() || length > LAB_BUFFER)
		return -EINVAL;
	std::vector<char> bytes(length);
	if (!memory_get(cpu, reg(cpu, BX_64BIT_REG_RSI), bytes.data(), length))
		return -EFAULT;
	return run_write(unsigned(reg(cpu, BX_64BIT_REG_RDI)), bytes.data(), length) ? 0 : -EINVAL;
}

static int count(unsigned cpu)
{
	std::string text = pmu_counts();

	if (text.size() > reg(cpu, BX_64BIT_REG_RSI))
		return -ENOSPC;
	return memory_put(cpu, reg(cpu, BX_64BIT_REG_RDI), text.data(), text.size()) ? int(text.size()) : -EFAULT;
}

static int name(unsigned cpu)
{
	std::string text;

	if (!memory_string(cpu, reg(cpu, BX_64BIT_REG_RDI), &text))
		return -EFAULT;
	count_name(cpu, text.c_str());
	return 0;
}

static int ready()
{
	if (run_active())
		return -EBUSY;
	console_hurry();
	server_wait(settings().listener, settings().idle_seconds);
	return 0;
}

bool machine_cpuid(unsigned cpu, Bit32u leaf, cpuid_function_t *out)
{
	int result = -ENOSYS;

	if ((leaf & LAB_CALL_MASK) != LAB_CALL)
		return false;
	*out = cpuid_function_t();
	out->ebx = LAB_MAGIC;

	switch (leaf & ~LAB_CALL_MASK) {
	case LAB_BOOT: {
		struct loaded kernel = load_kernel(settings().vmlinux, settings().initramfs, settings().command_line,
						   Bit32u(reg(cpu, BX_64BIT_REG_RSI)));
		out->eax = kernel.entry;
		out->ebx = kernel.zero_page;
		out->ecx = kernel.page_tables;
		return true;
	}
	case LAB_SYMBOL:
		result = symbol(cpu);
		break;
	case LAB_READY:
		result = ready();
		break;
	case LAB_READ:
		result = read(cpu);
		break;
	case LAB_WRITE:
		result = write(cpu);
		break;
	case LAB_EXIT:
		run_exit(int(reg(cpu, BX_64BIT_REG_RDI)));
	case LAB_COUNT:
		result = count(cpu);
		break;
	case LAB_NAME:
		result = name(cpu);
		break;
	}
	out->eax = Bit32u(result);
	return true;
}
