// SPDX-License-Identifier: GPL-2.0
/* system.c - what an init does before the first command */
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent.h"

static void set(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd >= 0) {
		(void)!write(fd, value, strlen(value));
		close(fd);
	}
}

static void mounts_and_settings(void)
{
	static const struct { const char *type, *at, *options; } mounts[] = {
		{ "proc", "/proc", NULL },
		{ "sysfs", "/sys", NULL },
		{ "devtmpfs", "/dev", NULL },
		{ "tmpfs", "/tmp", "mode=1777,size=75%" },
		{ "tmpfs", "/run", "mode=755" },
		{ "tmpfs", "/dev/shm", "mode=1777,size=75%" },
		{ "devpts", "/dev/pts", NULL },
		{ "securityfs", "/sys/kernel/security", NULL },
		{ "tracefs", "/sys/kernel/tracing", NULL },
		{ "debugfs", "/sys/kernel/debug", NULL },
	};
	struct ifreq loopback = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int s;

	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		mkdir(mounts[i].at, 0755);
		mount(mounts[i].type, mounts[i].at, mounts[i].type, 0, mounts[i].options);
	}
	/* perf must neither throttle nor refuse: an emulated PMI takes long on the guest's clock. */
	set("/proc/sys/kernel/perf_cpu_time_max_percent", "0");
	set("/proc/sys/kernel/perf_event_paranoid", "-1");
	set("/proc/sys/kernel/perf_event_mlock_kb", "65536");
	set("/proc/sys/kernel/perf_event_max_sample_rate", "100000000");
	set("/proc/sys/kernel/kptr_restrict", "0");
	set("/proc/sys/kernel/hostname", "lab");
	s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s >= 0) {
		ioctl(s, SIOCSIFFLAGS, &loopback);
		close(s);
	}
	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/root", 1);
	setenv("USER", "root", 1);
	setenv("LANG", "C.UTF-8", 1);
	(void)!chdir("/root");
}

/*
 * The counters charge instructions to tasks by the per-CPU pointer to the current one: current_task before 6.2, the first
 * member of pcpu_hot since. Per-CPU symbols come first in kallsyms, so the search ends early.
 */
static void tell_current_task(void)
{
	FILE *symbols = fopen("/proc/kallsyms", "re");
	char name[256], line[512];
	unsigned long value;

	while (symbols && fgets(line, sizeof(line), symbols)) {
		if (sscanf(line, "%lx %*c %255s", &value, name) != 2)
			continue;
		if (strcmp(name, "current_task") && strcmp(name, "pcpu_hot"))
			continue;
		strcpy(buffer, "current_task");
		lab_call(LAB_SYMBOL, (unsigned long)buffer, value, 0);
		break;
	}
	if (symbols)
		fclose(symbols);
}

void system_set_up(void)
{
	mounts_and_settings();
	tell_current_task();
}
