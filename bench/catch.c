// SPDX-License-Identifier: GPL-2.0
/*
 * catch [-b] [-s] PROGRAM COMMAND...: the least that asks the question. Plants the probe of runtime.gopark alone in the
 * Go program PROGRAM, which COMMAND executes, without samples and without a limit on what it costs: three registers a
 * hit; -b: and the branches, with what the reader needs to name the goroutine; -s: and the call stack. Reads the rings
 * and throws away what it finds.
 * catch -p PROGRAM: prints where that probe goes, bytes into the file.
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

#include "go/binary.h"
#include "go/probes.h"
#include "lib/rings.h"
#include "lib/session.h"

static _Noreturn void fail(const char *what, int error)
{
	fprintf(stderr, "catch: %s: %s\n", what, strerror(error < 0 ? -error : error));
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

static struct gtrace_probe find(const char *path)
{
	struct gtrace_probe probes[GTRACE_PROBES_MAX];
	struct gt_go_binary *binary;
	const char *why = "";
	int err = gt_go_binary_open(path, &binary), n;

	if (err)
		fail(path, err);
	n = gt_go_probes(binary, probes, GTRACE_PROBES_MAX, &why);
	if (n < 1 || probes[0].id != GT_GO_PROBE_PARK)
		fail(why, n);
	gt_go_binary_close(binary);
	return probes[0];
}

static void plant(const struct gt_session *session, const char *path, uint32_t flags)
{
	static const struct gtrace_fetch registers[] = { { .reg = 14 }, { .reg = 3 }, { .reg = 1 } };
	struct gtrace_probe probe = find(path);
	int err;

	probe.flags = flags;
	probe.fd = open(path, O_RDONLY | O_CLOEXEC);
	if (!flags) {
		memset(probe.fetch, 0, sizeof(probe.fetch));
		memcpy(probe.fetch, registers, sizeof(registers));
		probe.nr_fetches = 3;
	}
	if (!(flags & GTRACE_PROBE_F_STACK)) {
		probe.stack_bp = probe.stack_lo = probe.stack_hi = GTRACE_FETCH_NONE;
		probe.max_frames = 0;
	}
	err = gt_session_probe(session, &probe);
	if (err)
		fail(gt_session_probe_explain(err), err);
	close(probe.fd);
}

static uint64_t drain(struct gt_session *session, struct gt_ring *ring)
{
	const void *piece;
	uint64_t hits = 0;
	size_t n;

	if (gt_ring_begin(ring) > 0) {
		while ((n = gt_ring_events(ring, &piece))) {
			const char *at = piece, *end = at + n;

			for (const struct gtrace_event *event; at < end; at += event->size) {
				event = (const void *)at;
				hits += event->type == GTRACE_EVENT_HIT;
			}
		}
		gt_ring_consume(ring);
	}
	if (gt_ring_stalled(ring))
		gt_session_flush(session);
	return hits;
}

int main(int argc, char **argv)
{
	struct gtrace_config config = { .flags = GTRACE_F_ENABLE_ON_EXEC | GTRACE_F_NO_SAMPLES, .period = 20000003,
					.sample_bytes = 16 << 10, .event_bytes = 16 << 20 };
	uint32_t flags = 0;
	struct gt_session session;
	struct gt_ring *rings;
	int opt, err, go, status = 1;

	if (argc == 3 && !strcmp(argv[1], "-p"))
		return printf("%#llx\n", (unsigned long long)find(argv[2]).offset) < 0;
	while ((opt = getopt(argc, argv, "+bs")) != -1) {
		if (opt != 'b' && opt != 's')
			return 2;
		flags |= opt == 'b' ? GTRACE_PROBE_F_BRANCHES : GTRACE_PROBE_F_STACK;
	}
	if (argc - optind < 2) {
		fputs("usage: catch [-b] [-s] PROGRAM COMMAND... | catch -p PROGRAM\n", stderr);
		return 2;
	}
	if (flags & GTRACE_PROBE_F_BRANCHES)
		config.flags |= GTRACE_F_BRANCHES;
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
	plant(&session, argv[optind], flags);
	err = gt_session_start(&session);
	if (err)
		fail("start", err);
	if (write(go, "g", 1) != 1)
		fail("go", errno);

	struct pollfd fds[] = {
		{ .fd = session.fd, .events = POLLIN },
		{ .fd = syscall(SYS_pidfd_open, config.target, 0), .events = POLLIN },
	};
	uint64_t hits = 0, dropped = 0;

	while (!fds[1].revents) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			fail("poll", errno);
		for (uint32_t cpu = 0; cpu < session.caps.nr_cpus; cpu++)
			if (rings[cpu].control)
				hits += drain(&session, &rings[cpu]);
	}
	gt_session_stop(&session);
	for (uint32_t cpu = 0; cpu < session.caps.nr_cpus; cpu++) {
		if (!rings[cpu].control)
			continue;
		hits += drain(&session, &rings[cpu]);
		dropped += rings[cpu].control->events_dropped;
	}
	printf("%llu hits, %llu dropped\n", (unsigned long long)hits, (unsigned long long)dropped);
	waitpid(config.target, &status, 0);
	return dropped || status ? 1 : 0;
}
