// SPDX-License-Identifier: GPL-2.0
/*
 * clock [ROUNDS]: asks the vDSO for the time and for the CPU, each into memory of its own, and prints as known does
 *
 *	store function=__vdso_clock_gettime line=0 start=0x4c6300 end=0x4c6310 tid=123 count=10000
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static struct {
	_Alignas(4096) volatile struct timespec time;
	_Alignas(4096) volatile unsigned int cpu;
} ground;

static void tell(const char *function, const volatile void *start, size_t bytes, unsigned long count)
{
	printf("store function=%s line=0 start=0x%lx end=0x%lx tid=%d count=%lu\n", function, (unsigned long)start,
	       (unsigned long)start + bytes, gettid(), count);
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000;

	for (unsigned long i = 0; i < rounds; i++) {
		clock_gettime(CLOCK_MONOTONIC, (struct timespec *)&ground.time);
		getcpu((unsigned int *)&ground.cpu, NULL);
	}
	tell("__vdso_clock_gettime", &ground.time, sizeof(ground.time), 2 * rounds);
	tell("__vdso_getcpu", &ground.cpu, sizeof(ground.cpu), rounds);
	return 0;
}
