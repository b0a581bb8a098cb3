/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The inline tree of a function (FUNCDATA_InlTree, Go's runtime/symtabinl.go). Internal to userspace/go.
 *
 * A tree is an array of calls that were expanded in place; PCDATA_InlTreeIndex says which call, the innermost one,
 * an instruction belongs to. Two layouts:
 *
 *	1.18, 1.19	{i16 parent, u8 funcID, u8, i32 file, i32 line, i32 name, i32 parentPc}
 *			file and line of the call; `parent` is the index of the call around it, -1 = none
 *	1.20 on		{u8 funcID, u8[3], i32 name, i32 parentPc, i32 startLine}
 *			parentPc is an instruction of the caller: what the function's programs say there (index,
 *			file, line) is the call around it
 */
#ifndef GT_GO_INLINE_H
#define GT_GO_INLINE_H

#include "binary.h"
#include "moduledata.h"

/*
 * The vaddr that FUNCDATA offsets count from (moduledata.gofunc). The field moves between releases (304, 320, 344),
 * so the words of the moduledata around these are tried and the one is taken under which every inline tree looked at
 * is well formed. -ENOENT: none, or more than one.
 */
int gt_go_inline_base(const struct gt_go_image *image, const struct gt_go_pclntab *table,
		      const struct gt_go_module *module, uint64_t *base);

/*
 * Frames at `vaddr` of `func`, innermost first, as gt_go_binary_frames(). `base` 0: inlining is not known.
 * Returns their number or -EBADMSG.
 */
int gt_go_inline_frames(const struct gt_go_image *image, const struct gt_go_pclntab *table, uint64_t base,
			const struct gt_go_func *func, uint64_t vaddr, struct gt_go_frame *frames, size_t max);

/*
 * Whether the body of one of the functions called names[0 .. count) was expanded in `func`: the number of the first one
 * that is met, -ENOENT, or -EBADMSG.
 */
int gt_go_inline_copy(const struct gt_go_image *image, const struct gt_go_pclntab *table, uint64_t base,
		      const struct gt_go_func *func, const char *const *names, size_t count);

#endif
