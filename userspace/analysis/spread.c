// SPDX-License-Identifier: GPL-2.0
#include "analysis/spread.h"

#include "lib/array.h"

/* Values below STEPS have a step each; value v above has the STEPS_LOG2 bits behind its highest one. */
#define STEPS_LOG2 6
#define STEPS      (1u << STEPS_LOG2)

static uint32_t step_of(uint64_t value)
{
	unsigned int shift;

	if (value < STEPS)
		return value;
	shift = 63 - __builtin_clzll(value) - STEPS_LOG2;
	return ((shift + 1) << STEPS_LOG2) + (uint32_t)((value >> shift) - STEPS);
}

/* The middle of a step. */
static uint64_t value_of(uint32_t step)
{
	unsigned int shift;

	if (step < STEPS)
		return step;
	shift = (step >> STEPS_LOG2) - 1;
	return (((uint64_t)(step & (STEPS - 1)) + STEPS) << shift) + ((1ull << shift) >> 1);
}

void gt_spread_free(struct gt_spread *spread)
{
	free(spread->steps);
	*spread = (struct gt_spread){};
}

int gt_spread_add(struct gt_spread *spread, uint64_t value)
{
	uint32_t step = step_of(value);
	size_t low = 0, high = spread->nr_steps;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (spread->steps[middle].step < step)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == spread->nr_steps || spread->steps[low].step != step) {
		if (gt_array_room(&spread->steps, spread->nr_steps, &spread->room))
			return -ENOMEM;
		memmove(&spread->steps[low + 1], &spread->steps[low],
			(spread->nr_steps++ - low) * sizeof(*spread->steps));
		spread->steps[low] = (struct gt_spread_step){.step = step};
	}
	spread->steps[low].count++;
	spread->count++;
	spread->sum += value;
	if (value > spread->max)
		spread->max = value;
	return 0;
}

uint64_t gt_spread_quantile(const struct gt_spread *spread, double share)
{
	uint64_t wanted = share * spread->count, seen = 0, value;
	size_t i;

	/* The smallest value with at least that share at or below it. */
	if (wanted < share * spread->count)
		wanted++;
	for (i = 0; i < spread->nr_steps; i++) {
		seen += spread->steps[i].count;
		if (seen >= wanted && seen) {
			value = value_of(spread->steps[i].step);
			return value < spread->max ? value : spread->max;
		}
	}
	return spread->max;
}

void gt_spread_octaves(const struct gt_spread *spread, uint64_t counts[GT_SPREAD_OCTAVES])
{
	size_t i;

	memset(counts, 0, GT_SPREAD_OCTAVES * sizeof(*counts));
	for (i = 0; i < spread->nr_steps; i++) {
		uint64_t value = value_of(spread->steps[i].step);

		counts[value ? 63 - __builtin_clzll(value) : 0] += spread->steps[i].count;
	}
}
