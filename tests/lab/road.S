/* SPDX-License-Identifier: GPL-2.0 */
/*
 * road.S - two roads of known branches that end at a breakpoint.
 *
 * void road_a(long number, long call, const void *argument), road_b: 40 rounds of a jump and a loop, the system call `call`
 * with one argument (and 0), then one branch of every kind, then INT3 at road_X_break with RBX = number, RCX = 2 * number, R14 =
 * 1 << 40 | number. In Perl: Road in the test `breakpoints`.
 */
	.set ROUNDS, 40

	.macro label name, of
	.globl \of\()_\name
\of\()_\name\():
	.endm

	.macro road of
	.text
	.globl \of
\of:	push %rbx
	push %r14
	mov %rdi, %rbx
	mov %rdi, %r14
	bts $40, %r14
	mov $ROUNDS, %r8d
label round, \of
	nop
label round_jump, \of
	jmp \of\()_round_end
	hlt
label round_end, \of
	dec %r8d
label round_loop, \of
	jnz \of\()_round
	mov %rsi, %rax
	mov %rdx, %rdi
	xor %esi, %esi
	syscall
label call, \of
	call \of\()_callee
label after_call, \of
	lea \of\()_callee(%rip), %rax
label ind_call, \of
	call *%rax
label after_ind_call, \of
	lea \of\()_landing(%rip), %rax
label ind_jmp, \of
	jmp *%rax
	hlt
label landing, \of
	jmp \of\()_near
	hlt
label near, \of
	cmp %eax, %eax
label not_taken, \of
	jne \of\()_near
label taken, \of
	je \of\()_zero
	hlt
label zero, \of
	call \of\()_after_zero
label after_zero, \of
	pop %rax
	lea (%rbx,%rbx), %rcx
label break, \of
	int3
	pop %r14
	pop %rbx
	ret
label callee, \of
	nop
label return, \of
	ret
	.endm

	road road_a
	road road_b
	.section .note.GNU-stack, "", @progbits
