// SPDX-License-Identifier: GPL-2.0
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "recipe.h"

#define FLAGS	(GTRACE_PROBE_F_BRANCHES | GTRACE_PROBE_F_STACK | GTRACE_PROBE_F_SHARED)

/* Where struct pt_regs of x86-64 has the registers, by their number in instructions. snapshot.h: that it does. */
static const u8 words[] = { 10, 11, 12, 5, 19, 4, 13, 14, 9, 8, 7, 6, 3, 2, 1, 0 };

struct complaint {
	int error;
	const char *field, *why;
};

static struct complaint validate(const struct gtrace_probe *p, u32 lbr_depth)
{
#define COMPLAIN(error, field, why)	((struct complaint){ error, field, why })
	u32 i;

	if (p->id == GTRACE_HIT_OFF || p->id == GTRACE_HIT_WAKER)
		return COMPLAIN(-EINVAL, "id", "GTRACE_HIT_OFF and GTRACE_HIT_WAKER are no probe's");
	if (p->flags & ~FLAGS)
		return COMPLAIN(-EINVAL, "flags", "unknown bits");
	if ((p->flags & GTRACE_PROBE_F_BRANCHES) && !lbr_depth)
		return COMPLAIN(-EOPNOTSUPP, "flags", "BRANCHES in a session without GTRACE_F_BRANCHES");
	if (p->nr_fetches > GTRACE_FETCHES_MAX)
		return COMPLAIN(-EINVAL, "nr_fetches", "more than GTRACE_FETCHES_MAX");
	if (memchr_inv(p->reserved, 0, sizeof(p->reserved)))
		return COMPLAIN(-EINVAL, "reserved", "not zero");
	for (i = 0; i < p->nr_fetches; i++) {
		if (p->fetch[i].reg >= ARRAY_SIZE(words))
			return COMPLAIN(-EINVAL, "fetch.reg", "no such register");
		if (p->fetch[i].depth > ARRAY_SIZE(p->fetch[i].offset))
			return COMPLAIN(-EINVAL, "fetch.depth", "more steps than offsets");
		if (p->fetch[i].reserved)
			return COMPLAIN(-EINVAL, "fetch.reserved", "not zero");
	}
	if (!(p->flags & GTRACE_PROBE_F_STACK))
		return COMPLAIN(0, NULL, NULL);
	if (p->stack_bp >= p->nr_fetches && p->stack_bp != GTRACE_FETCH_NONE)
		return COMPLAIN(-EINVAL, "stack_bp", "no such fetch");
	if (p->stack_lo >= p->nr_fetches)
		return COMPLAIN(-EINVAL, "stack_lo", "no such fetch");
	if (p->stack_hi >= p->nr_fetches)
		return COMPLAIN(-EINVAL, "stack_hi", "no such fetch");
	if (!p->max_frames || p->max_frames > GTRACE_FRAMES_MAX)
		return COMPLAIN(-EINVAL, "max_frames", "outside 1 .. GTRACE_FRAMES_MAX");
	return COMPLAIN(0, NULL, NULL);
#undef COMPLAIN
}

/* What the compiler of chains knows: the steps so far, the slots in use. */
struct chains {
	struct gt_recipe *recipe;
	u32 steps, slots;
};

static void add(struct chains *c, u8 from, u16 offset, u8 to)
{
	c->recipe->step[c->steps++] = (struct gt_step){ .from = from, .to = to, .offset = offset };
}

/* The slot that a step since number `first` fills from there, or -1. */
static int filled(const struct chains *c, u32 first, u8 from, u16 offset)
{
	for (; first < c->steps; first++)
		if (c->recipe->step[first].from == from && c->recipe->step[first].offset == offset)
			return c->recipe->step[first].to;
	return -1;
}

/* Every register that a chain begins at: values that are one first, then those that are only on the way. */
static void add_registers(struct chains *c, const struct gtrace_probe *probe)
{
	u32 i;

	for (i = 0; i < probe->nr_fetches; i++)
		if (!probe->fetch[i].depth)
			add(c, words[probe->fetch[i].reg], 0, i);
	for (i = 0; i < probe->nr_fetches; i++)
		if (filled(c, 0, words[probe->fetch[i].reg], 0) < 0)
			add(c, words[probe->fetch[i].reg], 0, c->slots++);
	c->recipe->nr_registers = c->steps;
}

/* The links of one chain that are not there yet; the last one fills the slot of the value. */
static void add_chain(struct chains *c, const struct gtrace_fetch *fetch, u32 value)
{
	int slot = filled(c, 0, words[fetch->reg], 0), next;
	u32 i;

	for (i = 0; i + 1 < fetch->depth; i++, slot = next) {
		next = filled(c, c->recipe->nr_registers, slot, fetch->offset[i]);
		if (next >= 0)
			continue;
		next = c->slots++;
		add(c, slot, fetch->offset[i], next);
	}
	add(c, slot, fetch->offset[i], value);
}

/* Short chains first: what is a value of its own need not be read again on the way to another. */
static void add_chains(struct chains *c, const struct gtrace_probe *probe)
{
	u32 depth, i;

	for (depth = 1; depth <= ARRAY_SIZE(probe->fetch[0].offset); depth++)
		for (i = 0; i < probe->nr_fetches; i++)
			if (probe->fetch[i].depth == depth)
				add_chain(c, &probe->fetch[i], i);
	c->recipe->nr_reads = c->steps - c->recipe->nr_registers;
}

int gt_recipe_make(struct gt_recipe *recipe, const struct gtrace_probe *probe, u32 lbr_depth, const char **field,
		   const char **why)
{
	struct complaint complaint = validate(probe, lbr_depth);
	struct chains chains = { .recipe = recipe, .slots = probe->nr_fetches };

	*field = complaint.field;
	*why = complaint.why;
	if (complaint.error)
		return complaint.error;

	memset(recipe, 0, sizeof(*recipe));
	recipe->id = probe->id;
	recipe->branches = probe->flags & GTRACE_PROBE_F_BRANCHES;
	recipe->stack = probe->flags & GTRACE_PROBE_F_STACK;
	recipe->shared = probe->flags & GTRACE_PROBE_F_SHARED;
	recipe->nr_fetches = probe->nr_fetches;
	add_registers(&chains, probe);
	add_chains(&chains, probe);
	if (recipe->stack) {
		recipe->max_frames = probe->max_frames;
		recipe->stack_bp = probe->stack_bp;
		recipe->stack_lo = probe->stack_lo;
		recipe->stack_hi = probe->stack_hi;
	}
	recipe->most = sizeof(struct gtrace_event_hit) + (recipe->nr_fetches + recipe->max_frames) * sizeof(u64) +
		       (recipe->branches ? lbr_depth : 0) * sizeof(struct gtrace_pebs_branch);
	recipe->most = max_t(u16, recipe->most, sizeof(struct gtrace_event_hit) + chains.slots * sizeof(u64));
	return 0;
}

/* The operand is sign-extended: a negative one is no frame. */
bool gt_recipe_instruction(struct gt_recipe *recipe, const u8 *bytes, size_t got)
{
	static const u8 sub_rsp[] = { 0x48, 0x83, 0xec };

	recipe->frame = 0;
	if (got >= 1 && bytes[0] == 0x55)
		return true;
	if (got < 4 || memcmp(bytes, sub_rsp, sizeof(sub_rsp)) || !bytes[3] || bytes[3] > S8_MAX)
		return false;
	recipe->frame = bytes[3];
	return true;
}
