// SPDX-License-Identifier: GPL-2.0
/* peak COMMAND...: runs it; its last line is "peak N kB", the largest resident set of COMMAND or a child it waited for. */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct rusage usage;
	int status = 1;

	if (argc < 2) {
		fputs("usage: peak COMMAND...\n", stderr);
		return 2;
	}

	pid_t child = fork();

	if (!child) {
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) != child) {
		perror("peak");
		return 1;
	}
	printf("peak %ld kB\n", usage.ru_maxrss);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
