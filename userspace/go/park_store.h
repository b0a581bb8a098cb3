/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The instruction by which runtime.gopark writes g.waitreason: each goroutine that parks executes it once.
 *
 *	mov %cl,disp(%r8)	R14 and R8 are the g, CX the reason and BX the lock as the caller passed them
 *
 * So it is in 1.19 and 1.21 to 1.27; whether it is in the binary at hand, its code says.
 */
#ifndef GT_GO_PARK_STORE_H
#define GT_GO_PARK_STORE_H

#include <stdint.h>

struct gt_go_binary;

enum gt_go_park_store {
	GT_GO_STORE_OTHER,   /* no store of a byte, or not of gopark's */
	GT_GO_STORE_REASON,  /* this instruction; it stores where the release has g.waitreason */
	GT_GO_STORE_COPY,    /* a byte, in a copy of gopark's body, where the reason may be in any register */
	GT_GO_STORE_UNKNOWN, /* a byte, in gopark of a release whose layout is not known */
};

/*
 * What the instruction at `vaddr` stores. For REASON and COPY *offset is where in the g the release has waitreason; a
 * sample is of such a store when its data address is R14 + *offset.
 */
enum gt_go_park_store gt_go_park_store(const struct gt_go_binary *binary, uint64_t vaddr, uint16_t *offset);

#endif
