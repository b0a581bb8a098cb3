/* SPDX-License-Identifier: GPL-2.0 */
/* What functions of the runtime take, as DWARF tells it. Internal to userspace/go. */
#ifndef GT_GO_SIGNATURES_H
#define GT_GO_SIGNATURES_H

#include "image.h"

struct gt_go_signature {
	const char *function;   /* "runtime.gopark" */
	const char *parameters; /* names of its first ones, at most three, in order: "unlockf lock reason" */
};

#define GT_GO_SIGNATURES_MAX 16

/*
 * Compares the binary's DWARF with what is expected: these parameters, at the function's entry in AX, BX and CX.
 * Returns 0 when all functions are so, else the number, counted from 1, of the first one that is not, or not described.
 */
size_t gt_go_signatures_differ(const struct gt_go_image *image, const struct gt_go_signature *signatures, size_t count);

/*
 * What the functions that are probed in a binary of Go 1.minor take; room for GT_GO_SIGNATURES_MAX. Returns how many.
 */
size_t gt_go_probe_signatures(int minor, struct gt_go_signature *signatures);

#endif
