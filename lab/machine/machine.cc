// SPDX-License-Identifier: GPL-2.0
#include "machine.h"

#include <cstdarg>
#include <cstdlib>

#include "gui/paramtree.h"
#include "gui/siminterface.h"
#include "btf.h"
#include "count.h"
#include "param_names.h"
#include "pc_system.h"
#include "pmu.h"
#include "run.h"
#include "settings.h"

static const unsigned watch_usec = 50000;	// emulated

static struct settings chosen;

const struct settings &settings()
{
	return chosen;
}

static const char *setting(const char *name)
{
	const char *value = getenv(name);

	if (!value)
		machine_fail("%s is not set: start this machine through lab/run", name);
	return value;
}

static void watch(void *)
{
	run_watch();
}

void machine_start()
{
	chosen.profile = setting("LAB_PROFILE");
	chosen.vmlinux = setting("LAB_VMLINUX");
	chosen.initramfs = setting("LAB_INITRAMFS");
	chosen.command_line = setting("LAB_COMMAND_LINE");
	chosen.listener = atoi(setting("LAB_LISTENER"));
	chosen.idle_seconds = unsigned(atoi(setting("LAB_IDLE")));
	if (!pmu_profile(chosen.profile))
		machine_fail("no PMU profile '%s'", chosen.profile);
	long pid = btf_offset(chosen.vmlinux, "task_struct", "pid");
	if (pid < 0)
		machine_fail("%s has no BTF with task_struct.pid", chosen.vmlinux);
	count_task_pid(Bit64u(pid));
	// The same timer in every run, at the same ticks: it reads the host's state but never changes the guest's.
	bx_pc_system.register_timer(NULL, watch, watch_usec, true, true, "lab.watch");
}

void console_hurry()
{
	bx_param_num_c *usec = SIM->get_param_num("bochs.serial.0.databyte_usec");

	if (!usec)
		machine_fail("this Bochs has no serial line");
	usec->set(1);
}

void machine_outp(Bit16u port, unsigned, Bit32u value)
{
	const Bit16u com1 = 0x3f8, line_control = com1 + 3, keyboard = 0x64;
	const Bit32u divisor_latch = 0x80, pulse_reset = 0xfe;
	static bool divisor;

	if (port == com1 && !divisor)
		run_console(char(value));
	else if (port == line_control)
		divisor = value & divisor_latch;
	else if (port == keyboard && value == pulse_reset)
		machine_fail("the guest's kernel panicked or rebooted");	// the command line has panic=-1 reboot=k
}

void machine_fail(const char *format, ...)
{
	char message[512];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	run_fail(message);
}
