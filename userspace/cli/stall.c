// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "analysis/incident.h"
#include "cli/cli.h"
#include "cli/stalls.h"
#include "cli/view.h"
#include "output/header.h"
#include "output/stall.h"

static const struct option options[] = {
	{"input", required_argument, NULL, 'i'},
	{"symfs", required_argument, NULL, GT_VIEW_SYMFS},
	{"json", no_argument, NULL, GT_VIEW_JSON},
	{"no-pager", no_argument, NULL, GT_VIEW_NO_PAGER},
	{"stdio", no_argument, NULL, GT_VIEW_NO_PAGER},
	{"color", required_argument, NULL, GT_VIEW_COLOUR},
	{"colour", required_argument, NULL, GT_VIEW_COLOUR},
	{},
};

static int parse(struct gt_view *view, uint64_t *number, int argc, char **argv)
{
	static const char letters[] = ":i:";
	int option, status;
	char *end;

	optind = 0;
	opterr = 0;
	while ((option = getopt_long(argc, argv, letters, options, NULL)) != -1) {
		status = gt_view_option(view, option, optarg);
		if (status == 1)
			status = gt_option_error("stall", option, letters, argv);
		if (status)
			return status;
	}
	if (optind == argc)
		return GT_EXIT_OK;
	if (optind + 1 != argc)
		return gt_usage_error("stall", "one stall at a time, not '%s' too", argv[optind + 1]);
	errno = 0;
	*number = strtoull(argv[optind], &end, 10);
	if (errno || *end || *argv[optind] < '1' || *argv[optind] > '9')
		return gt_usage_error("stall", "'%s' is no number of a stall", argv[optind]);
	return GT_EXIT_OK;
}

static int run(int argc, char **argv)
{
	struct gt_incident incident;
	struct gt_view view;
	uint64_t number = 0;
	int status, err;

	gt_view_init(&view, "stall");
	status = parse(&view, &number, argc, argv);
	if (status)
		return gt_view_end(&view, status);
	status = gt_view_open(&view);
	if (status)
		return status;
	err = gt_incident_find(&incident, view.join, number);
	if (err == -ENOENT && !number) {
		gt_complain("%s has no stall whose end is known: of its %" PRIu64 " stops none was over in time",
			    view.input, incident.stops);
	} else if (err == -ENOENT) {
		gt_complain("%s has no stall %" PRIu64 ": its stops are 1 to %" PRIu64, view.input, number,
			    incident.stops);
	} else if (err) {
		gt_complain_stalls(&view, err);
	} else {
		gt_view_begin(&view);
		if (view.json)
			gt_incident_json(&(struct gt_json){.to = view.terminal.to}, &incident);
		else
			gt_incident_text(&view.terminal, &incident);
	}
	gt_incident_free(&incident);
	return gt_view_end(&view, err ? GT_EXIT_FAILURE : status);
}

const struct gt_command gt_command_stall = {
	.name = "stall",
	.summary = "one of these in full: stack, last branches, who woke it, who had the CPU",
	.help = "usage: gtrace stall [OPTIONS] [N]\n"
		"\n"
		"Shows stall number N of gtrace stalls; without N the one that made the flight recorder write, or\n"
		"else the longest. It tells where the goroutine stopped and its stack; the branches it took just\n"
		"before; the stores sampled while it ran; what its thread did next; who made it ready, and from which\n"
		"line; which CPU its thread waited for, and who had that; and what is not known.\n"
		"Exit status: 0 = shown, 1 = nothing could be read or there is no such stall, 2 = wrong usage.\n"
		"\n"
		"  -i, --input FILE       the recording; - = standard input (default: gtrace.data)\n"
		"      --symfs DIR        look for the recorded machine's files below DIR\n"
		"      --json             one JSON object\n"
		"      --no-pager         no pager (GTRACE_PAGER, PAGER) on a terminal\n"
		"      --color WHEN       auto, always, never (NO_COLOR is honoured)\n"
		"\n"
		"EXAMPLES\n"
		"  gtrace stalls --min 1ms                their numbers\n"
		"  gtrace stall 1234                      this one\n"
		"  gtrace stall -i gtrace.data.1          of a dump: the one that fired\n"
		"  gtrace stall 1234 --json | jq .ladder\n",
	.run = run,
};
