/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of the writer share: recording_writer.c (buffer and chunks), and _info.c, _events.c and _items.c (what
 * is in them).
 */
#ifndef GT_LIB_RECORDING_WRITER_PRIVATE_H
#define GT_LIB_RECORDING_WRITER_PRIVATE_H

#include <string.h>

#include "format.h"
#include "packs.h"
#include "recording_writer.h"

#define GT_WRITER_BYTES (512u << 10)
/* A new chunk begins only with this much room: more than the largest single item, a MAP event of 64 KiB. */
#define GT_WRITER_ROOM (80u << 10)
_Static_assert(GT_WRITER_BYTES <= GT_CHUNK_MAX, "a chunk never outgrows what a reader takes");

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
	struct gt_packs packs;
	uint8_t buffer[GT_WRITER_BYTES] __attribute__((aligned(64)));
};

static inline uint8_t *gt_writer_head(struct gt_writer *w)
{
	return w->buffer + w->used;
}

static inline size_t gt_writer_room(const struct gt_writer *w)
{
	return GT_WRITER_BYTES - GT_CHUNK_ALIGN - w->used;
}

/* gt_writer_advance - one more item, written at the head by the caller up to `end`. */
static inline void gt_writer_advance(struct gt_writer *w, const uint8_t *end)
{
	w->used = end - w->buffer;
	w->chunk->count++;
}

/* gt_writer_append - the caller knows that there is room. Items are counted by whoever completes them. */
static inline void gt_writer_append(struct gt_writer *w, const void *data, size_t bytes)
{
	memcpy(gt_writer_head(w), data, bytes);
	w->used += bytes;
}

/* gt_writer_begin_chunk - ends the open one. With room for GT_WRITER_ROOM bytes, header included; 0 or the error. */
int gt_writer_begin_chunk(struct gt_writer *w, enum gt_chunk_type type, uint32_t cpu);

/*
 * gt_writer_continue_chunk - room for an item of so many bytes: adjacent items of a type share a chunk while there is
 * room. 0, the error, or -EMSGSIZE: no chunk has room for it; the writer is as it was.
 */
int gt_writer_continue_chunk(struct gt_writer *w, enum gt_chunk_type type, size_t bytes);

/* gt_writer_end_chunk - an empty one is taken back: nothing was said. */
void gt_writer_end_chunk(struct gt_writer *w);

#endif
