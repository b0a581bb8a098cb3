// SPDX-License-Identifier: GPL-2.0
/* labctl.c - asks the lab machine from a shell of the guest. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lab.h"

static int usage(void)
{
	fputs("usage: labctl count                  print the machine's exact instruction counters (JSON)\n"
	      "       labctl run NAME -- COMMAND...  name this task in those counters, then execute COMMAND\n", stderr);
	return 2;
}

static int fail(long error)
{
	fprintf(stderr, "labctl: %s\n", error == -ENOSYS ? "this is not the lab machine" : strerror((int)-error));
	return 1;
}

static int count(char *buffer)
{
	long n = lab_call(LAB_COUNT, (unsigned long)buffer, LAB_BUFFER, 0);

	if (n < 0)
		return fail(n);
	if (fwrite(buffer, 1, (size_t)n, stdout) != (size_t)n || putchar('\n') == EOF || fflush(stdout))
		return fail(-errno);
	return 0;
}

static int run(char *buffer, const char *name, char **command)
{
	long error;

	if (strlen(name) > 63)
		return fail(-ENAMETOOLONG);
	strcpy(buffer, name);
	error = lab_call(LAB_NAME, (unsigned long)buffer, 0, 0);
	if (error < 0)
		return fail(error);
	execvp(command[0], command);
	fprintf(stderr, "labctl: cannot execute %s: %s\n", command[0], strerror(errno));
	return errno == ENOENT ? 127 : 126;
}

int main(int argc, char **argv)
{
	char *buffer = lab_buffer();

	if (!buffer)
		return fail(-ENOMEM);
	if (argc == 2 && !strcmp(argv[1], "count"))
		return count(buffer);
	if (argc >= 5 && !strcmp(argv[1], "run") && !strcmp(argv[3], "--"))
		return run(buffer, argv[2], argv + 4);
	return usage();
}
