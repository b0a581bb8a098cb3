// SPDX-License-Identifier: GPL-2.0
/*
 * pingpong TRIPS: two processes send one byte to and fro through two pipes. On one CPU every hop is a context switch:
 * 2 * TRIPS of them, give or take a handful. Between hops each side stores a little, so that a profiler has samples.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORK	64			/* stores a hop */

static volatile uint64_t scratch[WORK];

static void work(uint64_t seed)
{
	for (unsigned int i = 0; i < WORK; i++)
		scratch[i] = seed + i;
}

/* Returns 0, or -1 when the other side is gone. */
static int hop(int in, int out, int send_first, unsigned long trips)
{
	char byte = 'x';

	for (unsigned long i = 0; i < trips; i++) {
		if (send_first && write(out, &byte, 1) != 1)
			return -1;
		if (read(in, &byte, 1) != 1)
			return -1;
		work(i);
		if (!send_first && write(out, &byte, 1) != 1)
			return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	char *end;
	unsigned long trips = argc == 2 ? strtoul(argv[1], &end, 10) : 0;
	int there[2], back[2], status;

	if (!trips || *end) {
		fputs("usage: pingpong TRIPS\n", stderr);
		return 2;
	}
	if (pipe(there) || pipe(back)) {
		perror("pingpong: pipe");
		return 1;
	}

	pid_t child = fork();

	if (child < 0) {
		perror("pingpong: fork");
		return 1;
	}
	if (!child)
		_exit(hop(there[0], back[1], 0, trips) ? 1 : 0);
	if (hop(back[0], there[1], 1, trips) || waitpid(child, &status, 0) != child || status) {
		fputs("pingpong: the other side died\n", stderr);
		return 1;
	}
	printf("pingpong %lu round trips\n", trips);
	return 0;
}
