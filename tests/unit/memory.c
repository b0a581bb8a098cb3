// SPDX-License-Identifier: GPL-2.0
/* Unit tests of reading another process's memory (userspace/go/memory.c). The other process is this one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "go/memory.h"

enum { PAGE = 4096, PAGES = 64, SIZE = 320 };

/* Pages with a byte at each place that depends on the place; every fourth page is not mapped. */
static uint8_t *make_pages(void)
{
	uint8_t *pages = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(pages, MAP_FAILED);
	for (size_t i = 0; i < PAGES * PAGE; i++)
		pages[i] = (uint8_t)(i * 7 + i / 251);
	for (size_t i = 3; i < PAGES; i += 4)
		munmap(pages + i * PAGE, PAGE);
	return pages;
}

static int is_mapped(uint64_t offset)
{
	return offset / PAGE < PAGES && offset / PAGE % 4 != 3;
}

static int by_value(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

/* Pieces anywhere: unsorted, twice the same, overlapping, across holes, in holes, beyond user space. */
static void gather_anything(void **state)
{
	static uint8_t buffer[GT_GO_MEMORY_ROOM(GT_GO_MEMORY_BATCH, SIZE)];
	uint64_t addrs[GT_GO_MEMORY_BATCH], wanted[GT_GO_MEMORY_BATCH];
	const uint8_t *pieces[GT_GO_MEMORY_BATCH];
	uint8_t *pages = make_pages();
	uint64_t base = (uintptr_t)pages;

	(void)state;
	srand(1);
	for (int round = 0; round < 200; round++) {
		size_t count = (size_t)rand() % GT_GO_MEMORY_BATCH + 1, whole = 0, read = 0;

		for (size_t i = 0; i < count; i++) {
			addrs[i] = base + (uint64_t)rand() % (PAGES * PAGE);
			if (i && rand() % 4 == 0)
				addrs[i] = addrs[i - 1] + (uint64_t)rand() % 600;
			if (rand() % 50 == 0)
				addrs[i] = UINT64_MAX - (uint64_t)rand() % 600;
		}
		memcpy(wanted, addrs, count * sizeof(*addrs));
		qsort(wanted, count, sizeof(*wanted), by_value);
		assert_int_equal(gt_go_memory_gather(getpid(), addrs, count, SIZE, buffer, pieces), 0);
		assert_memory_equal(addrs, wanted, count * sizeof(*addrs));
		for (size_t i = 0; i < count; i++) {
			uint64_t offset = addrs[i] - base;

			if (addrs[i] >= base && is_mapped(offset) && is_mapped(offset + SIZE - 1))
				whole++;
			if (!pieces[i])
				continue;
			read++;
			assert_true(pieces[i] >= buffer && pieces[i] + SIZE <= buffer + sizeof(buffer));
			assert_memory_equal(pieces[i], pages + offset, SIZE);
		}
		/* A hole may take the neighbours behind it along, but no others. */
		assert_true(read <= whole);
	}
	munmap(pages, PAGES * PAGE);
}

/* Far from each other nothing takes anything along: exactly the mapped ones are read. */
static void gather_around_holes(void **state)
{
	static uint8_t buffer[GT_GO_MEMORY_ROOM(PAGES, SIZE)];
	uint64_t addrs[PAGES];
	const uint8_t *pieces[PAGES];
	uint8_t *pages = make_pages();

	(void)state;
	for (size_t i = 0; i < PAGES; i++)
		addrs[i] = (uintptr_t)pages + i * PAGE + i;
	assert_int_equal(gt_go_memory_gather(getpid(), addrs, PAGES, SIZE, buffer, pieces), 0);
	for (size_t i = 0; i < PAGES; i++) {
		if (i % 4 == 3)
			assert_null(pieces[i]);
		else
			assert_memory_equal(pieces[i], pages + i * PAGE + i, SIZE);
	}
	munmap(pages, PAGES * PAGE);
}

static void read_says_what_is_wrong(void **state)
{
	uint8_t *pages = make_pages(), into[2 * PAGE];
	const uint8_t *piece;
	uint64_t addr = (uintptr_t)pages;
	pid_t gone = fork();

	(void)state;
	if (!gone)
		_exit(0);
	waitpid(gone, NULL, 0);
	assert_int_equal(gt_go_memory_read(getpid(), addr, into, sizeof(into)), 0);
	assert_memory_equal(into, pages, sizeof(into));
	assert_int_equal(gt_go_memory_read(getpid(), addr + 2 * PAGE, into, sizeof(into)), -EFAULT);
	assert_int_equal(gt_go_memory_read(getpid(), 0, into, 8), -EFAULT);
	assert_int_equal(gt_go_memory_read(getpid(), UINT64_MAX - 7, into, 8), -EFAULT);
	assert_int_equal(gt_go_memory_read(gone, addr, into, 8), -ESRCH);
	assert_int_equal(gt_go_memory_gather(gone, &addr, 1, 8, into, &piece), -ESRCH);
	munmap(pages, PAGES * PAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gather_anything),
		cmocka_unit_test(gather_around_holes),
		cmocka_unit_test(read_says_what_is_wrong),
	};

	return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
