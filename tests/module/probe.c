// SPDX-License-Identifier: GPL-2.0
/*
 * probe: holds GTRACE_IOC_PROBE to include/uapi/gtrace.h. Its own code is what is probed (site.h), children of it are
 * the targets (target.h). Prints TAP.
 */
#include "probe.h"
#include "site.h"
#include "tap.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int self = -1;		/* this executable */

struct client probe_session(pid_t pid, uint32_t flags, uint32_t overhead, uint32_t event_bytes)
{
	struct gtrace_config config = client_config(pid);
	struct client client;

	config.flags = flags;
	config.overhead = overhead;
	config.event_bytes = event_bytes;
	if (client_open(&client) < 0 || ioctl(client.fd, GTRACE_IOC_CONFIG, &config))
		client_die("CONFIG");
	client.config = config;
	client_map(&client);
	return client;
}

struct gtrace_probe probe_plain(void)
{
	return (struct gtrace_probe){
		.size = sizeof(struct gtrace_probe),
		.id = PROBE_ID,
		.fd = self,
		.offset = site_offset(site),
	};
}

int probe_plant(struct client *client, struct gtrace_probe probe)
{
	return ioctl(client->fd, GTRACE_IOC_PROBE, &probe);
}

struct gtrace_probe probe_full(uint32_t flags)
{
	struct gtrace_probe probe = probe_plain();
	const uint16_t at_self = offsetof(struct site_thing, self), at_number = offsetof(struct site_thing, number);

	probe.flags = flags;
	probe.nr_fetches = 9;
	probe.fetch[0] = (struct gtrace_fetch){ .reg = 1 };
	probe.fetch[1] = (struct gtrace_fetch){ .reg = 3 };
	probe.fetch[2] = (struct gtrace_fetch){ .reg = 14, .depth = 3, .offset = { at_self, at_self, at_number } };
	probe.fetch[3] = (struct gtrace_fetch){ .reg = 14, .depth = 2,
						.offset = { offsetof(struct site_thing, chain) + 7 * 8, 8 } };
	probe.fetch[4] = (struct gtrace_fetch){ .reg = 15, .depth = 1 };
	probe.fetch[5] = (struct gtrace_fetch){ .reg = 13, .depth = 1 };
	probe.fetch[6] = (struct gtrace_fetch){ .reg = 14, .depth = 1, .offset = { offsetof(struct site_thing, lo) } };
	probe.fetch[7] = (struct gtrace_fetch){ .reg = 14, .depth = 1, .offset = { offsetof(struct site_thing, hi) } };
	probe.fetch[8] = (struct gtrace_fetch){ .reg = 14, .depth = 1, .offset = { offsetof(struct site_thing, lo) } };
	probe.stack_bp = 8;
	probe.stack_lo = 6;
	probe.stack_hi = 7;
	probe.max_frames = 8;
	return probe;
}

int probe_pushes(struct client *client, unsigned int count)
{
	char name[] = "/root/pushes-XXXXXX", bytes[GTRACE_PROBES_MAX];
	struct gtrace_probe probe = probe_plain();
	int err = 0;

	memset(bytes, 0x55, sizeof(bytes));
	probe.id = PROBE_ID + 1;
	probe.fd = mkstemp(name);
	if (write(probe.fd, bytes, sizeof(bytes)) != sizeof(bytes))
		client_die(name);
	for (probe.offset = 0; probe.offset < count && !err; probe.offset++)
		err = probe_plant(client, probe);
	unlink(name);
	close(probe.fd);
	return err;
}

int main(int argc, char **argv)
{
	const uint32_t all = GTRACE_PROBE_F_STACK | GTRACE_PROBE_F_BRANCHES;

	if (argc == 3 && !strcmp(argv[1], "visit"))
		return !site_visit(strtoul(argv[2], NULL, 0));
	self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	probe_contract();
	probe_hits(0, GTRACE_PROBE_F_STACK, "bare probe");
	probe_hits(GTRACE_F_BRANCHES, all, "probe with ladder");
	probe_hits(GTRACE_F_BRANCHES | GTRACE_F_NO_SAMPLES, all, "probe without samples");
	probe_hits(GTRACE_F_BRANCHES, all | GTRACE_PROBE_F_SHARED, "shared probe");
	probe_subtraction(0, "a subtraction from RSP");
	probe_subtraction(GTRACE_PROBE_F_SHARED, "a subtraction from RSP, shared");
	probe_preempted();
	probe_forks(0, 4, "a target that forks");
	probe_forks(GTRACE_F_INHERIT, 5, "a target that forks targets");
	probe_executes();
	probe_beside();
	probe_failed();
	probe_threads(all, "threads");
	probe_threads(all | GTRACE_PROBE_F_SHARED, "threads, shared probe");
	probe_budget(100, 2);
	probe_killed();
	probe_died();
	return plan();
}
