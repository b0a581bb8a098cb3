// SPDX-License-Identifier: GPL-2.0
/*
 * hogs: on each CPU one process that always computes, and one of real-time priority that interrupts whatever runs there,
 * every 60 to 160 microseconds, for some 20 of them. Until it is killed; then all of them end.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile uint64_t sink;

/* Calls, returns, branches that depend on the data: what must not be taken for somebody else's. */
static __attribute__((noinline)) uint64_t mix(uint64_t x)
{
	x ^= x << 13;
	x ^= x >> 7;
	return x ^ x << 17;
}

static uint64_t compute(uint64_t x, unsigned int rounds)
{
	while (rounds--) {
		x = mix(x);
		if (x & 1)
			sink = x;
	}
	return x;
}

static void interrupting(uint64_t x)
{
	const struct sched_param priority = { .sched_priority = 10 };

	if (sched_setscheduler(0, SCHED_FIFO, &priority)) {
		perror("hogs: SCHED_FIFO");
		_exit(1);
	}
	for (;;) {
		struct timespec pause = { .tv_nsec = 60000 + (long)(x % 100000) };

		nanosleep(&pause, NULL);
		x = compute(x, 300);
	}
}

static void start(int cpu, int polite)
{
	cpu_set_t set;

	if (fork())
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set)) {
		perror("hogs: sched_setaffinity");
		_exit(1);
	}
	if (!polite)
		interrupting(88172645463325252 + (uint64_t)cpu);
	for (;;)
		compute(362436069362436069, 1000000);
}

int main(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	for (int cpu = 0; cpu < cpus; cpu++) {
		start(cpu, 0);
		start(cpu, 1);
	}
	/* A child that ends has failed. */
	wait(NULL);
	return 1;
}
