/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names in an ELF file that the Go tables do not cover: functions, lines and inlined calls from DWARF (in the file, or
 * where a debug link or build id leads), else functions from the symbol table; variables by address.
 * Addresses are those of the file (`vaddr`).
 */
#ifndef GT_ANALYSIS_ELF_H
#define GT_ANALYSIS_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gt_elf;

/* -errno of open(2); -ENOEXEC not an ELF file that can be read; -ENOMEM. */
int gt_elf_open(const char *path, struct gt_elf **out);
void gt_elf_close(struct gt_elf *elf); /* NULL is fine */

/* The NT_GNU_BUILD_ID: its length in bytes, 0 = the file has none. `id` lives as long as `elf`. */
size_t gt_elf_build_id(const struct gt_elf *elf, const uint8_t **id);

/* Where the byte at `offset` of the file is loaded. -ENOENT: nowhere. */
int gt_elf_vaddr(const struct gt_elf *elf, uint64_t offset, uint64_t *vaddr);

struct gt_elf_frame {
	const char *function; /* never NULL */
	const char *file;     /* "" = unknown */
	uint32_t line;        /* 0 = unknown */
	bool inlined;         /* into the next frame's function */
};

/*
 * The frames at `vaddr`, innermost first; at most `max`. Returns their number; 0 = the file has no name for it.
 * Texts live until the next call or gt_elf_close().
 */
size_t gt_elf_frames(struct gt_elf *elf, uint64_t vaddr, struct gt_elf_frame *frames, size_t max);

/* The variable that covers `vaddr` and how far into it that is. NULL = none. */
const char *gt_elf_variable(struct gt_elf *elf, uint64_t vaddr, uint64_t *offset);

/* Whether a loaded segment covers `vaddr`, file contents or zeroes. */
bool gt_elf_covers(const struct gt_elf *elf, uint64_t vaddr);

#endif
