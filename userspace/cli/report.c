// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/cacheline.h"
#include "analysis/park_profile.h"
#include "analysis/rows.h"
#include "cli/cli.h"
#include "cli/view.h"
#include "output/cacheline.h"
#include "output/header.h"
#include "output/park_profile.h"
#include "output/rows.h"

#define ROWS_SHOWN  40
#define LINES_SHOWN 10

enum {
	OPTION_BY = GT_VIEW_OPTIONS_END,
	OPTION_TOP,
	OPTION_PARKS,
};

static const struct option options[] = {
	GT_VIEW_LONG_OPTIONS,
	{"by", required_argument, NULL, OPTION_BY},
	{"sort", required_argument, NULL, 's'},
	{"top", required_argument, NULL, OPTION_TOP},
	{"limit", required_argument, NULL, OPTION_TOP},
	{"parks", no_argument, NULL, OPTION_PARKS},
	{},
};

struct report {
	struct gt_view view;
	enum gt_key keys[GT_NR_KEYS];
	size_t nr_keys;
	const char *by; /* NULL = not given */
	bool sorted;    /* --sort was given */
	bool cachelines;
	bool parks;
	enum gt_parks_by parks_by;
	uint64_t top;
	bool top_given;
};

/* A view's name is that of its first key; some show a second one that explains it. */
static const struct {
	const char *name;
	enum gt_key keys[3];
	size_t count;
} views[] = {
	{"goroutine", {GT_KEY_GOROUTINE, GT_KEY_CREATOR}, 2},
	{"function", {GT_KEY_FUNCTION, GT_KEY_OBJECT}, 2},
	{"line", {GT_KEY_LINE, GT_KEY_FUNCTION}, 2},
	{"thread", {GT_KEY_THREAD}, 1},
};

static const enum gt_key usual[] = {GT_KEY_GOROUTINE, GT_KEY_FUNCTION, GT_KEY_LINE};

static void set_keys(struct report *report, const enum gt_key *keys, size_t count)
{
	memcpy(report->keys, keys, count * sizeof(*keys));
	report->nr_keys = count;
}

static int parse_parks_by(struct report *report, const char *name)
{
	static const char *const names[] = {
		[GT_PARKS_BY_REASON] = "reason",
		[GT_PARKS_BY_FUNCTION] = "function",
		[GT_PARKS_BY_GOROUTINE] = "goroutine",
		[GT_PARKS_BY_LOCK] = "lock",
	};
	size_t i;

	for (i = GT_PARKS_BY_REASON; i < sizeof(names) / sizeof(*names); i++) {
		if (!strcmp(names[i], name)) {
			report->parks_by = i;
			return 0;
		}
	}
	return gt_usage_error("report", "--parks --by '%s' is none of reason, function, goroutine, lock", name);
}

static int parse_by(struct report *report, const char *name)
{
	size_t i;

	report->cachelines = !strcmp(name, "cacheline");
	if (report->cachelines)
		return 0;
	for (i = 0; i < sizeof(views) / sizeof(*views); i++) {
		if (!strcmp(views[i].name, name)) {
			set_keys(report, views[i].keys, views[i].count);
			return 0;
		}
	}
	return gt_usage_error("report", "--by '%s' is none of goroutine, function, line, thread, cacheline", name);
}

/* "comm,dso,sym": perf's names and ours. Naming a key twice is naming it once. */
static int parse_sort(struct report *report, const char *text)
{
	size_t bytes, i;

	report->nr_keys = 0;
	for (;; text += bytes + 1) {
		enum gt_key key;

		bytes = strcspn(text, ",");
		key = gt_key_named(text, bytes);
		if (key == GT_NR_KEYS)
			return gt_usage_error("report", "there is no sort key '%.*s'", (int)bytes, text);
		for (i = 0; i < report->nr_keys && report->keys[i] != key; i++)
			;
		if (i == report->nr_keys)
			report->keys[report->nr_keys++] = key;
		if (!text[bytes])
			return 0;
	}
}

static int parse(struct report *report, int argc, char **argv)
{
	static const char letters[] = GT_VIEW_LETTERS "s:";
	int option, status;

	set_keys(report, usual, sizeof(usual) / sizeof(*usual));
	optind = 0;
	opterr = 0;
	while ((option = getopt_long(argc, argv, letters, options, NULL)) != -1) {
		status = gt_view_option(&report->view, option, optarg);
		if (status == 1) {
			switch (option) {
			case OPTION_BY:
				report->by = optarg;
				status = 0;
				break;
			case OPTION_PARKS:
				report->parks = true;
				status = 0;
				break;
			case 's':
				report->sorted = true;
				status = parse_sort(report, optarg);
				break;
			case OPTION_TOP:
				report->top_given = true;
				status = gt_view_top(&report->view, optarg, &report->top);
				break;
			default:
				status = gt_option_error("report", option, letters, argv);
			}
		}
		if (status)
			return status;
	}
	if (optind < argc)
		return gt_usage_error("report", "'%s': a recording is named with -i", argv[optind]);
	if (report->parks && (report->sorted || report->view.filter.function))
		return gt_usage_error("report", "--parks counts what goroutines wait for: %s does not go with it",
				      report->sorted ? "--sort" : "--function");
	if (report->by)
		return report->parks ? parse_parks_by(report, report->by) : parse_by(report, report->by);
	return GT_EXIT_OK;
}

static int count(struct report *report, struct gt_counts *counts)
{
	struct gt_view *view = &report->view;
	struct gt_stream *stream;
	struct gt_item item;
	size_t i;
	int ret;

	for (i = 0; i < report->nr_keys; i++)
		counts->keys |= 1u << report->keys[i];
	/* A filter by function needs to know the function. */
	if (view->filter.function)
		counts->keys |= 1u << GT_KEY_FUNCTION;
	ret = gt_filter_stream(&view->filter, view->join, GT_ORDER_CPU, &stream);
	if (ret)
		return ret;
	while ((ret = gt_stream_next(stream, &item)) > 0) {
		if (item.kind != GT_ITEM_SAMPLE || !gt_filter_wants(&view->filter, &item))
			continue;
		ret = gt_counts_add(counts, view->join, &item);
		if (ret)
			break;
	}
	gt_stream_close(stream);
	return ret;
}

static int report_rows(struct report *report)
{
	struct gt_view *view = &report->view;
	struct gt_counts counts = {};
	struct gt_rows rows = {};
	int err = count(report, &counts);

	if (!err)
		err = gt_rows_build(&rows, view->join, &counts, report->keys, report->nr_keys, view->filter.function);
	if (!err) {
		struct gt_table table = {.rows = &rows,
					 .keys = report->keys,
					 .nr_keys = report->nr_keys,
					 .stores = counts.sum.stores,
					 .limit = report->top};

		gt_view_begin(view);
		if (view->json) {
			struct gt_json json = {.to = view->terminal.to};

			gt_header_json(&json, view->join);
			gt_table_json(&json, view->join, &table);
			gt_classes_json(&json, counts.classes);
			gt_problems_json(&json, view->join);
		} else {
			if (!report->top_given)
				table.limit = ROWS_SHOWN;
			gt_header_text(&view->terminal, view->join);
			gt_problems_text(&view->terminal, view->join);
			gt_selection_text(&view->terminal, view->join, &view->filter, counts.sum.samples);
			fputs("#\n", view->terminal.to);
			gt_table_text(&view->terminal, view->join, &table);
			fputs("#\n", view->terminal.to);
			gt_classes_text(&view->terminal, counts.classes);
		}
	}
	gt_rows_free(&rows);
	gt_counts_free(&counts);
	return err;
}

static int report_cachelines(struct report *report)
{
	struct gt_view *view = &report->view;
	struct gt_cachelines lines = {};
	int err;

	err = gt_cachelines_find(&lines, view->join, &view->filter);
	if (!err) {
		gt_view_begin(view);
		if (view->json) {
			struct gt_json json = {.to = view->terminal.to};

			gt_header_json(&json, view->join);
			gt_cachelines_json(&json, view->join, &lines, report->top);
			gt_problems_json(&json, view->join);
		} else {
			gt_header_text(&view->terminal, view->join);
			gt_problems_text(&view->terminal, view->join);
			gt_selection_text(&view->terminal, view->join, &view->filter, lines.samples);
			fputs("#\n", view->terminal.to);
			gt_cachelines_text(&view->terminal, view->join, &lines,
					   report->top_given ? report->top : LINES_SHOWN);
		}
	}
	gt_cachelines_free(&lines);
	return err;
}

static int report_parks(struct report *report)
{
	struct gt_view *view = &report->view;
	struct gt_park_profile profile = {.by = report->parks_by, .filter = &view->filter};
	int err;

	err = gt_park_profile_find(&profile, view->join);
	if (!err) {
		gt_view_begin(view);
		if (view->json) {
			struct gt_json json = {.to = view->terminal.to};

			gt_header_json(&json, view->join);
			gt_park_profile_json(&json, &profile, report->top);
			gt_problems_json(&json, view->join);
		} else {
			gt_header_text(&view->terminal, view->join);
			gt_problems_text(&view->terminal, view->join);
			gt_park_profile_text(&view->terminal, &profile, report->top_given ? report->top : ROWS_SHOWN);
		}
	}
	gt_park_profile_free(&profile);
	return err;
}

static void complain(const struct report *report, int err)
{
	if (err == -ENODATA && report->view.join->info->flags & GTRACE_F_NO_SAMPLES)
		gt_complain("%s has no samples: record without -n, or type: gtrace stalls -i %s", report->view.input,
			    report->view.input);
	else if (err == -ENODATA)
		gt_complain("%s does not keep the registers BX and CX, in which stores tell of parks: an older gtrace "
			    "wrote it. Record it again",
			    report->view.input);
	else
		gt_complain("cannot report %s: %s", report->view.input, strerror(-err));
}

static int run(int argc, char **argv)
{
	struct report report = {};
	int status, err;

	gt_view_init(&report.view, "report");
	status = parse(&report, argc, argv);
	if (status)
		return gt_view_end(&report.view, status);
	status = gt_view_open(&report.view);
	if (status)
		return status;
	if (report.parks)
		err = report_parks(&report);
	else
		err = report.cachelines ? report_cachelines(&report) : report_rows(&report);
	if (err) {
		complain(&report, err);
		status = GT_EXIT_FAILURE;
	}
	return gt_view_end(&report.view, status);
}

const struct gt_command gt_command_report = {
	.name = "report",
	.summary = "who stored: goroutines, functions, lines, shared cache lines",
	.help = "usage: gtrace report [OPTIONS]\n"
		"\n"
		"Counts the stores that the samples of a recording stand for: each for those since the one before\n"
		"it on its CPU. Shares are of all that --tid, --pid and --cpu leave. Exit status: 0 = shown (what\n"
		"is wrong with a damaged recording is told on standard error), 1 = nothing could be read, 2 =\n"
		"wrong usage.\n"
		"\n"
		"      --by VIEW          goroutine, function, line, thread, or cacheline: lines that several\n"
		"                         threads write, and whether that is false sharing\n"
		"      --parks            how often goroutines block, on what, about: from the stores alone, of any\n"
		"                         recording; --by reason, function, goroutine or lock\n"
		"  -s, --sort KEYS        columns: goroutine, creator, goid, function (sym), line (srcline),\n"
		"                         thread (tid), comm, pid, cpu, dso, class\n"
		"                         (default: goroutine,function,line)\n"
		"      --top N            rows to show, 0 = all (default: 40; 10 cache lines; JSON: all)\n" GT_VIEW_HELP
		"\n"
		"A goroutine is named by the function it began with; creator is the go statement that made it.\n"
		"~ = of more than one in twenty samples it is not certain that they are this goroutine's; the\n"
		"table below the report and gtrace(1) say how sure which samples are.\n"
		"\n"
		"EXAMPLES\n"
		"  gtrace report                          goroutine, function and line\n"
		"  gtrace report --by function            functions alone\n"
		"  gtrace report --by cacheline           false sharing\n"
		"  gtrace report --parks --by reason      what goroutines wait for\n"
		"  gtrace report --sort comm,dso,sym      as perf report does\n"
		"  gtrace report -S 'main.*' --json | jq .\n",
	.run = run,
};
