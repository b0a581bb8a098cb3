// SPDX-License-Identifier: GPL-2.0
/* What comes from the rings: SAMPLES and EVENTS chunks, and MAPS, which are events too. */
#include <errno.h>
#include <string.h>

#include "recording_writer_private.h"

int gt_writer_samples(struct gt_writer *w, uint32_t cpu, const void *records, size_t n)
{
	const uint8_t *record = records;
	struct gt_sample sample = {.cpu = cpu};

	if (w->error || !n)
		return w->error;
	do {
		if (gt_writer_begin_chunk(w, GT_CHUNK_SAMPLES, cpu))
			return w->error;
		gt_sample_pack_reset(&w->packs.samples);
		for (; n && gt_writer_room(w) >= GT_SAMPLE_PACK_MAX; n--, record += w->decoder.record_size) {
			if (gt_decode(&w->decoder, record, &sample))
				return w->error = -EBADMSG;
			gt_writer_advance(w, gt_sample_pack(&w->packs.samples, &sample, gt_writer_head(w)));
		}
		gt_writer_end_chunk(w);
	} while (n);
	return 0;
}

static uint8_t *pack_switch(struct gt_writer *w, const struct gtrace_event_switch *sw, uint8_t *out)
{
	uint64_t row[GT_NR_SWITCH_COLUMNS] = {
		[GT_SWITCH_TSC] = sw->head.tsc,      [GT_SWITCH_SAMPLE_INDEX] = sw->sample_index,
		[GT_SWITCH_NEXT_TID] = sw->next_tid, [GT_SWITCH_NEXT_TGID] = sw->next_tgid,
		[GT_SWITCH_PREV_TID] = sw->prev_tid, [GT_SWITCH_PREV_STATE] = sw->prev_state,
		[GT_SWITCH_FLAGS] = sw->head.flags,
	};

	*out++ = GT_EVENT_SWITCH;
	return gt_pack_row(&w->packs.switches, row, out);
}

static uint8_t *pack_wake(struct gt_writer *w, const struct gtrace_event_wake *wake, uint8_t *out)
{
	uint64_t row[GT_NR_WAKE_COLUMNS] = {
		[GT_WAKE_TSC] = wake->head.tsc,
		[GT_WAKE_TID] = wake->tid,
		[GT_WAKE_TGID] = wake->tgid,
		[GT_WAKE_WAKER_TID] = wake->waker_tid,
		[GT_WAKE_WAKER_TGID] = wake->waker_tgid,
		[GT_WAKE_IN_INTERRUPT] = wake->in_interrupt,
		[GT_WAKE_TO_CPU] = (uint64_t)wake->to_cpu,
		[GT_WAKE_FLAGS] = wake->head.flags,
	};

	*out++ = GT_EVENT_WAKE;
	return gt_pack_row(&w->packs.wakes, row, out);
}

static uint8_t *pack_period(struct gt_writer *w, const struct gtrace_event_period *period, uint8_t *out)
{
	uint64_t row[GT_NR_PERIOD_COLUMNS] = {
		[GT_PERIOD_TSC] = period->head.tsc,
		[GT_PERIOD_SAMPLE_INDEX] = period->sample_index,
		[GT_PERIOD_PERIOD] = period->period,
		[GT_PERIOD_FLAGS] = period->head.flags,
	};

	*out++ = GT_EVENT_PERIOD;
	return gt_pack_row(&w->packs.periods, row, out);
}

static uint8_t *pack_hit(struct gt_writer *w, const struct gtrace_event_hit *hit, uint8_t *out)
{
	*out++ = GT_EVENT_HIT;
	return gt_hit_pack(&w->packs.hits, hit, out);
}

static uint8_t *copy_event(const struct gtrace_event *event, uint8_t *out)
{
	*out++ = GT_EVENT_RAW;
	memcpy(out, event, event->size);
	return out + event->size;
}

/* An event of a later module may have grown: it is then kept as it is. */
static uint8_t *put_event(struct gt_writer *w, const struct gtrace_event *event, uint8_t *out)
{
	const struct gtrace_event_hit *hit = (const void *)event;

	if (event->type == GTRACE_EVENT_SWITCH && event->size == sizeof(struct gtrace_event_switch))
		return pack_switch(w, (const void *)event, out);
	if (event->type == GTRACE_EVENT_WAKE && event->size == sizeof(struct gtrace_event_wake))
		return pack_wake(w, (const void *)event, out);
	if (event->type == GTRACE_EVENT_PERIOD && event->size == sizeof(struct gtrace_event_period))
		return pack_period(w, (const void *)event, out);
	if (event->type == GTRACE_EVENT_HIT && gt_hit_sane(hit) &&
	    event->size == gt_hit_bytes(hit->nr_values, hit->nr_branches, hit->nr_frames))
		return pack_hit(w, hit, out);
	return copy_event(event, out);
}

static int begin_events(struct gt_writer *w, enum gt_chunk_type type, uint32_t cpu)
{
	gt_packs_reset_events(&w->packs);
	return gt_writer_begin_chunk(w, type, cpu);
}

static int put_events(struct gt_writer *w, enum gt_chunk_type type, uint32_t cpu, const void *events, size_t bytes)
{
	const uint8_t *p = events, *end = p + bytes;

	if (w->error || !bytes)
		return w->error;
	if (begin_events(w, type, cpu))
		return w->error;
	while (p < end) {
		const struct gtrace_event *event = (const void *)p;

		/* A PAD may be shorter than the head of an event. */
		if (end - p < 8 || event->size % 8 || event->size > end - p ||
		    event->size < (event->type == GTRACE_EVENT_PAD ? 8 : sizeof(*event)))
			return w->error = -EBADMSG;
		p += event->size;
		if (event->type == GTRACE_EVENT_PAD)
			continue;
		if (gt_writer_room(w) < (size_t)1 + event->size + GT_HIT_PACK_MAX && begin_events(w, type, cpu))
			return w->error;
		gt_writer_advance(w, put_event(w, event, gt_writer_head(w)));
	}
	gt_writer_end_chunk(w);
	return 0;
}

int gt_writer_events(struct gt_writer *w, uint32_t cpu, const void *events, size_t bytes)
{
	return put_events(w, cpu == GT_CPU_NONE ? GT_CHUNK_MAPS : GT_CHUNK_EVENTS, cpu, events, bytes);
}

int gt_writer_standing(struct gt_writer *w, uint32_t cpu, const void *events, size_t bytes)
{
	return put_events(w, GT_CHUNK_STANDING, cpu, events, bytes);
}
