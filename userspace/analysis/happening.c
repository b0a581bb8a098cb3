// SPDX-License-Identifier: GPL-2.0
#include "analysis/happening.h"

#include "lib/array.h"

#define WORD sizeof(uint64_t)

int gt_happenings_open(struct gt_happenings *h, struct gt_join *join, uint32_t cpu, bool alone)
{
	int err;

	*h = (struct gt_happenings){.join = join, .cpu = cpu, .alone = alone};
	for (size_t i = 0; i < sizeof(h->order); i++)
		h->order[i] = i;
	err = gt_recording_open(join->path, &h->rec);
	if (!err)
		gt_recording_only_cpu(h->rec, cpu);
	return err;
}

void gt_happenings_close(struct gt_happenings *h)
{
	for (size_t i = 0; i < sizeof(h->order); i++)
		free(h->held[i].words);
	gt_recording_close(h->rec);
	*h = (struct gt_happenings){};
}

/* Takes a free place and puts it behind those that are not later. Its words stay what they were. */
static struct gt_held *hold(struct gt_happenings *h, enum gt_item_kind kind, uint64_t tsc)
{
	size_t at = h->nr_held++;
	uint8_t place = h->order[at];

	for (; at && h->held[h->order[at - 1]].tsc > tsc; at--)
		h->order[at] = h->order[at - 1];
	h->order[at] = place;
	h->held[place].kind = kind;
	h->held[place].tsc = tsc;
	return &h->held[place];
}

static void release_first(struct gt_happenings *h)
{
	uint8_t place = h->order[0];

	memmove(h->order, h->order + 1, --h->nr_held);
	h->order[h->nr_held] = place;
}

/* Whether the stream tells of such events, and as what. */
static bool kind_of(const struct gtrace_event *event, enum gt_item_kind *kind)
{
	switch (event->type) {
	case GTRACE_EVENT_SWITCH:
		*kind = GT_ITEM_SWITCH;
		return true;
	case GTRACE_EVENT_FORK:
	case GTRACE_EVENT_EXEC:
	case GTRACE_EVENT_EXIT:
		*kind = GT_ITEM_TASK;
		return true;
	case GTRACE_EVENT_WAKE:
		*kind = GT_ITEM_WAKE;
		return true;
	case GTRACE_EVENT_HIT:
		*kind = GT_ITEM_HIT;
		return true;
	case GTRACE_EVENT_WINDOW:
		*kind = GT_ITEM_WINDOW;
		return true;
	}
	return false;
}

static int hold_event(struct gt_happenings *h, const struct gtrace_event *event)
{
	size_t words = event->size / WORD;
	enum gt_item_kind kind;
	struct gt_held *held;

	if (h->alone && (event->flags & GTRACE_EVENT_F_GAP))
		hold(h, GT_ITEM_GAP, event->tsc)->from = h->last_event;
	if (event->tsc > h->last_event)
		h->last_event = event->tsc;
	if (!kind_of(event, &kind))
		return 0;
	held = hold(h, kind, event->tsc);
	if (words > held->room) {
		uint64_t *grown = reallocarray(held->words, words, WORD);

		if (!grown)
			return -ENOMEM;
		held->words = grown;
		held->room = words;
	}
	memcpy(held->words, event, words * WORD);
	return 0;
}

/* Reads until enough is held or nothing is left. An event holds two places at most: itself and the gap before it. */
static int fill(struct gt_happenings *h)
{
	const struct gtrace_event *event;
	struct gt_chunk chunk;
	int ret;

	while (h->nr_held < GT_HELD_MAX && !h->ended) {
		ret = gt_chunk_event(h->rec, &event);
		if (ret > 0) {
			ret = hold_event(h, event);
			if (ret)
				return ret;
			continue;
		}
		/* -EINVAL: no chunk yet. -EBADMSG: the rest of it makes no sense. */
		if (ret == -EBADMSG && h->alone)
			hold(h, GT_ITEM_DAMAGE, h->last_event);
		ret = gt_recording_next(h->rec, GT_CHUNKS(GT_CHUNK_EVENTS) | GT_CHUNKS(GT_CHUNK_STANDING), &chunk);
		if (ret < 0)
			return ret;
		h->ended = !ret;
		if (ret && chunk.gap && h->alone)
			hold(h, GT_ITEM_DAMAGE, h->last_event);
	}
	return 0;
}

/* The thread that the event is about; false: none. */
static bool thread_of(const struct gt_item *item, struct gt_tag *tag)
{
	tag->known = true;
	switch (item->kind) {
	case GT_ITEM_SWITCH:
		tag->tid = item->sw->next_tid;
		tag->tgid = item->sw->next_tgid;
		return true;
	case GT_ITEM_TASK:
		tag->tid = item->life->tid;
		tag->tgid = item->life->tgid;
		return true;
	case GT_ITEM_WAKE:
		tag->tid = item->wake->tid;
		tag->tgid = item->wake->tgid;
		return true;
	case GT_ITEM_HIT:
		tag->tid = item->hit->tid;
		tag->tgid = item->hit->tgid;
		return true;
	default:
		return false;
	}
}

static int join_event(struct gt_happenings *h, const struct gt_held *held, struct gt_item *item)
{
	struct gt_context *context = &h->context;
	struct gt_tag tag = {};
	int err;

	item->task = GT_NO_TASK;
	item->tid = item->tgid = 0;
	item->program = 0;
	item->space = NULL;
	item->epoch = NULL;
	item->event = (const void *)held->words;
	if (!thread_of(item, &tag))
		return 0;
	if (tag.tid != context->tid || tag.tgid != context->tgid || item->tsc < context->from ||
	    item->tsc >= context->until) {
		err = gt_context_find(context, h->join, &tag, item->tsc, UINT64_MAX);
		if (err)
			return err;
	}
	gt_context_tell(context, item);
	return 0;
}

int gt_happenings_next(struct gt_happenings *h, struct gt_item *item)
{
	const struct gt_held *held;
	int err;

	if (h->taken)
		release_first(h);
	h->taken = false;
	err = fill(h);
	if (err)
		return err;
	if (!h->nr_held)
		return 0;
	h->taken = true;
	held = &h->held[h->order[0]];
	item->kind = held->kind;
	item->cpu = h->cpu;
	item->tsc = held->tsc;
	if (held->kind == GT_ITEM_GAP) {
		item->from = held->from;
		return 1;
	}
	if (held->kind == GT_ITEM_DAMAGE)
		return 1;
	err = join_event(h, held, item);
	return err ? err : 1;
}
