// SPDX-License-Identifier: GPL-2.0
#include "analysis/weight.h"

#include "lib/array.h"

/* No counter is wider, and none counts more records: what is beyond is nonsense, and sums of it would be. */
#define COUNT_MAX (1ull << 48)

static uint64_t bounded(uint64_t count)
{
	return count < COUNT_MAX ? count : COUNT_MAX;
}

void gt_weigher_init(struct gt_weigher *weigher, uint64_t period, bool dump)
{
	*weigher = (struct gt_weigher){
		.weight = bounded(period) + 1, .until = UINT64_MAX, .counting = !dump, .beginning = dump};
}

void gt_weigher_free(struct gt_weigher *weigher)
{
	free(weigher->queue);
	*weigher = (struct gt_weigher){.until = UINT64_MAX};
}

static void set_until(struct gt_weigher *weigher)
{
	if (weigher->head == weigher->count)
		weigher->until = UINT64_MAX;
	else
		weigher->until = weigher->counting ? weigher->queue[weigher->head].from : 0;
}

static int push(struct gt_weigher *weigher, const struct gtrace_event_period *event)
{
	uint64_t index = bounded(event->sample_index);
	struct gt_weigher_change change = {
		.index = index, .from = index + 1, .tsc = event->head.tsc, .weight = bounded(event->period) + 1};

	/* What has been consumed makes room before the array grows. */
	if (weigher->count == weigher->room && weigher->head > weigher->room / 2) {
		weigher->count -= weigher->head;
		memmove(weigher->queue, weigher->queue + weigher->head, weigher->count * sizeof(*weigher->queue));
		weigher->head = 0;
	}
	if (gt_array_room(&weigher->queue, weigher->count, &weigher->room))
		return -ENOMEM;
	weigher->queue[weigher->count++] = change;
	set_until(weigher);
	return 0;
}

int gt_weigher_event(struct gt_weigher *weigher, const struct gtrace_event *event)
{
	const struct gtrace_event_switch *first = (const void *)event;

	if (event->type == GTRACE_EVENT_PERIOD)
		return push(weigher, (const void *)event);
	if (event->type == GTRACE_EVENT_SWITCH && weigher->beginning) {
		weigher->index = bounded(first->sample_index);
		weigher->counting = true;
		weigher->beginning = false;
		set_until(weigher);
	}
	return 0;
}

void gt_weigher_gap(struct gt_weigher *weigher)
{
	weigher->beginning = false;
	weigher->counting = false;
	set_until(weigher);
}

/* The count of the sample at `tsc`, if an event tells it. */
static void recount(struct gt_weigher *weigher, uint64_t tsc)
{
	for (size_t at = weigher->head; at < weigher->count && weigher->queue[at].tsc <= tsc; at++) {
		weigher->index = weigher->queue[at].index;
		weigher->counting = true;
	}
}

void gt_weigher_advance(struct gt_weigher *weigher, uint64_t tsc)
{
	if (!weigher->counting)
		recount(weigher, tsc);
	while (weigher->counting && weigher->head < weigher->count &&
	       weigher->queue[weigher->head].from <= weigher->index)
		weigher->weight = weigher->queue[weigher->head++].weight;
	set_until(weigher);
}

uint64_t gt_weigher_skip(struct gt_weigher *weigher, uint64_t samples)
{
	uint64_t sum = 0, step;

	if (!weigher->counting && weigher->head < weigher->count) {
		weigher->weight = weigher->queue[weigher->count - 1].weight;
		weigher->head = weigher->count;
		set_until(weigher);
	}
	for (; samples; samples -= step) {
		if (weigher->index >= weigher->until)
			gt_weigher_advance(weigher, 0);
		step = weigher->until - weigher->index;
		if (step > samples)
			step = samples;
		sum += step * weigher->weight;
		weigher->index += step;
	}
	return sum;
}
