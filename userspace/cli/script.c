// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "analysis/rows.h"
#include "cli/cli.h"
#include "cli/view.h"
#include "output/header.h"
#include "output/sample.h"

#define SHOWS_MAX 64

enum {
	OPTION_RAW = GT_VIEW_OPTIONS_END,
};

static const struct option options[] = {
	GT_VIEW_LONG_OPTIONS,
	{"fields", required_argument, NULL, 'F'},
	{"raw", no_argument, NULL, OPTION_RAW},
	{},
};

struct script {
	struct gt_view view;
	int shows[SHOWS_MAX];
	size_t nr_shows;
	bool raw;
};

static const int usual[] = {
	GT_SHOW_COMM,     GT_SHOW_TID,  GT_SHOW_CPU,  GT_SHOW_TIME,     GT_SHOW_COLUMN + GT_FIELD_ADDR,
	GT_SHOW_FUNCTION, GT_SHOW_LINE, GT_SHOW_GOID, GT_SHOW_GOROUTINE};
static const int usual_raw[] = {GT_SHOW_TID, GT_SHOW_CPU, GT_SHOW_TIME, GT_SHOW_COLUMN + GT_FIELD_IP,
				GT_SHOW_COLUMN + GT_FIELD_ADDR};

static void set_usual(struct script *script, const int *shows, size_t bytes)
{
	if (script->nr_shows)
		return;
	memcpy(script->shows, shows, bytes);
	script->nr_shows = bytes / sizeof(*shows);
}

static int parse_fields(struct script *script, const char *text)
{
	size_t bytes;
	int show;

	for (script->nr_shows = 0;; text += bytes + 1) {
		bytes = strcspn(text, ",");
		show = gt_show_named(text, bytes);
		if (show < 0)
			return gt_usage_error("script", "there is no field '%.*s'", (int)bytes, text);
		if (script->nr_shows == SHOWS_MAX)
			return gt_usage_error("script", "more than %d fields", SHOWS_MAX);
		script->shows[script->nr_shows++] = show;
		if (!text[bytes])
			return 0;
	}
}

static int parse(struct script *script, int argc, char **argv)
{
	int option, status;
	size_t i;

	optind = 0;
	opterr = 0;
	while ((option = getopt_long(argc, argv, GT_VIEW_LETTERS "F:", options, NULL)) != -1) {
		status = gt_view_option(&script->view, option, optarg);
		if (status == 1) {
			status = 0;
			if (option == 'F')
				status = parse_fields(script, optarg);
			else if (option == OPTION_RAW)
				script->raw = true;
			else
				status = gt_usage_error("script", "option %s is unknown or lacks its value",
							argv[optind - 1]);
		}
		if (status)
			return status;
	}
	if (optind < argc)
		return gt_usage_error("script", "'%s': a recording is named with -i", argv[optind]);
	for (i = 0; i < script->nr_shows; i++)
		if (script->raw && gt_show_needs_names(script->shows[i]))
			return gt_usage_error("script", "--raw has no names: drop it, or the fields that need them");
	if (script->raw && script->view.filter.function)
		return gt_usage_error("script", "--raw has no names, so no --function");
	if (script->raw)
		set_usual(script, usual_raw, sizeof(usual_raw));
	set_usual(script, usual, sizeof(usual));
	return GT_EXIT_OK;
}

static bool wanted(const struct gt_view *view, const struct gt_item *item)
{
	if (item->kind != GT_ITEM_SAMPLE)
		return true;
	return gt_filter_wants(&view->filter, item) &&
	       (!view->filter.function || gt_location_matches(view->join, item->location, view->filter.function));
}

static int print(struct script *script)
{
	struct gt_view *view = &script->view;
	struct gt_stream *stream;
	struct gt_item item;
	struct gt_json json;
	int ret;

	view->join->nameless = script->raw;
	ret = gt_filter_stream(&view->filter, view->join, GT_ORDER_TIME, &stream);
	if (ret)
		return ret;
	gt_view_begin(view);
	json = (struct gt_json){.to = view->terminal.to};
	/* A reader that has gone, as `head` does, ends it. */
	while (!ferror(view->terminal.to) && (ret = gt_stream_next(stream, &item)) > 0) {
		if (!wanted(view, &item))
			continue;
		if (view->json)
			gt_sample_json(&json, view->join, &item);
		else
			gt_sample_text(&view->terminal, view->join, &item, script->shows, script->nr_shows);
	}
	gt_stream_close(stream);
	return ret < 0 ? ret : 0;
}

static int run(int argc, char **argv)
{
	struct script script = {};
	int status, err;

	gt_view_init(&script.view, "script");
	status = parse(&script, argc, argv);
	if (status)
		return gt_view_end(&script.view, status);
	status = gt_view_open(&script.view);
	if (status)
		return status;
	err = print(&script);
	if (err) {
		gt_complain("cannot print %s: %s", script.view.input, strerror(-err));
		status = GT_EXIT_FAILURE;
	}
	return gt_view_end(&script.view, status);
}

const struct gt_command gt_command_script = {
	.name = "script",
	.summary = "one line a sample, for other programs",
	.help = "usage: gtrace script [OPTIONS]\n"
		"\n"
		"Prints every sample of a recording, all CPUs merged by time; of one CPU in the order of the\n"
		"hardware. Losses and gaps have lines of their own where they happened: '#' in text, another\n"
		"\"type\" in JSON. Exit status: 0 = printed (what is wrong with a damaged recording is told on\n"
		"standard error), 1 = nothing could be read, 2 = wrong usage.\n"
		"\n"
		"  -F, --fields LIST      columns: comm, tid, pid, cpu, time, function (sym), line (srcline), dso,\n"
		"                         goid, goroutine, creator, class, branches (brstack), and what was\n"
		"                         recorded: ip, addr, tsc, source, r14, sp ...\n"
		"      --raw              no names: faster, and needs no files of the recorded machine\n" GT_VIEW_HELP
		"\n"
		"EXAMPLES\n"
		"  gtrace script | less\n"
		"  gtrace script -F tsc,cpu,tid,ip,addr --raw\n"
		"  gtrace script --json | jq -r 'select(.function == \"main.worker\") | .addr'\n",
	.run = run,
};
