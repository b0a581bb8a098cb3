/* SPDX-License-Identifier: GPL-2.0 */
/*
 * path.S - one branch of every kind, between a write of DEBUGCTL that starts recording and one that ends it.
 *
 * void path(int fd, uint64_t *start, uint64_t *end): the two values of DEBUGCTL. The branches, in order: the return of
 * the starting system call, then those of the labels p_*.
 */
	.globl path, p_begin, p_call, p_callee, p_return, p_after_call,p_ind_call, p_after_ind_call, p_ind_jmp, p_landing
	.globl p_jmp, p_near, p_jcc, p_taken, p_zero, p_after_zero, p_outer, p_outer_callee, p_inner
	.set DEBUGCTL, 0x1d9
	.set PWRITE64, 18
	.set AREA, 100000

	.bss
area:	.skip AREA

	.macro write_debugctl value
	mov %r12, %rdi
	mov \value, %rsi
	mov $8, %edx
	mov $DEBUGCTL, %r10d
	mov $PWRITE64, %eax
	syscall
	.endm

	.text
path:	push %rbx
	push %r12
	push %r13
	push %rbp
	mov %rdi, %r12
	mov %rsi, %rbx
	mov %rdx, %r13
	mov %rsp, %rbp
	write_debugctl %rbx
p_begin:
	nop
p_call:	call p_callee
p_after_call:
	lea p_callee(%rip), %rax
p_ind_call:
	call *%rax
p_after_ind_call:
	lea p_landing(%rip), %rcx
p_ind_jmp:
	jmp *%rcx
	hlt
p_landing:
	nop
p_jmp:	jmp p_near
	hlt
p_near:	lea area(%rip), %rsi
	mov $AREA, %ecx
	rep lodsb		/* AREA cycles, more than an LBR can hold */
	cmp %eax, %eax
p_jcc:	je p_taken
	hlt
p_taken:
	jne p_begin
p_zero:	call p_after_zero	/* of length zero: how code finds its own address */
p_after_zero:
	nop
p_outer:
	call p_outer_callee
	hlt
p_outer_callee:
p_inner:
	call p_callee
	write_debugctl %r13
	mov %rbp, %rsp
	pop %rbp
	pop %r13
	pop %r12
	pop %rbx
	ret

p_callee:
	nop
p_return:
	ret
	.section .note.GNU-stack, "", @progbits
