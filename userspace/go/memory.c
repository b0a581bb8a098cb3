// SPDX-License-Identifier: GPL-2.0
/* Memory of another process. */
#include "memory.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>

int gt_go_memory_read(pid_t pid, uint64_t addr, void *into, size_t size)
{
	struct iovec local = { into, size };
	struct iovec remote = { (void *)(uintptr_t)addr, size };
	ssize_t got = process_vm_readv(pid, &local, 1, &remote, 1, 0);

	if (got < 0)
		return errno == EINVAL ? -EFAULT : -errno;	/* EINVAL: an address past the end of the space */
	return (size_t)got == size ? 0 : -EFAULT;
}

int gt_go_memory_gather(pid_t pid, const uint64_t *addrs, size_t count, void *into, size_t size, uint8_t *missing)
{
	struct iovec remote[GT_GO_MEMORY_BATCH];

	for (size_t i = 0; i < count; i++)
		remote[i] = (struct iovec){ (void *)(uintptr_t)addrs[i], size };
	for (size_t done = 0; done < count;) {
		struct iovec local = { (uint8_t *)into + done * size, (count - done) * size };
		ssize_t got = process_vm_readv(pid, &local, 1, remote + done, count - done, 0);

		if (got < 0 && errno != EFAULT && errno != EINVAL)
			return -errno;
		/* Whole pieces are read up to the first one that is not mapped. */
		got = got > 0 ? got / (ssize_t)size : 0;
		memset(missing + done, 0, (size_t)got);
		done += (size_t)got;
		if (done < count)
			missing[done++] = 1;
	}
	return 0;
}
