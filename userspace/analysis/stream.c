// SPDX-License-Identifier: GPL-2.0
/*
 * Pass 2: a cursor for each CPU joins its samples with its SWITCH events; a heap merges the cursors by time.
 *
 *	cpu 0	events, samples, events, samples ... --> cursor --\
 *	cpu 1	events, samples, events, samples ... --> cursor ----> heap by TSC --> items
 */
#include "analysis/array.h"
#include "analysis/cursor.h"

struct gt_stream {
	struct gt_join *join;
	enum gt_order order;
	uint32_t *cpus;
	size_t nr_cpus, next_cpu;  /* GT_ORDER_CPU: the CPU after the current one */
	struct gt_cursor *cursors; /* GT_ORDER_CPU has one at a time */
	size_t nr_cursors;
	struct {
		struct gt_item item;
		struct gt_cursor *cursor;
	} * heap;
	size_t nr_heap;
	bool taken; /* heap[0] was handed out: its cursor must move on */
};

static bool before(const struct gt_stream *stream, size_t a, size_t b)
{
	const struct gt_item *left = &stream->heap[a].item, *right = &stream->heap[b].item;

	return left->tsc != right->tsc ? left->tsc < right->tsc : left->cpu < right->cpu;
}

static void sift_down(struct gt_stream *stream, size_t at)
{
	for (;;) {
		size_t least = at, child = 2 * at + 1;

		if (child < stream->nr_heap && before(stream, child, least))
			least = child;
		if (child + 1 < stream->nr_heap && before(stream, child + 1, least))
			least = child + 1;
		if (least == at)
			return;
		typeof(*stream->heap) swapped = stream->heap[at];
		stream->heap[at] = stream->heap[least];
		stream->heap[least] = swapped;
		at = least;
	}
}

static int open_all(struct gt_stream *stream)
{
	size_t i;
	int ret;

	for (i = 0; i < stream->nr_cpus; i++) {
		struct gt_cursor *cursor = &stream->cursors[stream->nr_cursors++];

		ret = gt_cursor_open(cursor, stream->join, stream->cpus[i]);
		if (!ret)
			ret = gt_cursor_next(cursor, &stream->heap[stream->nr_heap].item);
		if (ret < 0)
			return ret;
		if (ret)
			stream->heap[stream->nr_heap++].cursor = cursor;
	}
	for (i = stream->nr_heap; i--;)
		sift_down(stream, i);
	return 0;
}

int gt_stream_open(struct gt_join *join, enum gt_order order, const uint32_t *cpus, size_t nr_cpus,
		   struct gt_stream **out)
{
	struct gt_stream *stream = calloc(1, sizeof(*stream));
	size_t i;
	int err = -ENOMEM;

	if (!stream)
		return err;
	stream->join = join;
	stream->order = order;
	stream->cpus = calloc(join->nr_cpus + 1, sizeof(*stream->cpus));
	stream->cursors = calloc(join->nr_cpus + 1, sizeof(*stream->cursors));
	stream->heap = calloc(join->nr_cpus + 1, sizeof(*stream->heap));
	if (!stream->cpus || !stream->cursors || !stream->heap)
		goto err_close;
	for (i = 0; i < join->nr_cpus; i++) {
		size_t asked = 0;

		while (cpus && asked < nr_cpus && cpus[asked] != join->cpus[i])
			asked++;
		if (!cpus || asked < nr_cpus)
			stream->cpus[stream->nr_cpus++] = join->cpus[i];
	}
	err = order == GT_ORDER_TIME ? open_all(stream) : 0;
	if (err)
		goto err_close;
	*out = stream;
	return 0;

err_close:
	gt_stream_close(stream);
	return err;
}

void gt_stream_close(struct gt_stream *stream)
{
	size_t i;

	if (!stream)
		return;
	for (i = 0; i < stream->nr_cursors; i++)
		gt_cursor_close(&stream->cursors[i]);
	free(stream->cursors);
	free(stream->heap);
	free(stream->cpus);
	free(stream);
}

static int next_by_cpu(struct gt_stream *stream, struct gt_item *item)
{
	int ret;

	for (;;) {
		if (stream->nr_cursors) {
			ret = gt_cursor_next(stream->cursors, item);
			if (ret)
				return ret;
			gt_cursor_close(stream->cursors);
			stream->nr_cursors = 0;
		}
		if (stream->next_cpu == stream->nr_cpus)
			return 0;
		stream->nr_cursors = 1;
		ret = gt_cursor_open(stream->cursors, stream->join, stream->cpus[stream->next_cpu++]);
		if (ret)
			return ret;
	}
}

static int next_by_time(struct gt_stream *stream, struct gt_item *item)
{
	int ret;

	if (stream->taken) {
		ret = gt_cursor_next(stream->heap[0].cursor, &stream->heap[0].item);
		if (ret < 0)
			return ret;
		if (!ret)
			stream->heap[0] = stream->heap[--stream->nr_heap];
		sift_down(stream, 0);
	}
	stream->taken = stream->nr_heap;
	if (!stream->nr_heap)
		return 0;
	*item = stream->heap[0].item;
	return 1;
}

int gt_stream_next(struct gt_stream *stream, struct gt_item *item)
{
	return stream->order == GT_ORDER_TIME ? next_by_time(stream, item) : next_by_cpu(stream, item);
}
