// SPDX-License-Identifier: GPL-2.0
/*
 * sample [OPTION...] -- COMMAND...: samples COMMAND's stores with nothing but the contract's header, and prints what
 * the rings held.
 *
 *	-c PERIOD	events between two records
 *	-j THOUSANDTHS	how far they stray
 *	-s BYTES	sample ring		-e BYTES	event ring
 *	-d BITS		GTRACE_DATA_*		-f BITS		GTRACE_F_*
 *	-a		sample every task	-l		read nothing before COMMAND has ended
 *	-o FILE		print there, lest COMMAND's output gets in between
 *	-n		print no records and events, only the sums
 *	-m MS		read every MS milliseconds too, not only when woken
 *
 * Lines: "pebs ..." with the keys of the lab's truth file and the task; "event ..."; "cpu ..." with the counters.
 */
#include "client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static bool quiet;
static FILE *out;

static void print_switch(const struct gtrace_event *e)
{
	const struct gtrace_event_switch *s = (const void *)e;

	fprintf(out, " switch prev=%u next=%u tgid=%u state=%u index=%llu", s->prev_tid, s->next_tid, s->next_tgid,
	       s->prev_state, (unsigned long long)s->sample_index);
}

static void print_task(const struct gtrace_event *e, const char *what)
{
	const struct gtrace_event_task *t = (const void *)e;

	fprintf(out, " %s tid=%u tgid=%u parent=%u mm=%llu comm=%s", what, t->tid, t->tgid, t->parent_tid,
	       (unsigned long long)t->mm, t->comm);
}

static void print_event(unsigned int cpu, const struct gtrace_event *e)
{
	const struct gtrace_event_map *map = (const void *)e;
	const struct gtrace_event_clock *clock = (const void *)e;
	const struct gtrace_event_lost *lost = (const void *)e;
	const struct gtrace_event_period *period = (const void *)e;

	if (e->type == GTRACE_EVENT_PAD)
		return;
	fprintf(out, "event cpu=%u tsc=%llu flags=%u", cpu, (unsigned long long)e->tsc, e->flags);
	switch (e->type) {
	case GTRACE_EVENT_SWITCH:
		print_switch(e);
		break;
	case GTRACE_EVENT_FORK:
		print_task(e, "fork");
		break;
	case GTRACE_EVENT_EXEC:
		print_task(e, "exec");
		break;
	case GTRACE_EVENT_EXIT:
		print_task(e, "exit");
		break;
	case GTRACE_EVENT_MAP:
		fprintf(out, " map tgid=%u mm=%llu start=0x%llx end=0x%llx pgoff=0x%llx path=%s", map->tgid,
		       (unsigned long long)map->mm, (unsigned long long)map->start, (unsigned long long)map->end,
		       (unsigned long long)map->pgoff, map->path);
		break;
	case GTRACE_EVENT_CLOCK:
		fprintf(out, " clock ns=%llu width=%llu", (unsigned long long)clock->monotonic_ns,
		       (unsigned long long)(clock->tsc_after - e->tsc));
		break;
	case GTRACE_EVENT_LOST:
		fprintf(out, " lost cause=%u count=%llu from=%llu", lost->cause, (unsigned long long)lost->count,
		       (unsigned long long)lost->tsc_from);
		break;
	case GTRACE_EVENT_CPU:
		fprintf(out, " cpu state=%u", ((const struct gtrace_event_cpu *)e)->state);
		break;
	case GTRACE_EVENT_PERIOD:
		fprintf(out, " period index=%llu period=%llu", (unsigned long long)period->sample_index,
		       (unsigned long long)period->period);
		break;
	default:
		fprintf(out, " unknown type=%u", e->type);
	}
	putc('\n', out);
}

static void print_record(unsigned int cpu, uint64_t n, const struct client_record *r)
{
	fprintf(out, "pebs cpu=%u tsc=%llu ip=0x%llx addr=0x%llx r14=0x%llx rsp=0x%llx status=0x%llx n=%llu\n", cpu,
	       (unsigned long long)r->tsc, (unsigned long long)r->ip, (unsigned long long)r->addr,
	       (unsigned long long)r->r14, (unsigned long long)r->rsp, (unsigned long long)r->status,
	       (unsigned long long)n);
}

/* Heads in the order the contract asks for: samples first, events second. */
static void drain(struct client *client)
{
	for (unsigned int i = 0; i < client->cpus; i++) {
		struct client_cpu *cpu = &client->cpu[i];

		if (!cpu->control)
			continue;
		uint64_t samples = __atomic_load_n(&cpu->control->sample_head, __ATOMIC_ACQUIRE);
		uint64_t events = __atomic_load_n(&cpu->control->event_head, __ATOMIC_ACQUIRE);

		while (cpu->read_events < events) {
			uint64_t offset = cpu->read_events & (client->config.event_map_bytes - 1);
			const struct gtrace_event *event = (const void *)(cpu->events + offset);

			if (event->size < 8 || event->size % 8) {
				fprintf(stderr, "sample: cpu %u: an event of %u bytes at %llu\n", i, event->size,
					(unsigned long long)cpu->read_events);
				exit(99);
			}
			if (!quiet)
				print_event(i, event);
			cpu->read_events += event->size;
		}
		while (cpu->read_samples < samples) {
			uint64_t slot = cpu->read_samples % client->config.sample_slots;
			struct client_record record = client_decode(client,
				cpu->samples + slot * client->config.record_size);

			if (!quiet)
				print_record(i, cpu->read_samples, &record);
			cpu->read_samples++;
		}
		__atomic_store_n(&cpu->tail->event_tail, cpu->read_events, __ATOMIC_RELEASE);
		__atomic_store_n(&cpu->tail->sample_tail, cpu->read_samples, __ATOMIC_RELEASE);
	}
}

static void sums(const struct client *client)
{
	for (unsigned int i = 0; i < client->cpus; i++) {
		const volatile struct gtrace_control *c = client->cpu[i].control;

		if (!c)
			continue;
		fprintf(out, "cpu %u samples=%llu full=%llu event=%llu overrun=%llu offline=%llu dropped=%llu pmis=%llu"
		       " spurious=%llu wakeups=%llu switches=%llu\n", i, (unsigned long long)c->sample_head,
		       (unsigned long long)c->lost_full, (unsigned long long)c->lost_event,
		       (unsigned long long)c->lost_overrun, (unsigned long long)c->lost_offline,
		       (unsigned long long)c->events_dropped, (unsigned long long)c->pmis,
		       (unsigned long long)c->spurious, (unsigned long long)c->wakeups,
		       (unsigned long long)c->switches);
	}
}

static void ioctl_or_die(const struct client *client, unsigned long command, const char *name)
{
	if (ioctl(client->fd, command))
		client_die(name);
}

int main(int argc, char **argv)
{
	struct gtrace_config config = client_config(0);
	bool all = false, late = false;
	struct client client;
	int option, go, status, interval = -1;

	out = stdout;
	config.flags = GTRACE_F_ENABLE_ON_EXEC;
	while ((option = getopt(argc, argv, "+c:j:s:e:d:f:alnm:o:")) != -1) {
		switch (option) {
		case 'c':
			config.period = strtoull(optarg, NULL, 0);
			break;
		case 'j':
			config.jitter = strtoul(optarg, NULL, 0);
			break;
		case 's':
			config.sample_bytes = strtoul(optarg, NULL, 0);
			break;
		case 'e':
			config.event_bytes = strtoul(optarg, NULL, 0);
			break;
		case 'd':
			config.data = strtoul(optarg, NULL, 0);
			break;
		case 'f':
			config.flags |= strtoul(optarg, NULL, 0);
			break;
		case 'a':
			all = true;
			break;
		case 'l':
			late = true;
			break;
		case 'n':
			quiet = true;
			break;
		case 'o':
			out = fopen(optarg, "we");
			if (!out)
				client_die(optarg);
			break;
		case 'm':
			interval = atoi(optarg);
			break;
		default:
			return 2;
		}
	}
	if (optind == argc)
		return 2;
	if (client_open(&client) < 0)
		client_die(GTRACE_DEVICE_PATH);

	pid_t child = client_fork(argv + optind, &go);

	config.target = child;
	if (all) {
		config.target = GTRACE_TARGET_ALL;
		config.flags &= ~GTRACE_F_ENABLE_ON_EXEC;
	}
	if (ioctl(client.fd, GTRACE_IOC_CONFIG, &config))
		client_die("CONFIG");
	client.config = config;
	client_map(&client);
	ioctl_or_die(&client, GTRACE_IOC_START, "START");
	client_go(go);

	struct pollfd fds[] = {
		{ .fd = syscall(SYS_pidfd_open, child, 0), .events = POLLIN },
		{ .fd = late ? -1 : client.fd, .events = POLLIN },
	};

	do {
		if (poll(fds, 2, interval) < 0 && errno != EINTR)
			client_die("poll");
		if (late)
			continue;
		drain(&client);
		ioctl_or_die(&client, GTRACE_IOC_FLUSH, "FLUSH");
	} while (!fds[0].revents);
	waitpid(child, &status, 0);
	ioctl_or_die(&client, GTRACE_IOC_STOP, "STOP");
	drain(&client);
	sums(&client);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
