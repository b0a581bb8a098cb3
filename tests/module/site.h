/* SPDX-License-Identifier: GPL-2.0 */
/*
 * site: the code that the tests of probes plant them in, and what comes there with values that the tests know.
 */
#ifndef _GTRACE_TESTS_SITE_H
#define _GTRACE_TESTS_SITE_H

#include <stdint.h>

/* A `push %rbp` behind a check of the stack, the entry; then `low`, a `sub $40,%rsp`. The bytes are site.c's. */
extern const uint8_t site_entry[], site[], low_entry[], low[];

/* The loop of site_count(), which its caller called from before count_return. */
extern const uint8_t count_entry[], count_end[], count_return[];

/* What R14 points to at the site: a stand-in for a g. Its chain holds SITE_FRAMES frames and then NULLs. */
struct site_thing {
	uint64_t lo, hi;		/* of the stack */
	struct site_thing *self;
	uint64_t number;		/* SITE_NUMBER */
	uint64_t chain[8];		/* frames: pointer to the next, return address */
};

enum {
	SITE_NUMBER = 4711,
	SITE_LOCK = 0xb0c0,
	SITE_REASONS = 200,
	SITE_FRAMES = 3,
	SITE_FRAME = 0x1000,	/* return address of the newest frame; the others' follow */
};

/* Addresses at which there is nothing to read: the kernel's half, and a page below what mmap() gives. */
#define SITE_KERNEL	0xffffffff81000000ull
#define SITE_ABSENT	0x8000ull

/*
 * Comes to the site so many times. Visit n has R14 = a thing, BX = SITE_LOCK + n, CX = n % SITE_REASONS,
 * R13 = SITE_ABSENT, R15 = SITE_KERNEL. The result depends on what the site's function returned each time.
 */
uint64_t site_visit(unsigned long times);

/* The flags that `low` made at so many stack pointers, 8 bytes apart and downwards, in one number. */
uint64_t site_lower(unsigned long times);

/* Counts n down to 0, which it returns: a few cycles each. */
uint64_t site_count(uint64_t n);

/* Where in this executable's file the code at an address lies; 0 when it is not of the file. */
uint64_t site_offset(const void *at);

#endif
