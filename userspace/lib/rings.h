/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rings of one CPU, read in place.
 *
 *	   hardware                       kernel                            reader
 *	record n ──▶ sample ring    index ──▶ control.sample_head   begin: load sample_head (acquire)
 *	                            event ──▶ control.event_head           load event_head (acquire)
 *	                                                            read what lies before them
 *	                     tail.sample_tail, tail.event_tail ◀──  consume: store (release)
 *
 * sample_head is read first: each task switch before the last of those samples is then among the events.
 *
 *	if (gt_ring_begin(ring) > 0) {
 *		while ((bytes = gt_ring_events(ring, &events))) ...
 *		while ((n = gt_ring_samples(ring, &records))) ...
 *		gt_ring_consume(ring);
 *	}
 */
#ifndef GT_LIB_RINGS_H
#define GT_LIB_RINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uapi/gtrace.h>

struct gt_ring {
	uint32_t cpu;
	const struct gtrace_control *control;
	struct gtrace_tail *tail;
	const uint8_t *samples;
	const uint8_t *events;
	uint32_t record_size; /* bytes */
	uint32_t event_bytes;
	uint64_t sample_slots;
	size_t sample_map_bytes; /* what is mapped; 0 = nothing */
	size_t event_map_bytes;
	uint64_t sample_at, event_at;     /* next to be handed out */
	uint64_t sample_head, event_head; /* as of gt_ring_begin() */
};

/*
 * gt_ring_map - map the rings of a CPU of a configured session. -ENXIO: the CPU is not present. -EPROTO: the control
 * page contradicts `config`. Other errors of mmap(2).
 */
int gt_ring_map(struct gt_ring *ring, int fd, uint32_t cpu, const struct gtrace_config *config);
void gt_ring_unmap(struct gt_ring *ring); /* also of a zeroed one */

/* gt_ring_begin - 1 there is something to read, 0 nothing, -EPROTO a head is where it cannot be. */
int gt_ring_begin(struct gt_ring *ring);

/*
 * gt_ring_events, gt_ring_samples - the next run that lies in one piece; at most two runs each. Return bytes and
 * records; 0 = that was all. What they point to is stable until gt_ring_consume().
 */
size_t gt_ring_events(struct gt_ring *ring, const void **events);
size_t gt_ring_samples(struct gt_ring *ring, const void **records);

/* gt_ring_consume - give what was handed out back to the kernel. */
void gt_ring_consume(struct gt_ring *ring);

/* gt_ring_stalled - sampling waits for FLUSH to find the room that gt_ring_consume() made. */
bool gt_ring_stalled(const struct gt_ring *ring);

/* gt_ring_lost - samples lost so far, all causes. */
uint64_t gt_ring_lost(const struct gt_ring *ring);

#endif
