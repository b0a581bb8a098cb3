/* SPDX-License-Identifier: GPL-2.0 */
/*
 * boot.S - option ROM at 0xd0000: boots the kernel without a disk.
 *
 * The BIOS calls it when it scans for option ROMs, after it has built its ACPI tables. It collects the e820 map, lets the
 * machine load kernel and initramfs (LAB_BOOT), and enters the kernel as the 64-bit boot protocol wants it
 * (Documentation/x86/boot.rst): long mode, identity mapping, CS 0x10, DS 0x18, RSI = zero page, interrupts off.
 */
#include "call.h"

#define ROM	0xd0000
#define E820	0x8000		/* struct lab_e820, in free low memory */

	.code16
	.globl _start
_start:
	.byte 0x55, 0xaa, 1	/* signature, size in blocks of 512 bytes; the sum is mended by lab/build */
	cli
	cld
	xorw %ax, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	movw $0x7c00, %sp

	movw $E820 + 4, %di
	xorl %ebx, %ebx
	xorl %ebp, %ebp
more:	movl $0xe820, %eax
	movl $0x534d4150, %edx	/* "SMAP" */
	movl $20, %ecx
	int $0x15
	jc done
	addw $20, %di
	incl %ebp
	cmpl $32, %ebp
	je done
	testl %ebx, %ebx
	jnz more
done:	movl %ebp, E820

	inb $0x92, %al		/* A20 on */
	orb $2, %al
	outb %al, $0x92

	movl $LAB_CALL + 1, %eax/* LAB_BOOT */
	movl $E820, %esi
	cpuid
	movl %eax, %edi
	movl %ebx, %esi
	movl %ecx, %cr3

	movl %cr4, %eax
	orl $0x20, %eax		/* PAE */
	movl %eax, %cr4
	movl $0xc0000080, %ecx	/* EFER.LME */
	rdmsr
	orl $0x100, %eax
	wrmsr
	lgdtl %cs:gdtr - _start
	movl %cr0, %eax
	orl $0x80000001, %eax	/* PG, PE */
	movl %eax, %cr0
	ljmpl $0x10, $ROM + (long - _start)

	.code64
long:	movl $0x18, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	movl %edi, %edi		/* the upper halves are undefined after the change of mode */
	movl %esi, %esi
	jmp *%rdi

	/* The accessed bits are set: a ROM cannot be written when the segments are loaded. */
	.balign 8
gdt:	.quad 0, 0
	.quad 0x00af9b000000ffff	/* 0x10: 64-bit code */
	.quad 0x00cf93000000ffff	/* 0x18: data */
gdtr:	.word gdtr - gdt - 1
	.long ROM + (gdt - _start)

	.org 512
