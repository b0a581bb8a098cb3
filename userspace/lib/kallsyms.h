/* SPDX-License-Identifier: GPL-2.0 */
/* Symbols of the running kernel, as /proc/kallsyms permits. */
#ifndef GT_LIB_KALLSYMS_H
#define GT_LIB_KALLSYMS_H

#include "recording_writer.h"

/*
 * gt_kallsyms_write - all functions of the kernel and its modules, ascending, to `writer`. Takes a few megabytes while
 * it runs. -EPERM: kernel.kptr_restrict hides the addresses. Errors of open(2), -ENOMEM, errors of `writer`.
 */
int gt_kallsyms_write(struct gt_writer *writer);

#endif
