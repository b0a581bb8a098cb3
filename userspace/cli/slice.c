// SPDX-License-Identifier: GPL-2.0
#include "slice.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct gt_slice *gt_slice_new(uint64_t begin)
{
	struct gt_slice *slice = calloc(1, sizeof(*slice));

	if (slice)
		slice->begin = begin;
	return slice;
}

void gt_slice_free(struct gt_slice *slice)
{
	if (!slice)
		return;
	gt_kept_free(&slice->chunks);
	gt_events_free(&slice->changes);
	gt_cpu_states_free(&slice->cpus);
	free(slice);
}

int gt_slice_event(struct gt_slice *slice, uint32_t cpu, const struct gtrace_event *event)
{
	struct gt_cpu_state *state;
	void *room;

	switch (event->type) {
	case GTRACE_EVENT_SWITCH:
	case GTRACE_EVENT_PERIOD:
		state = gt_cpu_state_at(&slice->cpus, cpu);
		if (!state)
			return -ENOMEM;
		gt_cpu_state_event(state, event);
		return 0;
	case GTRACE_EVENT_FORK:
	case GTRACE_EVENT_EXEC:
	case GTRACE_EVENT_EXIT:
	case GTRACE_EVENT_MAP:
	case GTRACE_EVENT_WINDOW:
	case GTRACE_EVENT_CLOCK:
		room = gt_events_append(&slice->changes, event->size);
		if (!room)
			return -ENOMEM;
		memcpy(room, event, event->size);
		return 0;
	}
	return 0;
}

size_t gt_slice_bytes(const struct gt_slice *slice)
{
	return sizeof(*slice) + slice->chunks.bytes + slice->changes.room +
	       slice->cpus.room * sizeof(*slice->cpus.all);
}
