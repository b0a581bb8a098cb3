// SPDX-License-Identifier: GPL-2.0
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "lib/proc.h"
#include "lib/session.h"
#include "output/json.h"

#define SYSFS "/sys/class/misc/gtrace"

/* The counters of one CPU, in the order they are printed. */
static const char *const counters[] = {
	"samples",    "pmis",         "records_per_pmi", "switches",       "wakeups", "spurious_nmis", "lost_full",
	"lost_event", "lost_overrun", "lost_offline",    "events_dropped", "hits",    "ladders_lost",
};
#define NR_COUNTERS (sizeof(counters) / sizeof(counters[0]))

static void read_value(const char *cpu, const char *name, char *text, size_t size)
{
	char path[128];

	snprintf(path, sizeof(path), SYSFS "%s%s/%s", *cpu ? "/" : "", cpu, name);
	if (gt_proc_read_file(path, text, size))
		snprintf(text, size, "?");
}

static int is_cpu(const struct dirent *entry)
{
	return !strncmp(entry->d_name, "cpu", 3) && strspn(entry->d_name + 3, "0123456789") &&
	       strlen(entry->d_name) < 16;
}

static void print_session(const struct gt_session *session, bool json)
{
	const struct gtrace_caps *caps = &session->caps;
	char state[32], target[32], comm[16] = "";

	read_value("", "state", state, sizeof(state));
	read_value("", "target", target, sizeof(target));
	if (caps->owner_pid > 0)
		gt_proc_comm(caps->owner_pid, comm);
	if (json) {
		struct gt_json to = {.to = stdout};

		gt_json_open(&to, NULL, '{');
		gt_json_number(&to, "schema", 1);
		gt_json_string(&to, "state", state);
		gt_json_string(&to, "source", caps->source == GTRACE_SOURCE_PEBS ? "pebs" : "none");
		gt_json_number(&to, "pebs_format", caps->pebs_format);
		gt_json_number(&to, "lbr_depth", caps->lbr_depth);
		gt_json_signed(&to, "owner", caps->owner_pid);
		gt_json_string(&to, "owner_comm", comm);
		gt_json_signed(&to, "target", strtol(target, NULL, 10));
		gt_json_string(&to, "refused", caps->reason);
		gt_json_close(&to, '}');
		gt_json_line(&to);
		return;
	}
	printf("state        %s\n", state);
	if (caps->source == GTRACE_SOURCE_NONE)
		printf("refused      %s\n             -> %s\n", caps->reason, caps->remedy);
	else
		printf("source       pebs, format %u, %u branches\n", caps->pebs_format, caps->lbr_depth);
	if (caps->owner_pid > 0)
		printf("owner        %s (pid %d)\ntarget       %s\n", comm, caps->owner_pid,
		       !strcmp(target, "-1") ? "every process" : target);
	else
		printf("owner        nobody\n");
}

static void print_cpu(const char *cpu, bool json)
{
	char state[32], values[NR_COUNTERS][24];

	read_value(cpu, "state", state, sizeof(state));
	for (size_t i = 0; i < NR_COUNTERS; i++)
		read_value(cpu, counters[i], values[i], sizeof(values[i]));
	if (json) {
		struct gt_json to = {.to = stdout};

		gt_json_open(&to, NULL, '{');
		gt_json_number(&to, "schema", 1);
		gt_json_number(&to, "cpu", strtoul(cpu + strlen("cpu"), NULL, 10));
		gt_json_string(&to, "state", state);
		for (size_t i = 0; i < NR_COUNTERS; i++)
			gt_json_number(&to, counters[i], strtoull(values[i], NULL, 10));
		gt_json_close(&to, '}');
		gt_json_line(&to);
		return;
	}
	printf("%-6s %-8s", cpu, state);
	for (size_t i = 0; i < NR_COUNTERS; i++)
		printf(" %*s", (int)strlen(counters[i]) < 9 ? 9 : (int)strlen(counters[i]), values[i]);
	putchar('\n');
}

static int print_cpus(bool json)
{
	struct dirent **cpus;
	int n = scandir(SYSFS, &cpus, is_cpu, versionsort);

	if (n < 0)
		return -errno;
	if (!json) {
		printf("\n%-6s %-8s", "CPU", "state");
		for (size_t i = 0; i < NR_COUNTERS; i++)
			printf(" %9s", counters[i]);
		putchar('\n');
	}
	for (int i = 0; i < n; i++) {
		print_cpu(cpus[i]->d_name, json);
		free(cpus[i]);
	}
	free(cpus);
	return 0;
}

static int run(int argc, char **argv)
{
	enum { OPTION_JSON = 256 };
	static const struct option options[] = {{"json", no_argument, NULL, OPTION_JSON}, {0}};
	struct gt_session session;
	bool json = false;
	int letter, err;

	optind = 1;
	opterr = 0;
	while ((letter = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		if (letter != OPTION_JSON)
			return gt_option_error("status", letter, "", argv);
		json = true;
	}
	if (optind < argc)
		return gt_usage_error("status", "status takes no '%s'", argv[optind]);
	err = gt_session_open(&session);
	if (err) {
		gt_complain_open(err);
		return GT_EXIT_FAILURE;
	}
	print_session(&session, json);
	gt_session_close(&session);
	err = print_cpus(json);
	if (err) {
		gt_complain("cannot read " SYSFS ": %s. Type: mount -t sysfs sysfs /sys", strerror(-err));
		return GT_EXIT_FAILURE;
	}
	return GT_EXIT_OK;
}

static const char help[] =
	"usage: gtrace status [--json]\n"
	"\n"
	"State of the module, who owns the PMU, and what each CPU counted in the session that runs or ran last.\n"
	"\n"
	"  --json    one object a line: the session, then each CPU\n"
	"\n"
	"Exit status: 0, 1 the module is not loaded or cannot be asked, 2 the command line makes no sense.\n"
	"\n"
	"EXAMPLES\n"
	"  gtrace status\n"
	"  watch -n 1 gtrace status\n"
	"  gtrace status --json | jq -s 'map(.lost_full // 0) | add'\n";

const struct gt_command gt_command_status = {
	.name = "status",
	.summary = "what the module is doing: session, samples, losses per CPU",
	.run = run,
	.help = help,
};
