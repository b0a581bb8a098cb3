// SPDX-License-Identifier: GPL-2.0
#include "cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <uapi/gtrace.h>

static void complain(const char *format, va_list args)
{
	fflush(stdout);
	fputs("gtrace: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

void gt_complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(format, args);
	va_end(args);
}

int gt_usage_error(const char *verb, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(format, args);
	va_end(args);
	if (*verb)
		fprintf(stderr, "Type `gtrace help %s` for the options.\n", verb);
	else
		fputs("Type `gtrace help` for the commands.\n", stderr);
	return GT_EXIT_USAGE;
}

int gt_option_error(const char *verb, int option, const char *letters, char **argv)
{
	const char *word = argv[optind - 1];

	/* Within letters that stand together `word` is the one before them: then only the letter is known. */
	if (option == ':' && strncmp(word, "--", 2))
		return gt_usage_error(verb, "-%c needs a value", optopt);
	if (option == ':')
		return gt_usage_error(verb, "%s needs a value", word);
	if (!optopt)
		return gt_usage_error(verb, "there is no option %s", word);
	if (optopt > UINT8_MAX || strchr(letters, optopt))
		return gt_usage_error(verb, "%.*s takes no value", (int)strcspn(word, "="), word);
	return gt_usage_error(verb, "there is no option -%c", optopt);
}

void gt_complain_open(int error)
{
	switch (error) {
	case -ENOENT:
		gt_complain("no " GTRACE_DEVICE_PATH ": the kernel module is not loaded. Type: modprobe gtrace "
			    "(or insmod gtrace.ko), then: gtrace check");
		return;
	case -EACCES:
	case -EPERM:
		gt_complain("no permission for " GTRACE_DEVICE_PATH ". Become root, or give the program the right: "
			    "setcap cap_perfmon,cap_sys_ptrace+ep $(command -v gtrace)");
		return;
	case -EPROTO:
		gt_complain("the loaded gtrace.ko is of another version than this program. Type: rmmod gtrace && "
			    "modprobe gtrace, after `make install` of one and the same tree");
		return;
	}
	gt_complain("cannot open " GTRACE_DEVICE_PATH ": %s. Type: gtrace check", strerror(-error));
}

void gt_complain_refused(const struct gtrace_caps *caps)
{
	gt_complain("this machine is refused: %s. %s%sType `gtrace check` for the whole list.", caps->reason,
		    caps->remedy, *caps->remedy ? ". " : "");
}
