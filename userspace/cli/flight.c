// SPDX-License-Identifier: GPL-2.0
#include "flight.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "analysis/array.h"
#include "census.h"
#include "lib/format.h"
#include "lib/kallsyms.h"

/* Whole chunks, one behind the other. */
struct bytes {
	uint8_t *all;
	size_t used, room;
};

/* What one drain of a ring brought. */
struct batch {
	struct batch *next;
	uint32_t cpu;
	uint64_t tsc, ns;   /* when it began */
	uint64_t first_tsc; /* of its events, UINT64_MAX = none */
	uint64_t samples;
	struct bytes chunks;
	struct gt_events changes; /* what the rest of the recording cannot do without: tasks, the last SWITCH, ... */
	struct gt_total total;    /* of the CPU, when it ended */
};

/* A LOOK chunk. */
struct look {
	struct look *next;
	uint64_t tsc_end;
	uint32_t tgid;
	bool complete;
	struct bytes chunk;
};

/* A CPU at the begin of the window. */
struct cpu {
	uint32_t cpu;
	struct gtrace_event_switch has; /* head.type 0 = not known */
	struct gt_total before;         /* counted by what was dropped */
	struct gt_total now;
};

struct gt_flight {
	struct gt_writer *writer;
	struct gt_flight_options options;
	struct gt_recording_info info;
	char *texts; /* of info */
	bool cut;

	struct bytes kept;
	struct look *looks, **looks_end;
	struct batch *first, **end, *current;
	size_t bytes; /* all of the above */

	/* The begin of the window; 0: nothing was dropped yet. */
	uint64_t from_tsc, from_ns;
	uint32_t from_cpu;
	uint64_t begun_ns; /* of the first batch ever */
	struct gt_census census;
	struct gtrace_event_window window; /* head.type 0 = none yet */
	struct gtrace_event_clock clock;   /* likewise */
	struct cpu *cpus;
	size_t nr_cpus, cpus_room;
};

static int add(struct gt_flight *flight, struct bytes *to, const void *bytes, size_t n)
{
	if (to->room - to->used < n) {
		size_t room = to->used + n + to->used / 2;
		uint8_t *grown = realloc(to->all, room);

		if (!grown)
			return -ENOMEM;
		to->all = grown;
		to->room = room;
	}
	memcpy(to->all + to->used, bytes, n);
	to->used += n;
	flight->bytes += n;
	return 0;
}

static struct cpu *cpu_at(struct gt_flight *flight, uint32_t cpu)
{
	for (size_t i = 0; i < flight->nr_cpus; i++)
		if (flight->cpus[i].cpu == cpu)
			return &flight->cpus[i];
	if (gt_array_room(&flight->cpus, flight->nr_cpus, &flight->cpus_room))
		return NULL;
	flight->cpus[flight->nr_cpus] = (struct cpu){.cpu = cpu, .before.cpu = cpu, .now.cpu = cpu};
	return &flight->cpus[flight->nr_cpus++];
}

/* ---- from the writer into memory --------------------------------------------------------------------------------- */

static int keep_look(struct gt_flight *flight, const struct gt_chunk_header *chunk, size_t size)
{
	struct gt_look_record record;
	struct look *look = calloc(1, sizeof(*look));

	if (!look)
		return -ENOMEM;
	memcpy(&record, chunk + 1, sizeof(record));
	look->tsc_end = record.tsc_end;
	look->tgid = record.tgid;
	look->complete = record.flags & GT_LOOK_COMPLETE;
	*flight->looks_end = look;
	flight->looks_end = &look->next;
	return add(flight, &look->chunk, chunk, size);
}

static int keep_chunk(struct gt_flight *flight, const struct gt_chunk_header *chunk, size_t size)
{
	switch (chunk->type) {
	case GT_CHUNK_EVENTS:
	case GT_CHUNK_SAMPLES:
		if (chunk->type == GT_CHUNK_SAMPLES)
			flight->current->samples += chunk->count;
		return add(flight, &flight->current->chunks, chunk, size);
	case GT_CHUNK_LOOK:
		return keep_look(flight, chunk, size);
	case GT_CHUNK_INFO:
	case GT_CHUNK_MAPS:
		return 0; /* each dump has its own */
	default:
		return add(flight, &flight->kept, chunk, size);
	}
}

static size_t chunk_size(const struct gt_chunk_header *chunk)
{
	return sizeof(*chunk) + (chunk->bytes + GT_CHUNK_ALIGN - 1) / GT_CHUNK_ALIGN * GT_CHUNK_ALIGN;
}

/* A gt_write_fn. */
static int keep(void *to, const void *bytes, size_t n)
{
	const uint8_t *at = bytes, *end = at + n;
	struct gt_flight *flight = to;
	int err = 0;

	while (at < end && !err) {
		const struct gt_chunk_header *chunk = (const void *)at;
		size_t size = chunk_size(chunk);

		err = keep_chunk(flight, chunk, size);
		at += size;
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
				struct gt_writer *writer)
{
	struct gt_flight *flight = calloc(1, sizeof(*flight));

	if (!flight)
		return NULL;
	flight->writer = writer;
	flight->options = *options;
	flight->looks_end = &flight->looks;
	flight->end = &flight->first;
	if (copy_info(flight, info) || gt_writer_redirect(writer, keep, flight)) {
		gt_flight_free(flight);
		return NULL;
	}
	return flight;
}

static void free_batch(struct batch *batch)
{
	free(batch->chunks.all);
	gt_events_free(&batch->changes);
	free(batch);
}

void gt_flight_free(struct gt_flight *flight)
{
	struct batch *batch;
	struct look *look;

	if (!flight)
		return;
	while ((batch = flight->first)) {
		flight->first = batch->next;
		free_batch(batch);
	}
	while ((look = flight->looks)) {
		flight->looks = look->next;
		free(look->chunk.all);
		free(look);
	}
	if (flight->current)
		free_batch(flight->current);
	free(flight->kept.all);
	gt_census_free(&flight->census);
	free(flight->cpus);
	free(flight->texts);
	free(flight);
}

/* ---- the begin of the window ------------------------------------------------------------------------------------- */

/* An event that was dropped: what of it still holds. */
static int drop_event(struct gt_flight *flight, struct cpu *cpu, const struct gtrace_event *event)
{
	switch (event->type) {
	case GTRACE_EVENT_SWITCH:
		memcpy(&cpu->has, event, sizeof(cpu->has));
		return 0;
	case GTRACE_EVENT_WINDOW:
		memcpy(&flight->window, event, sizeof(flight->window));
		return 0;
	case GTRACE_EVENT_CLOCK:
		memcpy(&flight->clock, event, sizeof(flight->clock));
		return 0;
	}
	return gt_census_event(&flight->census, event);
}

static int drop_events(struct gt_flight *flight, struct cpu *cpu, const struct gt_events *events)
{
	int err = 0;

	for (size_t at = 0; at < events->used && !err;) {
		const struct gtrace_event *event = (const void *)(events->bytes + at);

		err = drop_event(flight, cpu, event);
		at += event->size;
	}
	return err;
}

int gt_flight_existing(struct gt_flight *flight, const void *events, size_t bytes)
{
	const uint8_t *at = events, *end = at + bytes;
	int err = 0;

	for (; at < end && !err; at += ((const struct gtrace_event *)at)->size)
		err = gt_census_event(&flight->census, (const void *)at);
	return err;
}

static int drop_first(struct gt_flight *flight)
{
	struct batch *batch = flight->first;
	struct cpu *cpu = cpu_at(flight, batch->cpu);
	int err = cpu ? drop_events(flight, cpu, &batch->changes) : -ENOMEM;

	if (err)
		return err;
	cpu->before = batch->total;
	flight->from_tsc = batch->tsc;
	flight->from_ns = batch->ns;
	flight->from_cpu = batch->cpu;
	flight->bytes -= batch->chunks.used + batch->changes.used;
	flight->first = batch->next;
	if (!flight->first)
		flight->end = &flight->first;
	free_batch(batch);
	return 0;
}

/* Looks before a complete one that stands before the window say nothing any more. */
static void drop_looks(struct gt_flight *flight)
{
	for (const struct look *complete = flight->looks; complete && complete->tsc_end < flight->from_tsc;
	     complete = complete->next) {
		struct look **link = &flight->looks, *look;

		if (!complete->complete)
			continue;
		while ((look = *link) != complete) {
			if (look->tgid != complete->tgid) {
				link = &look->next;
				continue;
			}
			*link = look->next;
			flight->bytes -= look->chunk.used;
			free(look->chunk.all);
			free(look);
		}
	}
}

int gt_flight_trim(struct gt_flight *flight, uint64_t now_ns)
{
	uint64_t span = flight->options.span_ns, before = flight->from_tsc;
	int err = 0;

	while (!err && flight->first && flight->first->ns + span < now_ns)
		err = drop_first(flight);
	/* A window that was cut is whole again when nothing was cut from it for its length. */
	if (flight->from_ns + span < now_ns)
		flight->cut = false;
	while (!err && flight->first && flight->bytes > flight->options.bytes) {
		err = drop_first(flight);
		flight->cut = true;
	}
	if (flight->from_tsc != before)
		drop_looks(flight);
	return err;
}

uint64_t gt_flight_looked(const struct gt_flight *flight)
{
	const struct look *last = flight->looks;

	while (last && last->next)
		last = last->next;
	return last ? last->tsc_end : 0;
}

/* ---- from the rings ---------------------------------------------------------------------------------------------- */

int gt_flight_begin(struct gt_flight *flight, uint32_t cpu, uint64_t tsc, uint64_t now_ns)
{
	struct batch *batch = calloc(1, sizeof(*batch));

	if (!batch)
		return -ENOMEM;
	*batch = (struct batch){.cpu = cpu, .tsc = tsc, .ns = now_ns, .first_tsc = UINT64_MAX};
	flight->current = batch;
	if (!flight->begun_ns)
		flight->begun_ns = now_ns;
	return 0;
}

int gt_flight_events(struct gt_flight *flight, const void *events, size_t bytes)
{
	const struct gtrace_event *last_switch = NULL, *last_window = NULL, *last_clock = NULL;
	const uint8_t *at = events, *end = at + bytes;
	struct batch *batch = flight->current;

	for (; at < end; at += ((const struct gtrace_event *)at)->size) {
		const struct gtrace_event *event = (const void *)at;
		void *room;

		if (event->type == GTRACE_EVENT_PAD)
			continue;
		if (event->tsc < batch->first_tsc)
			batch->first_tsc = event->tsc;
		if (event->type == GTRACE_EVENT_SWITCH)
			last_switch = event;
		else if (event->type == GTRACE_EVENT_WINDOW)
			last_window = event;
		else if (event->type == GTRACE_EVENT_CLOCK)
			last_clock = event;
		else if (event->type == GTRACE_EVENT_FORK || event->type == GTRACE_EVENT_EXEC ||
			 event->type == GTRACE_EVENT_EXIT || event->type == GTRACE_EVENT_MAP) {
			room = gt_events_append(&batch->changes, event->size);
			if (!room)
				return -ENOMEM;
			memcpy(room, event, event->size);
		}
	}
	for (size_t i = 0; i < 3; i++) {
		const struct gtrace_event *last = i == 0 ? last_switch : i == 1 ? last_window : last_clock;
		void *room = last ? gt_events_append(&batch->changes, last->size) : NULL;

		if (last && !room)
			return -ENOMEM;
		if (last)
			memcpy(room, last, last->size);
	}
	return 0;
}

int gt_flight_end(struct gt_flight *flight, const struct gt_total *total)
{
	int err = gt_writer_flush(flight->writer);
	struct cpu *cpu = cpu_at(flight, total->cpu);
	struct batch *batch = flight->current;

	flight->current = NULL;
	if (!cpu && !err)
		err = -ENOMEM;
	if (cpu)
		cpu->now = *total;
	/* Nothing was said: then nothing begins anew when it is dropped. */
	if (err || !batch->chunks.used) {
		free_batch(batch);
		return err;
	}
	batch->total = *total;
	flight->bytes += batch->changes.used;
	*flight->end = batch;
	flight->end = &batch->next;
	return 0;
}

/* ---- the dump ---------------------------------------------------------------------------------------------------- */

struct file {
	int fd;
	uint32_t sequence;
	uint64_t bytes;
};

static int put(struct file *file, const void *bytes, size_t n)
{
	const uint8_t *at = bytes;

	while (n) {
		ssize_t done = write(file->fd, at, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done ? -errno : -EIO;
		at += done;
		n -= done;
		file->bytes += done;
	}
	return 0;
}

/* A gt_write_fn: chunks, which are numbered as they come. */
static int put_chunks(void *to, const void *bytes, size_t n)
{
	const uint8_t *at = bytes, *end = at + n;
	struct file *file = to;
	int err = 0;

	while (at < end && !err) {
		struct gt_chunk_header header = *(const struct gt_chunk_header *)at;
		size_t size = chunk_size(&header);

		gt_chunk_number(&header, file->sequence++);
		err = put(file, &header, sizeof(header));
		if (!err)
			err = put(file, at + sizeof(header), size - sizeof(header));
		at += size;
	}
	return err;
}

static int put_beginning(struct gt_flight *flight, struct file *file, uint64_t span_ns,
			 const struct gt_flight_cause *cause)
{
	struct gt_file_header header = {.version = GT_FILE_VERSION, .bytes = sizeof(header)};
	struct gt_recording_info info = flight->info;
	struct timespec now;
	int err;

	memcpy(header.magic, GT_FILE_MAGIC, sizeof(header.magic));
	clock_gettime(CLOCK_REALTIME, &now);
	info.start_realtime_ns = now.tv_sec * UINT64_C(1000000000) + now.tv_nsec - span_ns;
	info.trigger = cause->trigger;
	info.trigger_goid = cause->goid;
	info.trigger_tsc = cause->tsc;
	err = put(file, &header, sizeof(header));
	return err ? err : gt_writer_info(flight->writer, &info);
}

/* What was there when the window began: MAPS. */
static int put_existing(struct gt_flight *flight)
{
	struct gt_events events = {0};
	struct gtrace_event_clock *clock;
	int err = gt_census_write(&flight->census, flight->from_tsc, &events);

	if (!err && flight->clock.head.type) {
		clock = gt_events_append(&events, sizeof(*clock));
		if (clock)
			*clock = flight->clock;
		else
			err = -ENOMEM;
	}
	if (!err)
		err = gt_writer_events(flight->writer, GT_CPU_NONE, events.bytes, events.used);
	gt_events_free(&events);
	return err;
}

/*
 * Who has the CPU, and that probes record, as events at the begin of the window. What is kept of a CPU whose ring was
 * drained before that of the batch dropped last begins a little earlier.
 */
static int put_state(struct gt_flight *flight, const struct cpu *cpu)
{
	struct {
		struct gtrace_event_switch has;
		struct gtrace_event_window window;
	} events = {.has = cpu->has, .window = flight->window};
	const struct batch *batch = flight->first;
	int err = 0;

	while (batch && (batch->cpu != cpu->cpu || batch->first_tsc == UINT64_MAX))
		batch = batch->next;
	events.has.head.flags = GTRACE_EVENT_F_RUNNING;
	events.has.head.tsc = batch && batch->first_tsc < flight->from_tsc ? batch->first_tsc : flight->from_tsc;
	events.has.prev_tid = events.has.prev_state = 0;
	events.window.head.flags = 0;
	events.window.head.tsc = flight->from_tsc;
	if (cpu->has.head.type)
		err = gt_writer_events(flight->writer, cpu->cpu, &events.has, sizeof(events.has));
	if (!err && flight->window.head.type && cpu->cpu == flight->from_cpu)
		err = gt_writer_events(flight->writer, cpu->cpu, &events.window, sizeof(events.window));
	return err;
}

static int put_states(struct gt_flight *flight)
{
	int err = 0;

	for (size_t i = 0; i < flight->nr_cpus && flight->from_tsc && !err; i++)
		err = put_state(flight, &flight->cpus[i]);
	return err;
}

static int put_window(struct gt_flight *flight, struct file *file, struct gt_flight_dump *dump)
{
	int err = put_chunks(file, flight->kept.all, flight->kept.used);

	for (const struct look *look = flight->looks; look && !err; look = look->next)
		err = put_chunks(file, look->chunk.all, look->chunk.used);
	for (const struct batch *batch = flight->first; batch && !err; batch = batch->next) {
		err = put_chunks(file, batch->chunks.all, batch->chunks.used);
		dump->samples += batch->samples;
	}
	return err;
}

static uint64_t samples_of(const struct gt_flight *flight, uint32_t cpu)
{
	uint64_t samples = 0;

	for (const struct batch *batch = flight->first; batch; batch = batch->next)
		samples += batch->cpu == cpu ? batch->samples : 0;
	return samples;
}

/* Of what is in the file alone. */
static int put_totals(struct gt_flight *flight)
{
	struct gt_total *totals = calloc(flight->nr_cpus + 1, sizeof(*totals));
	int err;

	if (!totals)
		return -ENOMEM;
	for (size_t i = 0; i < flight->nr_cpus; i++) {
		const struct gt_total *now = &flight->cpus[i].now, *before = &flight->cpus[i].before;

		totals[i] = (struct gt_total){
			.cpu = now->cpu,
			.samples = samples_of(flight, now->cpu),
			.lost_full = now->lost_full - before->lost_full,
			.lost_event = now->lost_event - before->lost_event,
			.lost_overrun = now->lost_overrun - before->lost_overrun,
			.lost_offline = now->lost_offline - before->lost_offline,
			.events_dropped = now->events_dropped - before->events_dropped,
			.pmis = now->pmis - before->pmis,
			.spurious = now->spurious - before->spurious,
			.wakeups = now->wakeups - before->wakeups,
			.switches = now->switches - before->switches,
		};
	}
	err = gt_writer_finish(flight->writer, totals, flight->nr_cpus);
	free(totals);
	return err;
}

static int put_all(struct gt_flight *flight, struct file *file, const struct gt_flight_cause *cause,
		   struct gt_flight_dump *dump)
{
	int err = put_beginning(flight, file, dump->span_ns, cause);

	if (!err)
		err = put_existing(flight);
	if (!err)
		err = put_states(flight);
	/* It goes to the file by way of the writer, what follows by itself. */
	if (!err)
		err = gt_writer_flush(flight->writer);
	if (!err)
		err = put_window(flight, file, dump);
	if (!err && (flight->info.flags & GTRACE_F_KERNEL))
		/* Hidden kernel addresses are told of at the begin. */
		err = gt_kallsyms_write(flight->writer) == -ENOMEM ? -ENOMEM : 0;
	return err ? err : put_totals(flight);
}

int gt_flight_dump(struct gt_flight *flight, int fd, uint64_t now_ns, const struct gt_flight_cause *cause,
		   struct gt_flight_dump *dump)
{
	struct file file = {.fd = fd};
	int err = gt_writer_redirect(flight->writer, put_chunks, &file), back;

	*dump = (struct gt_flight_dump){.cut = flight->cut};
	dump->span_ns = now_ns - (flight->from_ns ? flight->from_ns : flight->begun_ns);
	if (!err)
		err = put_all(flight, &file, cause, dump);
	back = gt_writer_redirect(flight->writer, keep, flight);
	dump->bytes = file.bytes;
	return err ? err : back;
}
