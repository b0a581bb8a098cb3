// SPDX-License-Identifier: GPL-2.0
#include "rings.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Words of the control page change under us. */
#define load_acquire(word) __atomic_load_n(&(word), __ATOMIC_ACQUIRE)
#define load_relaxed(word) __atomic_load_n(&(word), __ATOMIC_RELAXED)

static int map(int fd, uint32_t cpu, unsigned int region, int prot, size_t bytes, void **where)
{
	void *p = mmap(NULL, bytes, prot, MAP_SHARED, fd, GTRACE_MMAP_OFFSET(cpu, region));

	if (p == MAP_FAILED)
		return -errno;
	*where = p;
	return 0;
}

static bool layout_agrees(const struct gt_ring *ring, const struct gtrace_config *config)
{
	const struct gtrace_control *control = ring->control;

	return control->abi_version == GTRACE_ABI_VERSION && control->cpu == ring->cpu &&
	       control->record_size == config->record_size && control->sample_slots == config->sample_slots &&
	       control->event_bytes == config->event_bytes && config->record_size && config->sample_slots &&
	       config->event_bytes && !(config->event_bytes & (config->event_bytes - 1)) &&
	       (uint64_t)config->sample_slots * config->record_size <= config->sample_map_bytes &&
	       config->event_bytes <= config->event_map_bytes;
}

int gt_ring_map(struct gt_ring *ring, int fd, uint32_t cpu, const struct gtrace_config *config)
{
	size_t page = sysconf(_SC_PAGESIZE);
	void *where = NULL;
	int err;

	*ring = (struct gt_ring){.cpu = cpu};
	err = map(fd, cpu, GTRACE_MMAP_CONTROL, PROT_READ, page, &where);
	if (err)
		return err == -EINVAL ? -ENXIO : err;
	ring->control = where;
	err = map(fd, cpu, GTRACE_MMAP_TAIL, PROT_READ | PROT_WRITE, page, &where);
	if (err)
		goto err_unmap;
	ring->tail = where;
	err = map(fd, cpu, GTRACE_MMAP_SAMPLES, PROT_READ, config->sample_map_bytes, &where);
	if (err)
		goto err_unmap;
	ring->samples = where;
	ring->sample_map_bytes = config->sample_map_bytes;
	err = map(fd, cpu, GTRACE_MMAP_EVENTS, PROT_READ, config->event_map_bytes, &where);
	if (err)
		goto err_unmap;
	ring->events = where;
	ring->event_map_bytes = config->event_map_bytes;
	err = -EPROTO;
	if (!layout_agrees(ring, config))
		goto err_unmap;
	ring->record_size = config->record_size;
	ring->sample_slots = config->sample_slots;
	ring->event_bytes = config->event_bytes;
	return 0;

err_unmap:
	gt_ring_unmap(ring);
	return err;
}

static void unmap(const void *where, size_t bytes)
{
	if (where)
		munmap((void *)where, bytes);
}

void gt_ring_unmap(struct gt_ring *ring)
{
	size_t page = sysconf(_SC_PAGESIZE);

	unmap(ring->events, ring->event_map_bytes);
	unmap(ring->samples, ring->sample_map_bytes);
	unmap(ring->tail, page);
	unmap(ring->control, page);
	*ring = (struct gt_ring){.cpu = ring->cpu};
}

int gt_ring_begin(struct gt_ring *ring)
{
	ring->sample_head = load_acquire(ring->control->sample_head);
	ring->event_head = load_acquire(ring->control->event_head);
	/* Unsigned: a head before the tail is as absurd as one a lap ahead. */
	if (ring->sample_head - ring->sample_at > ring->sample_slots ||
	    ring->event_head - ring->event_at > ring->event_bytes)
		return -EPROTO;
	return ring->sample_head != ring->sample_at || ring->event_head != ring->event_at;
}

size_t gt_ring_events(struct gt_ring *ring, const void **events)
{
	size_t offset = ring->event_at & (ring->event_bytes - 1);
	size_t n = ring->event_head - ring->event_at;

	if (n > ring->event_bytes - offset)
		n = ring->event_bytes - offset;
	*events = ring->events + offset;
	ring->event_at += n;
	return n;
}

size_t gt_ring_samples(struct gt_ring *ring, const void **records)
{
	size_t slot = ring->sample_at % ring->sample_slots;
	size_t n = ring->sample_head - ring->sample_at;

	if (n > ring->sample_slots - slot)
		n = ring->sample_slots - slot;
	*records = ring->samples + slot * ring->record_size;
	ring->sample_at += n;
	return n;
}

void gt_ring_consume(struct gt_ring *ring)
{
	/* Release: our reads of the records are over before the kernel may see the room. */
	__atomic_store_n(&ring->tail->sample_tail, ring->sample_at, __ATOMIC_RELEASE);
	__atomic_store_n(&ring->tail->event_tail, ring->event_at, __ATOMIC_RELEASE);
}

bool gt_ring_stalled(const struct gt_ring *ring)
{
	return load_relaxed(ring->control->state) == GTRACE_CPU_STALLED;
}

uint64_t gt_ring_lost(const struct gt_ring *ring)
{
	return load_relaxed(ring->control->lost_full) + load_relaxed(ring->control->lost_event) +
	       load_relaxed(ring->control->lost_overrun) + load_relaxed(ring->control->lost_offline);
}
