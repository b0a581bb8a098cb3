// SPDX-License-Identifier: GPL-2.0
/* Memory of another process. */
#include "memory.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/uio.h>

static const uint64_t USER_SPACE_END = 1ull << 47;

int gt_go_memory_read(pid_t pid, uint64_t addr, void *into, size_t size)
{
	struct iovec local = {into, size};
	struct iovec remote = {(void *)(uintptr_t)addr, size};
	ssize_t got = process_vm_readv(pid, &local, 1, &remote, 1, 0);

	if (got < 0)
		return errno == EINVAL ? -EFAULT : -errno; /* EINVAL: an address past the end of the space */
	return (size_t)got == size ? 0 : -EFAULT;
}

static int ascending(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

/*
 * Lays the pieces out in the buffer: neighbours in one run, runs one behind the other. Returns the number of runs.
 * A pointer beyond user space belongs to none.
 */
static size_t lay_out(const uint64_t *addrs, size_t count, size_t size, uint8_t *buffer, const uint8_t **pieces,
		      struct iovec *runs)
{
	uint64_t begin = 0, end = 0;
	size_t nr_runs = 0, used = 0;

	for (size_t i = 0; i < count; i++) {
		pieces[i] = NULL;
		if (addrs[i] >= USER_SPACE_END - size)
			break;
		if (!nr_runs || addrs[i] > end + GT_GO_MEMORY_GAP) {
			used += end - begin;
			begin = addrs[i];
			runs[nr_runs++].iov_base = (void *)(uintptr_t)begin;
		}
		end = addrs[i] + size;
		runs[nr_runs - 1].iov_len = end - begin;
		pieces[i] = buffer + used + (addrs[i] - begin);
	}
	return nr_runs;
}

/* The pieces that end behind `from` and begin before `to` were not read. */
static void lose(const uint8_t **pieces, size_t count, size_t size, const uint8_t *from, const uint8_t *to)
{
	for (size_t i = 0; i < count; i++)
		if (pieces[i] && pieces[i] + size > from && pieces[i] < to)
			pieces[i] = NULL;
}

int gt_go_memory_gather(pid_t pid, uint64_t *addrs, size_t count, size_t size, uint8_t *buffer, const uint8_t **pieces)
{
	struct iovec runs[GT_GO_MEMORY_BATCH];
	size_t nr_runs;

	qsort(addrs, count, sizeof(*addrs), ascending);
	for (size_t i = 0; i < count; i++)
		pieces[i] = NULL;
	nr_runs = lay_out(addrs, count, size, buffer, pieces, runs);
	for (size_t run = 0; run < nr_runs;) {
		struct iovec local = {buffer, 0};
		ssize_t got;

		for (size_t i = run; i < nr_runs; i++)
			local.iov_len += runs[i].iov_len;
		got = process_vm_readv(pid, &local, 1, runs + run, nr_runs - run, 0);
		if (got < 0 && errno != EFAULT)
			return -errno;
		/* It stops at the first page that is not mapped: give up the rest of that run and go on behind it. */
		for (got = got < 0 ? 0 : got; run < nr_runs && (size_t)got >= runs[run].iov_len; run++) {
			got -= (ssize_t)runs[run].iov_len;
			buffer += runs[run].iov_len;
		}
		if (run < nr_runs) {
			lose(pieces, count, size, buffer + got, buffer + runs[run].iov_len);
			buffer += runs[run++].iov_len;
		}
	}
	return 0;
}
