// SPDX-License-Identifier: GPL-2.0
/*
 * wake FROM TO TIMES: a process on one CPU sends the time through a pipe to one on another CPU, which idles in between.
 * Prints how many messages took longer than 300 microseconds, and the mean time in microseconds.
 */
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set)) {
		perror("sched_setaffinity");
		exit(1);
	}
}

int main(int argc, char **argv)
{
	int times = argc == 4 ? atoi(argv[3]) : 0, fds[2];
	uint64_t sent, slow = 0, sum = 0;

	if (times < 1 || pipe(fds))
		return 2;
	if (!fork()) {
		pin(atoi(argv[1]));
		for (int i = 0; i < times; i++) {
			/* Not in step with the timer ticks. */
			usleep(300 + (unsigned int)i % 7 * 130);
			sent = now();
			if (write(fds[1], &sent, sizeof(sent)) != sizeof(sent))
				return 1;
		}
		return 0;
	}
	pin(atoi(argv[2]));
	for (int i = 0; i < times; i++) {
		uint64_t took;

		if (read(fds[0], &sent, sizeof(sent)) != sizeof(sent))
			return 1;
		took = now() - sent;
		sum += took;
		slow += took > 300000;
	}
	printf("%lu %lu\n", slow, sum / 1000 / (uint64_t)times);
	return 0;
}
