// SPDX-License-Identifier: GPL-2.0
#include "events.h"
#include "probe.h"
#include "site.h"
#include "tap.h"
#include "target.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static unsigned int leaves(const struct client *client)
{
	struct events *found = events_of(client, GTRACE_EVENT_HIT);
	unsigned int count = found->leaves;

	free(found);
	return count;
}

/* Another session gets probes, and goes: one that runs does not notice. */
void probe_beside(void)
{
	struct target t = target_start();
	struct client client = probe_session(t.pid, 0, 0, 1 << 21), other = probe_session(t.pid, 0, 0, 1 << 16);
	unsigned int before;

	gives(probe_plant(&client, probe_full(GTRACE_PROBE_F_STACK)) ? -1 : ioctl(client.fd, GTRACE_IOC_START), 0,
	      "a session beside another");
	target_order(&t, 1);
	gives(probe_plant(&other, probe_plain()), 0, "... PROBE in the other one");
	before = leaves(&client);
	for (int i = 0; i < 10; i++)
		target_order(&t, 1);
	ok(leaves(&client) >= before + 9, "... threads that leave their CPU go on to tell it");
	client_close(&other);
	ok(target_order(&t, 1).byte == 0xcc, "... and the breakpoint stays when that one goes");
	client_close(&client);
	target_end(&t);
}

enum { LONG = 600000 };	/* visits: longer than START takes */

/* A file that can be read, and that no program can be mapped from: uprobes plants nothing there. */
static struct gtrace_probe unplantable(char *hostname, size_t size)
{
	struct gtrace_probe probe = probe_plain();

	if (gethostname(hostname, size) || sethostname("U", 1))	/* 55: push %rbp */
		client_die("sethostname");
	probe.offset = 0;
	probe.fd = open("/proc/sys/kernel/hostname", O_RDONLY);
	return probe;
}

/*
 * A START that fails at its last probe, while a target comes to the first one: nothing of it is left. Others between the
 * two give it the time. The session after it has others where the memory of the first one was, and one at the site.
 */
void probe_failed(void)
{
	struct target t = target_start();
	uint64_t plain = target_order(&t, LONG).result;
	struct gtrace_probe bad;
	struct client client;
	struct events *found;
	unsigned int wrong = 0;
	char hostname[65];
	cpu_set_t before = client_pin();

	client = probe_session(t.pid, 0, 0, 1 << 21);
	bad = unplantable(hostname, sizeof(hostname));
	gives(probe_plant(&client, probe_plain()) || probe_pushes(&client, GTRACE_PROBES_MAX - 2) ? -1 :
	      probe_plant(&client, bad), 0, "a probe that cannot be planted");
	target_ask(&t, LONG);
	gives(ioctl(client.fd, GTRACE_IOC_START), EIO, "... START");
	ok(target_answer(&t).result == plain, "... the target computes what it does without probes");
	client_close(&client);
	close(bad.fd);

	client = probe_session(t.pid, 0, 0, 1 << 24);
	gives(probe_pushes(&client, GTRACE_PROBES_MAX - 1) || probe_plant(&client, probe_plain()) ? -1 :
	      ioctl(client.fd, GTRACE_IOC_START), 0, "... the next session");
	ok(target_order(&t, 2000).result == target_order(&t, 2000).result, "... computes right, too");
	gives(ioctl(client.fd, GTRACE_IOC_STOP), 0, "... STOP");
	found = events_of(&client, GTRACE_EVENT_HIT);
	for (unsigned int i = 0; i < found->count; i++)
		wrong += ((const struct gtrace_event_hit *)found->event[i])->id != PROBE_ID;
	ok(found->count == 4000 && !wrong, "... and its hits are those of its own probe");
	if (found->count != 4000 || wrong)
		printf("# %u hits, %u of another probe\n", found->count, wrong);
	free(found);
	client_close(&client);
	target_end(&t);
	sethostname(hostname, strlen(hostname));
	sched_setaffinity(0, sizeof(before), &before);
}
