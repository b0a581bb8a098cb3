/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a hit of one probe carries, checked and in the form that the breakpoint works from. Pure.
 */
#ifndef _GTRACE_RECIPE_H
#define _GTRACE_RECIPE_H

#include <linux/types.h>
#include <uapi/gtrace.h>

struct gt_fetch {
	u8 word;		/* of struct pt_regs, in 8 bytes */
	u8 depth;
	u16 offset[6];		/* bytes */
};

struct gt_recipe {
	u32 id;
	bool branches, stack, shared;
	u8 frame;		/* the instruction: sub $frame, %rsp; 0: push %rbp. Not of gt_recipe_make() */
	u16 most;		/* bytes of the longest event */
	u8 nr_fetches;
	u8 max_frames;
	u8 stack_bp, stack_lo, stack_hi;	/* index of a fetch; stack_bp may be GTRACE_FETCH_NONE */
	struct gt_fetch fetch[GTRACE_FETCHES_MAX];
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
