// SPDX-License-Identifier: GPL-2.0
/*
 * stores THOUSANDS: the benchmarks' workload. About THOUSANDS * 1000 retired stores over 1 MiB, with calls and
 * branches that depend on the data, about 6 instructions a store. Deterministic: two runs of one size retire the same
 * user instructions, so the difference of two sizes cancels everything but the size.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define CELLS	(1u << 17)		/* of 8 bytes: 1 MiB */

static uint64_t cells[CELLS];

static uint64_t step(uint64_t x)
{
	x ^= x << 13;
	x ^= x >> 7;
	return x ^ x << 17;
}

/* Out of line on purpose: a call is a store too (the return address), and a branch for the LBR stack. */
static __attribute__((noinline)) void odd(uint64_t *cell, uint64_t x)
{
	cell[0] += x;
	cell[1] = x >> 3;
}

static __attribute__((noinline)) void even(uint64_t *cell, uint64_t x)
{
	cell[1] ^= x;
	if (x & 64)
		cell[0] = x;
}

/* Six stores on average: the return addresses of two calls, three or four into the cells. An even cell has a next one. */
static __attribute__((noinline)) uint64_t turn(uint64_t x)
{
	x = step(x);
	uint64_t *cell = &cells[x & (CELLS - 2)];

	if (x & 1)
		odd(cell, x);
	else
		even(cell, x);
	cell = &cells[(x >> 32) & (CELLS - 2)];
	cell[0] = x;
	cell[1] -= x;
	return x;
}

int main(int argc, char **argv)
{
	char *end;
	unsigned long thousands = argc == 2 ? strtoul(argv[1], &end, 10) : 0;

	if (!thousands || *end) {
		fputs("usage: stores THOUSANDS\n", stderr);
		return 2;
	}

	uint64_t x = 0x9E3779B97F4A7C15, sum = 0;

	for (unsigned long turns = thousands * 1000 / 6; turns; turns--)
		x = turn(x);
	for (unsigned int i = 0; i < CELLS; i++)
		sum = sum * 31 + cells[i];
	printf("stores %lu checksum %016llx\n", thousands, (unsigned long long)sum);
	return 0;
}
