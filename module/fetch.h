/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Values from the memory of a process that gives pointers as it likes: chains of them, and the chain of frame pointers.
 * Pure: how memory is read comes in by a function, which is inlined.
 */
#ifndef _GTRACE_FETCH_H
#define _GTRACE_FETCH_H

#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/nospec.h>
#include <linux/sizes.h>
#include <linux/types.h>

#include "recipe.h"

/* Reads 8 bytes at pointer + offset. False: they cannot be had without a fault. */
typedef bool (*gt_peek_t)(u64 pointer, u32 offset, u64 *value);

/*
 * May user memory be there? Nothing is in the first 64 KiB (vm.mmap_min_addr; and a read of an absent page costs a
 * thousand instructions), and an offset of up to 64 KiB from here does not reach the kernel's half. A five-level
 * address space begins above it; programs get there only by asking for it, and Go does not.
 *
 * The mask is for the CPU that guesses the check right: the value read is a pointer for the next step, chosen by the
 * program (Spectre variant 1). What lies too high becomes 0.
 */
#define GT_POINTER_MIN	SZ_64K
#define GT_POINTER_END	((1ull << 47) - 2 * SZ_64K)

static __always_inline bool gt_pointer_ok(u64 *pointer)
{
	unsigned long end = GT_POINTER_END;

	OPTIMIZER_HIDE_VAR(end);	/* the instruction takes no constant of 64 bits */
	*pointer &= array_index_mask_nospec(*pointer, end);
	return *pointer >= GT_POINTER_MIN;
}

/* Fills the slots that chains begin at from the registers `words`, in the order of struct pt_regs. */
static __always_inline void gt_fetch_registers(const struct gt_recipe *recipe, const u64 *words, u64 *slots)
{
	const struct gt_step *step = recipe->step, *end = step + recipe->nr_registers;

	for (; step < end; step++)
		slots[step->to] = words[step->from];
}

/*
 * Then the others from memory. Where a chain breaks off, its slots are 0, which ends those that go on from there too.
 * Sets the bits of the values that are missing in *missing: in memory, since there is hardly ever one.
 */
static __always_inline void gt_fetch_memory(const struct gt_recipe *recipe, u64 *slots, u16 *missing, gt_peek_t peek)
{
	const struct gt_step *step = recipe->step + recipe->nr_registers, *end = step + recipe->nr_reads;

	for (; step < end; step++) {
		if (likely(peek(slots[step->from], step->offset, &slots[step->to])))
			continue;
		slots[step->to] = 0;
		if (step->to < recipe->nr_fetches)
			*missing |= BIT(step->to);
	}
}

/* struct gt_walk - a stack, and where the walk of it stands. */
struct gt_walk {
	u64 lo, hi;		/* bounds of the stack: frames lie in [lo, hi) */
	u64 bp;			/* next frame: the caller's frame pointer, then the return address */
	u32 nr, max;
	bool cut;		/* it ended elsewhere than at a frame pointer of 0 */
};

/* The return address that a function finds at its entry, before it has a frame of its own. */
static __always_inline void gt_walk_entry(struct gt_walk *walk, u64 sp, gt_peek_t peek, u64 *frames)
{
	if (likely(sp >= walk->lo && sp < walk->hi && walk->hi - sp >= 8 && peek(sp, 0, frames)))
		walk->nr = 1;
	else
		walk->cut = true;
}

/* Each frame lies above the one before, so a loop in the chain ends it. */
static __always_inline void gt_walk(struct gt_walk *walk, gt_peek_t peek, u64 *frames)
{
	u64 floor = walk->lo, bp = walk->bp, next;

	while (bp && !walk->cut) {
		if (unlikely(walk->nr == walk->max || bp < floor || bp >= walk->hi || walk->hi - bp < 16 || bp % 8 ||
			     !peek(bp, 8, &frames[walk->nr]) || !peek(bp, 0, &next))) {
			walk->cut = true;
			break;
		}
		walk->nr++;
		floor = bp + 16;
		bp = next;
	}
}

#endif
