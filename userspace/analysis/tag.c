// SPDX-License-Identifier: GPL-2.0
#include "analysis/tag.h"

#include "lib/array.h"

void gt_tagger_init(struct gt_tagger *tagger)
{
	*tagger = (struct gt_tagger){.until = UINT64_MAX, .counting = true};
}

void gt_tagger_free(struct gt_tagger *tagger)
{
	free(tagger->queue);
	gt_tagger_init(tagger);
}

static int push(struct gt_tagger *tagger, const struct gt_tag *tag)
{
	/* What has been consumed makes room before the array grows. */
	if (tagger->count == tagger->room && tagger->head > tagger->room / 2) {
		tagger->count -= tagger->head;
		memmove(tagger->queue, tagger->queue + tagger->head, tagger->count * sizeof(*tagger->queue));
		tagger->head = 0;
	}
	if (gt_array_room(&tagger->queue, tagger->count, &tagger->room))
		return -ENOMEM;
	if (tagger->head == tagger->count)
		tagger->until = tag->from;
	tagger->queue[tagger->count++] = *tag;
	return 0;
}

int gt_tagger_gap(struct gt_tagger *tagger)
{
	return push(tagger, &(struct gt_tag){.from = tagger->last_event});
}

int gt_tagger_event(struct gt_tagger *tagger, const struct gtrace_event *event)
{
	const struct gtrace_event_switch *to = (const void *)event;
	int err = 0;

	/* What was dropped may have been a SWITCH at any time after the last event that was not. */
	if (event->flags & GTRACE_EVENT_F_GAP)
		err = gt_tagger_gap(tagger);
	if (!err && event->type == GTRACE_EVENT_SWITCH)
		err = push(tagger, &(struct gt_tag){.from = event->tsc,
						    .sample_index = to->sample_index,
						    .tid = to->next_tid,
						    .tgid = to->next_tgid,
						    .known = true});
	if (event->tsc > tagger->last_event)
		tagger->last_event = event->tsc;
	return err;
}

void gt_tagger_advance(struct gt_tagger *tagger, uint64_t tsc)
{
	struct gt_tag *now = &tagger->now;
	uint64_t first = now->known ? now->sample_index : 0;

	while (tagger->head < tagger->count && tagger->queue[tagger->head].from <= tsc) {
		*now = tagger->queue[tagger->head++];
		/* By the record count the samples [sample_index, index) belonged to `now` already. */
		if (now->known && tagger->counting && now->sample_index < tagger->index)
			tagger->disagreed += tagger->index - (now->sample_index > first ? now->sample_index : first);
		if (now->known && first < now->sample_index)
			first = now->sample_index;
	}
	tagger->until = tagger->head < tagger->count ? tagger->queue[tagger->head].from : UINT64_MAX;
	/* A sample from before the last switch: time went back and nothing is left to say whose it was. */
	if (tsc < now->from)
		*now = (struct gt_tag){.from = tsc};
}
