// SPDX-License-Identifier: GPL-2.0
/* The items within a chunk. The payload has passed its checksum, which proves that it arrived, not that it is sane. */
#include <errno.h>
#include <string.h>

#include "recording_private.h"

void gt_items_begin(struct gt_recording *rec)
{
	/* What is behind the payload may be left from a longer chunk: reading is the same whatever came before. */
	memset(rec->payload + rec->chunk.bytes, 0, GT_PAYLOAD_SLACK);
	rec->at = rec->payload;
	rec->end = rec->payload + rec->chunk.bytes;
	rec->left = rec->chunk.count;
	rec->threads_left = 0;
	rec->look_read = false;
	switch (rec->chunk.type) {
	case GT_CHUNK_SAMPLES:
		gt_sample_pack_reset(&rec->packs.samples);
		break;
	case GT_CHUNK_MAPS:
	case GT_CHUNK_EVENTS:
	case GT_CHUNK_STANDING:
		gt_packs_reset_events(&rec->packs);
		break;
	case GT_CHUNK_LOOK:
		gt_packs_reset_look(&rec->packs);
		break;
	default:
		break;
	}
}

static size_t rest(const struct gt_recording *rec)
{
	return rec->end - rec->at;
}

/* Whether an item follows: 1, 0 or -errno. A count that does not fit the bytes is a lie. */
static int more(struct gt_recording *rec, enum gt_chunk_type type)
{
	if (rec->chunk.type != type)
		return -EINVAL;
	if (!rec->left)
		return rest(rec) ? -EBADMSG : 0;
	rec->left--;
	return rest(rec) ? 1 : -EBADMSG;
}

static int take(struct gt_recording *rec, void *to, size_t bytes)
{
	if (rest(rec) < bytes)
		return -EBADMSG;
	memcpy(to, rec->at, bytes);
	rec->at += bytes;
	return 0;
}

/* A string of `bytes` bytes whose last is its only NUL, left where it lies. */
static int take_string(struct gt_recording *rec, size_t bytes, const char **string)
{
	if (!bytes || rest(rec) < bytes || strnlen((const char *)rec->at, bytes) != bytes - 1)
		return -EBADMSG;
	*string = (const char *)rec->at;
	rec->at += bytes;
	return 0;
}

static int take_row(struct gt_recording *rec, struct gt_pack *pack, const uint64_t **row)
{
	const uint8_t *end = gt_unpack_row(pack, rec->at, row);

	if (!end || end > rec->end)
		return -EBADMSG;
	rec->at = end;
	return 0;
}

int gt_chunk_sample(struct gt_recording *rec, struct gt_sample *sample)
{
	const uint8_t *end;
	int ret = more(rec, GT_CHUNK_SAMPLES);

	if (ret <= 0)
		return ret;
	end = gt_sample_unpack(&rec->packs.samples, rec->at, sample);
	if (!end || end > rec->end)
		return -EBADMSG;
	rec->at = end;
	sample->cpu = rec->chunk.cpu;
	return 1;
}

static int take_switch(struct gt_recording *rec)
{
	const uint64_t *row;

	if (take_row(rec, &rec->packs.switches, &row))
		return -EBADMSG;
	rec->scratch.sw = (struct gtrace_event_switch){
		.head =
			{
				.type = GTRACE_EVENT_SWITCH,
				.size = sizeof(rec->scratch.sw),
				.flags = row[GT_SWITCH_FLAGS],
				.tsc = row[GT_SWITCH_TSC],
			},
		.prev_tid = row[GT_SWITCH_PREV_TID],
		.next_tid = row[GT_SWITCH_NEXT_TID],
		.next_tgid = row[GT_SWITCH_NEXT_TGID],
		.prev_state = row[GT_SWITCH_PREV_STATE],
		.sample_index = row[GT_SWITCH_SAMPLE_INDEX],
	};
	return 0;
}

static int take_wake(struct gt_recording *rec)
{
	const uint64_t *row;

	if (take_row(rec, &rec->packs.wakes, &row))
		return -EBADMSG;
	rec->scratch.wake = (struct gtrace_event_wake){
		.head =
			{
				.type = GTRACE_EVENT_WAKE,
				.size = sizeof(rec->scratch.wake),
				.flags = row[GT_WAKE_FLAGS],
				.tsc = row[GT_WAKE_TSC],
			},
		.tid = row[GT_WAKE_TID],
		.tgid = row[GT_WAKE_TGID],
		.waker_tid = row[GT_WAKE_WAKER_TID],
		.waker_tgid = row[GT_WAKE_WAKER_TGID],
		.in_interrupt = row[GT_WAKE_IN_INTERRUPT],
		.to_cpu = row[GT_WAKE_TO_CPU],
	};
	return 0;
}

static int take_period(struct gt_recording *rec)
{
	const uint64_t *row;

	if (take_row(rec, &rec->packs.periods, &row))
		return -EBADMSG;
	rec->scratch.period = (struct gtrace_event_period){
		.head =
			{
				.type = GTRACE_EVENT_PERIOD,
				.size = sizeof(rec->scratch.period),
				.flags = row[GT_PERIOD_FLAGS],
				.tsc = row[GT_PERIOD_TSC],
			},
		.sample_index = row[GT_PERIOD_SAMPLE_INDEX],
		.period = row[GT_PERIOD_PERIOD],
	};
	return 0;
}

static int take_hit(struct gt_recording *rec)
{
	const uint8_t *end = rec->skims ? gt_hit_skim(&rec->packs.hits, rec->at, &rec->scratch.hit)
					: gt_hit_unpack(&rec->packs.hits, rec->at, &rec->scratch.hit);

	if (!end || end > rec->end)
		return -EBADMSG;
	rec->at = end;
	return 0;
}

/* The least bytes of an event of this type; 0 = a type from the future, of which only the head is known. */
static size_t least_bytes(unsigned int type)
{
	switch (type) {
	case GTRACE_EVENT_SWITCH:
		return sizeof(struct gtrace_event_switch);
	case GTRACE_EVENT_FORK:
	case GTRACE_EVENT_EXEC:
	case GTRACE_EVENT_EXIT:
		return sizeof(struct gtrace_event_task);
	case GTRACE_EVENT_MAP:
		return sizeof(struct gtrace_event_map) + 1;
	case GTRACE_EVENT_CLOCK:
		return sizeof(struct gtrace_event_clock);
	case GTRACE_EVENT_LOST:
		return sizeof(struct gtrace_event_lost);
	case GTRACE_EVENT_CPU:
		return sizeof(struct gtrace_event_cpu);
	case GTRACE_EVENT_WAKE:
		return sizeof(struct gtrace_event_wake);
	case GTRACE_EVENT_HIT:
		return sizeof(struct gtrace_event_hit);
	case GTRACE_EVENT_WINDOW:
		return sizeof(struct gtrace_event_window);
	case GTRACE_EVENT_PERIOD:
		return sizeof(struct gtrace_event_period);
	}
	return 0;
}

static int take_raw_event(struct gt_recording *rec)
{
	struct gtrace_event *event = &rec->scratch.event;

	if (take(rec, event, sizeof(*event)) || event->size < sizeof(*event) || event->size % 8 ||
	    event->type == GTRACE_EVENT_PAD || event->size < least_bytes(event->type))
		return -EBADMSG;
	if (take(rec, event + 1, event->size - sizeof(*event)))
		return -EBADMSG;
	switch (event->type) {
	case GTRACE_EVENT_FORK:
	case GTRACE_EVENT_EXEC:
	case GTRACE_EVENT_EXIT: {
		struct gtrace_event_task *task = (void *)event;

		task->comm[sizeof(task->comm) - 1] = '\0';
		break;
	}
	case GTRACE_EVENT_MAP:
		rec->scratch.bytes[event->size - 1] = '\0';
		break;
	case GTRACE_EVENT_HIT:
		return gt_hit_sane(&rec->scratch.hit) ? 0 : -EBADMSG;
	}
	return 0;
}

int gt_chunk_event(struct gt_recording *rec, const struct gtrace_event **event)
{
	uint8_t form;
	enum gt_chunk_type type = rec->chunk.type;
	int ret = more(rec, type == GT_CHUNK_MAPS || type == GT_CHUNK_STANDING ? type : GT_CHUNK_EVENTS);

	if (ret <= 0)
		return ret;
	take(rec, &form, 1);
	switch (form) {
	case GT_EVENT_SWITCH:
		ret = take_switch(rec);
		break;
	case GT_EVENT_HIT:
		ret = take_hit(rec);
		break;
	case GT_EVENT_WAKE:
		ret = take_wake(rec);
		break;
	case GT_EVENT_PERIOD:
		ret = take_period(rec);
		break;
	case GT_EVENT_RAW:
		ret = take_raw_event(rec);
		break;
	default:
		ret = -EBADMSG;
	}
	*event = &rec->scratch.event;
	return ret ? ret : 1;
}

int gt_chunk_file(struct gt_recording *rec, struct gt_file *file)
{
	struct gt_file_record record;
	int ret = more(rec, GT_CHUNK_FILES);

	if (ret <= 0)
		return ret;
	if (take(rec, &record, sizeof(record)) || record.build_id_bytes > sizeof(record.build_id))
		return -EBADMSG;
	*file = (struct gt_file){
		.ino = record.ino,
		.dev_major = record.dev_major,
		.dev_minor = record.dev_minor,
		.size = record.size,
		.mtime_ns = record.mtime_ns,
		.build_id_bytes = record.build_id_bytes,
	};
	memcpy(file->build_id, record.build_id, record.build_id_bytes);
	ret = take_string(rec, record.path_bytes, &file->path);
	return ret ? ret : 1;
}

int gt_chunk_go(struct gt_recording *rec, struct gt_go *go)
{
	struct gt_go_record record;
	int ret = more(rec, GT_CHUNK_GO);

	if (ret <= 0)
		return ret;
	if (take(rec, &record, sizeof(record)))
		return -EBADMSG;
	*go = (struct gt_go){.tsc = record.tsc, .tgid = record.tgid, .load_bias = record.load_bias};
	ret = take_string(rec, record.version_bytes, &go->version);
	if (!ret)
		ret = take_string(rec, record.path_bytes, &go->path);
	return ret ? ret : 1;
}

/* How far `count` strings with their NULs reach, at most `bytes`; 0 = there are fewer. */
static size_t strings_bytes(const uint8_t *strings, size_t bytes, uint32_t count)
{
	const uint8_t *at = strings, *end = strings + bytes;

	while (count--) {
		at = memchr(at, 0, end - at);
		if (!at)
			return 0;
		at++;
	}
	return at - strings;
}

int gt_chunk_probes(struct gt_recording *rec, struct gt_probes *probes)
{
	struct gt_probes_record record;
	int ret = more(rec, GT_CHUNK_PROBES);

	if (ret <= 0)
		return ret;
	if (take(rec, &record, sizeof(record)) || rest(rec) < record.string_bytes ||
	    record.nr_reasons > GT_WAIT_REASONS_MAX ||
	    strings_bytes(rec->at, record.string_bytes, record.nr_reasons + 1) != record.string_bytes)
		return -EBADMSG;
	*probes = (struct gt_probes){
		.tsc = record.tsc,
		.tgid = record.tgid,
		.planted = record.planted,
		.refusal = (const char *)rec->at,
		.nr_reasons = record.nr_reasons,
	};
	probes->reasons = probes->refusal + strlen(probes->refusal) + 1;
	rec->at += record.string_bytes;
	return 1;
}

int gt_chunk_stranger(struct gt_recording *rec, struct gt_stranger_name *stranger)
{
	struct gt_stranger_record record;
	int ret = more(rec, GT_CHUNK_STRANGERS);

	if (ret <= 0)
		return ret;
	if (take(rec, &record, sizeof(record)))
		return -EBADMSG;
	*stranger = (struct gt_stranger_name){.tsc = record.tsc, .tid = record.tid, .tgid = record.tgid};
	memcpy(stranger->comm, record.comm, sizeof(stranger->comm) - 1);
	return 1;
}

int gt_chunk_look(struct gt_recording *rec, struct gt_look *look)
{
	struct gt_look_record record;

	if (rec->chunk.type != GT_CHUNK_LOOK || rec->chunk.count != 1)
		return rec->chunk.type == GT_CHUNK_LOOK ? -EBADMSG : -EINVAL;
	if (rec->look_read)
		return 0;
	if (take(rec, &record, sizeof(record)))
		return -EBADMSG;
	rec->look_read = true;
	rec->left = record.nr_goroutines;
	rec->threads_left = record.nr_threads;
	*look = (struct gt_look){
		.tsc_begin = record.tsc_begin,
		.tsc_end = record.tsc_end,
		.tgid = record.tgid,
		.nr_goroutines = record.nr_goroutines,
		.nr_threads = record.nr_threads,
		.complete = record.flags & GT_LOOK_COMPLETE,
	};
	return 1;
}

int gt_chunk_goroutine(struct gt_recording *rec, struct gt_look_goroutine *g)
{
	const uint64_t *row;

	if (rec->chunk.type != GT_CHUNK_LOOK || !rec->look_read)
		return -EINVAL;
	if (!rec->left)
		return 0;
	if (!rest(rec) || take_row(rec, &rec->packs.goroutines, &row))
		return -EBADMSG;
	rec->left--;
	*g = (struct gt_look_goroutine){
		.g = row[0],
		.goid = row[1],
		.gopc = row[2],
		.startpc = row[3],
		.status = row[4],
	};
	return 1;
}

int gt_chunk_thread(struct gt_recording *rec, struct gt_look_thread *thread)
{
	const uint64_t *row;

	if (rec->chunk.type != GT_CHUNK_LOOK || !rec->look_read || rec->left)
		return -EINVAL;
	if (!rec->threads_left)
		return 0;
	if (!rest(rec) || take_row(rec, &rec->packs.threads, &row))
		return -EBADMSG;
	rec->threads_left--;
	*thread = (struct gt_look_thread){
		.m = row[0],
		.g0 = row[1],
		.gsignal = row[2],
		.curg = row[3],
		.tid = row[4],
	};
	return 1;
}

int gt_chunk_symbol(struct gt_recording *rec, struct gt_kernel_symbol *symbol)
{
	uint16_t name_bytes;
	int ret = more(rec, GT_CHUNK_KERNEL);

	if (ret <= 0)
		return ret;
	if (take(rec, &symbol->addr, sizeof(symbol->addr)) || take(rec, &name_bytes, sizeof(name_bytes)))
		return -EBADMSG;
	ret = take_string(rec, name_bytes, &symbol->name);
	return ret ? ret : 1;
}

int gt_chunk_vdso(struct gt_recording *rec, struct gt_vdso_function *function)
{
	uint16_t name_bytes;
	int ret = more(rec, GT_CHUNK_VDSO);

	if (ret <= 0)
		return ret;
	if (take(rec, &function->offset, sizeof(function->offset)) ||
	    take(rec, &function->bytes, sizeof(function->bytes)) || take(rec, &name_bytes, sizeof(name_bytes)))
		return -EBADMSG;
	ret = take_string(rec, name_bytes, &function->name);
	return ret ? ret : 1;
}

int gt_chunk_total(struct gt_recording *rec, struct gt_total *total)
{
	int ret = more(rec, GT_CHUNK_FINISH);

	if (ret <= 0)
		return ret;
	return take(rec, total, sizeof(*total)) ? -EBADMSG : 1;
}
