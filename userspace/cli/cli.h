/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the subcommands share. One verb a file; each takes its arguments as main() does (argv[0] is the verb) and
 * returns the exit status.
 */
#ifndef GT_CLI_CLI_H
#define GT_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum gt_exit {
	GT_EXIT_OK = 0,
	GT_EXIT_FAILURE = 1, /* something did not work; the message says what */
	GT_EXIT_USAGE = 2,   /* the command line makes no sense */
	GT_EXIT_CANNOT_EXEC = 126,
	GT_EXIT_NOT_FOUND = 127,
	GT_EXIT_SIGNAL = 128, /* + its number: how the recorded command ended */
};

struct gt_command {
	const char *name;
	const char *summary; /* one line for `gtrace help` */
	const char *help;    /* usage, options, EXAMPLES */
	int (*run)(int argc, char **argv);
};

/* One in each file of that name. */
extern const struct gt_command gt_command_record, gt_command_report, gt_command_script, gt_command_stall,
	gt_command_stalls, gt_command_dump, gt_command_check, gt_command_status, gt_command_version;

/* main.c */
const struct gt_command *gt_command_find(const char *name); /* NULL: no such verb */

/* message.c: to stderr, "gtrace: " before and a newline behind. */
void gt_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same, and how to get help on `verb`. Returns GT_EXIT_USAGE. */
int gt_usage_error(const char *verb, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * What getopt_long() objects to in `argv`: `option` is what it returned, '?', or ':' for a value that is missing, which
 * it tells apart when `letters` begins with ':', maybe behind a '+'. The value of an option without a letter is 256 or
 * more. Returns GT_EXIT_USAGE.
 */
int gt_option_error(const char *verb, int option, const char *letters, char **argv);

/* Why a call on the module failed, as a sentence that ends in what to type next. */
struct gtrace_caps;
void gt_complain_open(int error);
void gt_complain_refused(const struct gtrace_caps *caps);

#endif
