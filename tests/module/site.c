// SPDX-License-Identifier: GPL-2.0
#include "site.h"

#include <link.h>
#include <sys/auxv.h>

/* A function of the form that those of Go have: a check of the stack, then the frame. Returns its argument plus one. */
asm(".text\n"
    ".globl site_entry, site\n"
    "site_entry:	cmp	%rsp, %r11\n"
    "site:		push	%rbp\n"
    "		mov	%rsp, %rbp\n"
    "		lea	1(%rdi), %rax\n"
    "		pop	%rbp\n"
    "		ret\n");

/*
 * The other form, of functions without a push: makes the frame by subtracting from RSP, and returns the flags that this
 * made. Its argument sets RSP apart from one call to the next.
 */
asm(".globl low_entry, low\n"
    "low_entry:	mov	%rsp, %rdx\n"
    "		sub	%rdi, %rsp\n"
    "low:		sub	$40, %rsp\n"
    "		pushf\n"
    "		pop	%rax\n"
    "		mov	%rdx, %rsp\n"
    "		ret\n");

/* Counts down in a function without a frame: whoever preempts it finds its return address on top of the stack. */
asm(".globl count_down, count_entry, count_end, count_return\n"
    "count_down:	call	count_entry\n"
    "count_return:	ret\n"
    "count_entry:	dec	%rdi\n"
    "		jnz	count_entry\n"
    "count_end:		ret\n");

/* Comes to the site with the registers that site_visit() promises, from an address that is always the same. */
static __attribute__((noinline)) uint64_t come(struct site_thing *thing, uint64_t n, uint64_t lock, uint64_t reason)
{
	register struct site_thing *r14 asm("r14") = thing;
	register uint64_t r13 asm("r13") = SITE_ABSENT, r15 asm("r15") = SITE_KERNEL;
	uint64_t result;

	asm volatile("call	site_entry"
		     : "=a"(result), "+b"(lock), "+c"(reason)
		     : "D"(n), "r"(r13), "r"(r14), "r"(r15)
		     : "r11", "memory", "cc");
	return result;
}

uint64_t site_offset(const void *at)
{
	const ElfW(Phdr) *segment = (const void *)getauxval(AT_PHDR);
	unsigned long count = getauxval(AT_PHNUM);

	for (; count--; segment++)
		if (segment->p_type == PT_LOAD && (uint64_t)at - segment->p_vaddr < segment->p_filesz)
			return (uint64_t)at - segment->p_vaddr + segment->p_offset;
	return 0;
}

static void prepare(struct site_thing *thing)
{
	*thing = (struct site_thing){
		.lo = (uint64_t)thing->chain,
		.hi = (uint64_t)(thing->chain + 8),
		.self = thing,
		.number = SITE_NUMBER,
	};
	/* The last one ends the chain. */
	for (unsigned int i = 0; i < SITE_FRAMES; i++) {
		thing->chain[2 * i] = i + 1 < SITE_FRAMES ? (uint64_t)&thing->chain[2 * i + 2] : 0;
		thing->chain[2 * i + 1] = SITE_FRAME + i;
	}
}

uint64_t site_visit(unsigned long times)
{
	struct site_thing thing;
	uint64_t sum = 0;

	prepare(&thing);
	for (unsigned long n = 0; n < times; n++)
		sum = sum * 31 + come(&thing, n, SITE_LOCK + n, n % SITE_REASONS);
	return sum;
}

uint64_t site_lower(unsigned long times)
{
	uint64_t sum = 0, flags;

	for (unsigned long n = 0; n < times; n++) {
		asm volatile("call	low_entry" : "=a"(flags) : "D"(n * 8) : "rdx", "memory", "cc");
		sum = sum * 31 + flags;
	}
	return sum;
}

uint64_t site_count(uint64_t n)
{
	asm volatile("call	count_down" : "+D"(n) : : "memory", "cc");
	return n;
}
