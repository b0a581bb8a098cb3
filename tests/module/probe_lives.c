// SPDX-License-Identifier: GPL-2.0
#include "events.h"
#include "probe.h"
#include "site.h"
#include "tap.h"
#include "target.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

void probe_forks(uint32_t flags, unsigned int want, const char *name)
{
	struct target t = target_start();
	struct client client = probe_session(t.pid, flags, 0, 1 << 21);
	struct events *found;
	struct target_answer answer;

	gives(probe_plant(&client, probe_plain()) ? -1 : ioctl(client.fd, GTRACE_IOC_START), 0, name);
	target_order(&t, 2);
	answer = target_order(&t, TARGET_FORK);
	target_order(&t, 2);
	gives(ioctl(client.fd, GTRACE_IOC_STOP), 0, "... STOP");
	found = events_of(&client, GTRACE_EVENT_HIT);
	ok(WIFEXITED(answer.result) && WEXITSTATUS(answer.result) == (want == 4 ? 0 : 1),
	   want == 4 ? "... the child that is no target loses its breakpoint" : "... the child keeps its breakpoint");
	ok(found->count == want, "... hits of targets, and of nobody else");
	if (found->count != want)
		printf("# %u hits, status %#llx\n", found->count, (unsigned long long)answer.result);
	ok(target_order(&t, 1).byte == 0x55, "... the breakpoint is gone");
	free(found);
	client_close(&client);
	target_end(&t);
}

/* A reader killed in the middle of hits: the target goes on, the breakpoint is gone. */
void probe_killed(void)
{
	bool same = true, gone = true;

	for (int round = 0; round < 20; round++) {
		struct target t = target_start();
		uint64_t plain = target_order(&t, 2000).result;
		pid_t victim = fork();

		if (!victim) {
			struct client client = probe_session(t.pid, GTRACE_F_BRANCHES, round % 2 ? 20 : 0, 1 << 21);

			probe_plant(&client, probe_full(GTRACE_PROBE_F_BRANCHES | GTRACE_PROBE_F_STACK));
			ioctl(client.fd, GTRACE_IOC_START);
			for (;;)
				pause();
		}
		usleep(round * 300);
		target_ask(&t, 2000);
		usleep(round * 200);
		kill(victim, SIGKILL);
		waitpid(victim, NULL, 0);
		same &= target_answer(&t).result == plain;
		gone &= target_order(&t, 1).byte == 0x55;
		target_end(&t);
	}
	ok(same, "a reader killed at 20 points: the target computes the same");
	ok(gone, "... and the breakpoint is gone each time");
}

/* The target killed in the middle of hits: the session stays in order. */
void probe_died(void)
{
	bool fine = true;

	for (int round = 0; round < 20; round++) {
		struct target t = target_start();
		struct client client = probe_session(t.pid, GTRACE_F_BRANCHES, 0, 1 << 21);

		probe_plant(&client, probe_full(GTRACE_PROBE_F_BRANCHES | (round % 2 ? GTRACE_PROBE_F_SHARED : 0)));
		ioctl(client.fd, GTRACE_IOC_START);
		target_ask(&t, 1000000);
		usleep(500 + round * 100);
		target_end(&t);
		fine &= !ioctl(client.fd, GTRACE_IOC_STOP);

		struct events *found = events_of(&client, GTRACE_EVENT_HIT);

		fine &= found->sound && found->count > 0;
		free(found);
		client_close(&client);
	}
	ok(fine, "a target killed at 20 points: STOP works, the rings are sound");
}

/* The target becomes another program, this one again, which comes to the site under another address space. */
void probe_executes(void)
{
	char *argv[] = { "/proc/self/exe", "visit", "50", NULL };
	int go, status;
	pid_t pid = client_fork(argv, &go);
	struct client client = probe_session(pid, GTRACE_F_ENABLE_ON_EXEC, 0, 1 << 21);
	struct events *found;

	gives(probe_plant(&client, probe_plain()) ? -1 : ioctl(client.fd, GTRACE_IOC_START), 0, "a target that executes");
	client_go(go);
	waitpid(pid, &status, 0);
	gives(ioctl(client.fd, GTRACE_IOC_STOP), 0, "... STOP after its end");
	ok(WIFEXITED(status) && !WEXITSTATUS(status), "... it ends well");
	found = events_of(&client, GTRACE_EVENT_HIT);
	ok(found->count == 50, "... and all hits after the exec are there");
	if (found->count != 50)
		printf("# %u hits\n", found->count);
	free(found);
	client_close(&client);
}
