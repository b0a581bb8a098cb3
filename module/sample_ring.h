/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The sample ring: an array of hardware records that the hardware itself writes. Pure arithmetic, no registers: the
 * caller carries the results to the DS area.
 *
 *	slot 0                        tail        head                      slots      slots + slack
 *	|  records of this lap  ......|..unread...|  >>> hardware writes    |   slack   |
 *	                                          ^index       ^threshold   ^ring end
 *
 * Records are counted from 0 and never wrap: record i lies in slot i % slots. The hardware knows no ring, only three
 * addresses: where it writes (index), where it asks for an interrupt (threshold), where it stops (limit). They make
 * up the window. It keeps writing while the interrupt is on its way, so `slack` slots are kept free behind every
 * threshold; at the ring's end these lie behind the last slot, and what was written there is copied to slot 0.
 */
#ifndef _GTRACE_SAMPLE_RING_H
#define _GTRACE_SAMPLE_RING_H

#include <linux/compiler.h>
#include <linux/types.h>

struct gt_sample_ring {
	u64 lap;		/* count of the record in slot 0; changed by NMIs of this CPU */
	u32 shift, inverse;	/* bytes to records without a division */
	u32 record_size;	/* bytes */
	u32 slots;
	u32 slack;		/* slots, at most a quarter of `slots` */
	u32 watermark;		/* unread records at which the reader wants to be woken */
	u32 stride;		/* records between two interrupts at most */
};

/* struct gt_window - byte offsets from slot 0. */
struct gt_window {
	u32 index, threshold, limit;
};

/* The numbers are those of the struct; record_size is not 0. Before any CPU may write. */
void gt_sample_ring_init(struct gt_sample_ring *ring, u32 record_size, u32 slots, u32 slack, u32 watermark,
			 u32 stride);

/*
 * Whole records in `bytes`. Exact for multiples of the record size, the only thing the hardware leaves: for them
 * division is multiplication by the inverse of the odd part modulo 2^32.
 */
static __always_inline u32 gt_sample_records(const struct gt_sample_ring *ring, u32 bytes)
{
	return (bytes >> ring->shift) * ring->inverse;
}

/*
 * Records written when the hardware's index is at `*offset` bytes. An NMI between reading the lap and the offset may
 * wrap the ring: then the lap differs afterwards, and both are read again.
 */
static __always_inline u64 gt_sample_head(const struct gt_sample_ring *ring, const u64 *index, u64 base)
{
	u64 lap, head;

	do {
		lap = READ_ONCE(ring->lap);
		barrier();
		head = lap + gt_sample_records(ring, READ_ONCE(*index) - base);
		barrier();
	} while (unlikely(lap != READ_ONCE(ring->lap)));
	return head;
}

/* Unread units of a ring of `size`; a tail that cannot be is taken as a full ring. */
static __always_inline u64 gt_unread(u64 head, u64 tail, u64 size)
{
	return head - tail <= size ? head - tail : size;
}

/* The window that begins at byte `offset` when the reader has consumed `tail` records. False: no room, stall. */
bool gt_sample_window(const struct gt_sample_ring *ring, u32 offset, u64 tail, struct gt_window *window);

/* Room enough to begin again after a stall: a quarter of the ring, lest every few records stall it anew. */
bool gt_sample_roomy(const struct gt_sample_ring *ring, u64 head, u64 tail);

/* Past the ring's end: begins the next lap, copies what lies in the slack to slot 0. Returns the new offset. */
u32 gt_sample_wrap(struct gt_sample_ring *ring, void *data, u32 offset);

#endif
