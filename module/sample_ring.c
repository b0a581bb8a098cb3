// SPDX-License-Identifier: GPL-2.0
#include <linux/bitops.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "sample_ring.h"

void gt_sample_ring_init(struct gt_sample_ring *ring, u32 record_size, u32 slots, u32 slack, u32 watermark,
			 u32 stride)
{
	u32 odd, inverse;
	int i;

	ring->lap = 0;
	ring->record_size = record_size;
	ring->slots = slots;
	ring->slack = slack;
	ring->watermark = watermark;
	ring->stride = stride;

	ring->shift = __ffs(record_size);
	odd = record_size >> ring->shift;
	/* Newton's iteration doubles the right bits; an odd number is its own inverse modulo 8. */
	inverse = odd;
	for (i = 0; i < 4; i++)
		inverse *= 2 - odd * inverse;
	ring->inverse = inverse;
}

bool gt_sample_window(const struct gt_sample_ring *ring, u32 offset, u64 tail, struct gt_window *window)
{
	u32 slot = gt_sample_records(ring, offset);
	u32 unread = gt_unread(ring->lap + slot, tail, ring->slots);
	u32 free = ring->slots - unread;
	u32 step;

	if (free <= ring->slack)
		return false;

	/* The next interrupt is due when the reader is to be woken, or else where the room or the ring ends. */
	step = unread < ring->watermark ? ring->watermark - unread : ring->watermark;
	step = min3(min(step, ring->stride), free - ring->slack, ring->slots - slot);

	window->index = offset;
	window->threshold = (slot + step) * ring->record_size;
	window->limit = (slot + min(free, ring->slots + ring->slack - slot)) * ring->record_size;
	return true;
}

bool gt_sample_roomy(const struct gt_sample_ring *ring, u64 head, u64 tail)
{
	u32 free = ring->slots - gt_unread(head, tail, ring->slots);

	return free > ring->slack && free >= ring->slots / 4;
}

u32 gt_sample_wrap(struct gt_sample_ring *ring, void *data, u32 offset)
{
	u32 end = ring->slots * ring->record_size;

	if (offset < end)
		return offset;
	memcpy(data, data + end, offset - end);
	WRITE_ONCE(ring->lap, ring->lap + ring->slots);
	return offset - end;
}
