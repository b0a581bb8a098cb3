/* SPDX-License-Identifier: GPL-2.0 */
/*
 * walk.S - a program whose every store, register and branch is known: ROUNDS rounds, round i stores to buffer[i].
 *
 * Per round: 12 instructions, 1 store by `store` and 1 by the call, 2 loads (load, return), 5 branches: call, return,
 * indirect jump, direct jump, loop. Before the loop 10 instructions, after it 3.
 *
 * At `store` of round i: RAX = i, R8 = 8 << 32 | i ... R15 = 15 << 32 | i in steps of one round (they are counted up
 * with RAX), XMM0 = {i, 0}, and the newest branches are those of `branches`, below.
 */
#ifndef ROUNDS
#error "ROUNDS is not set"
#endif
	.globl _start, store, buffer
	.globl at_call, at_return, at_indirect, at_jump, at_loop, leaf, after_call, landing, round

	.bss
	.balign 4096
buffer:	.skip 8 * ROUNDS

	.text
_start:	lea buffer(%rip), %rdi
	lea landing(%rip), %rsi
	xor %eax, %eax
	movabs $8 << 32, %r8
	movabs $14 << 32, %r14
	movabs $15 << 32, %r15
	mov $ROUNDS, %ecx
	mov $0x1234, %ebx
	mov $0x5678, %edx
	mov $0x9abc, %ebp
round:
at_call:
	call leaf
after_call:
at_indirect:
	jmp *%rsi
	hlt
landing:
at_jump:
	jmp near
	hlt
near:
store:	mov %r14, (%rdi,%rax,8)
	mov (%rdi,%rax,8), %r9
	inc %rax
	inc %r14
	inc %r8
	dec %ecx
at_loop:
	jnz round
	mov $60, %eax
	xor %edi, %edi
	syscall

leaf:	movq %rax, %xmm0
at_return:
	ret
