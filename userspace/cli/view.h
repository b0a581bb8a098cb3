/* SPDX-License-Identifier: GPL-2.0 */
/* What report and script share: which recording, which samples of it, where the output goes. */
#ifndef GT_CLI_VIEW_H
#define GT_CLI_VIEW_H

#include <getopt.h>
#include <stdbool.h>

#include "analysis/filter.h"
#include "analysis/join.h"
#include "output/terminal.h"

struct gt_view {
	const char *verb;
	const char *input;
	const char *root; /* --symfs, "" = none */
	struct gt_filter filter;
	enum gt_colour_when colour;
	bool pager, json;
	int spool; /* descriptor of a copy of standard input; -1 = none */
	struct gt_join *join;
	struct gt_terminal terminal;
};

/* Values of the long options beyond letters; the verb's own begin at GT_VIEW_OPTIONS_END. */
enum {
	GT_VIEW_TID = 256,
	GT_VIEW_PID,
	GT_VIEW_FUNCTION,
	GT_VIEW_SYMFS,
	GT_VIEW_JSON,
	GT_VIEW_NO_PAGER,
	GT_VIEW_COLOUR,
	GT_VIEW_OPTIONS_END,
};

/* The shared letters and long options, for getopt_long(). */
#define GT_VIEW_LETTERS ":i:C:S:"
#define GT_VIEW_LONG_OPTIONS                                                                                       \
	{"input", required_argument, NULL, 'i'}, {"cpu", required_argument, NULL, 'C'},                            \
		{"tid", required_argument, NULL, GT_VIEW_TID}, {"pid", required_argument, NULL, GT_VIEW_PID},      \
		{"function", required_argument, NULL, GT_VIEW_FUNCTION},                                           \
		{"symbols", required_argument, NULL, GT_VIEW_FUNCTION},                                            \
		{"symfs", required_argument, NULL, GT_VIEW_SYMFS}, {"json", no_argument, NULL, GT_VIEW_JSON},      \
		{"no-pager", no_argument, NULL, GT_VIEW_NO_PAGER}, {"stdio", no_argument, NULL, GT_VIEW_NO_PAGER}, \
		{"color", required_argument, NULL, GT_VIEW_COLOUR},                                                \
	{                                                                                                          \
		"colour", required_argument, NULL, GT_VIEW_COLOUR                                                  \
	}

#define GT_VIEW_HELP                                                                          \
	"  -i, --input FILE       the recording; - = standard input (default: gtrace.data)\n" \
	"      --tid N[,N...]     only these threads\n"                                       \
	"      --pid N[,N...]     only these processes\n"                                     \
	"  -C, --cpu N[,N-N...]   only these CPUs\n"                                          \
	"  -S, --function GLOB    only code of these functions, inlined ones too: 'main.*'\n" \
	"      --symfs DIR        look for the recorded machine's files below DIR\n"          \
	"      --json             one JSON object a line\n"                                   \
	"      --no-pager         no pager (GTRACE_PAGER, PAGER) on a terminal\n"             \
	"      --color WHEN       auto, always, never (NO_COLOR is honoured)\n"

void gt_view_init(struct gt_view *view, const char *verb);

/* One option that getopt_long() found. 0; 1 = it is none of the shared ones; an exit status of a usage error (2). */
int gt_view_option(struct gt_view *view, int option, char *value);

/* The value of --top: how many, 0 = all. 0, or the exit status of a usage error (2). */
int gt_view_top(const struct gt_view *view, const char *text, uint64_t *top);

/* Opens and joins the recording; complains. Returns an exit status. */
int gt_view_open(struct gt_view *view);

/* Output begins: view->terminal. */
void gt_view_begin(struct gt_view *view);

/* Output ends and everything is freed. Returns `status`, or that of the output when that went wrong. */
int gt_view_end(struct gt_view *view, int status);

#endif
