/* SPDX-License-Identifier: GPL-2.0 */
/* lab.h - the guest's side of call.h */
#ifndef LAB_LAB_H
#define LAB_LAB_H

#include <stddef.h>
#include <sys/mman.h>

#include "call.h"

/* lab_call: one hypercall; its result, or -38 (ENOSYS) when this is not the lab machine. */
static inline long lab_call(enum lab_call call, unsigned long a, unsigned long b, unsigned long c)
{
	unsigned int eax = LAB_CALL | call, ebx, ecx = 0, edx;
	register unsigned long r8 __asm__("r8") = c;

	__asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx) : "D"(a), "S"(b), "r"(r8) : "memory");
	return ebx == LAB_MAGIC ? (int)eax : -38;
}

/* lab_buffer: LAB_BUFFER bytes that are present and never copy-on-write, also after a fork; NULL without memory. */
static inline void *lab_buffer(void)
{
	void *p = mmap(NULL, LAB_BUFFER, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_LOCKED | MAP_POPULATE,
		       -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

#endif
