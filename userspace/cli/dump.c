// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cli.h"
#include "dumps.h"
#include "lib/proc.h"
#include "lib/session.h"

#define PATIENCE_MS 60000

/* The process that holds the module's session. Complains; 0 = there is none, or it is not the one that was asked for.
 */
static pid_t find_recorder(const char *asked)
{
	struct gt_session session;
	int err = gt_session_open(&session);
	pid_t owner;
	char comm[16];

	if (err) {
		gt_complain_open(err);
		return 0;
	}
	owner = session.caps.owner_pid;
	gt_session_close(&session);
	if (owner <= 0) {
		gt_complain("nothing is being recorded. Type: gtrace record --flight -p PID");
		return 0;
	}
	gt_proc_comm(owner, comm);
	if (asked && strtol(asked, NULL, 10) != owner) {
		gt_complain("process %s is not the recorder: that is %s (pid %d)", asked, comm, owner);
		return 0;
	}
	/* SIGUSR2 ends a program that does not expect it. */
	if (strcmp(comm, "gtrace")) {
		gt_complain("the PMU is in use by %s (pid %d), which is no gtrace record", comm, owner);
		return 0;
	}
	return owner;
}

static int listen_for_answer(void)
{
	struct sockaddr_un address;
	socklen_t size = gt_dumps_address(getpid(), &address);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && bind(fd, (void *)&address, size)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* Asks, and waits for the answer or the recorder's end. */
static int ask(pid_t recorder, int pid_fd, int answer_fd)
{
	struct pollfd fds[] = {{.fd = answer_fd, .events = POLLIN}, {.fd = pid_fd, .events = POLLIN}};
	char answer[PATH_MAX + 256];
	ssize_t n;

	if (syscall(SYS_pidfd_send_signal, pid_fd, SIGUSR2, NULL, 0)) {
		gt_complain("cannot ask the recorder (pid %d): %s. Become root or its user", recorder, strerror(errno));
		return GT_EXIT_FAILURE;
	}
	do {
		n = poll(fds, 2, PATIENCE_MS);
	} while (n < 0 && errno == EINTR);
	/* In another PID or network namespace than ours it does not find us. */
	if (!n) {
		gt_complain("the recorder (pid %d) did not answer for a minute. Where it runs it says what it wrote",
			    recorder);
		return GT_EXIT_FAILURE;
	}
	n = recv(answer_fd, answer, sizeof(answer) - 1, MSG_DONTWAIT);
	if (n < 1) {
		gt_complain("the recorder (pid %d) ended before it answered; it writes its window when it ends",
			    recorder);
		return GT_EXIT_FAILURE;
	}
	answer[n] = '\0';
	if (*answer != '+') {
		gt_complain("no dump: %s", answer + 1);
		return GT_EXIT_FAILURE;
	}
	puts(answer + 1);
	return GT_EXIT_OK;
}

static int run(int argc, char **argv)
{
	int pid_fd, answer_fd, status = GT_EXIT_FAILURE;
	pid_t recorder;

	if (argc > 2)
		return gt_usage_error("dump", "dump takes one process id, not '%s' too", argv[2]);
	if (argc == 2 && (!*argv[1] || strspn(argv[1], "0123456789") != strlen(argv[1])))
		return gt_usage_error("dump", "'%s' is no process id", argv[1]);
	recorder = find_recorder(argv[1]);
	if (!recorder)
		return GT_EXIT_FAILURE;
	pid_fd = syscall(SYS_pidfd_open, recorder, 0);
	answer_fd = listen_for_answer();
	if (pid_fd >= 0 && answer_fd >= 0)
		status = ask(recorder, pid_fd, answer_fd);
	else
		gt_complain("cannot wait for the recorder (pid %d): %s", recorder, strerror(errno));
	if (pid_fd >= 0)
		close(pid_fd);
	if (answer_fd >= 0)
		close(answer_fd);
	return status;
}

static const char help[] =
	"usage: gtrace dump [PID]\n"
	"\n"
	"Has the running `gtrace record --flight` write what it holds, and prints the name of that file when it is\n"
	"whole. Recording goes on. The same without waiting: kill -USR2 PID.\n"
	"\n"
	"PID is that of the recorder; without it the one that holds the module is asked.\n"
	"\n"
	"Exit status: 0, 1 nothing was written and the message says why, 2 the command line makes no sense.\n"
	"\n"
	"EXAMPLES\n"
	"  gtrace record --parks --flight -p shop &\n"
	"  gtrace stalls -i $(gtrace dump)\n";

const struct gt_command gt_command_dump = {
	.name = "dump",
	.summary = "have the flight recorder (gtrace record --flight) write what it holds",
	.run = run,
	.help = help,
};
