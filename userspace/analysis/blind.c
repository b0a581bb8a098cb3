// SPDX-License-Identifier: GPL-2.0
#include "analysis/blind.h"

#include "lib/array.h"

void gt_blinds_free(struct gt_blinds *blinds)
{
	free(blinds->all);
	*blinds = (struct gt_blinds){};
}

int gt_blinds_add(struct gt_blinds *blinds, uint64_t from, uint64_t until, enum gt_blindness why)
{
	if (from >= until)
		return 0;
	if (gt_array_room(&blinds->all, blinds->count, &blinds->room))
		return -ENOMEM;
	blinds->all[blinds->count++] = (struct gt_blind){.from = from, .until = until, .why = why};
	return 0;
}

static int by_begin(const void *a, const void *b)
{
	const struct gt_blind *left = a, *right = b;

	return left->from != right->from ? (left->from < right->from ? -1 : 1) : 0;
}

void gt_blinds_settle(struct gt_blinds *blinds)
{
	size_t i, kept = 0;

	if (!blinds->count)
		return;
	qsort(blinds->all, blinds->count, sizeof(*blinds->all), by_begin);
	for (i = 1; i < blinds->count; i++) {
		struct gt_blind *last = &blinds->all[kept], *next = &blinds->all[i];

		if (next->from > last->until) {
			blinds->all[++kept] = *next;
			continue;
		}
		if (next->until > last->until)
			last->until = next->until;
		if (next->why == GT_BLIND_GAP)
			last->why = GT_BLIND_GAP;
	}
	blinds->count = kept + 1;
}

/* CPUs of which a part of the file is missing, up to their next event. */
struct holes {
	struct {
		uint32_t cpu;
		uint64_t from;
	} * all;
	size_t count, room;
};

static int open_hole(struct holes *holes, const struct gt_item *item)
{
	if (gt_array_room(&holes->all, holes->count, &holes->room))
		return -ENOMEM;
	holes->all[holes->count].cpu = item->cpu;
	holes->all[holes->count++].from = item->tsc + 1;
	return 0;
}

static int close_holes(struct gt_blinds *blinds, struct holes *holes, const struct gt_item *item)
{
	size_t i;
	int err = 0;

	for (i = holes->count; i-- && !err;) {
		if (holes->all[i].cpu != item->cpu)
			continue;
		err = gt_blinds_add(blinds, holes->all[i].from, item->tsc, GT_BLIND_GAP);
		holes->all[i] = holes->all[--holes->count];
	}
	return err;
}

static int take(struct gt_blinds *blinds, const struct gt_item *item, struct holes *holes, uint64_t *closed)
{
	int err = item->kind == GT_ITEM_DAMAGE ? 0 : close_holes(blinds, holes, item);

	if (err)
		return err;
	switch (item->kind) {
	case GT_ITEM_GAP:
		return gt_blinds_add(blinds, item->from + 1, item->tsc, GT_BLIND_GAP);
	case GT_ITEM_DAMAGE:
		return open_hole(holes, item);
	case GT_ITEM_WINDOW:
		blinds->hits = item->window->hits;
		blinds->cost = item->window->cost;
		blinds->ran = item->window->ran;
		if (!item->window->open) {
			/* STOP closes once more. */
			blinds->paused = *closed != UINT64_MAX;
			if (!blinds->paused)
				*closed = item->tsc;
			return 0;
		}
		blinds->windows++;
		blinds->paused = false;
		err = *closed == UINT64_MAX ? 0 : gt_blinds_add(blinds, *closed, item->tsc, GT_BLIND_PAUSE);
		*closed = UINT64_MAX;
		return err;
	default:
		return 0;
	}
}

int gt_blinds_find(struct gt_blinds *blinds, struct gt_join *join)
{
	/* Since when the probes pause; UINT64_MAX = they do not. */
	uint64_t closed = join->standing ? UINT64_MAX : 0;
	struct holes holes = {};
	struct gt_stream *stream;
	struct gt_item item;
	size_t i;
	int ret;

	ret = gt_stream_open(join, GT_ORDER_EVENTS, NULL, 0, &stream);
	if (!ret) {
		while ((ret = gt_stream_next(stream, &item)) > 0) {
			ret = take(blinds, &item, &holes, &closed);
			if (ret)
				break;
		}
		gt_stream_close(stream);
	}
	for (i = 0; i < holes.count && !ret; i++)
		ret = gt_blinds_add(blinds, holes.all[i].from, UINT64_MAX, GT_BLIND_GAP);
	blinds->paused |= closed && closed != UINT64_MAX && (!join->finished || *join->info->trigger);
	if (!ret && closed != UINT64_MAX)
		ret = gt_blinds_add(blinds, closed, UINT64_MAX, GT_BLIND_PAUSE);
	free(holes.all);
	gt_blinds_settle(blinds);
	return ret;
}

uint64_t gt_blinds_seen(const struct gt_blinds *blinds, uint64_t from, uint64_t until)
{
	uint64_t seen = until - from;
	size_t i;

	for (i = 0; i < blinds->count; i++) {
		uint64_t begin = blinds->all[i].from > from ? blinds->all[i].from : from;
		uint64_t end = blinds->all[i].until < until ? blinds->all[i].until : until;

		if (begin < end)
			seen -= end - begin;
	}
	return seen;
}
