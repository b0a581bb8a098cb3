// SPDX-License-Identifier: GPL-2.0
#include "flight.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flight_private.h"
#include "lib/array.h"
#include "stale.h"

/* A window is so many slices, or one more: so much longer than asked for it may be. */
#define SLICES 32
/* Of the memory allowed so much is for how what stands still had come to: 64 MB are enough for 20,000 goroutines. */
#define STOPPED_SHARE 4
/* Read at once: what is in memory grows by so much between two looks at how much that is. */
#define EVENTS_BYTES (64u << 10)
#define RECORDS      2048

/* ---- from the writer into memory --------------------------------------------------------------------------------- */

static int keep_chunk(struct gt_flight *flight, const struct gt_chunk_header *chunk)
{
	switch (chunk->type) {
	case GT_CHUNK_EVENTS:
	case GT_CHUNK_SAMPLES:
		return gt_kept_add(&flight->current->chunks, chunk);
	case GT_CHUNK_LOOK:
		return gt_kept_add(&flight->looks, chunk);
	case GT_CHUNK_INFO:
	case GT_CHUNK_MAPS:
		return 0; /* each dump has its own */
	default:
		return gt_kept_add(&flight->kept, chunk);
	}
}

int gt_flight_keep(void *to, const void *bytes, size_t n)
{
	const uint8_t *at = bytes, *end = at + n;
	int err = 0;

	while (at < end && !err) {
		const struct gt_chunk_header *chunk = (const void *)at;

		err = keep_chunk(to, chunk);
		at += gt_chunk_size(chunk);
	}
	return err;
}

static int copy_info(struct gt_flight *flight, const struct gt_recording_info *info)
{
	const char **texts[] = {&flight->info.version, &flight->info.host, &flight->info.kernel, &flight->info.cpu,
				&flight->info.command};
	size_t bytes = 0;
	char *at;

	flight->info = *info;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		bytes += strlen(*texts[i]) + 1;
	at = flight->texts = malloc(bytes);
	if (!at)
		return -ENOMEM;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		const char *text = at;

		at = stpcpy(at, *texts[i]) + 1;
		*texts[i] = text;
	}
	return 0;
}

struct gt_flight *gt_flight_new(const struct gt_flight_options *options, const struct gt_recording_info *info,
				const struct gt_decoder *decoder, struct gt_writer *writer, uint64_t tsc)
{
	struct gt_flight *flight = calloc(1, sizeof(*flight));

	if (!flight)
		return NULL;
	flight->writer = writer;
	flight->options = *options;
	flight->decoder = *decoder;
	flight->begun = tsc;
	flight->slices.ticks = options->span / SLICES + 1;
	flight->slices.full = options->bytes / SLICES;
	if (copy_info(flight, info) ||
	    gt_standing_init(&flight->standing, options->remember ? options->bytes / STOPPED_SHARE : 0,
			     info->tsc_khz) ||
	    gt_writer_redirect(writer, gt_flight_keep, flight)) {
		gt_flight_free(flight);
		return NULL;
	}
	return flight;
}

void gt_flight_free(struct gt_flight *flight)
{
	if (!flight)
		return;
	gt_slices_free(&flight->slices);
	gt_kept_free(&flight->looks);
	gt_kept_free(&flight->kept);
	gt_standing_free(&flight->standing);
	free(flight->cpus);
	free(flight->texts);
	free(flight);
}

/* ---- the window -------------------------------------------------------------------------------------------------- */

uint64_t gt_flight_begin(const struct gt_flight *flight)
{
	return flight->from ? flight->from : flight->begun;
}

size_t gt_flight_bytes(const struct gt_flight *flight)
{
	return flight->looks.bytes + flight->kept.bytes + gt_slices_bytes(&flight->slices) +
	       flight->standing.stopped.bytes;
}

static int drop_first(struct gt_flight *flight)
{
	uint64_t end = gt_slices_end(&flight->slices, 0);
	struct gt_slice *first = gt_slices_shift(&flight->slices);
	int err = gt_standing_pass(&flight->standing, first);

	flight->from = end;
	gt_slice_free(first);
	return err;
}

/* The slice of a moment, NULL = it is before the window; and until when it is the same. 0 or -ENOMEM. */
static int place(struct gt_flight *flight, uint64_t tsc, struct gt_slice **slice, uint64_t *until)
{
	*slice = NULL;
	*until = flight->from;
	return tsc < flight->from ? 0 : gt_slices_place(&flight->slices, tsc, flight->from, slice, until);
}

int gt_flight_trim(struct gt_flight *flight, uint64_t tsc)
{
	uint64_t want = tsc > flight->options.span ? tsc - flight->options.span : 0, before = flight->from;
	int err = 0;

	while (!err && flight->slices.count && gt_slices_end(&flight->slices, 0) <= want)
		err = drop_first(flight);
	while (!err && flight->slices.count > 1 && gt_flight_bytes(flight) > flight->options.bytes) {
		err = drop_first(flight);
		flight->cut = flight->from;
	}
	/* Where nothing happened it may begin at any time. */
	if (flight->slices.count && flight->slices.all[0]->begin < want)
		want = flight->slices.all[0]->begin;
	if (want > gt_flight_begin(flight))
		flight->from = want;
	if (flight->from != before) {
		gt_stale_looks(&flight->looks, &flight->standing.census, flight->from);
		gt_stale_programs(&flight->kept, &flight->standing.census, flight->from);
	}
	return err;
}

uint64_t gt_flight_looked(const struct gt_flight *flight)
{
	struct gt_look_record record;

	if (!flight->looks.last)
		return 0;
	memcpy(&record, &flight->looks.last->chunk + 1, sizeof(record));
	return record.tsc_begin;
}

/* ---- from the rings ---------------------------------------------------------------------------------------------- */

int gt_flight_existing(struct gt_flight *flight, const void *events, size_t bytes)
{
	const uint8_t *at = events, *end = at + bytes;
	int err = 0;

	for (; at < end && !err; at += ((const struct gtrace_event *)at)->size)
		err = gt_census_event(&flight->standing.census, (const void *)at);
	return err;
}

static struct gt_flight_cpu *cpu_at(struct gt_flight *flight, uint32_t cpu)
{
	for (size_t i = 0; i < flight->nr_cpus; i++)
		if (flight->cpus[i].cpu == cpu)
			return &flight->cpus[i];
	if (gt_array_room(&flight->cpus, flight->nr_cpus, &flight->cpus_room))
		return NULL;
	flight->cpus[flight->nr_cpus] = (struct gt_flight_cpu){.cpu = cpu};
	return &flight->cpus[flight->nr_cpus++];
}

/* What an event tells of the time; a PAD tells nothing. */
static uint64_t time_of(const struct gt_flight_cpu *cpu, const struct gtrace_event *event)
{
	return event->type != GTRACE_EVENT_PAD && event->tsc > cpu->tsc ? event->tsc : cpu->tsc;
}

/* The ring is the module's, and the bytes are taken as far as they make sense. */
static bool is_event(const void *at, size_t bytes)
{
	const struct gtrace_event *event = at;

	return bytes >= 8 && !(event->size % 8) && event->size <= bytes &&
	       event->size >= (event->type == GTRACE_EVENT_PAD ? 8 : sizeof(*event));
}

static int note_event(struct gt_flight *flight, struct gt_slice *slice, uint32_t cpu, const struct gtrace_event *event)
{
	if (event->type == GTRACE_EVENT_PAD)
		return 0;
	return slice ? gt_slice_event(slice, cpu, event) : gt_standing_event(&flight->standing, cpu, event);
}

static int keep_events(struct gt_flight *flight, struct gt_slice *slice, uint32_t cpu, const void *events, size_t bytes)
{
	int err;

	if (!slice)
		return 0;
	flight->current = slice;
	err = gt_writer_events(flight->writer, cpu, events, bytes);
	if (!err)
		err = gt_writer_flush(flight->writer);
	flight->current = NULL;
	return err;
}

int gt_flight_events(struct gt_flight *flight, uint32_t cpu, const void *events, size_t bytes)
{
	struct gt_flight_cpu *state = cpu_at(flight, cpu);
	const uint8_t *at = events, *end = at + bytes;
	int err = state ? 0 : -ENOMEM;

	while (at < end && !err) {
		const struct gtrace_event *event = (const void *)at;
		const uint8_t *begin = at;
		struct gt_slice *slice;
		uint64_t until;

		if (!is_event(at, end - at))
			return -EBADMSG;
		err = place(flight, time_of(state, event), &slice, &until);
		while (!err && at < begin + EVENTS_BYTES && is_event(at, end - at) && time_of(state, event) < until) {
			err = note_event(flight, slice, cpu, event);
			state->tsc = time_of(state, event);
			state->full = false;
			at += event->size;
			event = (const void *)at;
		}
		if (!err)
			err = keep_events(flight, slice, cpu, begin, at - begin);
	}
	return err;
}

static int keep_samples(struct gt_flight *flight, struct gt_slice *slice, uint32_t cpu, const void *records, size_t n)
{
	struct gt_cpu_state *state = gt_cpu_state_at(slice ? &slice->cpus : &flight->standing.cpus, cpu);
	int err;

	if (!state)
		return -ENOMEM;
	state->samples += n;
	if (!slice)
		return 0;
	flight->current = slice;
	err = gt_writer_samples(flight->writer, cpu, records, n);
	if (!err)
		err = gt_writer_flush(flight->writer);
	flight->current = NULL;
	return err;
}

int gt_flight_samples(struct gt_flight *flight, uint32_t cpu, const void *records, size_t n)
{
	const struct gt_decoder *decoder = &flight->decoder;
	const uint8_t *at = records;
	int err = 0;

	while (n && !err) {
		struct gt_slice *slice;
		uint64_t until;
		size_t run = 1;

		err = place(flight, gt_decoder_tsc(decoder, at), &slice, &until);
		while (run < n && run < RECORDS && gt_decoder_tsc(decoder, at + run * decoder->record_size) < until)
			run++;
		if (!err)
			err = keep_samples(flight, slice, cpu, at, run);
		at += run * decoder->record_size;
		n -= run;
	}
	return err;
}

/*
 * The counters are those of now: of the newest slice that this CPU has events in. One that was dropped without them
 * leaves the older ones in place: what was lost then is told of the window, rather than of nothing.
 */
int gt_flight_count(struct gt_flight *flight, const struct gt_total *total)
{
	struct gt_flight_cpu *cpu = cpu_at(flight, total->cpu);
	struct gt_cpu_state *state;
	struct gt_slice *slice;

	if (!cpu)
		return -ENOMEM;
	cpu->full |= total->events_dropped != cpu->dropped;
	cpu->dropped = total->events_dropped;
	slice = gt_slices_at(&flight->slices, cpu->tsc);
	state = gt_cpu_state_at(slice ? &slice->cpus : &flight->standing.cpus, total->cpu);
	if (!state)
		return -ENOMEM;
	state->counted = true;
	state->total = *total;
	return 0;
}

uint64_t gt_flight_known(const struct gt_flight *flight, uint64_t tsc)
{
	uint64_t known = tsc - (uint64_t)flight->info.tsc_khz * GT_FLIGHT_LATE_US / 1000;

	for (size_t i = 0; i < flight->nr_cpus; i++)
		if (flight->cpus[i].full && flight->cpus[i].tsc < known)
			known = flight->cpus[i].tsc;
	return known;
}
