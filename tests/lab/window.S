/* SPDX-License-Identifier: GPL-2.0 */
/* window.S - see msr.h */
	.globl window, window_store, window_loop
	.set GLOBAL_CTRL, 0x38f
	.set PWRITE64, 18

	.data
	.balign 8
on:	.quad 0
off:	.quad 0

	.text
window:	push %rbx
	push %r12
	push %r13
	mov %rsi, on(%rip)
	mov %rdi, %r12
	mov %rdx, %rbx
	mov %rcx, %r13
	lea on(%rip), %rsi
	mov $8, %edx
	mov $GLOBAL_CTRL, %r10d
	mov $PWRITE64, %eax
	syscall
	xor %eax, %eax
window_loop:
window_store:
	mov %rax, (%r13)
	inc %rax
	cmp %rbx, %rax
	jne window_loop
	lea off(%rip), %rsi
	mov %r12, %rdi
	mov $8, %edx
	mov $GLOBAL_CTRL, %r10d
	mov $PWRITE64, %eax
	syscall
	pop %r13
	pop %r12
	pop %rbx
	ret
	.section .note.GNU-stack, "", @progbits
