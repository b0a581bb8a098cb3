/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packing call stacks: the frames of a goroutine that blocks where it blocked before become a bit each.
 *
 * A table remembers, for each return address, the caller's that stood behind it last time. The innermost frame is
 * looked up by a seed that the caller of these functions chooses: what tells stacks apart that are alike.
 *
 *	u8 n | n bits: as remembered | for each frame that is not: 1 byte, bytes of the difference - 1; the difference
 *	to the frame inside of it (the innermost: to 0), zigzag, little endian
 */
#ifndef GT_LIB_FRAME_PACK_H
#define GT_LIB_FRAME_PACK_H

#include <stdint.h>

#include <uapi/gtrace.h>

#define GT_FRAME_SLOTS 512
/* Most bytes a stack can take, and how far both functions may reach past its first byte. */
#define GT_FRAME_PACK_MAX (1 + GTRACE_FRAMES_MAX / 8 + GTRACE_FRAMES_MAX * 9 + 8)

struct gt_frame_pack {
	uint64_t used[GT_FRAME_SLOTS / 64];
	uint64_t caller[GT_FRAME_SLOTS];
};

/* gt_frame_pack_reset - before the first stack, and at each chunk: writer and reader begin alike. */
void gt_frame_pack_reset(struct gt_frame_pack *pack);

/* gt_frame_pack - append n <= GTRACE_FRAMES_MAX frames, innermost first. Returns the stack's end. */
uint8_t *gt_frame_pack(struct gt_frame_pack *pack, uint64_t seed, const __u64 *frames, unsigned int n, uint8_t *out);

/*
 * gt_frame_unpack - read the stack at `in` into `frames`, which has room for GTRACE_FRAMES_MAX. Returns its end or NULL
 * when no writer made these bytes.
 */
const uint8_t *gt_frame_unpack(struct gt_frame_pack *pack, uint64_t seed, const uint8_t *in, __u64 *frames,
			       unsigned int *n);

/* gt_frame_skip - the end of the stack at `in`, which gt_frame_unpack() takes, without reading it. */
const uint8_t *gt_frame_skip(const uint8_t *in);

#endif
