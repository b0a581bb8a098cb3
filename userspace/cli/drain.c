// SPDX-License-Identifier: GPL-2.0
#include "drain.h"

#include <limits.h>
#include <stdio.h>
#include <x86intrin.h>

/* A recorder that is killed loses what is in its buffer: at most about so much time of it, once it is awake anyway. */
#define FLUSH_NS GT_NS_PER_S

/* Identity of a mapped file, once. A file that is gone, or was never one ("[vdso]"), has none. */
static int note_file(struct gt_recorder *r, const struct gtrace_event_map *map)
{
	struct gt_file file = {
		.path = map->path, .ino = map->ino, .dev_major = map->dev_major, .dev_minor = map->dev_minor};
	char path[PATH_MAX + 32];
	int ret;

	if (map->path[0] != '/')
		return 0;
	ret = gt_file_set_add(&r->files, map);
	if (ret <= 0)
		return ret;
	/* The target may live in another mount namespace. */
	snprintf(path, sizeof(path), "/proc/%u/root%s", map->tgid, map->path);
	if (gt_file_identify(path, &file) && gt_file_identify(map->path, &file))
		return 0;
	return gt_writer_file(r->writer, &file);
}

static int study_parks(struct gt_recorder *r, const struct gtrace_event *event)
{
	int err = gt_tally_event(&r->tally, event);

	if (err)
		return err;
	return r->names ? gt_strangers_event(&r->strangers, event, r->writer) : 0;
}

int gt_drain_study(struct gt_recorder *r, const void *events, size_t bytes)
{
	const uint8_t *p = events, *end = p + bytes;
	int err = 0;

	for (; p < end && !err; p += ((const struct gtrace_event *)p)->size) {
		const struct gtrace_event *event = (const void *)p;
		const struct gtrace_event_task *task = (const void *)p;

		if (event->type == GTRACE_EVENT_MAP)
			err = note_file(r, (const void *)event);
		else if (event->type == GTRACE_EVENT_EXEC && !r->notices)
			gt_looks_consider(r->looks, task->tgid, task->tgid);
		/* A PAD may be as short as its type and size. */
		if (r->parks && !err && event->type != GTRACE_EVENT_PAD)
			err = study_parks(r, event);
	}
	return err;
}

/* Packing starts afresh in each chunk, so a few samples are not worth one until somebody asks for all. */
static bool worth_reading(const struct gt_ring *ring)
{
	return ring->sample_head - ring->sample_at >= ring->sample_slots / 8 ||
	       ring->event_head - ring->event_at >= ring->event_bytes / 8 || gt_ring_stalled(ring);
}

static int take_events(struct gt_recorder *r, uint32_t cpu, const void *events, size_t bytes)
{
	return r->dumps ? gt_dumps_events(r->dumps, cpu, events, bytes)
			: gt_writer_events(r->writer, cpu, events, bytes);
}

static int take_samples(struct gt_recorder *r, uint32_t cpu, const void *records, size_t n)
{
	return r->dumps ? gt_flight_samples(gt_dumps_flight(r->dumps), cpu, records, n)
			: gt_writer_samples(r->writer, cpu, records, n);
}

/* What gt_ring_begin() found, to the file or into memory. 0 or -errno. */
static int read_ring(struct gt_recorder *r, struct gt_ring *ring)
{
	struct gt_total total;
	const void *from;
	size_t n;
	int ret;

	while ((n = gt_ring_events(ring, &from))) {
		ret = take_events(r, ring->cpu, from, n);
		if (!ret)
			ret = gt_drain_study(r, from, n);
		if (ret)
			return ret;
	}
	while ((n = gt_ring_samples(ring, &from))) {
		ret = take_samples(r, ring->cpu, from, n);
		if (ret)
			return ret;
	}
	gt_ring_consume(ring);
	total = gt_recorder_total(ring);
	return r->dumps ? gt_flight_count(gt_dumps_flight(r->dumps), &total) : 0;
}

static int drain(struct gt_recorder *r, struct gt_ring *ring, bool all)
{
	int ret = gt_ring_begin(ring);

	if (ret <= 0 || !(all || worth_reading(ring)))
		return ret < 0 ? ret : 0;
	ret = read_ring(r, ring);
	return ret ? ret : 1;
}

int gt_drain_rings(struct gt_recorder *r, bool all)
{
	bool stalled = false;
	int read = 0;

	for (uint32_t i = 0; i < r->nr_rings; i++) {
		int ret;

		stalled |= gt_ring_stalled(&r->rings[i]);
		pthread_mutex_lock(&r->lock);
		ret = drain(r, &r->rings[i], all);
		pthread_mutex_unlock(&r->lock);
		if (ret < 0)
			return ret;
		read += ret;
	}
	/* The room we made is found only by whoever asks. */
	if (stalled)
		gt_session_flush(r->session);
	return read;
}

static int flush_writer(struct gt_recorder *r)
{
	int err;

	pthread_mutex_lock(&r->lock);
	err = gt_writer_flush(r->writer);
	pthread_mutex_unlock(&r->lock);
	r->flushed_ns = gt_recorder_now();
	return err;
}

int gt_drain_now(struct gt_recorder *r)
{
	int ret = gt_session_flush(r->session);

	if (!ret)
		ret = gt_drain_rings(r, true);
	return ret < 0 ? ret : flush_writer(r);
}

int gt_drain_woken(struct gt_recorder *r)
{
	int ret = gt_drain_rings(r, false);

	if (!ret)
		ret = gt_drain_rings(r, true);
	if (ret < 0)
		return ret;
	return gt_recorder_now() - r->flushed_ns < FLUSH_NS ? 0 : flush_writer(r);
}

/* Now and then all that the hardware has, so that memory is told how much there is. */
int gt_drain_flight(struct gt_recorder *r)
{
	bool late = gt_recorder_now() - r->flushed_ns >= FLUSH_NS;
	int ret = late ? gt_session_flush(r->session) : 0;
	uint64_t tsc = __rdtsc(), now = gt_recorder_now();

	if (late)
		r->flushed_ns = now;
	if (!ret)
		ret = gt_drain_rings(r, true);
	if (ret < 0)
		return ret;
	pthread_mutex_lock(&r->lock);
	ret = gt_dumps_round(r->dumps, tsc, now);
	pthread_mutex_unlock(&r->lock);
	if (ret <= 0)
		return ret;
	tsc = __rdtsc();
	ret = gt_drain_now(r);
	if (ret)
		return ret;
	pthread_mutex_lock(&r->lock);
	ret = gt_dumps_write(r->dumps, tsc);
	pthread_mutex_unlock(&r->lock);
	return ret;
}
