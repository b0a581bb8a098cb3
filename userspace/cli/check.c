// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "go/binary.h"
#include "go/probes.h"
#include "lib/proc.h"
#include "lib/session.h"
#include "output/json.h"

enum verdict { OK, NOTE, FAIL };

struct checkup {
	bool json;
	bool ready;
	int open_error; /* of the session */
	struct gt_session session;
};

/* One line of the list; `remedy` is what to type, "" when nothing is to be done. */
static void __attribute__((format(printf, 5, 6)))
say(struct checkup *c, enum verdict verdict, const char *what, const char *remedy, const char *format, ...)
{
	static const char *const words[] = {"ok", "note", "fail"};
	char value[512];
	va_list args;

	va_start(args, format);
	vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	if (verdict == FAIL)
		c->ready = false;
	if (c->json) {
		struct gt_json json = {.to = stdout};

		gt_json_open(&json, NULL, '{');
		gt_json_number(&json, "schema", 1);
		gt_json_string(&json, "check", what);
		gt_json_string(&json, "status", words[verdict]);
		gt_json_string(&json, "value", value);
		gt_json_string(&json, "remedy", verdict == OK ? "" : remedy);
		gt_json_close(&json, '}');
		gt_json_line(&json);
		return;
	}
	printf("%-5s %-12s %s\n", words[verdict], what, value);
	if (verdict != OK && *remedy)
		printf("%-5s %-12s -> %s\n", "", "", remedy);
}

static bool read_text(const char *path, char *text, size_t size)
{
	return !gt_proc_read_file(path, text, size);
}

/* ---- the module ------------------------------------------------------------------------------------------------- */

static void check_module(struct checkup *c)
{
	struct stat st;

	if (stat(GTRACE_DEVICE_PATH, &st))
		say(c, FAIL, "module", "modprobe gtrace   (or: insmod gtrace.ko)", "gtrace.ko is not loaded");
	else if (c->open_error == -EPROTO)
		say(c, FAIL, "module", "rmmod gtrace && modprobe gtrace, after `make install`",
		    "gtrace.ko speaks another ABI version; this program speaks %u", GTRACE_ABI_VERSION);
	else
		say(c, OK, "module", "", "gtrace.ko is loaded");
}

static void check_device(struct checkup *c)
{
	if (c->open_error == -EPERM || c->open_error == -EACCES)
		say(c, FAIL, "permission", "become root, or: setcap cap_perfmon,cap_sys_ptrace+ep $(command -v gtrace)",
		    GTRACE_DEVICE_PATH " needs CAP_PERFMON");
	else if (c->open_error && c->open_error != -ENOENT && c->open_error != -EPROTO)
		say(c, FAIL, "permission", "dmesg | tail", GTRACE_DEVICE_PATH ": %s", strerror(-c->open_error));
	else if (!c->open_error)
		say(c, OK, "permission", "", GTRACE_DEVICE_PATH " can be opened");
}

static void check_source(struct checkup *c)
{
	const struct gtrace_caps *caps = &c->session.caps;

	if (c->open_error)
		return;
	if (caps->source == GTRACE_SOURCE_NONE) {
		say(c, FAIL, "source", caps->remedy, "this machine is refused: %s", caps->reason);
		return;
	}
	say(c, OK, "source", "", "pebs: the hardware writes the samples");
	say(c, OK, "pebs", "", "format %u (%s), perfmon %u, %u counters of %u bits", caps->pebs_format,
	    caps->pebs_format == 3 ? "fixed records" : "adaptive records", caps->perfmon_version, caps->gp_counters,
	    caps->counter_bits);
	if (caps->data_supported & GTRACE_DATA_LBR)
		say(c, OK, "branches", "", "%u with each sample (record -b)", caps->lbr_depth);
	else
		say(c, NOTE, "branches", "", "PEBS format %u records carry none; record -b needs Ice Lake or later",
		    caps->pebs_format);
	if (caps->lbr_depth)
		say(c, OK, "ladders", "", "the last %u branches before a goroutine blocks (record --parks)",
		    caps->lbr_depth);
	else
		say(c, NOTE, "ladders", "", "no LBR: record --parks tells no branches");
	if (caps->owner_pid > 0) {
		char comm[16], remedy[64];

		gt_proc_comm(caps->owner_pid, comm);
		snprintf(remedy, sizeof(remedy), "kill -INT %d", caps->owner_pid);
		say(c, FAIL, "owner", remedy, "a session of %s (pid %d) is running", comm, caps->owner_pid);
	} else {
		say(c, OK, "owner", "", "no session is running");
	}
}

/* ---- the machine ------------------------------------------------------------------------------------------------ */

static void check_cpu(struct checkup *c)
{
	FILE *cpuinfo = fopen("/proc/cpuinfo", "re");
	bool intel = false, hypervisor = false;
	char *line = NULL, model[128] = "unknown";
	size_t room = 0;

	while (cpuinfo && getline(&line, &room, cpuinfo) > 1) {
		const char *colon = strchr(line, ':');

		if (!colon)
			continue;
		if (!strncmp(line, "model name", 10))
			snprintf(model, sizeof(model), "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
		intel |= !strncmp(line, "vendor_id", 9) && strstr(colon, "GenuineIntel");
		hypervisor |= !strncmp(line, "flags", 5) && strstr(colon, " hypervisor");
	}
	if (cpuinfo)
		fclose(cpuinfo);
	free(line);
	if (!intel)
		say(c, FAIL, "cpu", "use a machine with an Intel processor", "%s: PEBS is Intel's", model);
	else if (hypervisor && (c->open_error || c->session.caps.source == GTRACE_SOURCE_NONE))
		say(c, FAIL, "cpu", "use the machine itself, not a guest on it", "%s, in a virtual machine", model);
	else
		say(c, OK, "cpu", "", "%s", model);
}

static void check_watchdog(struct checkup *c)
{
	char text[32];

	if (read_text("/proc/sys/kernel/nmi_watchdog", text, sizeof(text)) && strcmp(text, "0"))
		say(c, FAIL, "nmi_watchdog", "sysctl kernel.nmi_watchdog=0", "the NMI watchdog holds a counter");
	else
		say(c, OK, "nmi_watchdog", "", "off");
}

static bool has_perf_event(pid_t pid)
{
	char path[300], link[64];
	const struct dirent *entry;
	bool found = false;
	DIR *fds;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	fds = opendir(path);
	while (fds && !found && (entry = readdir(fds))) {
		ssize_t n;

		snprintf(path, sizeof(path), "/proc/%d/fd/%s", pid, entry->d_name);
		n = readlink(path, link, sizeof(link) - 1);
		link[n > 0 ? n : 0] = '\0';
		found = strstr(link, "[perf_event]");
	}
	if (fds)
		closedir(fds);
	return found;
}

static void check_perf(struct checkup *c)
{
	char users[256] = "", remedy[64] = "";
	const struct dirent *entry;
	DIR *proc = opendir("/proc");
	size_t used = 0;

	while (proc && (entry = readdir(proc))) {
		pid_t pid = strtol(entry->d_name, NULL, 10);
		char comm[16];

		if (pid <= 0 || !has_perf_event(pid) || used > sizeof(users) - 48)
			continue;
		gt_proc_comm(pid, comm);
		if (!used)
			snprintf(remedy, sizeof(remedy), "end it: kill -INT %d", pid);
		used += snprintf(users + used, sizeof(users) - used, "%s%s (pid %d)", used ? ", " : "", comm, pid);
	}
	if (proc)
		closedir(proc);
	/* Software events take no counter: whether these do is known only when a session starts. */
	if (used)
		say(c, NOTE, "perf", remedy, "perf events are open in %s", users);
	else
		say(c, OK, "perf", "", "no process has perf events open");
}

static void check_pti(struct checkup *c)
{
	char text[128];

	if (read_text("/sys/devices/system/cpu/vulnerabilities/meltdown", text, sizeof(text)) && strstr(text, "PTI"))
		say(c, FAIL, "pti",
		    "boot with pti=off (only where that is acceptable), or use a CPU that is not affected",
		    "page table isolation is on: user mode runs without the page tables that the records need");
	else
		say(c, OK, "pti", "", "page table isolation is off");
}

static void check_kvm(struct checkup *c)
{
	char count[32];

	if (read_text("/sys/module/kvm_intel/refcnt", count, sizeof(count)) && strcmp(count, "0"))
		say(c, FAIL, "kvm", "stop the virtual machines, then: modprobe -r kvm_intel",
		    "kvm_intel has %s users: VM entry switches the PMU under us", count);
	else
		say(c, OK, "kvm", "", "no virtual machine is running");
}

static void check_lockdown(struct checkup *c)
{
	char text[64];

	if (read_text("/sys/kernel/security/lockdown", text, sizeof(text)) && !strstr(text, "[none]"))
		say(c, FAIL, "lockdown", "turn Secure Boot off, or boot without lockdown=",
		    "the kernel is locked down (%s): no raw access to the PMU", text);
	else
		say(c, OK, "lockdown", "", "the kernel is not locked down");
}

static void check_clock(struct checkup *c)
{
	char text[64];

	if (!read_text("/sys/devices/system/clocksource/clocksource0/current_clocksource", text, sizeof(text)))
		strcpy(text, "unknown");
	if (!strcmp(text, "tsc"))
		say(c, OK, "clock", "", "tsc");
	else
		say(c, NOTE, "clock", "dmesg | grep -i tsc   (boot with tsc=reliable when the TSC is known good)",
		    "the kernel's clock is %s: times of different CPUs may not fit together", text);
}

static void check_uprobes(struct checkup *c)
{
	if (access("/sys/bus/event_source/devices/uprobe", F_OK))
		say(c, NOTE, "uprobes", "boot a kernel with CONFIG_UPROBE_EVENTS=y",
		    "this kernel has none: record --parks cannot see goroutines block");
	else
		say(c, OK, "uprobes", "", "the kernel has them (record --parks)");
}

static void check_kernel_symbols(struct checkup *c)
{
	char text[32];

	if (read_text("/proc/sys/kernel/kptr_restrict", text, sizeof(text)) &&
	    (!strcmp(text, "2") || (!strcmp(text, "1") && geteuid())))
		say(c, NOTE, "kptr", "sysctl kernel.kptr_restrict=0",
		    "kernel addresses are hidden: record -e stores:k gives no names");
	else
		say(c, OK, "kptr", "", "kernel functions have names (record -e stores:k)");
}

/* ---- a program -------------------------------------------------------------------------------------------------- */

static void check_probes(struct checkup *c, const char *path, const struct gt_go_binary *binary)
{
	struct gtrace_probe probes[GT_GO_PROBES_MAX];
	const char *why = "";
	int n = gt_go_probes(binary, probes, GT_GO_PROBES_MAX, &why);

	if (n < 0)
		say(c, NOTE, "parks", "", "%s: its goroutines cannot be probed: %s", path, why);
	else
		say(c, OK, "parks", "", "%s: %d places to see its goroutines block, wake and run (record --parks)",
		    path, n);
}

static void check_binary(struct checkup *c, const char *path)
{
	static const char *const needed[] = {"runtime.gopark", "runtime.goexit", "runtime.mcall"};
	struct gt_go_binary *binary;
	struct gt_go_function function;
	struct gt_go_version version;
	size_t found = 0;
	int err = gt_go_binary_open(path, &binary);

	if (err) {
		say(c, err == -ENODATA || err == -ENOEXEC ? NOTE : FAIL, "program",
		    "stores get names from ELF symbols; goroutines need a Go program of 1.18 or later", "%s: %s", path,
		    gt_go_binary_explain(err));
		return;
	}
	version = gt_go_binary_version(binary);
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		found += !gt_go_binary_function_named(binary, needed[i], &function);
	if (found < sizeof(needed) / sizeof(needed[0]))
		say(c, NOTE, "program", "build it without a name-mangling tool",
		    "%s: %s, but the runtime's functions have "
		    "other names",
		    path, *version.text ? version.text : "Go, unknown release");
	else
		say(c, OK, "program", "", "%s: %s, %zu functions%s", path,
		    *version.text ? version.text : "Go, unknown release", gt_go_binary_function_count(binary),
		    gt_go_binary_has_inlines(binary) ? ", inlined calls are told" : ", inlined calls cannot be told");
	check_probes(c, path, binary);
	gt_go_binary_close(binary);
}

static int run(int argc, char **argv)
{
	enum { OPTION_JSON = 256 };
	static const struct option options[] = {{"json", no_argument, NULL, OPTION_JSON}, {0}};
	struct checkup c = {.ready = true};
	int letter;

	optind = 1;
	opterr = 0;
	while ((letter = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		if (letter != OPTION_JSON)
			return gt_option_error("check", letter, "", argv);
		c.json = true;
	}
	c.open_error = gt_session_open(&c.session);
	check_module(&c);
	check_device(&c);
	check_cpu(&c);
	check_source(&c);
	check_watchdog(&c);
	check_perf(&c);
	check_pti(&c);
	check_kvm(&c);
	check_lockdown(&c);
	check_clock(&c);
	check_uprobes(&c);
	check_kernel_symbols(&c);
	for (; optind < argc; optind++)
		check_binary(&c, argv[optind]);
	if (!c.open_error)
		gt_session_close(&c.session);
	if (!c.json)
		puts(c.ready ? "\nReady. Type: gtrace record -- COMMAND"
			     : "\nNot ready: mend the lines marked `fail`.");
	return c.ready ? GT_EXIT_OK : GT_EXIT_FAILURE;
}

static const char help[] =
	"usage: gtrace check [--json] [PROGRAM...]\n"
	"\n"
	"Looks at everything that recording needs and prints one line each: ok, note (something is missing\n"
	"that not every recording needs) or fail, the value found, and what to type. With PROGRAM also what is\n"
	"known of that binary.\n"
	"\n"
	"  --json    one object a line: check, status, value, remedy\n"
	"\n"
	"Exit status: 0 ready, 1 not ready, 2 the command line makes no sense.\n"
	"\n"
	"EXAMPLES\n"
	"  gtrace check\n"
	"  gtrace check ./server            is it a Go program whose goroutines and lines can be named\n"
	"  gtrace check --json | jq -r 'select(.status==\"fail\").remedy'\n";

const struct gt_command gt_command_check = {
	.name = "check",
	.summary = "is this machine ready, and what to type if not",
	.run = run,
	.help = help,
};
