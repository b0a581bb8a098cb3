// SPDX-License-Identifier: GPL-2.0
/*
 * Pass 2: a cursor for each CPU joins its samples with its SWITCH events; a heap merges the cursors by time.
 *
 *	cpu 0	events, samples, events, samples ... --> cursor --\
 *	cpu 1	events, samples, events, samples ... --> cursor ----> heap by TSC --> items
 */
#include "analysis/array.h"
#include "analysis/join.h"
#include "analysis/tag.h"

/* What stays the same from one sample of a CPU to the next, for `from` <= tsc < `until`. */
struct context {
	uint64_t from, until;
	enum gt_class class; /* GT_CLASS_NOT_GO: by the code; the two unknown ones are final */
	uint32_t task, tid, tgid;
	uint32_t program; /* index + 1, 0 = no Go program */
	uint32_t gap;
	const struct gt_space *space;
	const struct gt_epoch *epoch;
};

struct cursor {
	struct gt_join *join;
	struct gt_recording *rec;
	uint32_t cpu;
	struct gt_tagger tagger;
	struct context context;
	struct gt_sample sample;
	bool holding;              /* sample is the next one, not handed out yet */
	struct gt_item *notices;   /* losses and gaps still to be handed out */
	size_t first, count, room; /* notices[first..count) */
	uint64_t last_event;       /* TSC */
	bool ended;
};

struct gt_stream {
	struct gt_join *join;
	enum gt_order order;
	uint32_t *cpus;
	size_t nr_cpus, next_cpu; /* GT_ORDER_CPU: the CPU after the current one */
	struct cursor *cursors;   /* GT_ORDER_CPU has one at a time */
	size_t nr_cursors;
	struct {
		struct gt_item item;
		struct cursor *cursor;
	} * heap;
	size_t nr_heap;
	bool taken; /* heap[0] was handed out: its cursor must move on */
};

static void close_cursor(struct cursor *cursor)
{
	if (cursor->join)
		cursor->join->disagreed += cursor->tagger.disagreed;
	gt_tagger_free(&cursor->tagger);
	gt_recording_close(cursor->rec);
	free(cursor->notices);
	*cursor = (struct cursor){};
}

static int open_cursor(struct cursor *cursor, struct gt_join *join, uint32_t cpu)
{
	int err;

	*cursor = (struct cursor){.join = join, .cpu = cpu};
	gt_tagger_init(&cursor->tagger);
	err = gt_recording_open(join->path, &cursor->rec);
	if (err)
		return err;
	gt_recording_only_cpu(cursor->rec, cpu);
	return 0;
}

static int notice(struct cursor *cursor, const struct gt_item *item)
{
	if (cursor->first == cursor->count)
		cursor->first = cursor->count = 0;
	if (gt_array_room(&cursor->notices, cursor->count, &cursor->room))
		return -ENOMEM;
	cursor->notices[cursor->count++] = *item;
	return 0;
}

static int take_event(struct cursor *cursor, const struct gtrace_event *event)
{
	struct gt_item item = {.cpu = cursor->cpu, .tsc = event->tsc};
	int err = 0;

	if (event->flags & GTRACE_EVENT_F_GAP) {
		item.kind = GT_ITEM_GAP;
		item.from = cursor->last_event;
		err = notice(cursor, &item);
	}
	if (!err && event->type == GTRACE_EVENT_LOST) {
		const struct gtrace_event_lost *lost = (const void *)event;

		item.kind = GT_ITEM_LOST;
		item.from = lost->tsc_from;
		item.count = lost->count;
		item.cause = lost->cause;
		err = notice(cursor, &item);
	}
	if (event->tsc > cursor->last_event)
		cursor->last_event = event->tsc;
	return err ? err : gt_tagger_event(&cursor->tagger, event);
}

/* The next sample into cursor->sample, events before it into tagger and notices. 1, 0 at the end, -errno. */
static int read_sample(struct cursor *cursor)
{
	const struct gtrace_event *event;
	struct gt_chunk chunk;
	int ret;

	for (;;) {
		ret = gt_chunk_sample(cursor->rec, &cursor->sample);
		if (ret > 0)
			return 1;
		/* -EINVAL: the current chunk holds no samples. -EBADMSG: the rest of it makes no sense. */
		if (ret == -EBADMSG)
			cursor->tagger.counting = false;
		ret = gt_recording_next(cursor->rec, GT_CHUNKS(GT_CHUNK_EVENTS) | GT_CHUNKS(GT_CHUNK_SAMPLES), &chunk);
		if (ret <= 0)
			return ret;
		if (chunk.gap) {
			struct gt_item item = {.kind = GT_ITEM_DAMAGE, .cpu = cursor->cpu, .tsc = cursor->last_event};

			cursor->tagger.counting = false;
			ret = notice(cursor, &item);
			if (!ret)
				ret = gt_tagger_gap(&cursor->tagger);
			if (ret)
				return ret;
		}
		if (chunk.type != GT_CHUNK_EVENTS)
			continue;
		while ((ret = gt_chunk_event(cursor->rec, &event)) > 0) {
			ret = take_event(cursor, event);
			if (ret)
				return ret;
		}
		if (ret == -EBADMSG)
			ret = gt_tagger_gap(&cursor->tagger);
		if (ret < 0)
			return ret;
	}
}

static void sooner(struct context *context, uint64_t until)
{
	if (until < context->until)
		context->until = until;
}

static bool is_target(const struct gt_join *join, const struct gt_tag *tag)
{
	if (join->info->target == GTRACE_TARGET_ALL)
		return tag->tgid;
	return (int64_t)tag->tgid == join->info->target || gt_tasks_known(&join->tasks, tag->tgid);
}

/* Works out who runs on the CPU at `tsc`, and how long that stays so. */
static int look_around(struct cursor *cursor, const struct gt_tag *tag, uint64_t tsc)
{
	struct gt_join *join = cursor->join;
	struct context *context = &cursor->context;
	uint64_t until;
	int64_t at;

	*context = (struct context){.from = tsc, .until = cursor->tagger.until, .task = GT_NO_TASK};
	context->class = GT_CLASS_UNKNOWN_TASK;
	if (!tag->known)
		return 0;
	context->tid = tag->tid;
	context->tgid = tag->tgid;
	context->class = GT_CLASS_OTHER_TASK;
	if (!is_target(join, tag))
		return 0;
	context->class = GT_CLASS_NOT_GO;
	at = gt_tasks_at(&join->tasks, tag->tid, tag->tgid, tsc, &until);
	if (at < 0)
		return at;
	context->task = at;
	sooner(context, until);
	at = gt_tasks_process(&join->tasks, tag->tgid, tsc, &until);
	if (at < 0)
		return at;
	sooner(context, until);
	context->space = join->tasks.processes[at].space;
	context->epoch = gt_space_epoch(context->space, tsc);
	sooner(context, context->epoch->until);
	context->program = gt_goroutines_at(&join->goroutines, tag->tgid, tsc, &until);
	sooner(context, until);
	if (context->program) {
		context->gap = gt_goroutines_gap(&join->goroutines, context->program - 1, tsc, &until);
		sooner(context, until);
	}
	return 0;
}

/* Go code, or code of the Go program's own file when that file cannot be asked any more. */
static bool is_go(const struct gt_join *join, const struct context *context, const struct gt_location *location)
{
	const struct gt_object *object = &join->symbols.objects[location->object];

	if (location->code == GT_CODE_GO)
		return true;
	return context->program && location->code == GT_CODE_NATIVE && !object->elf &&
	       !strcmp(gt_symbols_text(&join->symbols, object->path),
		       join->goroutines.programs[context->program - 1].path);
}

static int classify(struct gt_join *join, const struct context *context, const struct gt_sample *sample,
		    struct gt_item *item)
{
	struct gt_answer answer = {.class = GT_CLASS_UNKNOWN_G};
	int err;

	item->goroutine = GT_NO_GOROUTINE;
	item->class = context->class;
	if (context->class != GT_CLASS_NOT_GO)
		return 0;
	if (sample->ip & GT_KERNEL_HALF)
		item->class = GT_CLASS_KERNEL;
	else if (!join->nameless && is_go(join, context, &join->symbols.locations[item->location])) {
		if (context->program && (sample->fields & GT_REG_BIT(GT_REG_R14))) {
			err = gt_goroutines_ask(&join->goroutines, context->program - 1, context->gap,
						sample->regs[GT_REG_R14], context->tid, &answer);
			if (err)
				return err;
		}
		item->class = answer.class;
		item->goroutine = answer.goroutine;
	}
	return 0;
}

static int join_sample(struct cursor *cursor, struct gt_item *item)
{
	const struct gt_sample *sample = &cursor->sample;
	struct context *context = &cursor->context;
	const struct gt_tag *tag;
	int64_t location;
	bool changed;
	int err;

	tag = gt_tagger_sample(&cursor->tagger, sample->tsc, &changed);
	if (changed || sample->tsc >= context->until || sample->tsc < context->from) {
		err = look_around(cursor, tag, sample->tsc);
		if (err)
			return err;
	}
	location =
		cursor->join->nameless ? 0 : gt_join_location(cursor->join, context->space, context->epoch, sample->ip);
	if (location < 0)
		return location;
	item->kind = GT_ITEM_SAMPLE;
	item->cpu = cursor->cpu;
	item->tsc = sample->tsc;
	item->sample = sample;
	item->location = location;
	item->task = context->task;
	item->tid = context->tid;
	item->tgid = context->tgid;
	item->space = context->space;
	item->epoch = context->epoch;
	return classify(cursor->join, context, sample, item);
}

static int next_of(struct cursor *cursor, struct gt_item *item)
{
	int ret;

	if (!cursor->holding && !cursor->ended) {
		ret = read_sample(cursor);
		if (ret < 0)
			return ret;
		cursor->holding = ret;
		cursor->ended = !ret;
	}
	if (cursor->first < cursor->count &&
	    (!cursor->holding || cursor->notices[cursor->first].tsc <= cursor->sample.tsc)) {
		*item = cursor->notices[cursor->first++];
		return 1;
	}
	if (!cursor->holding)
		return 0;
	cursor->holding = false;
	ret = join_sample(cursor, item);
	return ret ? ret : 1;
}

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
		struct cursor *cursor = &stream->cursors[stream->nr_cursors++];

		ret = open_cursor(cursor, stream->join, stream->cpus[i]);
		if (!ret)
			ret = next_of(cursor, &stream->heap[stream->nr_heap].item);
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
		close_cursor(&stream->cursors[i]);
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
			ret = next_of(stream->cursors, item);
			if (ret)
				return ret;
			close_cursor(stream->cursors);
			stream->nr_cursors = 0;
		}
		if (stream->next_cpu == stream->nr_cpus)
			return 0;
		stream->nr_cursors = 1;
		ret = open_cursor(stream->cursors, stream->join, stream->cpus[stream->next_cpu++]);
		if (ret)
			return ret;
	}
}

static int next_by_time(struct gt_stream *stream, struct gt_item *item)
{
	int ret;

	if (stream->taken) {
		ret = next_of(stream->heap[0].cursor, &stream->heap[0].item);
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
