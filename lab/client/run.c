// SPDX-License-Identifier: GPL-2.0
/* run.c - lab/run: executes a command in the emulated machine as if it were executed here. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client.h"
#include "protocol.h"

#define TAIL		4000	/* bytes of a log that an error shows */

static int failed(const char *what, const char *path)
{
	fprintf(stderr, "lab/run: cannot %s %s: %s\n", what, path, strerror(errno));
	return -1;
}

/* ask: the one line that a script of the lab prints on success; NULL after the script's own message. */
static char *ask(const char *script, const char *argument)
{
	char command[4096 + 64], line[4096] = "";
	FILE *pipe;

	snprintf(command, sizeof(command), "'%s' '%s'", script, argument);
	pipe = popen(command, "re");
	if (!pipe || !fgets(line, sizeof(line), pipe))
		line[0] = 0;
	if (!pipe || pclose(pipe) || !line[0])
		return NULL;
	line[strcspn(line, "\n")] = 0;
	return strdup(line);
}

static int find(struct places *places, const struct options *options)
{
	if (strspn(options->kernel, "0123456789.-abcdefghijklmnopqrstuvwxyz") != strlen(options->kernel)) {
		fprintf(stderr, "lab/run: --kernel takes a version like 6.1, not '%s'\n", options->kernel);
		return -1;
	}
	if (mkdir(places->servers, 0700) < 0 && errno != EEXIST)
		return failed("create", places->servers);
	if (options->stop)
		return 0;
	places->image = ask(path_join(places->lab, "image"), options->kernel);
	return places->image ? 0 : -1;
}

/* ---- one run ---- */

static int anonymous_or(const char *path, const char *what)
{
	int fd = path ? open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644) : memfd_create(what, MFD_CLOEXEC);

	return fd < 0 ? failed("create", path ? path : what) : fd;
}

static int send_order(int s, const struct options *options, const int fds[RUN_FDS])
{
	struct run_order order = { .magic = RUN_ORDER, .verb = RUN_GO, .timeout = options->timeout,
				   .truth = options->truth != NULL };
	size_t length = (RUN_TRUTH + order.truth) * sizeof(int);
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(RUN_FDS * sizeof(int))];
	} control = { 0 };
	struct iovec body = { &order, sizeof(order) };
	struct msghdr message = { .msg_iov = &body, .msg_iovlen = 1, .msg_control = &control,
				  .msg_controllen = CMSG_SPACE(length) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&message);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(length);
	memcpy(CMSG_DATA(c), fds, length);
	return sendmsg(s, &message, MSG_NOSIGNAL) == (ssize_t)sizeof(order) ? 0 : -1;
}

/* converse: 0 with the result of the run, 1 if the machine went away before the run began, -1 if it did so afterwards. */
static int converse(int s, const struct options *options, const int fds[RUN_FDS], struct run_result *result)
{
	bool begun = false;

	if (send_order(s, options, fds) < 0)
		return 1;
	while (recv(s, result, sizeof(*result), MSG_WAITALL) == (ssize_t)sizeof(*result)) {
		if (result->end != RUN_BEGUN)
			return 0;
		begun = true;
	}
	return begun ? -1 : 1;
}

static void show_tail(int fd, const char *title)
{
	char text[TAIL + 1], *from = text;
	off_t size = lseek(fd, 0, SEEK_END);
	ssize_t n = size > 0 ? pread(fd, text, TAIL, size > TAIL ? size - TAIL : 0) : 0;

	if (n <= 0)
		return;
	text[n] = 0;
	if (size > TAIL && strchr(text, '\n'))
		from = strchr(text, '\n') + 1;	/* the first line is a part of one */
	fprintf(stderr, "---- %s ----\n%s%s----\n", title, from, text[n - 1] == '\n' ? "" : "\n");
}

static int run(const struct options *options, const struct places *places)
{
	struct run_result result;
	int fds[RUN_FDS] = { STDOUT_FILENO, STDERR_FILENO }, gone = 1;
	bool started = false;

	fds[RUN_CONSOLE] = anonymous_or(options->console, "console");
	fds[RUN_LOG] = anonymous_or(NULL, "log");
	fds[RUN_FILES] = anonymous_or(NULL, "files");
	fds[RUN_TRUTH] = options->truth ? anonymous_or(options->truth, "truth") : -1;
	fds[RUN_REQUEST] = request_make(options);
	if (fds[RUN_CONSOLE] < 0 || fds[RUN_LOG] < 0 || fds[RUN_FILES] < 0 || fds[RUN_REQUEST] < 0 ||
	    (options->truth && fds[RUN_TRUTH] < 0))
		return LAB_FAILED;

	/* A machine that waited may have ended, idle, just as we came: the next one is ours. */
	for (int tries = 0; gone > 0 && !started && tries < 3; tries++) {
		int s = server_connect(options, places, &started);

		if (s < 0)
			return LAB_FAILED;
		gone = converse(s, options, fds, &result);
		close(s);
	}
	if (gone > 0) {
		server_log(options, places);
		fputs("lab/run: the machine did not boot\n", stderr);
		return LAB_FAILED;
	}
	if (gone < 0 || result.end != RUN_EXITED) {
		show_tail(fds[RUN_CONSOLE], "the guest's console");
		show_tail(fds[RUN_LOG], "the emulator's log");
		fprintf(stderr, "lab/run: %s\n", gone < 0 ? "the emulator died" : result.message);
		return LAB_FAILED;
	}
	if (request_bring(options, fds[RUN_FILES]) < 0)
		return LAB_FAILED;
	return result.status;
}

int main(int argc, char **argv)
{
	struct places places = { 0 };
	struct options options;
	int help;

	/* lab/run, a short script, passes the folders first. */
	if (argc < 4) {
		fputs("lab/run: start lab/run, not this program\n", stderr);
		return LAB_FAILED;
	}
	places.lab = argv[1];
	places.machine = argv[2];
	places.servers = argv[3];
	help = options_parse(argc - 3, argv + 3, &options);
	if (help)
		return help > 0 ? 0 : LAB_FAILED;
	if (find(&places, &options) < 0)
		return LAB_FAILED;
	if (options.stop)
		return server_stop(&places) ? LAB_FAILED : 0;
	return run(&options, &places);
}
