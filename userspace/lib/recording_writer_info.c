// SPDX-License-Identifier: GPL-2.0
/* The INFO chunk: one line a key. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "recording_writer_private.h"

static void __attribute__((format(printf, 2, 3))) put_line(struct gt_writer *w, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	w->used += vsnprintf((char *)gt_writer_head(w), gt_writer_room(w), format, args);
	va_end(args);
	w->chunk->count++;
}

/* For all but the texts, which are as long as somebody typed: those leave this much of the chunk. */
#define LINES_ROOM 4096

/* One line a key: a newline within a text would begin another. One that is too long loses its end. */
static void put_text(struct gt_writer *w, const char *key, const char *text)
{
	gt_writer_append(w, key, strlen(key));
	gt_writer_append(w, " ", 1);
	for (size_t left = 16384; *text && left && gt_writer_room(w) > LINES_ROOM; text++, left--) {
		if (*text == '\n')
			gt_writer_append(w, "\\n", 2);
		else if (*text == '\\')
			gt_writer_append(w, "\\\\", 2);
		else
			gt_writer_append(w, text, 1);
	}
	gt_writer_append(w, "\n", 1);
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
	put_line(w, "until_tsc %" PRIu64 "\n", info->until_tsc);
	put_line(w, "standing_dropped %" PRIu64 "\n", info->standing_dropped);
}

int gt_writer_info(struct gt_writer *w, const struct gt_recording_info *info)
{
	if (w->error || gt_writer_begin_chunk(w, GT_CHUNK_INFO, GT_CPU_NONE))
		return w->error;
	put_info(w, info);
	gt_writer_end_chunk(w);
	return 0;
}
