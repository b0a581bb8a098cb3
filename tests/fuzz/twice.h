/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The entry of the fuzz targets whose input is a whole gtrace.data: it is read as it is, and once more with its checksums
 * made right, or nothing behind them would ever be reached.
 */
#ifndef GT_TESTS_FUZZ_TWICE_H
#define GT_TESTS_FUZZ_TWICE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "lib/format.h"

/* The target: reads the file, and aborts on what must not be. */
void read_recording(const char *path);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void mend_checksums(uint8_t *bytes, size_t size)
{
	struct gt_chunk_header header;

	for (size_t at = sizeof(struct gt_file_header); size >= sizeof(header) && at <= size - sizeof(header);) {
		memcpy(&header, bytes + at, sizeof(header));
		if (header.bytes > size - at - sizeof(header))
			return;
		header.payload_crc = crc32(0, bytes + at + sizeof(header), header.bytes);
		header.header_crc = crc32(0, (const uint8_t *)&header, offsetof(struct gt_chunk_header, header_crc));
		memcpy(bytes + at, &header, sizeof(header));
		at += sizeof(header) + ((header.bytes + GT_CHUNK_ALIGN - 1) & ~(size_t)(GT_CHUNK_ALIGN - 1));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("gtrace.data", 0);
	uint8_t *mended = malloc(size + 1);
	char path[64];
	int mend;

	if (fd < 0 || !mended)
		abort();
	memcpy(mended, data, size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (mend = 0; mend < 2; mend++) {
		if (mend)
			mend_checksums(mended, size);
		if (pwrite(fd, mended, size, 0) != (ssize_t)size)
			abort();
		read_recording(path);
	}
	free(mended);
	close(fd);
	return 0;
}

#endif
