// SPDX-License-Identifier: GPL-2.0
#include "slice.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"

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
	/* Also of a CPU of which nothing else is known: what is told anew of all CPUs is told by one. */
	struct gt_cpu_state *state = gt_cpu_state_at(&slice->cpus, cpu);
	void *room;

	if (!state)
		return -ENOMEM;
	gt_cpu_state_event(state, event);
	switch (event->type) {
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
	}
	return 0;
}

static size_t bytes_of(const struct gt_slice *slice)
{
	return sizeof(*slice) + slice->chunks.bytes + slice->changes.room + slice->cpus.room * sizeof(*slice->cpus.all);
}

/* ---- those of a window ------------------------------------------------------------------------------------------- */

uint64_t gt_slices_end(const struct gt_slices *slices, size_t i)
{
	uint64_t end = slices->all[i]->begin + slices->ticks;

	return i + 1 < slices->count && slices->all[i + 1]->begin < end ? slices->all[i + 1]->begin : end;
}

/* How many begin at `tsc` or before. */
static size_t begun_at(const struct gt_slices *slices, uint64_t tsc)
{
	size_t n = slices->count;

	while (n && slices->all[n - 1]->begin > tsc)
		n--;
	return n;
}

struct gt_slice *gt_slices_at(const struct gt_slices *slices, uint64_t tsc)
{
	size_t n = begun_at(slices, tsc);

	return n ? slices->all[n - 1] : NULL;
}

static struct gt_slice *insert(struct gt_slices *slices, size_t i, uint64_t begin)
{
	struct gt_slice *slice;

	if (gt_array_room(&slices->all, slices->count, &slices->room))
		return NULL;
	slice = gt_slice_new(begin);
	if (!slice)
		return NULL;
	memmove(slices->all + i + 1, slices->all + i, (slices->count - i) * sizeof(*slices->all));
	slices->all[i] = slice;
	slices->count++;
	return slice;
}

int gt_slices_place(struct gt_slices *slices, uint64_t tsc, uint64_t from, struct gt_slice **slice, uint64_t *until)
{
	uint64_t begin = tsc - tsc % slices->ticks, end;
	size_t n = begun_at(slices, tsc);

	if (n) {
		end = gt_slices_end(slices, n - 1);
		*slice = slices->all[n - 1];
		*until = end;
		if (tsc < end && (n < slices->count || tsc == (*slice)->begin || bytes_of(*slice) <= slices->full))
			return 0;
		begin = tsc < end ? tsc : begin < end ? end : begin;
	}
	*slice = insert(slices, n, begin < from ? from : begin);
	if (!*slice)
		return -ENOMEM;
	*until = gt_slices_end(slices, n);
	return 0;
}

struct gt_slice *gt_slices_shift(struct gt_slices *slices)
{
	struct gt_slice *first = slices->all[0];

	memmove(slices->all, slices->all + 1, --slices->count * sizeof(*slices->all));
	return first;
}

size_t gt_slices_bytes(const struct gt_slices *slices)
{
	size_t bytes = 0;

	for (size_t i = 0; i < slices->count; i++)
		bytes += bytes_of(slices->all[i]);
	return bytes;
}

void gt_slices_free(struct gt_slices *slices)
{
	for (size_t i = 0; i < slices->count; i++)
		gt_slice_free(slices->all[i]);
	free(slices->all);
	*slices = (struct gt_slices){0};
}
