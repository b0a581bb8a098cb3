// SPDX-License-Identifier: GPL-2.0
#include "target.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "lib/proc.h"

static int open_pid(struct gt_target *target)
{
	target->pid_fd = syscall(SYS_pidfd_open, target->pid, 0);
	return target->pid_fd < 0 ? -errno : 0;
}

/* The child's side: wait for the word, then exec. */
static void __attribute__((noreturn)) child(char **argv, int go_fd, int exec_fd)
{
	char word;
	int err;

	if (read(go_fd, &word, 1) != 1)
		_exit(GT_EXIT_FAILURE); /* the recorder gave up */
	execvp(argv[0], argv);
	err = errno;
	if (write(exec_fd, &err, sizeof(err)) != sizeof(err))
		_exit(GT_EXIT_FAILURE);
	_exit(err == ENOENT ? GT_EXIT_NOT_FOUND : GT_EXIT_CANNOT_EXEC);
}

int gt_target_launch(struct gt_target *target, char **argv)
{
	int go[2], exec[2];

	*target = (struct gt_target){.child = true, .go_fd = -1, .exec_fd = -1, .pid_fd = -1};
	if (pipe2(go, O_CLOEXEC) || pipe2(exec, O_CLOEXEC)) {
		gt_complain("cannot make a pipe: %s", strerror(errno));
		return GT_EXIT_FAILURE;
	}
	target->pid = fork();
	if (target->pid < 0) {
		gt_complain("cannot start a process: %s", strerror(errno));
		return GT_EXIT_FAILURE;
	}
	if (!target->pid) {
		close(go[1]); /* else the child itself would keep the pipe open when the recorder dies */
		child(argv, go[0], exec[1]);
	}
	close(go[0]);
	close(exec[1]);
	target->go_fd = go[1];
	target->exec_fd = exec[0];
	if (open_pid(target)) {
		gt_complain("cannot watch process %d: %s", target->pid, strerror(errno));
		gt_target_end(target);
		return GT_EXIT_FAILURE;
	}
	return GT_EXIT_OK;
}

static int find_by_name(const char *name, pid_t *pid)
{
	pid_t pids[32];
	int n = gt_proc_find(name, pids, 32);

	if (n == 1) {
		*pid = pids[0];
		return GT_EXIT_OK;
	}
	if (n <= 0) {
		gt_complain("no process is called '%s'. Type: ps -e", name);
		return GT_EXIT_FAILURE;
	}
	gt_complain("%d processes are called '%s'; name one by its id:", n, name);
	for (int i = 0; i < n && i < 32; i++) {
		char path[64], command[128] = "";
		ssize_t bytes;
		int fd;

		snprintf(path, sizeof(path), "/proc/%d/cmdline", pids[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		bytes = fd < 0 ? 0 : read(fd, command, sizeof(command) - 1);
		if (fd >= 0)
			close(fd);
		for (ssize_t at = 0; at < bytes; at++)
			if ((unsigned char)command[at] < ' ')
				command[at] = ' ';
		fprintf(stderr, "  -p %-8d %s\n", pids[i], command);
	}
	return GT_EXIT_USAGE;
}

int gt_target_attach(struct gt_target *target, const char *pid_or_name)
{
	char *end;
	long pid = strtol(pid_or_name, &end, 10);

	*target = (struct gt_target){.go_fd = -1, .exec_fd = -1, .pid_fd = -1};
	if (*end == ',')
		return gt_usage_error("record", "-p takes one process; -a takes all of them");
	if (*end || end == pid_or_name) {
		int status = find_by_name(pid_or_name, &target->pid);

		if (status)
			return status;
	} else if (pid <= 0 || pid > INT32_MAX) {
		return gt_usage_error("record", "'%s' is no process id", pid_or_name);
	} else {
		target->pid = pid;
	}
	switch (open_pid(target)) {
	case 0:
		return GT_EXIT_OK;
	case -ESRCH:
		gt_complain("there is no process %s. Type: ps -e", pid_or_name);
		return GT_EXIT_FAILURE;
	case -EINVAL:
		gt_complain("%s is a thread; name its process: grep Tgid /proc/%s/status", pid_or_name, pid_or_name);
		return GT_EXIT_FAILURE;
	}
	gt_complain("cannot watch process %s: %s", pid_or_name, strerror(errno));
	return GT_EXIT_FAILURE;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void gt_target_go(struct gt_target *target)
{
	/* A child that was killed while it waited leaves no reader; its end is noticed by pid_fd. */
	if (target->go_fd >= 0 && write(target->go_fd, "", 1) < 0 && errno != EPIPE)
		gt_complain("cannot let the command start: %s", strerror(errno));
	close_fd(&target->go_fd);
}

int gt_target_execed(struct gt_target *target)
{
	int err = 0;

	if (read(target->exec_fd, &err, sizeof(err)) == sizeof(err))
		target->exec_error = err;
	close_fd(&target->exec_fd);
	return target->exec_error;
}

int gt_target_end(struct gt_target *target)
{
	bool waiting = target->go_fd >= 0;
	int status = 0;

	close_fd(&target->go_fd);
	if (target->exec_fd >= 0)
		close_fd(&target->exec_fd);
	if (target->child && target->pid > 0) {
		if (waitpid(target->pid, &status, WNOHANG) == 0) {
			kill(target->pid, waiting ? SIGKILL : SIGTERM);
			while (waitpid(target->pid, &status, 0) < 0 && errno == EINTR)
				;
		}
		target->pid = 0;
	}
	close_fd(&target->pid_fd);
	return WIFSIGNALED(status) ? GT_EXIT_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
}
