/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hand-made recordings with known answers: a test says what the module, /proc and the runtime told, event by event, and
 * reads it back as gtrace report would. Everything goes through the real writer.
 */
#ifndef GT_TESTS_UNIT_MADE_H
#define GT_TESTS_UNIT_MADE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/recording_writer.h"

#define TGT 100u /* the usual target */

struct made {
	char path[40];
	int fd;
	struct gt_writer *writer;
	bool standing; /* events are written as from before a dump */
};

static const struct gt_recording_info made_info = {
	.version = "unit", .host = "lab", .kernel = "6.1.0-28-amd64", .cpu = "Some CPU", .command = "gtrace record -- prog",
	.start_realtime_ns = 1700000000000000000ull, .abi_version = GTRACE_ABI_VERSION, .pebs_format = 3, .nr_cpus = 2,
	.tsc_khz = 1000000, .data = GTRACE_DATA_MEM | GTRACE_DATA_GPR, .target = TGT, .period = 999,
	.fields = GT_FIELDS_DEFAULT,
};

static inline void made_begin_as(struct made *made, const struct gt_recording_info *info)
{
	struct gt_decoder decoder;

	*made = (struct made){.path = "/tmp/gtrace-made-XXXXXX"};
	made->fd = mkstemp(made->path);
	assert_true(made->fd >= 0);
	assert_int_equal(gt_decoder_init(&decoder, 3, info->data, 0, sizeof(struct gtrace_pebs_fixed)), 0);
	assert_int_equal(gt_writer_new(made->fd, info, &decoder, &made->writer), 0);
}

static inline void made_begin(struct made *made)
{
	made_begin_as(made, &made_info);
}

/* The end of the recording, with the totals of CPU 0. */
static inline void made_end(struct made *made, const struct gt_total *totals, size_t count)
{
	assert_int_equal(gt_writer_finish(made->writer, totals, count), 0);
	gt_writer_free(made->writer);
	close(made->fd);
}

static inline void made_free(struct made *made)
{
	unlink(made->path);
}

static inline void made_event(struct made *made, uint32_t cpu, const void *event)
{
	size_t bytes = ((const struct gtrace_event *)event)->size;

	assert_int_equal(made->standing ? gt_writer_standing(made->writer, cpu, event, bytes)
					: gt_writer_events(made->writer, cpu, event, bytes), 0);
}

static inline void made_switch(struct made *made, uint32_t cpu, uint64_t tsc, uint32_t tid, uint32_t tgid,
			       uint64_t sample_index, uint32_t flags)
{
	const struct gtrace_event_switch event = {
		.head = {.type = GTRACE_EVENT_SWITCH, .size = sizeof(event), .flags = flags, .tsc = tsc},
		.next_tid = tid, .next_tgid = tgid, .sample_index = sample_index,
	};

	made_event(made, cpu, &event);
}

static inline struct gtrace_event_task made_task(uint16_t type, uint64_t tsc, uint32_t tid, uint32_t tgid,
						 uint32_t parent_tgid, uint64_t mm, const char *comm)
{
	struct gtrace_event_task event = {
		.head = {.type = type, .size = sizeof(event), .tsc = tsc,
			 .flags = type == GTRACE_EVENT_FORK && tgid == parent_tgid ? GTRACE_EVENT_F_THREAD : 0},
		.tid = tid, .tgid = tgid, .parent_tid = parent_tgid, .parent_tgid = parent_tgid, .mm = mm,
	};

	strncpy(event.comm, comm, sizeof(event.comm) - 1);
	return event;
}

static inline void made_map(struct made *made, uint32_t cpu, uint64_t tsc, uint32_t tgid, uint64_t mm, uint64_t start,
			    uint64_t end, uint64_t pgoff, const char *path)
{
	size_t bytes = sizeof(struct gtrace_event_map) + ((strlen(path) + 8) & ~7ul);
	struct gtrace_event_map *event = calloc(1, bytes);

	*event = (struct gtrace_event_map){
		.head = {.type = GTRACE_EVENT_MAP, .size = bytes, .tsc = tsc},
		.tid = tgid, .tgid = tgid, .mm = mm, .start = start, .end = end, .pgoff = pgoff, .ino = 1,
	};
	strcpy(event->path, path);
	made_event(made, cpu, event);
	free(event);
}

static inline void made_clock(struct made *made, uint32_t cpu, uint64_t tsc, uint64_t ns, uint64_t tsc_after)
{
	const struct gtrace_event_clock event = {
		.head = {.type = GTRACE_EVENT_CLOCK, .size = sizeof(event), .tsc = tsc},
		.monotonic_ns = ns, .tsc_after = tsc_after,
	};

	made_event(made, cpu, &event);
}

static inline void made_lost(struct made *made, uint32_t cpu, uint64_t from, uint64_t to, uint32_t cause, uint64_t count)
{
	const struct gtrace_event_lost event = {
		.head = {.type = GTRACE_EVENT_LOST, .size = sizeof(event), .tsc = to},
		.cause = cause, .count = count, .tsc_from = from,
	};

	made_event(made, cpu, &event);
}

static inline void made_sample(struct made *made, uint32_t cpu, uint64_t tsc, uint64_t ip, uint64_t addr, uint64_t r14)
{
	const struct gtrace_pebs_fixed record = {
		.real_ip = ip, .ip = ip + 4, .tsc = tsc, .addr = addr, .r14 = r14, .sp = 0x7ffc00000000, .status = 1,
	};

	assert_int_equal(gt_writer_samples(made->writer, cpu, &record, 1), 0);
}

#endif
