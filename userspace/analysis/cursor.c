// SPDX-License-Identifier: GPL-2.0
#include "analysis/cursor.h"

#include "lib/array.h"

void gt_cursor_close(struct gt_cursor *cursor)
{
	if (cursor->join)
		cursor->join->disagreed += cursor->tagger.disagreed;
	gt_weigher_free(&cursor->weigher);
	gt_tagger_free(&cursor->tagger);
	gt_recording_close(cursor->rec);
	free(cursor->notices);
	*cursor = (struct gt_cursor){};
}

int gt_cursor_open(struct gt_cursor *cursor, struct gt_join *join, uint32_t cpu)
{
	int err;

	*cursor = (struct gt_cursor){.join = join, .cpu = cpu};
	gt_tagger_init(&cursor->tagger);
	/* A dump does not begin with the first record of its CPU. */
	cursor->tagger.counting = !*join->info->trigger;
	gt_weigher_init(&cursor->weigher, join->info->period, *join->info->trigger);
	err = gt_recording_open(join->path, &cursor->rec);
	if (err)
		return err;
	gt_recording_only_cpu(cursor->rec, cpu);
	return 0;
}

static int notice(struct gt_cursor *cursor, const struct gt_item *item)
{
	if (cursor->first == cursor->count)
		cursor->first = cursor->count = 0;
	if (gt_array_room(&cursor->notices, cursor->count, &cursor->room))
		return -ENOMEM;
	cursor->notices[cursor->count++] = *item;
	return 0;
}

static int take_event(struct gt_cursor *cursor, const struct gtrace_event *event)
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
	if (!err)
		err = gt_weigher_event(&cursor->weigher, event);
	return err ? err : gt_tagger_event(&cursor->tagger, event);
}

/* The next sample into cursor->sample, events before it into tagger and notices. 1, 0 at the end, -errno. */
static int read_sample(struct gt_cursor *cursor)
{
	const struct gtrace_event *event;
	struct gt_chunk chunk;
	int ret;

	for (;;) {
		ret = gt_chunk_sample(cursor->rec, &cursor->sample);
		if (ret > 0)
			return 1;
		/* -EINVAL: the current chunk holds no samples. -EBADMSG: the rest of it makes no sense. */
		if (ret == -EBADMSG) {
			cursor->tagger.counting = false;
			gt_weigher_gap(&cursor->weigher);
		}
		ret = gt_recording_next(cursor->rec, GT_CHUNKS(GT_CHUNK_EVENTS) | GT_CHUNKS(GT_CHUNK_SAMPLES), &chunk);
		if (ret <= 0)
			return ret;
		if (chunk.gap) {
			struct gt_item item = {.kind = GT_ITEM_DAMAGE, .cpu = cursor->cpu, .tsc = cursor->last_event};

			cursor->tagger.counting = false;
			gt_weigher_gap(&cursor->weigher);
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

/* Go code, or code of the Go program's own file when that file cannot be asked any more. */
static bool is_go(const struct gt_join *join, const struct gt_context *context, const struct gt_location *location)
{
	const struct gt_object *object = &join->symbols.objects[location->object];

	if (location->code == GT_CODE_GO)
		return true;
	return context->program && location->code == GT_CODE_NATIVE && !object->elf &&
	       !strcmp(gt_symbols_text(&join->symbols, object->path),
		       join->goroutines.programs[context->program - 1].path);
}

static int classify(struct gt_join *join, const struct gt_context *context, const struct gt_sample *sample,
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

static int join_sample(struct gt_cursor *cursor, struct gt_item *item)
{
	const struct gt_sample *sample = &cursor->sample;
	struct gt_context *context = &cursor->context;
	const struct gt_tag *tag;
	int64_t location;
	bool changed;
	int err;

	tag = gt_tagger_sample(&cursor->tagger, sample->tsc, &changed);
	if (changed || sample->tsc >= context->until || sample->tsc < context->from) {
		err = gt_context_find(context, cursor->join, tag, sample->tsc, cursor->tagger.until);
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
	item->weight = gt_weigher_sample(&cursor->weigher, sample->tsc);
	item->location = location;
	gt_context_tell(context, item);
	return classify(cursor->join, context, sample, item);
}

int gt_cursor_next(struct gt_cursor *cursor, struct gt_item *item)
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
