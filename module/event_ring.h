/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The event ring: records of a multiple of 8 bytes, written by one CPU, read by another through a mapping. Contexts
 * nest on the writing CPU (task, then interrupt, then NMI) and none of them waits:
 *
 *	task   try --------- fill ------------------------------ commit: publishes both
 *	            NMI        `- try -- fill -- commit: the task publishes
 *
 *	head       reserved, moved by a compare-and-exchange on this CPU
 *	published  what the reader sees: moved by the outermost writer, when everything below it is filled in
 *
 * `limit` is where the short path ends: the ring's end, the watermark, the reserve. It may be too low at any time,
 * never too high: a nested writer that meets an old one only takes the long path.
 *
 * Barriers: commit's store-release of *published pairs with the reader's load-acquire; the reader's store-release of
 * *tail pairs with the load-acquire here: the reader is done with the bytes before they are written again.
 */
#ifndef _GTRACE_EVENT_RING_H
#define _GTRACE_EVENT_RING_H

#include <asm/local.h>
#include <linux/compiler.h>
#include <linux/types.h>
#include <uapi/gtrace.h>

/*
 * Room kept at the end: when it begins, sampling must stop, so that no task switch between two samples is ever
 * missing; it holds the events that say so.
 */
#define GT_EVENT_RESERVE	512u

struct gt_event_ring {
	local_t head;
	u64 limit;
	unsigned int nest;
	bool gap;		/* events were dropped since the last one written */
	u8 *data;
	u64 bytes;		/* a power of two */
	u64 *published;		/* control page */
	u64 *dropped;		/* control page */
	const u64 *tail;	/* the reader's page: any value at any time */
};

/* All empty; the three words are those of the struct. Before any CPU may write. */
void gt_event_ring_init(struct gt_event_ring *ring, void *data, u64 bytes, u64 *published, u64 *dropped,
			const u64 *tail);

/* The reader's tail, forced into [head - bytes, head]. */
u64 gt_event_tail(const struct gt_event_ring *ring);

/* Unread bytes, published or not. */
static inline u64 gt_event_unread(const struct gt_event_ring *ring)
{
	return local_read(&ring->head) - gt_event_tail(ring);
}

/* In the reserve: stop sampling. */
static inline bool gt_event_tight(const struct gt_event_ring *ring)
{
	return gt_event_unread(ring) + GT_EVENT_RESERVE > ring->bytes;
}

/* Some writer of this CPU is below us: what it writes is not published yet. */
static inline bool gt_event_busy(const struct gt_event_ring *ring)
{
	return READ_ONCE(ring->nest) != 0;
}

/* Sends every writer through the long path from now on, until one of them finds `limit` anew. */
static inline void gt_event_slow(struct gt_event_ring *ring)
{
	WRITE_ONCE(ring->limit, 0);
}

/* Publishes what was reserved by the try or reserve before it, if no writer is below. */
static __always_inline void gt_event_commit(struct gt_event_ring *ring)
{
	unsigned long head;

	barrier();
	if (unlikely(ring->nest > 1)) {
		ring->nest--;
		return;
	}
	for (;;) {
		head = local_read(&ring->head);
		/* Pairs with the reader's load-acquire: all below is filled in. */
		smp_store_release(ring->published, head);
		barrier();
		WRITE_ONCE(ring->nest, 0);
		barrier();
		/* An NMI that came while nest was 1 left its publishing to us. */
		if (likely(head == local_read(&ring->head)))
			return;
		WRITE_ONCE(ring->nest, 1);
		barrier();
	}
}

/*
 * The short path: `size` bytes to be filled, head of the event included, then gt_event_commit(). NULL when the long
 * path is needed; there is nothing to commit then.
 */
static __always_inline void *gt_event_try(struct gt_event_ring *ring, u32 size)
{
	unsigned long old, new;

	/* Need not be atomic: an NMI in between leaves the value as it found it. */
	ring->nest++;
	barrier();
	old = local_read(&ring->head);
	new = old + size;
	if (unlikely(new > READ_ONCE(ring->limit) || local_cmpxchg(&ring->head, old, new) != old)) {
		gt_event_commit(ring);
		return NULL;
	}
	return ring->data + (old & (ring->bytes - 1));
}

/*
 * The long path: room from the ring's start if there is none before its end, with the head of the event filled in.
 * NULL when the ring is full; the loss is counted, the next event says GTRACE_EVENT_F_GAP, nothing is to be committed.
 */
void *gt_event_reserve(struct gt_event_ring *ring, u16 type, u16 size, u32 flags, u64 tsc);

/*
 * Before the commit of an event that turned out shorter than the `most` bytes tried or reserved for it: gives the rest
 * back, or fills it with a PAD when a nested writer stands behind it. Not back across the ring's end: `limit` may have
 * been reckoned from beyond it. Both sizes are multiples of 8.
 */
static __always_inline void gt_event_trim(struct gt_event_ring *ring, void *event, u32 most, u32 size)
{
	struct gtrace_event *pad = event + size;
	unsigned long head;
	u64 end;

	if (most == size)
		return;
	end = (u8 *)event + most - ring->data;
	head = local_read(&ring->head);
	if (likely((head & (ring->bytes - 1)) == end && local_cmpxchg(&ring->head, head, head - (most - size)) == head))
		return;
	pad->type = GTRACE_EVENT_PAD;
	pad->size = most - size;
	pad->flags = 0;
}

#endif
