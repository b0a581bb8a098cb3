// SPDX-License-Identifier: GPL-2.0
/*
 * Reading all Gs and Ms of a process that goes on running.
 *
 * runtime.allgs only grows, Gs never move and are never freed, so a slice header read at any moment leads to true Gs.
 * But append() writes pointer and length apart from each other, and leaves the old array to the collector: when the
 * header has changed by the time the array is read, the look begins again.
 */
#include "live.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/array.h"
#include "memory.h"

enum {
	TRIES = 4,
	GS_MAX = 1 << 24, /* more goroutines than fit into 32 GiB of their smallest stacks */
	MS_MAX = 1 << 16, /* the runtime's own limit is 10000 (sched.maxmcount) */
};

struct slice {
	uint64_t array, length, capacity;
};

/* newproc1 puts a G on the list, dead, or takes a dead one, clears its g.sched, and then lets it point to itself. */
static bool is_being_made(const struct gt_go_runtime *runtime, const uint8_t *g)
{
	return gt_go_u32(g + runtime->offsets.g_status) == GT_GO_DEAD && !gt_go_u64(g + runtime->offsets.g_self);
}

/* One batch of Gs: their addresses from the array, then the structures, in one call each. */
static int read_batch(struct gt_go_runtime *runtime, struct gt_go_look *look, uint64_t array, size_t count,
		      uint8_t *buffer)
{
	uint64_t addrs[GT_GO_MEMORY_BATCH];
	const uint8_t *pieces[GT_GO_MEMORY_BATCH];
	int error = gt_go_memory_read(runtime->pid, array, addrs, count * sizeof(*addrs));

	if (!error)
		error = gt_go_memory_gather(runtime->pid, addrs, count, runtime->g_size, buffer, pieces);
	if (!error)
		error = gt_array_reserve(&look->gs, sizeof(*look->gs), look->nr_gs + count, &look->gs_room);
	for (size_t i = 0; !error && i < count; i++) {
		if (pieces[i] && gt_go_live_parse_g(runtime, addrs[i], pieces[i], &look->gs[look->nr_gs]))
			look->nr_gs++;
		else if (!pieces[i] || !is_being_made(runtime, pieces[i]))
			look->nr_refused++;
	}
	return error;
}

static int read_gs_once(struct gt_go_runtime *runtime, struct gt_go_look *look, uint8_t *buffer)
{
	uint64_t where = runtime->globals.allgs + runtime->load_bias;
	struct slice before, after;
	int error = gt_go_memory_read(runtime->pid, where, &before, sizeof(before));

	look->nr_gs = look->nr_refused = 0;
	if (error)
		return error;
	if (before.length > before.capacity || before.length > GS_MAX)
		return -EPROTO;
	for (uint64_t i = 0; !error && i < before.length; i += GT_GO_MEMORY_BATCH) {
		uint64_t left = before.length - i;

		error = read_batch(runtime, look, before.array + i * sizeof(uint64_t),
				   left < GT_GO_MEMORY_BATCH ? left : GT_GO_MEMORY_BATCH, buffer);
	}
	if (!error)
		error = gt_go_memory_read(runtime->pid, where, &after, sizeof(after));
	if (!error && after.array != before.array)
		error = -EAGAIN;
	return error;
}

static int read_ms_once(struct gt_go_runtime *runtime, struct gt_go_look *look)
{
	uint64_t addr, milestone = 0;
	int error = gt_go_memory_read(runtime->pid, runtime->globals.allm + runtime->load_bias, &addr, sizeof(addr));

	look->nr_ms = 0;
	for (size_t met = 0; !error && addr; met++) {
		/* A list that comes back to the M at the last power of two goes in circles. */
		if (met == MS_MAX || addr == milestone)
			return -EPROTO;
		if (!(met & (met - 1)))
			milestone = addr;
		error = gt_array_room(&look->ms, look->nr_ms, &look->ms_room);
		if (!error)
			error = gt_go_live_read_m(runtime, addr, &look->ms[look->nr_ms], &addr);
		if (!error)
			look->nr_ms++;
		/* No use in waiting for it: who makes it may wait for this CPU. */
		if (error == -EINPROGRESS)
			error = 0;
	}
	/* A thread that exits takes its M out of the list under our feet: begin again. */
	return error == -ENOENT ? -EAGAIN : error;
}

int gt_go_runtime_look(struct gt_go_runtime *runtime, struct gt_go_look *look)
{
	uint8_t *buffer = malloc(GT_GO_MEMORY_ROOM(GT_GO_MEMORY_BATCH, runtime->g_size));
	int error = -EAGAIN;

	if (!buffer)
		return -ENOMEM;
	for (int i = 0; i < TRIES && error == -EAGAIN; i++)
		error = read_gs_once(runtime, look, buffer);
	free(buffer);
	if (!error)
		error = -EAGAIN;
	else
		look->nr_ms = 0;
	for (int i = 0; i < TRIES && error == -EAGAIN; i++)
		error = read_ms_once(runtime, look);
	if (!error)
		return 0;
	look->nr_gs = look->nr_ms = look->nr_refused = 0;
	return error == -EFAULT || error == -EAGAIN ? -EPROTO : error;
}

void gt_go_look_free(struct gt_go_look *look)
{
	free(look->gs);
	free(look->ms);
	*look = (struct gt_go_look){0};
}
