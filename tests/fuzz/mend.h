/* SPDX-License-Identifier: GPL-2.0 */
/* Makes the checksums of a mutated gtrace.data right, or nothing behind them would ever be reached. */
#ifndef GT_TESTS_FUZZ_MEND_H
#define GT_TESTS_FUZZ_MEND_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

#include "lib/format.h"

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

#endif
