// SPDX-License-Identifier: GPL-2.0
#include "output/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int gt_colour_when(const char *text, enum gt_colour_when *when)
{
	static const char *const names[] = {
		[GT_COLOUR_AUTO] = "auto", [GT_COLOUR_ALWAYS] = "always", [GT_COLOUR_NEVER] = "never"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!strcmp(text, names[i])) {
			*when = i;
			return 0;
		}
	}
	return -EINVAL;
}

static bool set(const char *variable)
{
	const char *value = getenv(variable);

	return value && *value;
}

static bool want_colour(enum gt_colour_when when)
{
	const char *term = getenv("TERM");

	if (when != GT_COLOUR_AUTO)
		return when == GT_COLOUR_ALWAYS;
	return isatty(STDOUT_FILENO) && !set("NO_COLOR") && term && strcmp(term, "dumb");
}

static const char *pager_command(void)
{
	const char *command = getenv("GTRACE_PAGER");

	if (!command)
		command = getenv("PAGER");
	if (!command)
		command = "less";
	return *command && strcmp(command, "cat") ? command : NULL;
}

/* Starts the pager and returns the stream into it; NULL = none, write to standard output. */
static FILE *start_pager(const char *command, pid_t *pid)
{
	int ends[2];
	FILE *to;

	if (pipe2(ends, O_CLOEXEC))
		return NULL;
	/* What is already buffered must not be written twice. */
	fflush(stdout);
	*pid = fork();
	if (!*pid) {
		dup2(ends[0], STDIN_FILENO);
		/* Like perf and git: leave at once if it fits the screen, keep colours, do not clear. */
		setenv("LESS", "FRSX", 0);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	close(ends[0]);
	to = *pid > 0 ? fdopen(ends[1], "w") : NULL;
	if (!to)
		close(ends[1]);
	if (*pid < 0)
		*pid = 0;
	return to;
}

void gt_terminal_open(struct gt_terminal *terminal, bool pager, enum gt_colour_when when)
{
	const char *command = pager && isatty(STDOUT_FILENO) ? pager_command() : NULL;
	FILE *to;

	*terminal = (struct gt_terminal){.to = stdout, .colour = want_colour(when)};
	/* A reader that has seen enough is an ordinary end, reported by gt_terminal_close(). */
	signal(SIGPIPE, SIG_IGN);
	to = command ? start_pager(command, &terminal->pager) : NULL;
	if (to)
		terminal->to = to;
}

int gt_terminal_close(struct gt_terminal *terminal)
{
	int err = 0;

	errno = 0;
	if (fflush(terminal->to) || ferror(terminal->to))
		err = errno ? -errno : -EIO;
	if (terminal->to != stdout)
		fclose(terminal->to);
	if (terminal->pager)
		while (waitpid(terminal->pager, NULL, 0) < 0 && errno == EINTR)
			;
	return err;
}

void gt_terminal_style(const struct gt_terminal *terminal, enum gt_style style)
{
	static const char *const codes[] = {
		[GT_PLAIN] = "\033[0m", [GT_BOLD] = "\033[1m",    [GT_DIM] = "\033[2m",
		[GT_RED] = "\033[31m",  [GT_YELLOW] = "\033[33m", [GT_GREEN] = "\033[32m",
	};

	if (terminal->colour)
		fputs(codes[style], terminal->to);
}
