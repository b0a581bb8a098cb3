// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "analysis/rows.h"
#include "analysis/stack.h"
#include "cli/cli.h"
#include "cli/view.h"
#include "output/event.h"
#include "output/header.h"
#include "output/sample.h"

#define SHOWS_MAX 64

enum {
	OPTION_RAW = GT_VIEW_OPTIONS_END,
	OPTION_SWITCHES,
	OPTION_TASKS,
};

static const struct option options[] = {
	GT_VIEW_LONG_OPTIONS,
	{"fields", required_argument, NULL, 'F'},
	{"raw", no_argument, NULL, OPTION_RAW},
	{"show-switch-events", no_argument, NULL, OPTION_SWITCHES},
	{"show-task-events", no_argument, NULL, OPTION_TASKS},
	{},
};

struct script {
	struct gt_view view;
	int shows[SHOWS_MAX];
	size_t nr_shows;
	bool raw, switches, tasks, branches;
	bool marked; /* the trigger is printed, or there is none */
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
	static const char letters[] = GT_VIEW_LETTERS "F:";
	int option, status;
	size_t i;

	optind = 0;
	opterr = 0;
	while ((option = getopt_long(argc, argv, letters, options, NULL)) != -1) {
		status = gt_view_option(&script->view, option, optarg);
		if (status == 1) {
			status = 0;
			if (option == 'F')
				status = parse_fields(script, optarg);
			else if (option == OPTION_RAW)
				script->raw = true;
			else if (option == OPTION_SWITCHES)
				script->switches = true;
			else if (option == OPTION_TASKS)
				script->tasks = true;
			else
				status = gt_option_error("script", option, letters, argv);
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
	for (i = 0; i < script->nr_shows; i++)
		script->branches |= script->shows[i] == GT_SHOW_BRANCHES;
	return GT_EXIT_OK;
}

/* Whether a hit's stack leads through a function asked for. */
static int through(const struct gt_view *view, const struct gt_item *item)
{
	struct gt_stack stack;
	int err = gt_stack_read(&stack, view->join, item);

	for (uint32_t i = 0; !err && i < stack.count; i++)
		if (gt_location_matches(view->join, stack.locations[i], view->filter.function))
			return 1;
	return err;
}

/* 1, 0 or -ENOMEM. */
static int wanted(const struct script *script, const struct gt_item *item)
{
	const struct gt_view *view = &script->view;
	const char *function = view->filter.function;

	switch (item->kind) {
	case GT_ITEM_LOST:
	case GT_ITEM_GAP:
	case GT_ITEM_DAMAGE:
	case GT_ITEM_WINDOW:
		return 1;
	case GT_ITEM_SAMPLE:
		return gt_filter_wants(&view->filter, item) &&
		       (!function || gt_location_matches(view->join, item->location, function));
	case GT_ITEM_SWITCH:
		return script->switches && !function && gt_filter_wants(&view->filter, item);
	case GT_ITEM_TASK:
		return script->tasks && !function && gt_filter_wants(&view->filter, item);
	case GT_ITEM_WAKE:
		return !function && gt_filter_wants(&view->filter, item);
	case GT_ITEM_HIT:
		if (!gt_filter_wants(&view->filter, item))
			return 0;
		return function ? through(view, item) : 1;
	}
	return 0;
}

/* Events are read a second time, so only where there are some to show. */
static enum gt_order order(const struct script *script)
{
	uint32_t flags = script->view.join->info->flags;

	if (flags & GTRACE_F_NO_SAMPLES)
		return GT_ORDER_EVENTS;
	return script->switches || script->tasks || (flags & GTRACE_F_WAKES) ? GT_ORDER_ALL : GT_ORDER_TIME;
}

static int put_item(struct script *script, struct gt_json *json, const struct gt_item *item)
{
	struct gt_view *view = &script->view;

	if (item->kind >= GT_ITEM_SWITCH)
		return view->json ? gt_event_json(json, view->join, item)
				  : gt_event_text(&view->terminal, view->join, item, script->branches);
	if (view->json)
		gt_sample_json(json, view->join, item);
	else
		gt_sample_text(&view->terminal, view->join, item, script->shows, script->nr_shows);
	return 0;
}

/* Where it fired: before what came later. */
static void mark(struct script *script, struct gt_json *json, uint64_t tsc)
{
	struct gt_view *view = &script->view;

	if (script->marked || tsc < view->join->info->fired_tsc)
		return;
	script->marked = true;
	if (view->json)
		gt_trigger_json(json, view->join);
	else
		gt_trigger_text(&view->terminal, view->join);
}

static int print(struct script *script)
{
	struct gt_view *view = &script->view;
	struct gt_stream *stream;
	struct gt_item item;
	struct gt_json json;
	int ret;

	view->join->nameless = script->raw;
	ret = gt_filter_stream(&view->filter, view->join, order(script), &stream);
	if (ret)
		return ret;
	gt_view_begin(view);
	json = (struct gt_json){.to = view->terminal.to};
	script->marked = !*view->join->info->trigger;
	/* A reader that has gone, as `head` does, ends it. */
	while (!ferror(view->terminal.to) && (ret = gt_stream_next(stream, &item)) > 0) {
		mark(script, &json, item.tsc);
		ret = wanted(script, &item);
		if (ret > 0)
			ret = put_item(script, &json, &item);
		if (ret < 0)
			break;
	}
	if (ret >= 0)
		mark(script, &json, UINT64_MAX);
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
	.summary = "one line a sample or event, for other programs",
	.help = "usage: gtrace script [OPTIONS]\n"
		"\n"
		"Prints every sample of a recording, all CPUs merged by time; of one CPU in the order of the\n"
		"hardware. With record --parks also what goroutines did (park, ready, netpoll, execute, yield,\n"
		"preempt, exit) and who woke their threads (wake). Losses and gaps have lines of their own where they\n"
		"happened, and so has what made the flight recorder write this file: '#' in text, another \"type\" in\n"
		"JSON. Exit status: 0 = printed (what is wrong with a damaged recording is told on standard error),\n"
		"1 = nothing could be read, 2 = wrong usage.\n"
		"\n"
		"  -F, --fields LIST      columns: comm, tid, pid, cpu, time, function (sym), line (srcline), dso,\n"
		"                         goid, goroutine, creator, class, branches (brstack), period (stores\n"
		"                         that the sample stands for), and what was recorded: ip, addr, tsc,\n"
		"                         source, r14, sp ...\n"
		"      --raw              no names: faster, and needs no files of the recorded machine\n"
		"      --show-switch-events   also each switch of a CPU to or from a target's thread\n"
		"      --show-task-events     also threads that begin, execute another program, end\n" GT_VIEW_HELP "\n"
		"EXAMPLES\n"
		"  gtrace script | less\n"
		"  gtrace script -F tsc,cpu,tid,ip,addr --raw\n"
		"  gtrace script --json | jq -r 'select(.function == \"main.worker\") | .addr'\n"
		"  gtrace script --json | jq 'select(.event == \"park\") | {goid, reason, stack}'\n",
	.run = run,
};
