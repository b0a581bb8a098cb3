// SPDX-License-Identifier: GPL-2.0
/* Finding the function table and the runtime.moduledata that describes it. */
#include "moduledata.h"

#include <errno.h>

/*
 * runtime.moduledata (Go's runtime/symtab.go), the part that is the same from 1.18 to 1.27. Slices are {pointer,
 * length, capacity}.
 */
enum {
	PC_HEADER = 0,
	FUNCNAMETAB = 8,
	CUTAB = 32,
	FILETAB = 56,
	PCTAB = 80,
	PCLNTABLE = 104,
	FTAB = 128,
	TEXT = 176,
	ETEXT = 184,
	POINTER_ALIGNMENT = 8,
};

static uint64_t word(const struct gt_go_module *module, int at)
{
	return gt_go_u64(module->words + at);
}

/* The table that the slice at `at` describes: where the header's offset says, and inside the file. */
static bool slice(const struct gt_go_image *image, const struct gt_go_module *module, int at, unsigned int element,
		  uint64_t expected, struct gt_go_span *out)
{
	uint64_t vaddr = word(module, at), length = word(module, at + 8);

	if (vaddr != expected || length > UINT32_MAX)
		return false;
	out->vaddr = vaddr;
	out->size = length * element;
	out->bytes = gt_go_image_at(image, vaddr, out->size);
	return out->bytes;
}

static bool ends_in_nul(const struct gt_go_span *names)
{
	return names->size && !names->bytes[names->size - 1];
}

/* Does the moduledata in `module` describe the table? */
static bool agree(const struct gt_go_image *image, struct gt_go_pclntab *table, struct gt_go_module *module)
{
	uint64_t base = table->header.vaddr;
	struct gt_go_span *functions = &table->functions;

	if (word(module, PC_HEADER) != base ||
	    !slice(image, module, FUNCNAMETAB, 1, base + gt_go_pclntab_offset(table, 0), &table->names) ||
	    !slice(image, module, CUTAB, 4, base + gt_go_pclntab_offset(table, 1), &table->units) ||
	    !slice(image, module, FILETAB, 1, base + gt_go_pclntab_offset(table, 2), &table->files) ||
	    !slice(image, module, PCTAB, 1, base + gt_go_pclntab_offset(table, 3), &table->programs) ||
	    !slice(image, module, PCLNTABLE, 1, base + gt_go_pclntab_offset(table, 4), functions))
		return false;
	if (word(module, FTAB) != functions->vaddr || word(module, FTAB + 8) != table->count + 1)
		return false;
	module->text = word(module, TEXT);
	module->etext = word(module, ETEXT);
	/* Entries are 32-bit offsets from text: none of them may wrap. */
	if (module->text > module->etext || module->text > UINT64_MAX - UINT32_MAX)
		return false;
	table->text = module->text;
	return ends_in_nul(&table->names) && ends_in_nul(&table->files);
}

static bool try_module(const struct gt_go_image *image, uint64_t vaddr, struct gt_go_pclntab *table,
		       struct gt_go_module *module)
{
	const uint8_t *bytes = gt_go_image_at(image, vaddr, sizeof(module->words));

	if (!bytes)
		return false;
	module->vaddr = vaddr;
	memcpy(module->words, bytes, sizeof(module->words));
	gt_go_image_relocate(image, vaddr, module->words, sizeof(module->words));
	return agree(image, table, module);
}

/* Every word of data that points to the header may be the first word of its moduledata. */
static bool find_module(const struct gt_go_image *image, struct gt_go_pclntab *table, struct gt_go_module *module)
{
	const uint8_t *relocation = image->relocations.bytes;

	for (size_t i = 0; i < image->nr_segments; i++) {
		const struct gt_go_segment *segment = &image->segments[i];
		size_t at = -segment->span.vaddr % POINTER_ALIGNMENT;

		if (!(segment->flags & PF_W))
			continue;
		for (; at + 8 <= segment->span.size; at += POINTER_ALIGNMENT)
			if (gt_go_u64(segment->span.bytes + at) == table->header.vaddr &&
			    try_module(image, segment->span.vaddr + at, table, module))
				return true;
	}
	/* lld leaves the words of a PIE zero in the file: only the relocation knows the value. */
	for (size_t left = image->relocations.size; left >= sizeof(Elf64_Rela); left -= sizeof(Elf64_Rela)) {
		if (gt_go_u64(relocation + offsetof(Elf64_Rela, r_addend)) == table->header.vaddr &&
		    try_module(image, gt_go_u64(relocation + offsetof(Elf64_Rela, r_offset)), table, module))
			return true;
		relocation += sizeof(Elf64_Rela);
	}
	return false;
}

/* Is there a whole, true function table at the beginning of `span`? */
static int try_table(const struct gt_go_image *image, const struct gt_go_span *span, struct gt_go_pclntab *table,
		     struct gt_go_module *module)
{
	int error = gt_go_pclntab_header(table, span);

	if (error)
		return error;
	if (!find_module(image, table, module))
		return -EBADMSG;
	return gt_go_pclntab_check(table);
}

/* Every aligned place of a segment may be a pcHeader; most are ruled out by the four bytes at 4. */
static int search(const struct gt_go_image *image, const struct gt_go_segment *segment, struct gt_go_pclntab *table,
		  struct gt_go_module *module)
{
	static const uint8_t amd64[4] = {0, 0, 1, 8};
	const struct gt_go_span *all = &segment->span;
	uint32_t wanted = gt_go_u32(amd64);
	int worst = -ENODATA;

	for (size_t at = -all->vaddr % POINTER_ALIGNMENT; at + 8 <= all->size; at += POINTER_ALIGNMENT) {
		struct gt_go_span rest = {all->bytes + at, all->size - at, all->vaddr + at};
		int error;

		if (gt_go_u32(rest.bytes + 4) != wanted)
			continue;
		error = try_table(image, &rest, table, module);
		if (!error)
			return 0;
		if (error != -ENODATA)
			worst = error;
	}
	return worst;
}

int gt_go_module_find(const struct gt_go_image *image, struct gt_go_pclntab *table, struct gt_go_module *module)
{
	static const char *const names[] = {".gopclntab", ".data.rel.ro.gopclntab"};
	int worst = -ENODATA;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct gt_go_span span;

		/* A section that lies about the table does not hide a true one elsewhere: go on to the search. */
		if (!gt_go_image_section(image, names[i], &span) && !try_table(image, &span, table, module))
			return 0;
	}
	for (size_t i = 0; i < image->nr_segments; i++) {
		int error = search(image, &image->segments[i], table, module);

		if (!error)
			return 0;
		if (error != -ENODATA)
			worst = error;
	}
	return worst;
}
