// SPDX-License-Identifier: GPL-2.0
/*
 * lockstep LENGTH ROUNDS: a program as regular as can be: a round is four loops of LENGTH stores each and not a store more.
 * A quarter of the stores is each loop's, and every sampling period that is a multiple of the round finds one of them only.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static volatile uint64_t cell;

#define LOOP(length)	do for (uint64_t left = (length); left; left--) cell = left; while (0)

int main(int argc, char **argv)
{
	uint64_t length = argc == 3 ? strtoull(argv[1], NULL, 10) : 0;

	if (!length) {
		fputs("usage: lockstep LENGTH ROUNDS\n", stderr);
		return 2;
	}
	for (uint64_t rounds = strtoull(argv[2], NULL, 10); rounds; rounds--) {
		LOOP(length);
		LOOP(length);
		LOOP(length);
		LOOP(length);
	}
	return 0;
}
