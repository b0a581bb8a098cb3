/* SPDX-License-Identifier: GPL-2.0 */
/* load.h - puts the kernel into guest memory, ready for the 64-bit boot protocol. */
#ifndef LAB_LOAD_H
#define LAB_LOAD_H

#include "bochs.h"

struct loaded {
	Bit32u entry;		/* physical address of startup_64 */
	Bit32u zero_page;	/* struct boot_params */
	Bit32u page_tables;	/* PML4 that maps the first 4 GB to themselves */
};

/*
 * load_kernel: vmlinux (ELF, uncompressed), initramfs and command line into guest memory; e820 = physical address of a
 * struct lab_e820. Ends the machine (machine_fail) when a file is missing or does not fit.
 */
struct loaded load_kernel(const char *vmlinux, const char *initramfs, const char *command_line, Bit32u e820);

#endif
