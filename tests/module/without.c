// SPDX-License-Identifier: GPL-2.0
/*
 * without: the init of a machine that has no PMU. The module must load there, say why it does nothing, answer QUERY,
 * refuse CONFIG, and unload. Prints TAP to the console and switches the machine off.
 */
#include "client.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *value(const char *file)
{
	static char text[256];
	char path[128];

	snprintf(path, sizeof(path), "/sys/class/misc/gtrace/%s", file);
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[n < 0 ? 0 : n] = 0;
	text[strcspn(text, "\n")] = 0;
	return text;
}

/* Lines of the kernel's log that are ours. */
static int log_lines(const char *want)
{
	static char log[1 << 20];
	int n = klogctl(3, log, sizeof(log) - 1), lines = 0;

	log[n < 0 ? 0 : n] = 0;
	for (char *line = strtok(log, "\n"); line; line = strtok(NULL, "\n"))
		lines += strstr(line, want) != NULL;
	return lines;
}

static void session(void)
{
	struct gtrace_config config = client_config(1);
	struct client client;

	if (client_open(&client) < 0) {
		ok(false, "the device opens");
		return;
	}
	ok(true, "the device opens");
	ok(client.caps.source == GTRACE_SOURCE_NONE, "QUERY: no source");
	ok(client.caps.reason[0] && client.caps.remedy[0], "QUERY: a reason and a remedy");
	printf("# %s; %s\n", client.caps.reason, client.caps.remedy);
	ok(!strcmp(client.caps.reason, value("refused")), "sysfs: the same reason");
	ok(!strcmp(client.caps.remedy, value("remedy")), "sysfs: the same remedy");
	ok(ioctl(client.fd, GTRACE_IOC_CONFIG, &config) < 0 && errno == EOPNOTSUPP, "CONFIG: EOPNOTSUPP");
	ok(ioctl(client.fd, GTRACE_IOC_START) < 0 && errno == EINVAL, "START: EINVAL");
	ok(syscall(SYS_delete_module, "gtrace", O_NONBLOCK) < 0 && errno == EWOULDBLOCK, "unloading is refused while open");
	close(client.fd);
}

int main(void)
{
	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mkdir("/dev", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sys", "/sys", "sysfs", 0, NULL);
	mount("dev", "/dev", "devtmpfs", 0, NULL);

	int fd = open("/gtrace.ko", O_RDONLY);

	ok(syscall(SYS_finit_module, fd, "", 0) == 0, "the module loads");
	close(fd);
	ok(!strcmp(value("state"), "refused"), "sysfs: state refused");
	ok(!strcmp(value("source"), "none"), "sysfs: source none");
	ok(!strcmp(value("owner"), "0"), "sysfs: no owner");
	ok(!strcmp(value("cpu0/samples"), "0") && !strcmp(value("cpu0/state"), "idle"), "sysfs: a folder a CPU");
	ok(log_lines("gtrace: ") - log_lines("gtrace: module verification") - log_lines("gtrace: loading out-of-tree") == 1,
	   "the kernel's log: one line at load");
	session();
	ok(syscall(SYS_delete_module, "gtrace", O_NONBLOCK) == 0, "the module unloads");
	ok(log_lines("BUG:") + log_lines("WARNING:") + log_lines("Oops") == 0, "no complaint in the kernel's log");
	plan();
	fflush(stdout);
	sync();
	reboot(RB_POWER_OFF);
	return 1;
}
