/* SPDX-License-Identifier: GPL-2.0 */
/* Memory of another process. Internal to userspace/go. */
#ifndef GT_GO_MEMORY_H
#define GT_GO_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define GT_GO_MEMORY_BATCH 1024	/* pieces the kernel reads in one call (UIO_MAXIOV) */

/*
 * Reads `size` bytes at `addr` of process `pid`. -EFAULT: not all of them are mapped; -ESRCH: the process is gone;
 * -EPERM: not ours to read.
 */
int gt_go_memory_read(pid_t pid, uint64_t addr, void *into, size_t size);

/*
 * Reads one piece of `size` bytes at each of `count` addresses (at most GT_GO_MEMORY_BATCH) into consecutive pieces of
 * `into`. missing[i] becomes 1 for a piece that is not mapped, 0 for one that was read. -ESRCH, -EPERM.
 */
int gt_go_memory_gather(pid_t pid, const uint64_t *addrs, size_t count, void *into, size_t size, uint8_t *missing);

#endif
