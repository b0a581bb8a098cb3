// SPDX-License-Identifier: GPL-2.0
/*
 * contract: holds the module to include/uapi/gtrace.h, mostly by breaking it: each bad field, wrong sizes, calls out of
 * order, mappings with too many rights, tails full of garbage, sessions dropped half way. Prints TAP.
 */
#include "client.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/capability.h>

static struct client opened(void)
{
	struct client client;

	if (client_open(&client) < 0)
		client_die(GTRACE_DEVICE_PATH);
	return client;
}

static int configure(struct client *client, struct gtrace_config config)
{
	int err = ioctl(client->fd, GTRACE_IOC_CONFIG, &config);

	client->config = config;
	return err;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* ---- sizes and fields -------------------------------------------------------------------------------------------- */

static void query(void)
{
	struct {
		struct gtrace_caps caps;
		uint8_t tail[64];
	} longer = { .caps.size = sizeof(longer) };
	struct client client = opened();
	struct gtrace_caps caps;

	ok(client.caps.size == sizeof(struct gtrace_caps) && client.caps.abi_version == GTRACE_ABI_VERSION,
	   "QUERY tells its size and version");
	ok(client.caps.source == GTRACE_SOURCE_PEBS && !client.caps.reason[0], "QUERY: the machine is not refused");
	gives(ioctl(client.fd, GTRACE_IOC_QUERY, &longer), 0, "QUERY of a later, longer structure");
	longer.caps.size = sizeof(longer);
	longer.tail[63] = 1;
	gives(ioctl(client.fd, GTRACE_IOC_QUERY, &longer), E2BIG, "QUERY with something set that the module cannot know");
	memset(&caps, 0xee, sizeof(caps));
	caps.size = 16;
	gives(ioctl(client.fd, GTRACE_IOC_QUERY, &caps), 0, "QUERY of an earlier, shorter structure");
	ok(caps.pebs_format == client.caps.pebs_format && caps.perfmon_version == 0xeeeeeeee,
	   "QUERY writes no more than was asked for");
	caps.size = 4;
	gives(ioctl(client.fd, GTRACE_IOC_QUERY, &caps), EINVAL, "QUERY with a size below 8");
	caps.size = 1 << 20;
	gives(ioctl(client.fd, GTRACE_IOC_QUERY, &caps), E2BIG, "QUERY with an absurd size");
	gives(ioctl(client.fd, GTRACE_IOC_QUERY, NULL), EFAULT, "QUERY without memory");
	gives(ioctl(client.fd, _IO(GTRACE_IOC_MAGIC, 0x77), 0), ENOTTY, "an unknown command");
	gives(ioctl(client.fd, _IO('t', 0), 0), ENOTTY, "somebody else's command");
	close(client.fd);
}

static void fields(pid_t target)
{
	static const struct {
		const char *name;
		size_t offset, bytes;
		uint64_t value;
		int error;
	} bad[] = {
#define FIELD(field, value, error)	{ #field " = " #value, offsetof(struct gtrace_config, field),	\
					  sizeof(((struct gtrace_config *)0)->field), value, error }
		FIELD(flags, 0x80, EINVAL),
		FIELD(flags, GTRACE_F_NO_USER, EINVAL),
		FIELD(target, 0, EINVAL),
		FIELD(target, -7, EINVAL),
		FIELD(target, 999999, ESRCH),
		FIELD(target, 2, EINVAL),	/* kthreadd */
		FIELD(count, 1, EINVAL),
		FIELD(period, 0, EINVAL),
		FIELD(period, 15, EINVAL),
		FIELD(period, ~0ull, EINVAL),
		FIELD(data, 0x10, EINVAL),
		FIELD(watermark, 0x7fffffff, EINVAL),
		FIELD(sample_bytes, 0, EINVAL),
		FIELD(sample_bytes, 20000, EINVAL),
		FIELD(sample_bytes, 0xfffff000, EINVAL),
		FIELD(sample_bytes, 1u << 30, ENOMEM),
		FIELD(event_bytes, 0, EINVAL),
		FIELD(event_bytes, 12288, EINVAL),
		FIELD(event_bytes, 1u << 31, EINVAL),
		FIELD(overhead, 1001, EINVAL),
		FIELD(jitter, 501, EINVAL),
		FIELD(reserved, 1, EINVAL),
		FIELD(size, 0, EINVAL),
		FIELD(size, 0xffffffff, E2BIG),
#undef FIELD
	};
	struct client client = opened();

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct gtrace_config config = client_config(target);

		memcpy((char *)&config + bad[i].offset, &bad[i].value, bad[i].bytes);
		gives(ioctl(client.fd, GTRACE_IOC_CONFIG, &config), bad[i].error, bad[i].name);
	}
	gives(ioctl(client.fd, GTRACE_IOC_CONFIG, NULL), EFAULT, "CONFIG without memory");
	gives(configure(&client, client_config(target)), 0, "after all that, a good CONFIG");
	close(client.fd);
}

/* ---- the order of calls ------------------------------------------------------------------------------------------ */

static void order(pid_t target)
{
	struct client client = opened(), second = opened();
	struct pollfd fd = { .fd = client.fd, .events = POLLIN };

	gives(ioctl(client.fd, GTRACE_IOC_START), EINVAL, "START before CONFIG");
	gives(ioctl(client.fd, GTRACE_IOC_STOP), EINVAL, "STOP before START");
	gives(ioctl(client.fd, GTRACE_IOC_FLUSH), EINVAL, "FLUSH before CONFIG");
	ok(poll(&fd, 1, 0) == 1 && fd.revents & POLLERR, "poll before CONFIG");
	ok(mmap(NULL, 4096, PROT_READ, MAP_SHARED, client.fd, 0) == MAP_FAILED && errno == EINVAL, "mmap before CONFIG");
	gives(configure(&client, client_config(target)), 0, "CONFIG");
	gives(configure(&client, client_config(target)), EBUSY, "a second CONFIG");
	gives(ioctl(client.fd, GTRACE_IOC_START), 0, "START");
	gives(ioctl(client.fd, GTRACE_IOC_START), EINVAL, "a second START");

	ok(!configure(&second, client_config(target)) && ioctl(second.fd, GTRACE_IOC_START) < 0 && errno == EBUSY,
	   "START while another session owns the PMU");
	gives(ioctl(second.fd, GTRACE_IOC_QUERY, &second.caps), 0, "QUERY meanwhile");
	ok(second.caps.owner_pid == getpid(), "... tells the owner");
	gives(syscall(SYS_delete_module, "gtrace", O_NONBLOCK), EWOULDBLOCK, "unloading meanwhile");

	gives(ioctl(client.fd, GTRACE_IOC_STOP), 0, "STOP");
	gives(ioctl(client.fd, GTRACE_IOC_STOP), 0, "a second STOP");
	gives(ioctl(client.fd, GTRACE_IOC_FLUSH), 0, "FLUSH after STOP");
	gives(ioctl(second.fd, GTRACE_IOC_START), 0, "the second session's START then");
	close(client.fd);
	close(second.fd);
}

static void targets(void)
{
	struct client client = opened();
	pid_t pid = client_spin(0), zombie = fork();

	if (!zombie)
		_exit(0);
	usleep(50000);
	gives(configure(&client, client_config(zombie)), ESRCH, "CONFIG with a process that has ended");
	waitpid(zombie, NULL, 0);
	gives(configure(&client, client_config(pid)), 0, "CONFIG with one that lives");
	end(pid);
	gives(ioctl(client.fd, GTRACE_IOC_START), ESRCH, "START when it has ended meanwhile");
	close(client.fd);
}

/* As another user with no capability but CAP_PERFMON. */
static void permissions(pid_t target)
{
	pid_t child = fork();
	int status;

	if (!child) {
		struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
		struct __user_cap_data_struct caps[2] = { { 0 } };
		struct client client;

		prctl(PR_SET_KEEPCAPS, 1);
		if (setgid(1000) || setuid(1000))
			_exit(99);
		caps[CAP_PERFMON / 32].effective = caps[CAP_PERFMON / 32].permitted = 1u << CAP_PERFMON % 32;
		if (syscall(SYS_capset, &header, caps))
			_exit(98);
		if (client_open(&client) < 0)
			_exit(1);
		if (configure(&client, client_config(target)) == 0 || errno != EPERM)
			_exit(2);
		if (configure(&client, client_config(GTRACE_TARGET_ALL)))
			_exit(3);
		close(client.fd);
		memset(caps, 0, sizeof(caps));
		if (syscall(SYS_capset, &header, caps))
			_exit(97);
		_exit(client_open(&client) == -EPERM ? 0 : 4);
	}
	waitpid(child, &status, 0);
	status = WIFEXITED(status) ? WEXITSTATUS(status) : 255;
	ok(status == 0, "CAP_PERFMON opens, another user's process is EPERM, no capability does not open");
	if (status)
		printf("# step %d\n", status);
}

/* ---- mappings ---------------------------------------------------------------------------------------------------- */

static int map_errno(int fd, size_t bytes, int prot, int flags, uint64_t offset)
{
	void *at = mmap(NULL, bytes, prot, flags, fd, offset);

	if (at == MAP_FAILED)
		return errno;
	munmap(at, bytes);
	return 0;
}

static void rights(struct client *client, unsigned int region, size_t bytes, const char *name)
{
	uint64_t offset = GTRACE_MMAP_OFFSET(0, region);
	char text[96];
	void *at = mmap(NULL, bytes, PROT_READ, MAP_SHARED, client->fd, offset);

	snprintf(text, sizeof(text), "%s: mapped for reading", name);
	ok(at != MAP_FAILED, text);
	if (at == MAP_FAILED)
		return;
	snprintf(text, sizeof(text), "%s: mprotect for writing is EACCES", name);
	gives(mprotect(at, bytes, PROT_READ | PROT_WRITE), EACCES, text);
	snprintf(text, sizeof(text), "%s: mprotect for executing is EACCES", name);
	gives(mprotect(at, bytes, PROT_READ | PROT_EXEC), EACCES, text);
	snprintf(text, sizeof(text), "%s: mremap to a longer one fails", name);
	ok(mremap(at, bytes, bytes * 2, MREMAP_MAYMOVE) == MAP_FAILED, text);
	munmap(at, bytes);
	snprintf(text, sizeof(text), "%s: mmap for writing is EPERM", name);
	ok(map_errno(client->fd, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, offset) == EPERM, text);
	snprintf(text, sizeof(text), "%s: a private mapping is EINVAL", name);
	ok(map_errno(client->fd, bytes, PROT_READ, MAP_PRIVATE, offset) == EINVAL, text);
	snprintf(text, sizeof(text), "%s: a wrong length is EINVAL", name);
	ok(map_errno(client->fd, bytes + 4096, PROT_READ, MAP_SHARED, offset) == EINVAL, text);
	snprintf(text, sizeof(text), "%s: an offset within is EINVAL", name);
	ok(map_errno(client->fd, bytes, PROT_READ, MAP_SHARED, offset + 4096) == EINVAL, text);
}

static void mappings(pid_t target)
{
	struct client client = opened();

	gives(configure(&client, client_config(target)), 0, "CONFIG");
	rights(&client, GTRACE_MMAP_CONTROL, 4096, "control");
	rights(&client, GTRACE_MMAP_SAMPLES, client.config.sample_map_bytes, "samples");
	rights(&client, GTRACE_MMAP_EVENTS, client.config.event_map_bytes, "events");
	ok(map_errno(client.fd, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, GTRACE_MMAP_OFFSET(0, GTRACE_MMAP_TAIL)) == 0,
	   "tail: mapped for writing");
	ok(map_errno(client.fd, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, GTRACE_MMAP_OFFSET(0, GTRACE_MMAP_TAIL)) == EPERM,
	   "tail: mmap for executing is EPERM");
	ok(map_errno(client.fd, 4096, PROT_READ, MAP_SHARED, GTRACE_MMAP_OFFSET(0, 4)) == EINVAL, "no such region");
	ok(map_errno(client.fd, 4096, PROT_READ, MAP_SHARED, GTRACE_MMAP_OFFSET(client.caps.nr_cpus, 0)) == EINVAL,
	   "no such CPU");

	/* close() ends the session although the mappings stay, and they stay readable. */
	client_map(&client);
	gives(ioctl(client.fd, GTRACE_IOC_START), 0, "START");
	usleep(50000);
	close(client.fd);
	ok(client.cpu[0].control->state == GTRACE_CPU_IDLE, "close: the session ends while its rings are mapped");

	uint64_t samples = 0;

	for (unsigned int i = 0; i < client.cpus; i++)
		samples += client.cpu[i].control ? client.cpu[i].control->sample_head : 0;
	ok(samples > 0, "... which still hold the samples");
	gives(syscall(SYS_delete_module, "gtrace", O_NONBLOCK), EWOULDBLOCK, "... and the module");

	struct client next = opened();

	ok(!configure(&next, client_config(target)) && !ioctl(next.fd, GTRACE_IOC_START), "... but not the PMU");
	close(next.fd);
}

/* ---- what a reader can do wrong ---------------------------------------------------------------------------------- */

static uint64_t lost(const volatile struct gtrace_control *c)
{
	return c->lost_full + c->lost_event + c->lost_overrun + c->lost_offline;
}

/* Tails that cannot be, over and over, while samples come: heads stay in order, and nothing is written over. */
static void garbage(pid_t target)
{
	struct client client = opened();
	struct gtrace_config config = client_config(target);
	uint64_t seed = 1, last[CLIENT_CPUS] = { 0 };
	bool ordered = true, live = true;

	config.sample_bytes = 16384;
	config.event_bytes = 4096;
	config.period = 97;
	ok(!configure(&client, config), "CONFIG");
	client_map(&client);
	gives(ioctl(client.fd, GTRACE_IOC_START), 0, "START");
	for (int round = 0; round < 3000; round++) {
		for (unsigned int i = 0; i < client.cpus; i++) {
			struct client_cpu *cpu = &client.cpu[i];

			if (!cpu->control)
				continue;
			uint64_t head = cpu->control->sample_head;

			ordered &= head >= last[i];
			last[i] = head;
			seed = seed * 6364136223846793005ull + 1442695040888963407ull;
			cpu->tail->sample_tail = seed & 1 ? seed >> 8 : head + (int64_t)(seed >> 60) - 8;
			cpu->tail->event_tail = seed & 2 ? seed >> 4 : ~seed;
		}
		if (round % 16 == 0 && ioctl(client.fd, GTRACE_IOC_FLUSH))
			live = false;
	}
	ok(ordered, "garbage in the tails: heads never go back");
	ok(live, "... and FLUSH goes on");
	gives(ioctl(client.fd, GTRACE_IOC_STOP), 0, "... and STOP ends it");
	close(client.fd);
}

/* A full ring wakes the reader, and FLUSH after reading makes it go on. */
static void stall(pid_t target)
{
	struct client client = opened();
	struct gtrace_config config = client_config(target);
	struct pollfd fd = { .fd = client.fd, .events = POLLIN };
	struct client_cpu *full = NULL;

	config.sample_bytes = 16384;
	config.period = 97;
	ok(!configure(&client, config), "CONFIG");
	client_map(&client);
	gives(ioctl(client.fd, GTRACE_IOC_START), 0, "START");
	while (!full) {
		if (poll(&fd, 1, 10000) != 1)
			break;
		for (unsigned int i = 0; i < client.cpus && !full; i++)
			if (client.cpu[i].control && client.cpu[i].control->state == GTRACE_CPU_STALLED)
				full = &client.cpu[i];
	}
	ok(full && fd.revents & POLLIN, "a ring that is not read fills, and poll says so");
	if (!full)
		exit(1);

	uint64_t head = full->control->sample_head;

	ok(head <= client.config.sample_slots, "... and is not written over");
	gives(ioctl(client.fd, GTRACE_IOC_FLUSH), 0, "FLUSH without reading");
	ok(full->control->state == GTRACE_CPU_STALLED && full->control->sample_head == head, "... changes nothing");
	usleep(20000);
	/* Or a slow kernel comes back from FLUSH when the ring is full again. */
	kill(target, SIGSTOP);
	full->tail->sample_tail = head;
	full->tail->event_tail = full->control->event_head;
	gives(ioctl(client.fd, GTRACE_IOC_FLUSH), 0, "FLUSH after reading");
	ok(full->control->state == GTRACE_CPU_ARMED, "... ends the stall");
	kill(target, SIGCONT);
	ok(lost(full->control) > 0 && full->control->lost_full == lost(full->control), "... and counts what was lost");
	close(client.fd);
}

/* The reader killed at any point of its life: the next one finds everything free. */
static void killed(pid_t target)
{
	bool free = true;

	for (int round = 0; round < 40; round++) {
		pid_t victim = fork();

		if (!victim) {
			struct client client = opened();

			configure(&client, client_config(target));
			client_map(&client);
			ioctl(client.fd, GTRACE_IOC_START);
			for (;;)
				ioctl(client.fd, GTRACE_IOC_FLUSH);
		}
		usleep(round * 400);
		end(victim);

		struct client client = opened();

		free &= client.caps.owner_pid == 0;
		close(client.fd);
	}
	ok(free, "a reader killed at 40 points: the PMU is free each time");
}

int main(void)
{
	pid_t target = client_spin(0);

	query();
	fields(target);
	order(target);
	targets();
	permissions(target);
	mappings(target);
	garbage(target);
	stall(target);
	killed(target);
	end(target);
	return plan();
}
