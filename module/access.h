/* SPDX-License-Identifier: GPL-2.0 */
/*
 * May the caller trace that process?
 */
#ifndef _GTRACE_ACCESS_H
#define _GTRACE_ACCESS_H

#include <linux/pid.h>

/*
 * Finds the process that thread `nr` of the caller's PID namespace belongs to; the caller puts it (put_pid()).
 * ERR_PTR: -ESRCH there is none or it is ending, -EPERM not the caller's to trace, -EINVAL a kernel thread.
 */
struct pid *gt_access_process(pid_t nr);

/* Does a thread of the process live? */
bool gt_access_alive(struct pid *process);

#endif
