/* SPDX-License-Identifier: GPL-2.0 */
/* Memory of another process. Internal to userspace/go. */
#ifndef GT_GO_MEMORY_H
#define GT_GO_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define GT_GO_MEMORY_BATCH 1024 /* pieces the kernel reads in one call (UIO_MAXIOV) */

/*
 * Reads `size` bytes at `addr` of process `pid`. -EFAULT: not all of them are mapped; -ESRCH: the process is gone;
 * -EPERM: not ours to read.
 */
int gt_go_memory_read(pid_t pid, uint64_t addr, void *into, size_t size);

/* Bytes of `buffer` that gt_go_memory_gather() may need for `count` pieces of `size` bytes. */
#define GT_GO_MEMORY_GAP               256
#define GT_GO_MEMORY_ROOM(count, size) ((count) * ((size) + GT_GO_MEMORY_GAP))

/*
 * Reads pieces of `size` bytes at `count` addresses (at most GT_GO_MEMORY_BATCH), which it sorts. pieces[i] points to
 * what lies at addrs[i], inside `buffer`, or is NULL when that could not be read. The kernel's price is for each page
 * it looks up, not for the bytes: neighbours are read in one go with the gap between them. -ESRCH, -EPERM.
 */
int gt_go_memory_gather(pid_t pid, uint64_t *addrs, size_t count, size_t size, uint8_t *buffer, const uint8_t **pieces);

#endif
