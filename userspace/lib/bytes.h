/* SPDX-License-Identifier: GPL-2.0 */
/* Unaligned little-endian words, and differences as small numbers: shared by the two packers. */
#ifndef GT_LIB_BYTES_H
#define GT_LIB_BYTES_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

/* Small differences of either sign become small numbers: 0, -1, 1, -2 ... are 0, 1, 2, 3 ... */
static inline uint64_t gt_zigzag(uint64_t delta)
{
	return (delta << 1) ^ -(delta >> 63);
}

static inline uint64_t gt_unzigzag(uint64_t coded)
{
	return (coded >> 1) ^ -(coded & 1);
}

/* 8 bytes from anywhere, and to it. */
static inline uint64_t gt_get64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

static inline void gt_put64(uint8_t *p, uint64_t v)
{
	v = htole64(v);
	memcpy(p, &v, sizeof(v));
}

/* Bytes that `v` needs, 1 to 8. */
static inline unsigned int gt_bytes_of(uint64_t v)
{
	return (71 - __builtin_clzll(v | 1)) / 8;
}

/* The low `n` bytes (1 to 8) of the word at p; all 8 can be read. */
static inline uint64_t gt_get_bytes(const uint8_t *p, unsigned int n)
{
	return gt_get64(p) & (~0ull >> (64 - 8 * n));
}

#endif
