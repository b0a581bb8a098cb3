// SPDX-License-Identifier: GPL-2.0
#include "server.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "machine.h"
#include "protocol.h"
#include "run.h"

// Takes the order and its descriptors; false for a client that says something else (an older one, or a port scan).
static bool take(int client, struct run_order *order, int fds[RUN_FDS])
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(RUN_FDS * sizeof(int))];
	} control;
	struct iovec body = {order, sizeof(*order)};
	struct msghdr message = {};
	size_t got = 0;

	for (int i = 0; i < RUN_FDS; i++)
		fds[i] = -1;
	message.msg_iov = &body;
	message.msg_iovlen = 1;
	message.msg_control = &control;
	message.msg_controllen = sizeof(control);
	if (recvmsg(client, &message, MSG_CMSG_CLOEXEC | MSG_WAITALL) != ssize_t(sizeof(*order)))
		return false;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		got = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(c), got * sizeof(int));
	}
	if (order->magic != RUN_ORDER)
		return false;
	return order->verb == RUN_STOP || got == size_t(RUN_TRUTH + (order->truth ? 1 : 0));
}

void server_wait(int listener, unsigned idle_seconds)
{
	// Children report to their clients; nobody waits for them here. A client may close its pipe at any time.
	signal(SIGCHLD, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	fflush(NULL);	// what is buffered belongs to no run

	for (;;) {
		struct pollfd waiting = {listener, POLLIN, 0};
		struct run_order order;
		int fds[RUN_FDS], n = poll(&waiting, 1, int(idle_seconds * 1000));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			_exit(0);
		int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (client < 0)
			continue;
		bool good = take(client, &order, fds);
		if (good && order.verb == RUN_STOP)
			_exit(0);
		pid_t pid = good ? fork() : -1;
		if (pid == 0) {
			close(listener);
			run_begin(client, &order, fds);
			return;
		}
		if (good && pid < 0)
			fprintf(stderr, "cannot fork a run: %s\n", strerror(errno));
		for (int fd : fds)
			if (fd >= 0)
				close(fd);
		close(client);
	}
}
