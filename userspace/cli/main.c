// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static const struct gt_command *const commands[] = {
	&gt_command_record, &gt_command_report, &gt_command_script, &gt_command_stalls,  &gt_command_stall,
	&gt_command_dump,   &gt_command_check,  &gt_command_status, &gt_command_version,
};
#define NR_COMMANDS (sizeof(commands) / sizeof(commands[0]))

const struct gt_command *gt_command_find(const char *name)
{
	for (size_t i = 0; i < NR_COMMANDS; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

static void overview(FILE *to)
{
	fputs("usage: gtrace COMMAND [OPTIONS]\n\n", to);
	for (size_t i = 0; i < NR_COMMANDS; i++)
		fprintf(to, "  %-9s %s\n", commands[i]->name, commands[i]->summary);
	fputs("  help      the options of a command: gtrace help COMMAND\n\n"
	      "EXAMPLES\n"
	      "  gtrace check                     is this machine ready, and what to type if not\n"
	      "  gtrace record -- ./server        record the stores of a program until it ends\n"
	      "  gtrace record -p 4123            ... of a running process, until Ctrl-C\n"
	      "  gtrace report                    who stored: goroutines, functions, lines\n"
	      "  gtrace record --parks -- ./server; gtrace stalls    who stood still, and why\n",
	      to);
}

static int help(int argc, char **argv)
{
	const struct gt_command *command;

	if (argc < 2) {
		overview(stdout);
		return GT_EXIT_OK;
	}
	command = gt_command_find(argv[1]);
	if (!command)
		return gt_usage_error("", "there is no command '%s'", argv[1]);
	fputs(command->help, stdout);
	return GT_EXIT_OK;
}

/* --help anywhere before `--` or the first word that is no option, so that `record ./prog --help` reaches prog. */
static bool wants_help(int argc, char **argv)
{
	for (int i = 1; i < argc && argv[i][0] == '-' && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	const struct gt_command *command;
	int status;

	if (argc < 2) {
		overview(stderr);
		return GT_EXIT_USAGE;
	}
	argc--, argv++;
	if (!strcmp(argv[0], "help") || !strcmp(argv[0], "--help") || !strcmp(argv[0], "-h"))
		return help(argc, argv);
	command = gt_command_find(!strcmp(argv[0], "--version") ? "version" : argv[0]);
	if (!command)
		return gt_usage_error("", "there is no command '%s'", argv[0]);
	if (wants_help(argc, argv)) {
		fputs(command->help, stdout);
		return GT_EXIT_OK;
	}
	status = command->run(argc, argv);
	/* A full disk behind a pipe or redirection shows only here. */
	if (fflush(stdout) || ferror(stdout)) {
		gt_complain("cannot write to standard output");
		return status ? status : GT_EXIT_FAILURE;
	}
	return status;
}
