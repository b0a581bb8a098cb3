// SPDX-License-Identifier: GPL-2.0
#include "probe.h"
#include "site.h"
#include "tap.h"
#include "target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static void fields(struct client *client)
{
	struct gtrace_probe probe = probe_plain();
	int null = open("/dev/null", O_RDONLY), dir = open("/", O_RDONLY), wronly, path = open("/proc/self/exe", O_PATH);
	char name[] = "/root/writable-XXXXXX";

#define BAD(error, name, ...)					\
	do {							\
		probe = probe_plain();					\
		__VA_ARGS__;					\
		gives(probe_plant(client, probe), error, name);	\
	} while (0)
	wronly = mkstemp(name);
	close(wronly);
	wronly = open(name, O_WRONLY);
	BAD(EINVAL, "PROBE: size below 8", probe.size = 7);
	BAD(E2BIG, "PROBE: absurd size", probe.size = 1 << 20);
	BAD(EINVAL, "PROBE: unknown flag", probe.flags = 8);
	BAD(EINVAL, "PROBE: the id of threads that leave their CPU", probe.id = GTRACE_HIT_OFF);
	BAD(EINVAL, "PROBE: the id of those that wake others", probe.id = GTRACE_HIT_WAKER);
	BAD(EOPNOTSUPP, "PROBE: BRANCHES in a session without", probe.flags = GTRACE_PROBE_F_BRANCHES);
	BAD(EBADF, "PROBE: no such fd", probe.fd = 999);
	BAD(EBADF, "PROBE: negative fd", probe.fd = -1);
	BAD(EBADF, "PROBE: fd of a path alone", probe.fd = path);
	BAD(EACCES, "PROBE: fd open for writing alone", probe.fd = wronly);
	BAD(EINVAL, "PROBE: a device", probe.fd = null);
	BAD(EINVAL, "PROBE: a directory", probe.fd = dir);
	BAD(EINVAL, "PROBE: the instruction before", probe.offset -= 1);
	BAD(EINVAL, "PROBE: the instruction behind", probe.offset += 1);
	BAD(EINVAL, "PROBE: offset behind the end", probe.offset = 1ull << 40);
	BAD(EINVAL, "PROBE: offset beyond what files have", probe.offset = ~0ull);
	BAD(EINVAL, "PROBE: too many fetches", probe.nr_fetches = GTRACE_FETCHES_MAX + 1);
	BAD(EINVAL, "PROBE: reserved byte", probe.reserved[2] = 1);
	BAD(EINVAL, "PROBE: no such register", probe.nr_fetches = 1, probe.fetch[0].reg = 16);
	BAD(EINVAL, "PROBE: chain too deep", probe.nr_fetches = 1, probe.fetch[0].depth = 7);
	BAD(EINVAL, "PROBE: reserved word of a fetch", probe.nr_fetches = 1, probe.fetch[0].reserved = 1);
	BAD(EINVAL, "PROBE: STACK with a frame pointer that is no fetch", probe.nr_fetches = 2,
	    probe.flags = GTRACE_PROBE_F_STACK, probe.stack_bp = 2, probe.stack_hi = 1, probe.max_frames = 8);
	BAD(EINVAL, "PROBE: STACK with a bound that is no fetch", probe.nr_fetches = 2, probe.flags = GTRACE_PROBE_F_STACK,
	    probe.stack_bp = GTRACE_FETCH_NONE, probe.stack_hi = 2, probe.max_frames = 8);
	BAD(EINVAL, "PROBE: STACK without fetches", probe.flags = GTRACE_PROBE_F_STACK, probe.stack_bp = GTRACE_FETCH_NONE,
	    probe.max_frames = 8);
	BAD(EINVAL, "PROBE: STACK of no frames", probe.nr_fetches = 2, probe.flags = GTRACE_PROBE_F_STACK,
	    probe.stack_bp = GTRACE_FETCH_NONE, probe.stack_hi = 1);
	BAD(EINVAL, "PROBE: STACK of too many frames", probe.nr_fetches = 2, probe.flags = GTRACE_PROBE_F_STACK,
	    probe.stack_bp = GTRACE_FETCH_NONE, probe.stack_hi = 1, probe.max_frames = GTRACE_FRAMES_MAX + 1);
	gives(ioctl(client->fd, GTRACE_IOC_PROBE, NULL), EFAULT, "PROBE without memory");
#undef BAD
	unlink(name);
	close(wronly);
	close(null);
	close(dir);
	close(path);
}

static void limits(struct client *client)
{
	ok(!probe_pushes(client, GTRACE_PROBES_MAX), "PROBE: as many as GTRACE_PROBES_MAX");
	gives(probe_plant(client, probe_plain()), ENOSPC, "PROBE: one more");
}

void probe_contract(void)
{
	struct target t = target_start();
	struct client client, other;

	if (client_open(&client) < 0)
		client_die(GTRACE_DEVICE_PATH);
	gives(probe_plant(&client, probe_plain()), EINVAL, "PROBE before CONFIG");
	client_close(&client);

	client = probe_session(t.pid, 0, 0, 1 << 21);
	fields(&client);
	gives(probe_plant(&client, probe_plain()), 0, "PROBE before START");
	gives(probe_plant(&client, probe_plain()), EEXIST, "PROBE of the same place");
	ok(target_order(&t, 3).byte == 0x55, "nothing is planted before START");
	gives(ioctl(client.fd, GTRACE_IOC_START), 0, "START");
	ok(target_order(&t, 3).byte == 0xcc, "the breakpoint is there after START");
	gives(probe_plant(&client, probe_plain()), EEXIST, "PROBE of the same place while started");
	gives(syscall(SYS_delete_module, "gtrace", O_NONBLOCK), EWOULDBLOCK, "unloading while probes are planted");
	gives(ioctl(client.fd, GTRACE_IOC_STOP), 0, "STOP");
	ok(target_order(&t, 3).byte == 0x55, "the breakpoint is gone after STOP");
	gives(probe_plant(&client, probe_plain()), EINVAL, "PROBE after STOP");
	client_close(&client);

	other = probe_session(t.pid, 0, 0, 1 << 21);
	limits(&other);
	client_close(&other);
	target_end(&t);
}
