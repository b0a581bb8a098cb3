// SPDX-License-Identifier: GPL-2.0
#include "recording.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "recording_private.h"

/* Reads exactly `bytes` or says why not; a file that ends early is -ENODATA. */
static int read_at(struct gt_recording *rec, uint64_t offset, void *to, size_t bytes)
{
	size_t done = 0;

	while (done < bytes) {
		ssize_t n = pread(rec->fd, (char *)to + done, bytes - done, offset + done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			return -ENODATA;
		done += n;
	}
	return 0;
}

static uint64_t padded(uint32_t bytes)
{
	return ((uint64_t)bytes + GT_CHUNK_ALIGN - 1) & ~(uint64_t)(GT_CHUNK_ALIGN - 1);
}

static bool header_valid(const struct gt_chunk_header *header)
{
	return header->magic == GT_CHUNK_MAGIC && header->bytes <= GT_CHUNK_MAX &&
	       header->header_crc == crc32(0, (const uint8_t *)header, offsetof(struct gt_chunk_header, header_crc));
}

static void note_damage(struct gt_recording *rec, uint64_t offset, uint64_t bytes)
{
	if (!rec->damage.bytes)
		rec->damage.first_offset = offset;
	rec->damage.bytes += bytes;
	rec->gap = true;
}

/*
 * The bytes at rec->next are no header: look for the next one, 8 bytes a step. The payload buffer serves as the
 * window; it is free, since there is no current chunk. Returns 1 with rec->next at a header, 0 at the end, -errno.
 */
static int resync(struct gt_recording *rec)
{
	uint64_t from = rec->next, at = from + GT_CHUNK_ALIGN;

	while (at + sizeof(struct gt_chunk_header) <= rec->file_bytes) {
		size_t want = rec->file_bytes - at < GT_CHUNK_MAX ? rec->file_bytes - at : GT_CHUNK_MAX, i;
		int err = read_at(rec, at, rec->payload, want);

		if (err)
			return err == -ENODATA ? 0 : err;
		for (i = 0; i + sizeof(struct gt_chunk_header) <= want; i += GT_CHUNK_ALIGN) {
			if (!header_valid((const void *)(rec->payload + i)))
				continue;
			note_damage(rec, from, at + i - from);
			rec->next = at + i;
			return 1;
		}
		at += i;
	}
	note_damage(rec, from, rec->file_bytes - from);
	rec->damage.truncated = true;
	rec->next = rec->file_bytes;
	return 0;
}

/* Reads the header at rec->next, stepping over bytes that are none. 1, 0 at the end, -errno. */
static int read_header(struct gt_recording *rec, struct gt_chunk_header *header)
{
	while (rec->next < rec->file_bytes) {
		int err = rec->file_bytes - rec->next < sizeof(*header)
				  ? -ENODATA
				  : read_at(rec, rec->next, header, sizeof(*header));

		if (!err && header_valid(header))
			return 1;
		if (err && err != -ENODATA)
			return err;
		err = resync(rec);
		if (err <= 0)
			return err;
	}
	return 0;
}

/* 1 the payload is in memory and whole, 0 it is damaged, -errno. */
static int read_payload(struct gt_recording *rec, const struct gt_chunk_header *header)
{
	int err = read_at(rec, rec->next + sizeof(*header), rec->payload, header->bytes);

	if (err && err != -ENODATA)
		return err;
	if (err)
		rec->damage.truncated = true;
	else if (crc32(0, rec->payload, header->bytes) == header->payload_crc)
		return 1;
	rec->damage.chunks++;
	if (header->type == GT_CHUNK_SAMPLES)
		rec->damage.samples += header->count;
	return 0;
}

static int known_type(uint16_t type)
{
	return type >= GT_CHUNK_INFO && type <= GT_CHUNK_VDSO;
}

static bool cpu_wanted(const struct gt_recording *rec, const struct gt_chunk_header *header)
{
	if (rec->only_cpu == GT_CPU_NONE || header->cpu == rec->only_cpu)
		return true;
	return header->type != GT_CHUNK_EVENTS && header->type != GT_CHUNK_SAMPLES && header->type != GT_CHUNK_STANDING;
}

void gt_recording_only_cpu(struct gt_recording *rec, uint32_t cpu)
{
	rec->only_cpu = cpu;
}

int gt_recording_next(struct gt_recording *rec, unsigned int types, struct gt_chunk *chunk)
{
	struct gt_chunk_header header;
	int ret;

	rec->chunk.type = 0;
	while ((ret = read_header(rec, &header)) > 0) {
		uint64_t offset = rec->next, whole = sizeof(header) + padded(header.bytes);
		bool wanted = known_type(header.type) && (types & GT_CHUNKS(header.type)) && cpu_wanted(rec, &header);

		if (header.sequence != rec->next_sequence)
			rec->gap = true;
		rec->next_sequence = header.sequence + 1;
		if (rec->file_bytes - offset < sizeof(header) + header.bytes)
			wanted = true; /* the tail is damaged, whatever it was */
		ret = wanted ? read_payload(rec, &header) : 1;
		if (ret < 0)
			return ret;
		if (ret && header.type == GT_CHUNK_FINISH)
			rec->finished = true;
		if (!wanted) {
			rec->next += whole;
			continue;
		}
		if (whole > rec->file_bytes - offset)
			whole = rec->file_bytes - offset;
		rec->next += whole;
		if (!ret) {
			note_damage(rec, offset, whole);
			continue;
		}
		rec->chunk = (struct gt_chunk){
			.type = header.type,
			.cpu = header.cpu,
			.count = header.count,
			.bytes = header.bytes,
			.offset = offset,
			.gap = rec->gap,
		};
		rec->gap = false;
		gt_items_begin(rec);
		*chunk = rec->chunk;
		return 1;
	}
	if (!ret)
		rec->damage.unfinished = !rec->finished;
	return ret;
}

void gt_recording_rewind(struct gt_recording *rec)
{
	rec->next = rec->first_chunk;
	rec->next_sequence = 0;
	rec->gap = false;
	rec->finished = false;
	rec->damage = (struct gt_damage){0};
	rec->chunk.type = 0;
}

static int read_info(struct gt_recording *rec)
{
	struct gt_chunk chunk;
	int ret = gt_recording_next(rec, GT_CHUNKS(GT_CHUNK_INFO), &chunk);

	if (ret < 0)
		return ret;
	if (!ret || chunk.offset != rec->first_chunk)
		return -EBADMSG;
	rec->info_text = strndup((const char *)rec->payload, chunk.bytes);
	if (!rec->info_text)
		return -ENOMEM;
	ret = gt_info_parse(rec->info_text, &rec->info);
	if (!ret && rec->info.lbr_depth > GT_MAX_BRANCHES)
		ret = -EBADMSG;
	if (!ret)
		ret = gt_packs_init(&rec->packs, rec->info.fields, rec->info.lbr_depth != 0);
	return ret == -EINVAL ? -EBADMSG : ret;
}

static int read_file_header(struct gt_recording *rec)
{
	struct gt_file_header header;
	int err = read_at(rec, 0, &header, sizeof(header));

	if (err == -ENODATA)
		return -EBADMSG;
	if (err)
		return err;
	if (memcmp(header.magic, GT_FILE_MAGIC, sizeof(header.magic)))
		return -EBADMSG;
	if (header.version != GT_FILE_VERSION)
		return -EPROTONOSUPPORT;
	if (header.bytes < sizeof(header) || header.bytes % GT_CHUNK_ALIGN)
		return -EBADMSG;
	rec->first_chunk = header.bytes;
	return 0;
}

static int open_regular(struct gt_recording *rec, const char *path)
{
	struct stat st;

	/* Not to wait for the writer of a pipe, which is refused. */
	rec->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (rec->fd < 0 || fstat(rec->fd, &st))
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return -ESPIPE;
	rec->file_bytes = st.st_size;
	return 0;
}

int gt_recording_open(const char *path, struct gt_recording **out)
{
	struct gt_recording *rec = calloc(1, sizeof(*rec));
	int err = -ENOMEM;

	if (!rec)
		return err;
	rec->fd = -1;
	rec->only_cpu = GT_CPU_NONE;
	rec->payload = calloc(1, GT_CHUNK_MAX + GT_PAYLOAD_SLACK);
	if (!rec->payload)
		goto err_close;
	err = open_regular(rec, path);
	if (!err)
		err = read_file_header(rec);
	if (err)
		goto err_close;
	gt_recording_rewind(rec);
	err = read_info(rec);
	if (err)
		goto err_close;
	gt_recording_rewind(rec);
	*out = rec;
	return 0;

err_close:
	gt_recording_close(rec);
	return err;
}

int gt_recording_detached(struct gt_recording **out)
{
	struct gt_recording *rec = calloc(1, sizeof(*rec));

	if (!rec)
		return -ENOMEM;
	rec->fd = -1;
	rec->payload = calloc(1, GT_CHUNK_MAX + GT_PAYLOAD_SLACK);
	/* The fields are those of samples, which have none here but what all have. */
	if (!rec->payload || gt_packs_init(&rec->packs, GT_FIELDS_DEFAULT, false)) {
		gt_recording_close(rec);
		return -ENOMEM;
	}
	*out = rec;
	return 0;
}

void gt_recording_enter(struct gt_recording *rec, const struct gt_chunk_header *header, bool skim)
{
	rec->skims = skim;
	rec->chunk = (struct gt_chunk){
		.type = header->type, .cpu = header->cpu, .count = header->count, .bytes = header->bytes};
	memcpy(rec->payload, header + 1, header->bytes);
	gt_items_begin(rec);
}

void gt_recording_close(struct gt_recording *rec)
{
	if (!rec)
		return;
	gt_packs_fini(&rec->packs);
	free(rec->payload);
	free(rec->info_text);
	if (rec->fd >= 0)
		close(rec->fd);
	free(rec);
}

const struct gt_recording_info *gt_recording_info(const struct gt_recording *rec)
{
	return &rec->info;
}

const struct gt_damage *gt_recording_damage(const struct gt_recording *rec)
{
	return &rec->damage;
}

uint64_t gt_recording_bytes(const struct gt_recording *rec)
{
	return rec->file_bytes;
}
