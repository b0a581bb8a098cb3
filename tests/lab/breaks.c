// SPDX-License-Identifier: GPL-2.0
/*
 * breaks a|b none|sleep|yield TIMES: walks a road of road.S so many times, with a system call in its middle that does
 * nothing, sleeps a millisecond, or offers the CPU to others. A signal handler takes the breakpoints.
 */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

void road_a(long number, long call, const void *argument);
void road_b(long number, long call, const void *argument);

static volatile long taken;

static void take(int number)
{
	(void)number;
	taken++;
}

int main(int argc, char **argv)
{
	const struct timespec millisecond = {0, 1000000};
	long call, times;

	if (argc != 4 || signal(SIGTRAP, take) == SIG_ERR)
		return 2;
	call = !strcmp(argv[2], "sleep") ? SYS_nanosleep : !strcmp(argv[2], "yield") ? SYS_sched_yield : SYS_getpid;
	times = atol(argv[3]);
	for (long i = 0; i < times; i++)
		(*argv[1] == 'a' ? road_a : road_b)(i, call, call == SYS_nanosleep ? &millisecond : NULL);
	printf("%ld\n", taken);
	return 0;
}
