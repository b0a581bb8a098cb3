/* SPDX-License-Identifier: GPL-2.0 */
/* Where a Go function opens its frame. Internal to userspace/go. */
#ifndef GT_GO_PROLOGUE_H
#define GT_GO_PROLOGUE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Decodes the beginning of a function of `size` bytes that the Go compiler wrote, and sets *at to the offset of the
 * instruction that opens its frame: all arguments are still in their registers there, SP and BP are as the caller left
 * them, and the stack check is behind, which otherwise brings a goroutine back to the first instruction.
 *
 *	cmp 0x10(%r14),%rsp			small frames; 0x18 (stackguard1) in functions of the system stack
 *	lea -N(%rsp),%r12; cmp 0x10(%r14),%r12	larger ones
 *	jbe morestack, later in the function	both lines missing: no check
 *
 *	push %rbp				since Go 1.21
 *	mov %rsp,%rbp
 *
 *	sub $N,%rsp				before; N below 128, as in all functions that are probed
 *	mov %rbp,N-8(%rsp)
 *
 * -ENOENT: anything else, a function without a frame among it.
 */
int gt_go_prologue(const uint8_t *code, size_t size, size_t *at);

#endif
