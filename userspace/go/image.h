/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The bytes of an ELF file by virtual address. Internal to userspace/go.
 *
 * What can be trusted is fixed here once: a pointer that gt_go_image_at() returns has all the bytes asked for behind
 * it. Section headers are a convenience and may be missing (sstrip, UPX); program headers rule.
 */
#ifndef GT_GO_IMAGE_H
#define GT_GO_IMAGE_H

#include <elf.h>
#include <libelf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A run of bytes of the file and the virtual address it is loaded at. */
struct gt_go_span {
	const uint8_t *bytes;
	size_t size;
	uint64_t vaddr;
};

/* A PT_LOAD: `span` is the part that has bytes in the file, without .bss. */
struct gt_go_segment {
	struct gt_go_span span;
	uint32_t flags;  /* PF_R, PF_W, PF_X */
	uint64_t offset; /* of the first byte in the file */
};

#define GT_GO_SEGMENTS_MAX 64 /* linkers make four to seven */

struct gt_go_image {
	Elf *elf;
	size_t nr_segments;
	struct gt_go_segment segments[GT_GO_SEGMENTS_MAX];
	struct gt_go_span relocations; /* DT_RELA: array of Elf64_Rela; size 0 = none */
};

struct gt_go_binary;

/* The image of an open binary; lives as long. */
const struct gt_go_image *gt_go_binary_image(const struct gt_go_binary *binary);

/*
 * Reads the headers of a whole file in writable memory, which stays borrowed. -ENOEXEC not an x86-64 ELF,
 * -EBADMSG it lies.
 */
int gt_go_image_init(struct gt_go_image *image, void *bytes, size_t size);
void gt_go_image_fini(struct gt_go_image *image);

/* `size` bytes of the file loaded at `vaddr`; NULL when not all of them have bytes in one segment. */
const uint8_t *gt_go_image_at(const struct gt_go_image *image, uint64_t vaddr, uint64_t size);

/*
 * `size` bytes of code at `vaddr`, and their offset in the file. NULL when not all of them are in one executable
 * segment.
 */
const uint8_t *gt_go_image_code(const struct gt_go_image *image, uint64_t vaddr, uint64_t size, uint64_t *offset);

/* The allocated section called `name`. -ENOENT: no section headers, no such section or one without bytes. */
int gt_go_image_section(const struct gt_go_image *image, const char *name, struct gt_go_span *out);

/* Value of the symbol called `name` in .symtab. -ENOENT: stripped or no such symbol. */
int gt_go_image_symbol(const struct gt_go_image *image, const char *name, uint64_t *value);

/* Lays the values that the dynamic linker would write over a copy `words` of the memory at `vaddr`, load bias 0. */
void gt_go_image_relocate(const struct gt_go_image *image, uint64_t vaddr, uint8_t *words, size_t size);

/* Words of the image, which need not be aligned: of this machine's byte order, as only x86-64 is read. */
static inline uint32_t gt_go_u32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static inline uint64_t gt_go_u64(const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

#endif
