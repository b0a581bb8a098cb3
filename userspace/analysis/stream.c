// SPDX-License-Identifier: GPL-2.0
/*
 * Pass 2: a cursor for each CPU joins its samples with its SWITCH events; a heap merges the cursors by time. When the
 * events themselves are asked for a second reader of each CPU tells them, so that what samples cost stays what it is.
 *
 *	cpu 0	events, samples, events, samples ... --> cursor ------\
 *		events		 events		     --> happenings ----> heap by TSC --> items
 *	cpu 1	events, samples, events, samples ... --> cursor ------/
 *		events		 events		     --> happenings -/
 */
#include "analysis/cursor.h"
#include "analysis/happening.h"
#include "lib/array.h"

/* One of the two is there. */
struct source {
	struct gt_item item; /* the next */
	struct gt_cursor *cursor;
	struct gt_happenings *happenings;
};

struct gt_stream {
	struct gt_join *join;
	enum gt_order order;
	uint32_t *cpus;
	size_t nr_cpus, next_cpu;  /* GT_ORDER_CPU: the CPU after the current one */
	struct gt_cursor *cursors; /* GT_ORDER_CPU has one at a time */
	size_t nr_cursors;
	struct gt_happenings *happenings; /* GT_ORDER_ALL, GT_ORDER_EVENTS: one for each CPU */
	size_t nr_happenings;
	struct source *heap;
	size_t nr_heap;
	bool taken; /* heap[0] was handed out: its source must move on */
};

/* Of one CPU at one moment: a sample belongs to the task that a SWITCH brought, and a gap lies before its event. */
static unsigned int rank(const struct gt_item *item)
{
	switch (item->kind) {
	case GT_ITEM_LOST:
	case GT_ITEM_GAP:
	case GT_ITEM_DAMAGE:
		return 0;
	case GT_ITEM_SAMPLE:
		return 2;
	default:
		return 1;
	}
}

static bool before(const struct gt_stream *stream, size_t a, size_t b)
{
	const struct gt_item *left = &stream->heap[a].item, *right = &stream->heap[b].item;

	if (left->tsc != right->tsc)
		return left->tsc < right->tsc;
	return left->cpu != right->cpu ? left->cpu < right->cpu : rank(left) < rank(right);
}

static int advance(struct source *source)
{
	return source->cursor ? gt_cursor_next(source->cursor, &source->item)
			      : gt_happenings_next(source->happenings, &source->item);
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
		struct source swapped = stream->heap[at];
		stream->heap[at] = stream->heap[least];
		stream->heap[least] = swapped;
		at = least;
	}
}

/* Puts a source that has just been opened behind the heap, if it has anything to say. */
static int add(struct gt_stream *stream, struct gt_cursor *cursor, struct gt_happenings *happenings)
{
	struct source *source = &stream->heap[stream->nr_heap];
	int ret;

	*source = (struct source){.cursor = cursor, .happenings = happenings};
	ret = advance(source);
	stream->nr_heap += ret > 0;
	return ret < 0 ? ret : 0;
}

static int open_cursor(struct gt_stream *stream, uint32_t cpu)
{
	struct gt_cursor *cursor = &stream->cursors[stream->nr_cursors++];
	int err = gt_cursor_open(cursor, stream->join, cpu);

	return err ? err : add(stream, cursor, NULL);
}

static int open_happenings(struct gt_stream *stream, uint32_t cpu)
{
	struct gt_happenings *happenings = &stream->happenings[stream->nr_happenings++];
	int err = gt_happenings_open(happenings, stream->join, cpu, stream->order == GT_ORDER_EVENTS);

	return err ? err : add(stream, NULL, happenings);
}

static int open_all(struct gt_stream *stream)
{
	size_t i;
	int err;

	for (i = 0; i < stream->nr_cpus; i++) {
		err = stream->order == GT_ORDER_EVENTS ? 0 : open_cursor(stream, stream->cpus[i]);
		if (!err && stream->order != GT_ORDER_TIME)
			err = open_happenings(stream, stream->cpus[i]);
		if (err)
			return err;
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
	stream->heap = calloc(2 * join->nr_cpus + 1, sizeof(*stream->heap));
	if (order == GT_ORDER_ALL || order == GT_ORDER_EVENTS) {
		stream->happenings = calloc(join->nr_cpus + 1, sizeof(*stream->happenings));
		if (!stream->happenings)
			goto err_close;
	}
	if (!stream->cpus || !stream->cursors || !stream->heap)
		goto err_close;
	for (i = 0; i < join->nr_cpus; i++) {
		size_t asked = 0;

		while (cpus && asked < nr_cpus && cpus[asked] != join->cpus[i])
			asked++;
		if (!cpus || asked < nr_cpus)
			stream->cpus[stream->nr_cpus++] = join->cpus[i];
	}
	err = order == GT_ORDER_CPU ? 0 : open_all(stream);
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
	for (i = 0; i < stream->nr_happenings; i++)
		gt_happenings_close(&stream->happenings[i]);
	free(stream->happenings);
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
		ret = advance(&stream->heap[0]);
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
	return stream->order == GT_ORDER_CPU ? next_by_cpu(stream, item) : next_by_time(stream, item);
}
