/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a hit of one probe carries, checked and in the form that the breakpoint works from. Pure.
 */
#ifndef _GTRACE_RECIPE_H
#define _GTRACE_RECIPE_H

#include <linux/types.h>
#include <uapi/gtrace.h>

/* Slots: the values of the hit, in their order, then what is only passed on the way to them. */
#define GT_SLOTS_MAX	(GTRACE_FETCHES_MAX * 7)

/* One register into a slot, or the 8 bytes that the pointer in one slot leads to into another. */
struct gt_step {
	u8 from;		/* word of struct pt_regs; slot */
	u8 to;			/* slot */
	u16 offset;		/* bytes behind the pointer; 0 of a register */
};

/*
 * The chains become steps, each of which is made once: most chains begin at the same pointer and have their first links
 * in common. What is further from its register comes later, so each step finds its pointer in its slot.
 */
struct gt_recipe {
	u32 id;
	bool branches, stack, shared;
	u8 frame;		/* the instruction: sub $frame, %rsp; 0: push %rbp. Not of gt_recipe_make() */
	u16 most;		/* bytes of the longest event, or of the slots if that is more */
	u8 nr_fetches;
	u8 nr_registers, nr_reads;
	u8 max_frames;
	u8 stack_bp, stack_lo, stack_hi;	/* index of a value; stack_bp may be GTRACE_FETCH_NONE */
	struct gt_step step[GT_SLOTS_MAX];	/* registers, then reads */
};

/*
 * `lbr_depth`: entries of the LBR stack that runs for this session, 0 = none. 0, or an errno with `*field` the name of
 * the field that is to blame and `*why` what is wrong with it. Says nothing about the file and the place in it.
 */
int gt_recipe_make(struct gt_recipe *recipe, const struct gtrace_probe *probe, u32 lbr_depth, const char **field,
		   const char **why);

/* What stands at the place, `got` bytes from its file: fills in `frame`. False: an instruction that is not known. */
bool gt_recipe_instruction(struct gt_recipe *recipe, const u8 *bytes, size_t got);

#endif
