// SPDX-License-Identifier: GPL-2.0
/*
 * drain [-b] [-c PERIOD] [-m BYTES] FILE COMMAND...: the least a reader can do. It starts a session for COMMAND with all
 * general registers (-b: and the branches) and periods that stray by a tenth, writes every record as it is to FILE and
 * gives its room back. What is left of the cost with /dev/null as FILE is that of capturing: the module's, and that of
 * being woken.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/rings.h"
#include "lib/session.h"

static _Noreturn void fail(const char *what, int error)
{
	fprintf(stderr, "drain: %s: %s\n", what, strerror(error < 0 ? -error : error));
	exit(1);
}

/* The child waits for a byte before it becomes COMMAND: by then the session runs. */
static pid_t launch(char **command, int *go)
{
	int ends[2];
	char word;

	if (pipe2(ends, O_CLOEXEC))
		fail("pipe", errno);

	pid_t child = fork();

	if (child < 0)
		fail("fork", errno);
	if (!child) {
		close(ends[1]);
		if (read(ends[0], &word, 1) == 1)
			execvp(command[0], command);
		_exit(127);
	}
	close(ends[0]);
	*go = ends[1];
	return child;
}

static void drain(struct gt_session *session, struct gt_ring *ring, int file)
{
	const void *piece;
	size_t n;

	if (gt_ring_begin(ring) > 0) {
		while ((n = gt_ring_events(ring, &piece)))
			if (write(file, piece, n) < 0)
				fail("write", errno);
		while ((n = gt_ring_samples(ring, &piece)))
			if (write(file, piece, n * ring->record_size) < 0)
				fail("write", errno);
		gt_ring_consume(ring);
	}
	if (gt_ring_stalled(ring))
		gt_session_flush(session);
}

int main(int argc, char **argv)
{
	struct gtrace_config config = { .flags = GTRACE_F_ENABLE_ON_EXEC, .period = 2003, .sample_bytes = 1 << 20,
					.event_bytes = 256 << 10, .data = GTRACE_DATA_MEM | GTRACE_DATA_GPR, .jitter = 100 };
	struct gt_session session;
	struct gt_ring *rings;
	int opt, err, go, status = 1;

	while ((opt = getopt(argc, argv, "+bc:m:")) != -1) {
		switch (opt) {
		case 'b':
			config.data |= GTRACE_DATA_LBR;
			break;
		case 'c':
			config.period = strtoull(optarg, NULL, 10);
			break;
		case 'm':
			config.sample_bytes = strtoul(optarg, NULL, 10);
			break;
		default:
			return 2;
		}
	}
	if (argc - optind < 2) {
		fputs("usage: drain [-b] [-c PERIOD] [-m BYTES] FILE COMMAND...\n", stderr);
		return 2;
	}

	int file = open(argv[optind], O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (file < 0)
		fail(argv[optind], errno);
	err = gt_session_open(&session);
	if (err)
		fail("open", err);
	config.target = launch(argv + optind + 1, &go);
	err = gt_session_configure(&session, &config);
	if (err)
		fail("configure", err);
	rings = calloc(session.caps.nr_cpus, sizeof(*rings));
	for (uint32_t cpu = 0; cpu < session.caps.nr_cpus; cpu++) {
		err = gt_ring_map(&rings[cpu], session.fd, cpu, &session.config);
		if (err && err != -ENXIO)
			fail("map", err);
	}
	err = gt_session_start(&session);
	if (err)
		fail("start", err);
	if (write(go, "g", 1) != 1)
		fail("go", errno);

	struct pollfd fds[] = {
		{ .fd = session.fd, .events = POLLIN },
		{ .fd = syscall(SYS_pidfd_open, config.target, 0), .events = POLLIN },
	};

	while (!fds[1].revents) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			fail("poll", errno);
		for (uint32_t cpu = 0; cpu < session.caps.nr_cpus; cpu++)
			if (rings[cpu].control)
				drain(&session, &rings[cpu], file);
	}
	gt_session_stop(&session);

	uint64_t samples = 0, lost = 0;

	for (uint32_t cpu = 0; cpu < session.caps.nr_cpus; cpu++) {
		if (!rings[cpu].control)
			continue;
		drain(&session, &rings[cpu], file);
		samples += rings[cpu].sample_at;
		lost += gt_ring_lost(&rings[cpu]);
	}
	printf("%llu samples, %llu lost, %u records a ring\n", (unsigned long long)samples, (unsigned long long)lost,
	       session.config.sample_slots);
	waitpid(config.target, &status, 0);
	return lost || status ? 1 : 0;
}
