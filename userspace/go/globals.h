/* SPDX-License-Identifier: GPL-2.0 */
/* Where the runtime keeps its lists of Gs and Ms. Internal to userspace/go. */
#ifndef GT_GO_GLOBALS_H
#define GT_GO_GLOBALS_H

#include "binary.h"

struct gt_go_globals {
	uint64_t allgs; /* vaddr of runtime.allgs, []*g */
	uint64_t allm;  /* vaddr of runtime.allm, *m */
};

/*
 * From the ELF symbols; in a stripped binary from the code of two runtime functions that use them. -ENOENT.
 */
int gt_go_globals_find(const struct gt_go_binary *binary, struct gt_go_globals *out);

#endif
