/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions of the vDSO: the code that the kernel maps into every process, where Go asks for the time. It is the same
 * in all 64-bit processes of a machine, and in no file.
 */
#ifndef GT_LIB_VDSO_H
#define GT_LIB_VDSO_H

#include "recording_writer.h"

/* What its mapping is called in /proc/PID/maps and in MAP events. */
#define GT_VDSO_PATH "[vdso]"

/*
 * gt_vdso_write - those that the vDSO of this process exports, ascending, to `writer`. 0, also when there is no vDSO
 * (vdso=0) or it has no names; -ENOMEM, errors of `writer`.
 */
int gt_vdso_write(struct gt_writer *writer);

#endif
