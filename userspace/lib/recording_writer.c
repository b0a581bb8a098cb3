// SPDX-License-Identifier: GPL-2.0
#include "recording_writer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "format.h"
#include "hit_pack.h"
#include "sample_pack.h"

#define BUFFER_BYTES (512u << 10)
/* A new chunk begins only with this much room: more than the largest single item, a MAP event of 64 KiB. */
#define CHUNK_ROOM (80u << 10)
_Static_assert(BUFFER_BYTES <= GT_CHUNK_MAX, "a chunk never outgrows what a reader takes");

/*
 *	buffer ....[ complete chunks ][ header | items so far ]...........................
 *	                              ^chunk           used^
 */
struct gt_writer {
	int fd;
	gt_write_fn *write;
	void *to;
	int error;
	uint64_t flushed; /* bytes */
	size_t used;
	struct gt_chunk_header *chunk; /* the open chunk, NULL = none */
	uint32_t sequence;
	struct gt_decoder decoder;
	struct gt_sample_pack samples;
	struct gt_pack switches;
	struct gt_pack wakes;
	struct gt_pack periods;
	struct gt_hit_pack hits;
	struct gt_pack goroutines;
	struct gt_pack threads;
	uint8_t buffer[BUFFER_BYTES] __attribute__((aligned(64)));
};

static uint8_t *head(struct gt_writer *w)
{
	return w->buffer + w->used;
}

static size_t room(const struct gt_writer *w)
{
	return BUFFER_BYTES - GT_CHUNK_ALIGN - w->used;
}

static void advance(struct gt_writer *w, const uint8_t *end)
{
	w->used = end - w->buffer;
	w->chunk->count++;
}

static int write_file(void *to, const void *bytes, size_t size)
{
	const struct gt_writer *w = to;
	size_t done = 0;

	while (done < size) {
		ssize_t n = write(w->fd, (const uint8_t *)bytes + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		done += n;
	}
	return 0;
}

static int write_all(struct gt_writer *w)
{
	if (w->used)
		w->error = w->write(w->to, w->buffer, w->used);
	if (w->error)
		return w->error;
	w->flushed += w->used;
	w->used = 0;
	return 0;
}

void gt_chunk_number(struct gt_chunk_header *chunk, uint32_t number)
{
	chunk->sequence = number;
	chunk->header_crc = crc32(0, (const uint8_t *)chunk, offsetof(struct gt_chunk_header, header_crc));
}

/* An empty chunk is taken back: nothing was said. */
static void end_chunk(struct gt_writer *w)
{
	struct gt_chunk_header *chunk = w->chunk;
	uint8_t *payload = (uint8_t *)(chunk + 1);

	w->chunk = NULL;
	if (!chunk->count) {
		w->used -= sizeof(*chunk);
		return;
	}
	chunk->bytes = head(w) - payload;
	while (w->used % GT_CHUNK_ALIGN)
		w->buffer[w->used++] = 0;
	chunk->payload_crc = crc32(0, payload, chunk->bytes);
	gt_chunk_number(chunk, w->sequence++);
}

static int begin_chunk(struct gt_writer *w, enum gt_chunk_type type, uint32_t cpu)
{
	if (w->chunk)
		end_chunk(w);
	if (room(w) < CHUNK_ROOM && write_all(w))
		return w->error;
	w->chunk = (struct gt_chunk_header *)head(w);
	*w->chunk = (struct gt_chunk_header){.magic = GT_CHUNK_MAGIC, .type = type, .cpu = cpu};
	w->used += sizeof(*w->chunk);
	return 0;
}

/* Adjacent items of a type share a chunk while there is room. */
static int continue_chunk(struct gt_writer *w, enum gt_chunk_type type, size_t bytes)
{
	if (w->error)
		return w->error;
	if (bytes > CHUNK_ROOM - sizeof(struct gt_chunk_header))
		return -EMSGSIZE;
	if (w->chunk && w->chunk->type == type && room(w) >= bytes)
		return 0;
	return begin_chunk(w, type, GT_CPU_NONE);
}

static void append(struct gt_writer *w, const void *data, size_t bytes)
{
	memcpy(head(w), data, bytes);
	w->used += bytes;
}

/* ---- INFO ---------------------------------------------------------------------------------------------------- */

static void __attribute__((format(printf, 2, 3))) put_line(struct gt_writer *w, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	w->used += vsnprintf((char *)head(w), room(w), format, args);
	va_end(args);
	w->chunk->count++;
}

/* One line a key: a newline within a text would begin another. */
static void put_text(struct gt_writer *w, const char *key, const char *text)
{
	append(w, key, strlen(key));
	append(w, " ", 1);
	for (size_t left = 16384; *text && left; text++, left--) {
		if (*text == '\n')
			append(w, "\\n", 2);
		else if (*text == '\\')
			append(w, "\\\\", 2);
		else
			append(w, text, 1);
	}
	append(w, "\n", 1);
	w->chunk->count++;
}

static void put_info(struct gt_writer *w, const struct gt_recording_info *info)
{
	put_text(w, "version", info->version);
	put_text(w, "host", info->host);
	put_text(w, "kernel", info->kernel);
	put_text(w, "cpu", info->cpu);
	put_text(w, "command", info->command);
	put_line(w, "start_realtime_ns %" PRIu64 "\n", info->start_realtime_ns);
	put_line(w, "abi_version %u\n", info->abi_version);
	put_line(w, "pebs_format %u\n", info->pebs_format);
	put_line(w, "cpu_family %u\n", info->cpu_family);
	put_line(w, "cpu_model %u\n", info->cpu_model);
	put_line(w, "cpu_stepping %u\n", info->cpu_stepping);
	put_line(w, "nr_cpus %u\n", info->nr_cpus);
	put_line(w, "tsc_khz %u\n", info->tsc_khz);
	put_line(w, "lbr_depth %u\n", info->lbr_depth);
	put_line(w, "data %u\n", info->data);
	put_line(w, "flags %u\n", info->flags);
	put_line(w, "count %u\n", info->count);
	put_line(w, "sample_bytes %u\n", info->sample_bytes);
	put_line(w, "event_bytes %u\n", info->event_bytes);
	put_line(w, "target %d\n", info->target);
	put_line(w, "period %" PRIu64 "\n", info->period);
	put_line(w, "jitter %u\n", info->jitter);
	put_line(w, "fields %" PRIu64 "\n", info->fields);
	put_line(w, "attached %d\n", info->attached);
	if (!info->trigger || !*info->trigger)
		return;
	put_text(w, "trigger", info->trigger);
	put_line(w, "trigger_goid %" PRIu64 "\n", info->trigger_goid);
	put_line(w, "trigger_tsc %" PRIu64 "\n", info->trigger_tsc);
	put_line(w, "fired_tsc %" PRIu64 "\n", info->fired_tsc);
}

int gt_writer_info(struct gt_writer *w, const struct gt_recording_info *info)
{
	if (w->error || begin_chunk(w, GT_CHUNK_INFO, GT_CPU_NONE))
		return w->error;
	put_info(w, info);
	end_chunk(w);
	return 0;
}

int gt_writer_redirect(struct gt_writer *w, gt_write_fn *write, void *to)
{
	int err = gt_writer_flush(w);

	w->write = write;
	w->to = to;
	w->error = 0;
	w->used = 0;
	w->chunk = NULL;
	return err;
}

int gt_writer_new(int fd, const struct gt_recording_info *info, const struct gt_decoder *decoder,
		  struct gt_writer **writer)
{
	struct gt_file_header header = {.version = GT_FILE_VERSION, .bytes = sizeof(header)};
	struct gt_writer *w;
	int err;

	if ((info->fields & ~decoder->fields) || (info->lbr_depth && info->lbr_depth != decoder->lbr_depth))
		return -EINVAL;
	w = calloc(1, sizeof(*w));
	if (!w)
		return -ENOMEM;
	w->fd = fd;
	w->write = write_file;
	w->to = w;
	w->decoder = *decoder;
	err = gt_sample_pack_init(&w->samples, info->fields, info->lbr_depth != 0);
	if (!err)
		err = gt_pack_init(&w->switches, GT_NR_SWITCH_COLUMNS, GT_SWITCH_SEQUENTIAL);
	if (!err)
		err = gt_pack_init(&w->wakes, GT_NR_WAKE_COLUMNS, GT_WAKE_SEQUENTIAL);
	if (!err)
		err = gt_pack_init(&w->periods, GT_NR_PERIOD_COLUMNS, GT_PERIOD_SEQUENTIAL);
	if (!err)
		err = gt_hit_pack_init(&w->hits);
	if (!err)
		err = gt_pack_init(&w->goroutines, GT_GOROUTINE_COLUMNS, 1);
	if (!err)
		err = gt_pack_init(&w->threads, GT_THREAD_COLUMNS, 1);
	if (err) {
		gt_writer_free(w);
		return err;
	}
	memcpy(header.magic, GT_FILE_MAGIC, sizeof(header.magic));
	append(w, &header, sizeof(header));
	gt_writer_info(w, info);
	*writer = w;
	return 0;
}

void gt_writer_free(struct gt_writer *w)
{
	if (!w)
		return;
	gt_pack_fini(&w->threads);
	gt_pack_fini(&w->goroutines);
	gt_hit_pack_fini(&w->hits);
	gt_pack_fini(&w->periods);
	gt_pack_fini(&w->wakes);
	gt_pack_fini(&w->switches);
	gt_sample_pack_fini(&w->samples);
	free(w);
}

/* ---- SAMPLES and EVENTS -------------------------------------------------------------------------------------- */

int gt_writer_samples(struct gt_writer *w, uint32_t cpu, const void *records, size_t n)
{
	const uint8_t *record = records;
	struct gt_sample sample = {.cpu = cpu};

	if (w->error || !n)
		return w->error;
	do {
		if (begin_chunk(w, GT_CHUNK_SAMPLES, cpu))
			return w->error;
		gt_sample_pack_reset(&w->samples);
		for (; n && room(w) >= GT_SAMPLE_PACK_MAX; n--, record += w->decoder.record_size) {
			if (gt_decode(&w->decoder, record, &sample))
				return w->error = -EBADMSG;
			advance(w, gt_sample_pack(&w->samples, &sample, head(w)));
		}
		end_chunk(w);
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
	return gt_pack_row(&w->switches, row, out);
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
	return gt_pack_row(&w->wakes, row, out);
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
	return gt_pack_row(&w->periods, row, out);
}

static uint8_t *pack_hit(struct gt_writer *w, const struct gtrace_event_hit *hit, uint8_t *out)
{
	*out++ = GT_EVENT_HIT;
	return gt_hit_pack(&w->hits, hit, out);
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

static int begin_events(struct gt_writer *w, uint32_t cpu)
{
	gt_pack_reset(&w->switches);
	gt_pack_reset(&w->wakes);
	gt_pack_reset(&w->periods);
	gt_hit_pack_reset(&w->hits);
	return begin_chunk(w, cpu == GT_CPU_NONE ? GT_CHUNK_MAPS : GT_CHUNK_EVENTS, cpu);
}

int gt_writer_events(struct gt_writer *w, uint32_t cpu, const void *events, size_t bytes)
{
	const uint8_t *p = events, *end = p + bytes;

	if (w->error || !bytes)
		return w->error;
	if (begin_events(w, cpu))
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
		if (room(w) < (size_t)1 + event->size + GT_HIT_PACK_MAX && begin_events(w, cpu))
			return w->error;
		advance(w, put_event(w, event, head(w)));
	}
	end_chunk(w);
	return 0;
}

/* ---- the small chunks ---------------------------------------------------------------------------------------- */

int gt_writer_file(struct gt_writer *w, const struct gt_file *file)
{
	struct gt_file_record record = {
		.ino = file->ino,
		.size = file->size,
		.mtime_ns = file->mtime_ns,
		.dev_major = file->dev_major,
		.dev_minor = file->dev_minor,
		.build_id_bytes = file->build_id_bytes,
		.path_bytes = strlen(file->path) + 1,
	};
	int err;

	if (file->build_id_bytes > sizeof(record.build_id))
		return -EINVAL;
	memcpy(record.build_id, file->build_id, file->build_id_bytes);
	err = continue_chunk(w, GT_CHUNK_FILES, sizeof(record) + record.path_bytes);
	if (err)
		return err;
	append(w, &record, sizeof(record));
	append(w, file->path, record.path_bytes);
	w->chunk->count++;
	return 0;
}

int gt_writer_go(struct gt_writer *w, const struct gt_go *go)
{
	size_t version_bytes = strlen(go->version) + 1, path_bytes = strlen(go->path) + 1;
	struct gt_go_record record = {
		.tsc = go->tsc,
		.load_bias = go->load_bias,
		.tgid = go->tgid,
		.version_bytes = version_bytes,
		.path_bytes = path_bytes,
	};
	int err;

	if (version_bytes > UINT16_MAX || path_bytes > UINT16_MAX)
		return -EMSGSIZE;
	err = continue_chunk(w, GT_CHUNK_GO, sizeof(record) + version_bytes + path_bytes);
	if (err)
		return err;
	append(w, &record, sizeof(record));
	append(w, go->version, version_bytes);
	append(w, go->path, path_bytes);
	w->chunk->count++;
	return 0;
}

int gt_writer_probes(struct gt_writer *w, const struct gt_probes *probes)
{
	const char *end = probes->reasons;
	struct gt_probes_record record = {
		.tsc = probes->tsc,
		.tgid = probes->tgid,
		.planted = probes->planted,
		.nr_reasons = probes->nr_reasons,
	};
	size_t refusal_bytes = strlen(probes->refusal) + 1;
	int err;

	for (uint32_t i = 0; i < probes->nr_reasons; i++)
		end += strlen(end) + 1;
	record.string_bytes = refusal_bytes + (end - probes->reasons);
	err = continue_chunk(w, GT_CHUNK_PROBES, sizeof(record) + record.string_bytes);
	if (err)
		return err;
	append(w, &record, sizeof(record));
	append(w, probes->refusal, refusal_bytes);
	append(w, probes->reasons, end - probes->reasons);
	w->chunk->count++;
	return 0;
}

int gt_writer_stranger(struct gt_writer *w, const struct gt_stranger_name *stranger)
{
	struct gt_stranger_record record = {.tsc = stranger->tsc, .tid = stranger->tid, .tgid = stranger->tgid};
	int err = continue_chunk(w, GT_CHUNK_STRANGERS, sizeof(record));

	if (err)
		return err;
	memcpy(record.comm, stranger->comm, sizeof(record.comm));
	append(w, &record, sizeof(record));
	w->chunk->count++;
	return 0;
}

static struct gt_look_record *begin_look(struct gt_writer *w, const struct gt_look *look, uint32_t flags)
{
	struct gt_look_record record = {
		.tsc_begin = look->tsc_begin,
		.tsc_end = look->tsc_end,
		.tgid = look->tgid,
		.flags = flags,
	};
	uint8_t *place;

	if (begin_chunk(w, GT_CHUNK_LOOK, GT_CPU_NONE))
		return NULL;
	gt_pack_reset(&w->goroutines);
	gt_pack_reset(&w->threads);
	w->chunk->count = 1;
	place = head(w);
	append(w, &record, sizeof(record));
	return (struct gt_look_record *)place;
}

int gt_writer_look(struct gt_writer *w, const struct gt_look *look, const struct gt_look_goroutine *goroutines,
		   const struct gt_look_thread *threads)
{
	struct gt_look_record *record;

	if (w->error)
		return w->error;
	record = begin_look(w, look, look->complete ? GT_LOOK_COMPLETE : 0);
	for (uint32_t i = 0; record && i < look->nr_goroutines; i++) {
		const struct gt_look_goroutine *g = &goroutines[i];
		const uint64_t row[GT_GOROUTINE_COLUMNS] = {g->g, g->goid, g->gopc, g->startpc, g->status};

		if (room(w) < GT_PACK_ROW_MAX)
			record = begin_look(w, look, 0);
		if (!record)
			break;
		w->used = gt_pack_row(&w->goroutines, row, head(w)) - w->buffer;
		record->nr_goroutines++;
	}
	for (uint32_t i = 0; record && i < look->nr_threads; i++) {
		const struct gt_look_thread *m = &threads[i];
		const uint64_t row[GT_THREAD_COLUMNS] = {m->m, m->g0, m->gsignal, m->curg, m->tid};

		if (room(w) < GT_PACK_ROW_MAX)
			record = begin_look(w, look, 0);
		if (!record)
			break;
		w->used = gt_pack_row(&w->threads, row, head(w)) - w->buffer;
		record->nr_threads++;
	}
	if (record)
		end_chunk(w);
	return w->error;
}

int gt_writer_symbol(struct gt_writer *w, const struct gt_kernel_symbol *symbol)
{
	uint16_t name_bytes = strnlen(symbol->name, 1024) + 1;
	int err = continue_chunk(w, GT_CHUNK_KERNEL, GT_SYMBOL_HEAD + name_bytes);

	if (err)
		return err;
	append(w, &symbol->addr, 8);
	append(w, &name_bytes, 2);
	append(w, symbol->name, name_bytes - 1);
	append(w, "", 1);
	w->chunk->count++;
	return 0;
}

int gt_writer_finish(struct gt_writer *w, const struct gt_total *totals, size_t n)
{
	if (w->error || begin_chunk(w, GT_CHUNK_FINISH, GT_CPU_NONE))
		return w->error;
	for (size_t i = 0; i < n; i++) {
		if (room(w) < sizeof(*totals) && begin_chunk(w, GT_CHUNK_FINISH, GT_CPU_NONE))
			return w->error;
		append(w, &totals[i], sizeof(*totals));
		w->chunk->count++;
	}
	return gt_writer_flush(w);
}

int gt_writer_flush(struct gt_writer *w)
{
	if (w->error)
		return w->error;
	if (w->chunk)
		end_chunk(w);
	return write_all(w);
}

uint64_t gt_writer_bytes(const struct gt_writer *w)
{
	return w->flushed + w->used;
}

uint64_t gt_writer_unflushed(const struct gt_writer *w)
{
	return w->used;
}
