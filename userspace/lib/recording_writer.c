// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "recording_writer_private.h"

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

void gt_writer_end_chunk(struct gt_writer *w)
{
	struct gt_chunk_header *chunk = w->chunk;
	uint8_t *payload = (uint8_t *)(chunk + 1);

	w->chunk = NULL;
	if (!chunk->count) {
		w->used -= sizeof(*chunk);
		return;
	}
	chunk->bytes = gt_writer_head(w) - payload;
	while (w->used % GT_CHUNK_ALIGN)
		w->buffer[w->used++] = 0;
	chunk->payload_crc = crc32(0, payload, chunk->bytes);
	gt_chunk_number(chunk, w->sequence++);
}

int gt_writer_begin_chunk(struct gt_writer *w, enum gt_chunk_type type, uint32_t cpu)
{
	if (w->chunk)
		gt_writer_end_chunk(w);
	if (gt_writer_room(w) < GT_WRITER_ROOM && write_all(w))
		return w->error;
	w->chunk = (struct gt_chunk_header *)gt_writer_head(w);
	*w->chunk = (struct gt_chunk_header){.magic = GT_CHUNK_MAGIC, .type = type, .cpu = cpu};
	w->used += sizeof(*w->chunk);
	return 0;
}

int gt_writer_continue_chunk(struct gt_writer *w, enum gt_chunk_type type, size_t bytes)
{
	if (w->error)
		return w->error;
	if (bytes > GT_WRITER_ROOM - sizeof(struct gt_chunk_header))
		return -EMSGSIZE;
	if (w->chunk && w->chunk->type == type && gt_writer_room(w) >= bytes)
		return 0;
	return gt_writer_begin_chunk(w, type, GT_CPU_NONE);
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
	err = gt_packs_init(&w->packs, info->fields, info->lbr_depth != 0);
	if (err) {
		free(w);
		return err;
	}
	memcpy(header.magic, GT_FILE_MAGIC, sizeof(header.magic));
	gt_writer_append(w, &header, sizeof(header));
	gt_writer_info(w, info);
	*writer = w;
	return 0;
}

void gt_writer_free(struct gt_writer *w)
{
	if (!w)
		return;
	gt_packs_fini(&w->packs);
	free(w);
}

int gt_writer_finish(struct gt_writer *w, const struct gt_total *totals, size_t n)
{
	if (w->error || gt_writer_begin_chunk(w, GT_CHUNK_FINISH, GT_CPU_NONE))
		return w->error;
	for (size_t i = 0; i < n; i++) {
		if (gt_writer_room(w) < sizeof(*totals) && gt_writer_begin_chunk(w, GT_CHUNK_FINISH, GT_CPU_NONE))
			return w->error;
		gt_writer_append(w, &totals[i], sizeof(*totals));
		w->chunk->count++;
	}
	return gt_writer_flush(w);
}

int gt_writer_flush(struct gt_writer *w)
{
	if (w->error)
		return w->error;
	if (w->chunk)
		gt_writer_end_chunk(w);
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
