// SPDX-License-Identifier: GPL-2.0
#include "frame_pack.h"

#include "bytes.h"

void gt_frame_pack_reset(struct gt_frame_pack *pack)
{
	memset(pack->used, 0, sizeof(pack->used));
}

static unsigned int hash(uint64_t frame)
{
	_Static_assert(GT_FRAME_SLOTS == 1 << (64 - 55), "hash gives a slot number");
	return (frame * 0x9e3779b97f4a7c15ull) >> 55;
}

/* The caller remembered in a slot, 0 = none. Marks the slot used: whoever asks fills it. */
static uint64_t recall(struct gt_frame_pack *pack, unsigned int slot)
{
	uint64_t bit = 1ull << (slot % 64);
	uint64_t known = pack->used[slot / 64] & bit ? pack->caller[slot] : 0;

	pack->used[slot / 64] |= bit;
	return known;
}

uint8_t *gt_frame_pack(struct gt_frame_pack *pack, uint64_t seed, const __u64 *frames, unsigned int n, uint8_t *out)
{
	uint8_t *p = out + 1 + (n + 7) / 8;
	unsigned int slot = hash(seed);
	uint64_t same = 0, inner = 0;

	for (unsigned int i = 0; i < n; i++) {
		if (frames[i] == recall(pack, slot)) {
			same |= 1ull << i;
		} else {
			uint64_t delta = gt_zigzag(frames[i] - inner);
			unsigned int bytes = gt_bytes_of(delta);

			*p++ = bytes - 1;
			gt_put64(p, delta);
			p += bytes;
		}
		pack->caller[slot] = inner = frames[i];
		slot = hash(inner);
	}
	*out++ = n;
	for (unsigned int i = 0; i < n; i += 8)
		*out++ = same >> i;
	return p;
}

const uint8_t *gt_frame_unpack(struct gt_frame_pack *pack, uint64_t seed, const uint8_t *in, __u64 *frames,
			       unsigned int *nr)
{
	unsigned int n = *in++, slot = hash(seed);
	uint64_t same = 0, inner = 0;

	if (n > GTRACE_FRAMES_MAX)
		return NULL;
	for (unsigned int i = 0; i < n; i += 8)
		same |= (uint64_t)*in++ << i;
	for (unsigned int i = 0; i < n; i++) {
		uint64_t known = recall(pack, slot);

		if (same & 1ull << i) {
			frames[i] = known;
		} else {
			unsigned int bytes = *in++ + 1;

			if (bytes > 8)
				return NULL;
			frames[i] = inner + gt_unzigzag(gt_get_bytes(in, bytes));
			in += bytes;
		}
		pack->caller[slot] = inner = frames[i];
		slot = hash(inner);
	}
	*nr = n;
	return in;
}

const uint8_t *gt_frame_skip(const uint8_t *in)
{
	unsigned int n = *in++, others = n;

	for (unsigned int i = 0; i < n; i += 8)
		others -= __builtin_popcount(*in++);
	while (others--)
		in += 1 + *in + 1;
	return in;
}
