// SPDX-License-Identifier: GPL-2.0
/*
 * The proof, on the living process, of the fields that only probes fetch (GT_GO_PROBE_OFFSETS).
 *
 * Goroutines that wait are the witnesses: they go on inside Go code (sched.pc), with a frame on their own stack
 * (sched.bp), and those that wait for a channel are queued at it by a sudog that points back to them (waiting). The
 * process runs on meanwhile, so one that is caught on its way to another state contradicts nothing; most would have to.
 */
#include "live.h"

#include <string.h>

#include "memory.h"

enum { WITNESSES = 256, SUDOG_G = 0, HCHAN_ELEMSIZE = 24, SELECT_MAX = 1 << 16 };

static bool read_word(const struct gt_go_runtime *runtime, uint64_t structure, uint16_t offset, uint64_t *word)
{
	return structure && !gt_go_memory_read(runtime->pid, structure + offset, word, sizeof(*word));
}

static bool waits_for(const struct gt_go_runtime *runtime, const struct gt_go_g *g, const char *reason)
{
	const char *its = gt_go_runtime_wait_reason(runtime, g->wait_reason);

	return its && !strcmp(its, reason);
}

/* An open one: the word that begins with hchan.elemsize (16 bits) ends with hchan.closed. */
static bool is_channel(const struct gt_go_runtime *runtime, uint64_t addr)
{
	uint64_t word;

	return read_word(runtime, addr, HCHAN_ELEMSIZE, &word) && !(word >> 32);
}

/* Each sudog of the list from g.waiting, one a channel, is its own and names a channel. */
static bool is_queued(const struct gt_go_runtime *runtime, const struct gt_go_g *g)
{
	const struct gt_go_offsets *at = &runtime->offsets;
	uint64_t sudog, owner, channel;

	if (!read_word(runtime, g->addr, at->g_waiting, &sudog))
		return false;
	for (int i = 0; i < SELECT_MAX; i++) {
		if (!read_word(runtime, sudog, SUDOG_G, &owner) || owner != g->addr ||
		    !read_word(runtime, sudog, at->sudog_c, &channel) || !is_channel(runtime, channel) ||
		    !read_word(runtime, sudog, at->sudog_waitlink, &sudog))
			return false;
		if (!sudog)
			return true;
	}
	return false;
}

static bool is_suspended(const struct gt_go_runtime *runtime, const struct gt_go_g *g)
{
	const struct gt_go_offsets *at = &runtime->offsets;
	uint64_t start, end, pc, bp;

	gt_go_binary_text(runtime->binary, &start, &end);
	if (!read_word(runtime, g->addr, at->g_sched_pc, &pc) || !read_word(runtime, g->addr, at->g_sched_bp, &bp))
		return false;
	pc -= runtime->load_bias;
	return pc >= start && pc < end && bp >= g->stack_lo && bp < g->stack_hi;
}

bool gt_go_live_waiters_agree(const struct gt_go_runtime *runtime, const struct gt_go_look *look)
{
	size_t waiting = 0, queued = 0, not_suspended = 0, not_queued = 0;

	for (size_t i = 0; i < look->nr_gs && waiting < WITNESSES; i++) {
		const struct gt_go_g *g = &look->gs[i];

		/* A coroutine that has never run waits without a frame. */
		if (g->status != GT_GO_WAITING || waits_for(runtime, g, "coroutine"))
			continue;
		waiting++;
		not_suspended += !is_suspended(runtime, g);
		if (waits_for(runtime, g, "chan receive") || waits_for(runtime, g, "chan send") ||
		    waits_for(runtime, g, "select")) {
			queued++;
			not_queued += !is_queued(runtime, g);
		}
	}
	return not_suspended <= waiting / 2 && not_queued <= queued / 2;
}
