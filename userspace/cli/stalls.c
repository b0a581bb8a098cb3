// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/stalls.h"
#include "cli/cli.h"
#include "cli/duration.h"
#include "cli/stalls.h"
#include "cli/view.h"
#include "output/header.h"
#include "output/stalls.h"
#include "output/text.h"

#define STALLS_SHOWN 40
#define OPEN_SHOWN   10

enum {
	OPTION_MIN = GT_VIEW_OPTIONS_END,
	OPTION_TOP,
	OPTION_BY,
	OPTION_SORT,
	OPTION_SYSTEM,
};

static const struct option options[] = {
	GT_VIEW_LONG_OPTIONS,
	{"min", required_argument, NULL, OPTION_MIN},
	{"top", required_argument, NULL, OPTION_TOP},
	{"limit", required_argument, NULL, OPTION_TOP},
	{"by", required_argument, NULL, OPTION_BY},
	{"sort", required_argument, NULL, OPTION_SORT},
	{"system", no_argument, NULL, OPTION_SYSTEM},
	{},
};

struct request {
	struct gt_view view;
	struct gt_stalls stalls;
	bool top_given;
};

static int parse_by(struct gt_stalls *stalls, const char *name)
{
	static const char *const names[] = {
		[GT_STALLS_BY_REASON] = "reason",
		[GT_STALLS_BY_FUNCTION] = "function",
		[GT_STALLS_BY_GOROUTINE] = "goroutine",
	};
	size_t i;

	for (i = GT_STALLS_BY_REASON; i < sizeof(names) / sizeof(*names); i++) {
		if (!strcmp(names[i], name)) {
			stalls->by = i;
			return 0;
		}
	}
	return gt_usage_error("stalls", "--by '%s' is none of reason, function, goroutine", name);
}

static int parse_sort(struct gt_stalls *stalls, const char *name)
{
	stalls->by_time = !strcmp(name, "time");
	if (stalls->by_time || !strcmp(name, "duration"))
		return 0;
	return gt_usage_error("stalls", "--sort '%s' is none of duration, time", name);
}

static int parse_top(struct request *request, const char *text)
{
	uint64_t top;
	int status = gt_view_top(&request->view, text, &top);

	request->stalls.over.top = request->stalls.open.top = request->stalls.earlier.top = top;
	request->top_given = true;
	return status;
}

static int option_of(struct request *request, int option, char **argv)
{
	switch (option) {
	case OPTION_MIN:
		if (gt_duration_parse(optarg, &request->stalls.min_ns))
			return gt_usage_error("stalls", "--min '%s' is no duration like 5ms, 200us, 1.5s", optarg);
		return 0;
	case OPTION_TOP:
		return parse_top(request, optarg);
	case OPTION_BY:
		return parse_by(&request->stalls, optarg);
	case OPTION_SORT:
		return parse_sort(&request->stalls, optarg);
	case OPTION_SYSTEM:
		request->stalls.system = true;
		return 0;
	}
	return gt_option_error("stalls", option, GT_VIEW_LETTERS, argv);
}

static int parse(struct request *request, int argc, char **argv)
{
	int option, status;

	optind = 0;
	opterr = 0;
	while ((option = getopt_long(argc, argv, GT_VIEW_LETTERS, options, NULL)) != -1) {
		status = gt_view_option(&request->view, option, optarg);
		if (status == 1)
			status = option_of(request, option, argv);
		if (status)
			return status;
	}
	if (optind < argc)
		return gt_usage_error("stalls", "'%s': a recording is named with -i; one stall: gtrace stall %s",
				      argv[optind], argv[optind]);
	if (!request->top_given && !request->view.json) {
		request->stalls.over.top = STALLS_SHOWN;
		request->stalls.open.top = request->stalls.earlier.top = OPEN_SHOWN;
	}
	return GT_EXIT_OK;
}

void gt_complain_stalls(const struct gt_view *view, int err)
{
	const struct gt_goroutines *goroutines = &view->join->goroutines;
	size_t i;

	if (err != -ENODATA) {
		gt_complain("cannot find the stalls of %s: %s", view->input, strerror(-err));
		return;
	}
	for (i = 0; i < goroutines->nr_programs; i++) {
		if (!goroutines->programs[i].refused || goroutines->programs[i].planted)
			continue;
		fprintf(stderr, "gtrace: %s: nothing is known of the goroutines of ", view->input);
		gt_text_put(stderr, goroutines->programs[i].path);
		fputs(": ", stderr);
		gt_text_put(stderr, goroutines->programs[i].words);
		fputc('\n', stderr);
		return;
	}
	gt_complain("no goroutine's stop is in %s. Type: gtrace record --parks -- COMMAND", view->input);
}

static void print(struct request *request)
{
	struct gt_view *view = &request->view;

	gt_view_begin(view);
	if (view->json) {
		struct gt_json json = {.to = view->terminal.to};

		gt_header_json(&json, view->join);
		gt_stalls_json(&json, &request->stalls);
		gt_problems_json(&json, view->join);
		return;
	}
	gt_header_text(&view->terminal, view->join);
	gt_problems_text(&view->terminal, view->join);
	fputs("#\n", view->terminal.to);
	gt_stalls_text(&view->terminal, &request->stalls);
}

static int run(int argc, char **argv)
{
	struct request request = {};
	int status, err;

	gt_view_init(&request.view, "stalls");
	status = parse(&request, argc, argv);
	if (status)
		return gt_view_end(&request.view, status);
	status = gt_view_open(&request.view);
	if (status)
		return status;
	request.stalls.filter = &request.view.filter;
	err = gt_stalls_find(&request.stalls, request.view.join);
	if (err) {
		gt_complain_stalls(&request.view, err);
		status = GT_EXIT_FAILURE;
	} else {
		print(&request);
	}
	gt_stalls_free(&request.stalls);
	return gt_view_end(&request.view, status);
}

const struct gt_command gt_command_stalls = {
	.name = "stalls",
	.summary = "when goroutines stood still, for how long, and where that time went",
	.help = "usage: gtrace stalls [OPTIONS]\n"
		"\n"
		"Lists the intervals in which a goroutine that had run did not run, longest first, of a recording\n"
		"made with gtrace record --parks. The time of each splits into: blocked; Go runq, runnable and not\n"
		"yet picked; CPU, its thread waiting for a CPU in the kernel. 'by' says who made it runnable.\n"
		"Below it all stalls by reason and phase. An interval that spans a pause of the probes, or missing\n"
		"events, is no stall: those are counted at the end. What was not over when the recording ended has\n"
		"a list of its own and is in no other number. A stall's number is that of its goroutine's\n"
		"stop among all stops of the recording; it does not depend on options.\n"
		"Exit status: 0 = shown, 1 = nothing could be read, 2 = wrong usage.\n"
		"\n"
		"      --min DUR          only stalls of at least DUR (5ms, 200us, 1.5s); shorter ones are in the\n"
		"                         distribution alone\n"
		"      --top N            lines to show, the longest; 0 = all (default: 40, and 10 of those that\n"
		"                         are not over; JSON: all)\n"
		"      --sort ORDER       duration (default) or time\n"
		"      --by GROUP         a line for each reason, function, or goroutine: count, total, p50, p90,\n"
		"                         p99, max, and the number of the longest\n"
		"      --system           also the runtime's own goroutines: GC workers, sweeper, scavenger "
		"...\n" GT_VIEW_HELP "\n"
		"--tid and --cpu choose stalls that began or ended on these.\n"
		"\n"
		"EXAMPLES\n"
		"  gtrace record --parks -- ./server      record them\n"
		"  gtrace stalls --min 1ms                the longest above a millisecond\n"
		"  gtrace stalls --by function            which functions block\n"
		"  gtrace stall 1234                      one of them in full\n"
		"  gtrace stalls --json --min 5ms | jq 'select(.type == \"stall\")'\n",
	.run = run,
};
