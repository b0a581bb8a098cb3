/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Finding the function table and the runtime.moduledata that describes it, in any layout. Internal to userspace/go.
 *
 * Names of sections lead there quickly when they are present; what decides is that a pcHeader and a moduledata point
 * at each other and agree on every table. So a Go program embedded in another one's data is not mistaken for it, and
 * a file without section headers, or whose linker merged the table into .data.rel.ro, reads like any other.
 */
#ifndef GT_GO_MODULEDATA_H
#define GT_GO_MODULEDATA_H

#include "pclntab.h"

/* Enough of runtime.moduledata for every field that is needed of any release. */
#define GT_GO_MODULEDATA_SIZE 408

struct gt_go_module {
	uint64_t vaddr;                       /* of the moduledata */
	uint8_t words[GT_GO_MODULEDATA_SIZE]; /* as the dynamic linker leaves it, load bias 0 */
	uint64_t text, etext;
};

/*
 * Finds both and sets every span of `table`. -ENODATA: no Go in this file. -EOPNOTSUPP: Go older than 1.18.
 * -EBADMSG: there is a function table but the rest contradicts it.
 */
int gt_go_module_find(const struct gt_go_image *image, struct gt_go_pclntab *table, struct gt_go_module *module);

#endif
