// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzzes the reader of gtrace.data: the input is the whole file. It is read as it is, and once more with the
 * checksums made right, or nothing behind them would ever be reached.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "lib/format.h"
#include "lib/hit.h"
#include "lib/recording.h"
#include "twice.h"

/* What is handed out must be readable: strings to their ends, arrays to theirs. */
static uint64_t touch(const void *bytes, size_t size)
{
	const uint8_t *p = bytes;
	uint64_t sum = 0;

	while (size--)
		sum += *p++;
	return sum;
}

/* By the counts, which must not lead out of the event. */
static uint64_t touch_hit(const struct gtrace_event_hit *hit)
{
	const __u64 *frames = gt_hit_frames(hit);

	if ((const uint8_t *)(frames + hit->nr_frames) > (const uint8_t *)hit + hit->head.size)
		abort();
	return touch(hit->values, hit->nr_values * sizeof(*hit->values)) +
	       touch(gt_hit_branches(hit), hit->nr_branches * sizeof(struct gtrace_pebs_branch)) +
	       touch(frames, hit->nr_frames * sizeof(*frames));
}

static uint64_t touch_probes(const struct gt_probes *probes)
{
	const char *reason = probes->reasons;
	uint64_t sum = strlen(probes->refusal);

	for (uint32_t i = 0; i < probes->nr_reasons; i++) {
		sum += strlen(reason);
		reason += strlen(reason) + 1;
	}
	return sum;
}

static uint64_t read_items(struct gt_recording *rec, const struct gt_chunk *chunk)
{
	struct gt_look_goroutine goroutine;
	struct gt_stranger_name stranger;
	const struct gtrace_event *event;
	struct gt_vdso_function function;
	struct gt_kernel_symbol symbol;
	struct gt_look_thread thread;
	struct gt_probes probes;
	struct gt_sample sample;
	struct gt_total total;
	struct gt_look look;
	struct gt_file file;
	uint64_t sum = 0;
	struct gt_go go;

	switch (chunk->type) {
	case GT_CHUNK_SAMPLES:
		while (gt_chunk_sample(rec, &sample) > 0)
			sum += sample.tsc + touch(sample.branches, sample.nr_branches * sizeof(*sample.branches));
		break;
	case GT_CHUNK_MAPS:
	case GT_CHUNK_EVENTS:
	case GT_CHUNK_STANDING:
		while (gt_chunk_event(rec, &event) > 0) {
			sum += touch(event, event->size);
			if (event->type == GTRACE_EVENT_MAP)
				sum += strlen(((const struct gtrace_event_map *)event)->path);
			if (event->type == GTRACE_EVENT_EXEC)
				sum += strlen(((const struct gtrace_event_task *)event)->comm);
			if (event->type == GTRACE_EVENT_HIT)
				sum += touch_hit((const struct gtrace_event_hit *)event);
		}
		break;
	case GT_CHUNK_FILES:
		while (gt_chunk_file(rec, &file) > 0)
			sum += strlen(file.path) + touch(file.build_id, file.build_id_bytes);
		break;
	case GT_CHUNK_GO:
		while (gt_chunk_go(rec, &go) > 0)
			sum += strlen(go.path) + strlen(go.version);
		break;
	case GT_CHUNK_LOOK:
		while (gt_chunk_look(rec, &look) > 0) {
			while (gt_chunk_goroutine(rec, &goroutine) > 0)
				sum += goroutine.goid;
			while (gt_chunk_thread(rec, &thread) > 0)
				sum += thread.tid;
		}
		break;
	case GT_CHUNK_KERNEL:
		while (gt_chunk_symbol(rec, &symbol) > 0)
			sum += symbol.addr + strlen(symbol.name);
		break;
	case GT_CHUNK_VDSO:
		while (gt_chunk_vdso(rec, &function) > 0)
			sum += function.offset + function.bytes + strlen(function.name);
		break;
	case GT_CHUNK_FINISH:
		while (gt_chunk_total(rec, &total) > 0)
			sum += total.samples;
		break;
	case GT_CHUNK_PROBES:
		while (gt_chunk_probes(rec, &probes) > 0)
			sum += touch_probes(&probes);
		break;
	case GT_CHUNK_STRANGERS:
		while (gt_chunk_stranger(rec, &stranger) > 0)
			sum += strlen(stranger.comm);
		break;
	case GT_CHUNK_INFO:
		break;
	}
	return sum;
}

void read_recording(const char *path)
{
	const struct gt_recording_info *info;
	struct gt_recording *rec;
	struct gt_chunk chunk;
	volatile uint64_t sum;
	int ret;

	if (gt_recording_open(path, &rec))
		return;
	info = gt_recording_info(rec);
	sum = strlen(info->version) + strlen(info->host) + strlen(info->kernel) + strlen(info->cpu) +
	      strlen(info->command);
	for (int pass = 0; pass < 2; pass++) {
		while ((ret = gt_recording_next(rec, pass ? GT_CHUNKS(GT_CHUNK_SAMPLES) : GT_CHUNKS_ALL, &chunk)) > 0)
			sum += read_items(rec, &chunk);
		if (ret || gt_recording_damage(rec)->bytes > gt_recording_bytes(rec))
			abort();
		gt_recording_rewind(rec);
		gt_recording_only_cpu(rec, 0);
	}
	(void)sum;
	gt_recording_close(rec);
}
