// SPDX-License-Identifier: GPL-2.0
#include "replay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"
#include "lib/proc.h"

/* A CPU. */
struct lane {
	uint32_t cpu;
	const struct gt_kept *next;          /* where to look for its next chunk; NULL = there is none */
	const struct gt_chunk_header *chunk; /* the current one */
	struct gt_events events;             /* of it */
	struct {
		size_t at; /* in `events` */
		uint32_t item;
	} * order; /* by time */
	size_t count, room, at;
};

struct lanes {
	struct lane *all;
	size_t count, room;
};

static const struct gtrace_event *event_of(const struct lane *lane, size_t i)
{
	return (const void *)(lane->events.bytes + lane->order[i].at);
}

static void free_lanes(struct lanes *lanes)
{
	for (size_t i = 0; i < lanes->count; i++) {
		gt_events_free(&lanes->all[i].events);
		free(lanes->all[i].order);
	}
	free(lanes->all);
}

static int find_lanes(struct lanes *lanes, const struct gt_slice *slice)
{
	for (const struct gt_kept *kept = slice->chunks.first; kept; kept = kept->next) {
		size_t i = 0;

		while (i < lanes->count && lanes->all[i].cpu != kept->chunk.cpu)
			i++;
		if (kept->chunk.type != GT_CHUNK_EVENTS || i < lanes->count)
			continue;
		if (gt_array_room(&lanes->all, lanes->count, &lanes->room))
			return -ENOMEM;
		lanes->all[lanes->count++] = (struct lane){.cpu = kept->chunk.cpu, .next = kept};
	}
	return 0;
}

/* An interrupt may have told its events behind one that it came into: see analysis/happening.h. */
static int place(struct lane *lane, size_t at)
{
	size_t i = lane->count;

	if (gt_array_room(&lane->order, lane->count, &lane->room))
		return -ENOMEM;
	lane->order[i].at = at;
	lane->order[i].item = lane->count++;
	for (; i && event_of(lane, i - 1)->tsc > event_of(lane, i)->tsc; i--) {
		lane->order[i] = lane->order[i - 1];
		lane->order[i - 1].at = at;
		lane->order[i - 1].item = lane->count - 1;
	}
	return 0;
}

static int unpack(struct lane *lane, struct gt_recording *rec, const struct gt_chunk_header *chunk)
{
	const struct gtrace_event *event;
	int ret;

	lane->count = lane->at = lane->events.used = 0;
	lane->chunk = chunk;
	gt_recording_enter(rec, chunk, true);
	while ((ret = gt_chunk_event(rec, &event)) > 0) {
		size_t at = lane->events.used;
		void *room = gt_events_append(&lane->events, event->size);

		if (!room)
			return -ENOMEM;
		memcpy(room, event, event->size);
		ret = place(lane, at);
		if (ret)
			return ret;
	}
	return ret;
}

/* The next chunk of that CPU, when all of this one was told. */
static int refill(struct lane *lane, struct gt_recording *rec)
{
	const struct gt_kept *kept = lane->next;
	int err = 0;

	while (lane->at == lane->count && kept && !err) {
		if (kept->chunk.type == GT_CHUNK_EVENTS && kept->chunk.cpu == lane->cpu)
			err = unpack(lane, rec, &kept->chunk);
		kept = kept->next;
	}
	lane->next = kept;
	return err;
}

int gt_replay(const struct gt_slice *slice, struct gt_recording *rec, gt_replay_fn *fn, void *to)
{
	struct lanes lanes = {};
	int err = find_lanes(&lanes, slice);

	while (!err) {
		struct lane *first = NULL;

		for (size_t i = 0; i < lanes.count && !err; i++) {
			struct lane *lane = &lanes.all[i];

			err = refill(lane, rec);
			if (!err && lane->at < lane->count &&
			    (!first || event_of(lane, lane->at)->tsc < event_of(first, first->at)->tsc))
				first = lane;
		}
		if (err || !first)
			break;
		err = fn(to, first->cpu, event_of(first, first->at),
			 (struct gt_place){first->chunk, first->order[first->at].item});
		first->at++;
	}
	free_lanes(&lanes);
	return err;
}
