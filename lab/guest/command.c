// SPDX-License-Identifier: GPL-2.0
/* command.c - the command of a run, from fork to the last byte of its output */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"

#define CANNOT_EXECUTE	126	/* as the shell's */
#define CANNOT_FIND	127
#define PIPE_PAGES	16	/* default capacity of a pipe; a read takes one page or more */

static bool relay(int fd, enum lab_stream stream)
{
	ssize_t n = read(fd, buffer, LAB_BUFFER);

	if (n <= 0)
		return n < 0 && (errno == EINTR || errno == EAGAIN);
	lab_call(LAB_WRITE, stream, (unsigned long)buffer, (unsigned long)n);
	return true;
}

static void execute(char **command, const int out[2], const int err[2])
{
	int null = open("/dev/null", O_RDONLY);

	setsid();
	dup2(null, STDIN_FILENO);
	dup2(out[1], STDOUT_FILENO);
	dup2(err[1], STDERR_FILENO);
	signal(SIGCHLD, SIG_DFL);
	execvp(command[0], command);
	dprintf(STDERR_FILENO, "lab: cannot execute %s: %s\n", command[0], strerror(errno));
	_exit(errno == ENOENT ? CANNOT_FIND : CANNOT_EXECUTE);
}

/* A child that ends is told through a pipe, so that poll() sees it whenever it comes. */
static int told[2];

static void tell(int signo)
{
	int saved = errno;

	(void)signo;
	(void)!write(told[1], "", 1);
	errno = saved;
}

/* The command is over when its first process ends; what it left behind in the background does not hold the run up. */
int command_run(char **command)
{
	int out[2], err[2], status = -1, s;
	struct pollfd wait_for[3];
	char drop[64];
	pid_t child, pid;

	if (pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0 || pipe2(told, O_CLOEXEC | O_NONBLOCK) < 0)
		say("lab: no pipes in the guest: %s\n", strerror(errno));
	signal(SIGCHLD, tell);
	child = fork();
	if (child < 0)
		say("lab: cannot fork in the guest: %s\n", strerror(errno));
	if (child == 0)
		execute(command, out, err);
	close(out[1]);
	close(err[1]);
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	fcntl(err[0], F_SETFL, O_NONBLOCK);
	wait_for[0] = (struct pollfd){ .fd = out[0], .events = POLLIN };
	wait_for[1] = (struct pollfd){ .fd = err[0], .events = POLLIN };
	wait_for[2] = (struct pollfd){ .fd = told[0], .events = POLLIN };

	while (status < 0) {
		if (poll(wait_for, 3, -1) < 0)
			continue;
		if (wait_for[0].revents && !relay(out[0], LAB_STDOUT))
			wait_for[0].fd = -1;
		if (wait_for[1].revents && !relay(err[0], LAB_STDERR))
			wait_for[1].fd = -1;
		if (!wait_for[2].revents)
			continue;
		(void)!read(told[0], drop, sizeof(drop));
		while ((pid = waitpid(-1, &s, WNOHANG)) > 0)
			if (pid == child)
				status = WIFSIGNALED(s) ? 128 + WTERMSIG(s) : WEXITSTATUS(s);
	}
	/* What is still in the pipes; not more than fits into one, since a background process may write on for ever. */
	for (int i = 0; i < 2; i++)
		for (int n = 0; n < PIPE_PAGES && wait_for[i].fd >= 0 && poll(&wait_for[i], 1, 0) > 0; n++)
			if (!relay(wait_for[i].fd, i ? LAB_STDERR : LAB_STDOUT))
				wait_for[i].fd = -1;
	return status;
}
