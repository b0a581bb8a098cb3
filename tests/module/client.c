// SPDX-License-Identifier: GPL-2.0
#include "client.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

void client_die(const char *what)
{
	fprintf(stderr, "client: %s: %s\n", what, strerror(errno));
	exit(99);
}

int client_open(struct client *client)
{
	memset(client, 0, sizeof(*client));
	client->fd = open(GTRACE_DEVICE_PATH, O_RDWR | O_CLOEXEC);
	if (client->fd < 0)
		return -errno;
	client->caps.size = sizeof(client->caps);
	if (ioctl(client->fd, GTRACE_IOC_QUERY, &client->caps))
		client_die("QUERY");
	client->cpus = client->caps.nr_cpus < CLIENT_CPUS ? client->caps.nr_cpus : CLIENT_CPUS;
	return 0;
}

struct gtrace_config client_config(pid_t target)
{
	return (struct gtrace_config){
		.size = sizeof(struct gtrace_config),
		.target = target,
		.count = GTRACE_COUNT_STORES,
		.period = 997,
		.data = GTRACE_DATA_MEM | GTRACE_DATA_GPR,
		.sample_bytes = 1 << 20,
		.event_bytes = 1 << 16,
	};
}

static void *map(struct client *client, unsigned int cpu, unsigned int region, size_t bytes, int prot)
{
	void *at = mmap(NULL, bytes, prot, MAP_SHARED, client->fd, GTRACE_MMAP_OFFSET(cpu, region));

	return at == MAP_FAILED ? NULL : at;
}

void client_map(struct client *client)
{
	size_t page = sysconf(_SC_PAGESIZE);

	for (unsigned int i = 0; i < client->cpus; i++) {
		struct client_cpu *cpu = &client->cpu[i];

		cpu->control = map(client, i, GTRACE_MMAP_CONTROL, page, PROT_READ);
		if (!cpu->control)
			continue;
		cpu->tail = map(client, i, GTRACE_MMAP_TAIL, page, PROT_READ | PROT_WRITE);
		cpu->samples = map(client, i, GTRACE_MMAP_SAMPLES, client->config.sample_map_bytes, PROT_READ);
		cpu->events = map(client, i, GTRACE_MMAP_EVENTS, client->config.event_map_bytes, PROT_READ);
		if (!cpu->tail || !cpu->samples || !cpu->events)
			client_die("mmap");
	}
}

void client_close(struct client *client)
{
	size_t page = sysconf(_SC_PAGESIZE);

	for (unsigned int i = 0; i < client->cpus; i++) {
		struct client_cpu *cpu = &client->cpu[i];

		if (!cpu->control)
			continue;
		munmap((void *)cpu->control, page);
		munmap((void *)cpu->tail, page);
		munmap((void *)cpu->samples, client->config.sample_map_bytes);
		munmap((void *)cpu->events, client->config.event_map_bytes);
	}
	close(client->fd);
}

struct client_record client_decode(const struct client *client, const void *at)
{
	if (client->caps.pebs_format == 3) {
		const struct gtrace_pebs_fixed *r = at;

		return (struct client_record){ r->tsc, r->real_ip, r->addr, r->r14, r->sp, r->status };
	}

	const struct gtrace_pebs_basic *basic = at;
	struct client_record record = { .tsc = basic->tsc, .ip = basic->ip, .status = basic->counters };
	const uint8_t *next = (const uint8_t *)(basic + 1);

	if (client->config.data & GTRACE_DATA_MEM) {
		record.addr = ((const struct gtrace_pebs_mem *)next)->addr;
		next += sizeof(struct gtrace_pebs_mem);
	}
	if (client->config.data & GTRACE_DATA_GPR) {
		record.r14 = ((const struct gtrace_pebs_gpr *)next)->r14;
		record.rsp = ((const struct gtrace_pebs_gpr *)next)->sp;
	}
	return record;
}

pid_t client_fork(char **argv, int *go)
{
	int ends[2];

	if (pipe(ends))
		client_die("pipe");
	pid_t pid = fork();

	if (pid < 0)
		client_die("fork");
	if (!pid) {
		char byte;

		close(ends[1]);
		if (read(ends[0], &byte, 1) != 1)
			_exit(98);
		close(ends[0]);
		execvp(argv[0], argv);
		_exit(127);
	}
	close(ends[0]);
	*go = ends[1];
	return pid;
}

pid_t client_spin(unsigned int pause)
{
	static volatile uint64_t cell;
	pid_t pid = fork();

	if (pid < 0)
		client_die("fork");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		cell++;
		if (pause)
			usleep(pause);
	}
}

cpu_set_t client_pin(void)
{
	cpu_set_t before, first;

	CPU_ZERO(&first);
	CPU_SET(0, &first);
	sched_getaffinity(0, sizeof(before), &before);
	sched_setaffinity(0, sizeof(first), &first);
	return before;
}

void client_go(int go)
{
	if (write(go, "", 1) != 1)
		client_die("write");
	close(go);
}
