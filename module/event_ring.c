// SPDX-License-Identifier: GPL-2.0
#include <linux/minmax.h>
#include <asm/barrier.h>

#include "event_ring.h"

void gt_event_ring_init(struct gt_event_ring *ring, void *data, u64 bytes, u64 *published, u64 *dropped,
			const u64 *tail)
{
	local_set(&ring->head, 0);
	ring->nest = 0;
	ring->gap = false;
	ring->data = data;
	ring->bytes = bytes;
	ring->published = published;
	ring->dropped = dropped;
	ring->tail = tail;
	gt_event_slow(ring);
}

u64 gt_event_tail(const struct gt_event_ring *ring)
{
	/* Pairs with the reader's store-release: it is done with what lies before its tail. */
	u64 tail = smp_load_acquire(ring->tail);
	u64 head = local_read(&ring->head);

	return head - tail <= ring->bytes ? tail : head - min(head, ring->bytes);
}

/* Where the short path must stop next, seen from `head`. */
static u64 limit(const struct gt_event_ring *ring, u64 head, u64 tail)
{
	u64 lap = (head | (ring->bytes - 1)) + 1;
	u64 full = tail + ring->bytes - GT_EVENT_RESERVE;
	u64 wake = tail + ring->bytes / 2;

	if (ring->gap)
		return 0;
	return min(lap, head < wake ? wake : full);
}

void *gt_event_reserve(struct gt_event_ring *ring, u16 type, u16 size, u32 flags, u64 tsc)
{
	struct gtrace_event *event;
	u64 old, tail, offset, pad;

	ring->nest++;
	barrier();
	do {
		old = local_read(&ring->head);
		tail = gt_event_tail(ring);
		offset = old & (ring->bytes - 1);
		pad = offset + size > ring->bytes ? ring->bytes - offset : 0;
		if (old + pad + size - tail > ring->bytes) {
			(*ring->dropped)++;
			ring->gap = true;
			gt_event_slow(ring);
			gt_event_commit(ring);
			return NULL;
		}
	} while (local_cmpxchg(&ring->head, old, old + pad + size) != old);

	if (pad) {
		/* There may be room for no more than these eight bytes: a PAD has no time stamp. */
		event = (void *)(ring->data + offset);
		event->type = GTRACE_EVENT_PAD;
		event->size = pad;
		event->flags = 0;
		offset = 0;
	}
	if (ring->gap) {
		ring->gap = false;
		flags |= GTRACE_EVENT_F_GAP;
	}
	WRITE_ONCE(ring->limit, limit(ring, old + pad + size, tail));

	event = (void *)(ring->data + offset);
	event->type = type;
	event->size = size;
	event->flags = flags;
	event->tsc = tsc;
	return event;
}
