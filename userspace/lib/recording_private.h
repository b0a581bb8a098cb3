/* SPDX-License-Identifier: GPL-2.0 */
/* What recording.c (chunks) and recording_items.c (what is in them) share. */
#ifndef GT_LIB_RECORDING_PRIVATE_H
#define GT_LIB_RECORDING_PRIVATE_H

#include "format.h"
#include "packs.h"
#include "recording.h"

struct gt_recording {
	int fd;
	uint64_t file_bytes;
	uint64_t first_chunk; /* offset */
	uint64_t next;        /* offset of the next header */
	uint32_t next_sequence;
	uint32_t only_cpu; /* GT_CPU_NONE = all */
	bool gap;          /* damage since the last chunk handed out */
	bool finished;     /* a FINISH chunk was seen in this pass */
	struct gt_damage damage;

	struct gt_recording_info info;
	char *info_text; /* its strings point here */

	struct gt_chunk chunk;   /* the current one; type 0 = none */
	uint8_t *payload;        /* GT_CHUNK_MAX + GT_PAYLOAD_SLACK bytes */
	const uint8_t *at, *end; /* what is left of the payload */
	uint32_t left;           /* goroutines, then threads left of a look; elsewhere items left */
	uint32_t threads_left;
	bool look_read;
	bool skims; /* hits without branches and frames */

	struct gt_packs packs;
	union { /* the event last handed out */
		struct gtrace_event event;
		struct gtrace_event_switch sw;
		struct gtrace_event_wake wake;
		struct gtrace_event_period period;
		struct gtrace_event_hit hit;
		uint8_t bytes[65536];
	} scratch __attribute__((aligned(8)));
};

/* recording_items.c: the payload of rec->chunk has just been read. */
void gt_items_begin(struct gt_recording *rec);

/* recording_info.c: parse the INFO text, which it cuts into strings. -EBADMSG when a key it needs is missing. */
int gt_info_parse(char *text, struct gt_recording_info *info);

#endif
