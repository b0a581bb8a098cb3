// SPDX-License-Identifier: GPL-2.0
/* The bytes of an ELF file by virtual address. */
#include "image.h"

#include <errno.h>
#include <gelf.h>

/* True when [offset, offset + size) lies in a file of `total` bytes. */
static bool within(uint64_t offset, uint64_t size, uint64_t total)
{
	return offset <= total && size <= total - offset;
}

static int read_segments(struct gt_go_image *image, const uint8_t *bytes, size_t size, struct gt_go_span *dynamic)
{
	size_t count;

	if (elf_getphdrnum(image->elf, &count))
		return -EBADMSG;
	for (size_t i = 0; i < count; i++) {
		GElf_Phdr header;
		struct gt_go_span span;

		if (!gelf_getphdr(image->elf, i, &header))
			return -EBADMSG;
		if (header.p_type != PT_LOAD && header.p_type != PT_DYNAMIC)
			continue;
		if (!within(header.p_offset, header.p_filesz, size) || header.p_memsz < header.p_filesz ||
		    header.p_vaddr + header.p_memsz < header.p_vaddr)
			return -EBADMSG;
		span = (struct gt_go_span){bytes + header.p_offset, header.p_filesz, header.p_vaddr};
		if (header.p_type == PT_DYNAMIC) {
			*dynamic = span;
			continue;
		}
		if (image->nr_segments == GT_GO_SEGMENTS_MAX)
			return -EBADMSG;
		image->segments[image->nr_segments++] = (struct gt_go_segment){
			.span = span,
			.flags = header.p_flags,
			.offset = header.p_offset,
		};
	}
	return image->nr_segments ? 0 : -EBADMSG;
}

static void find_relocations(struct gt_go_image *image, const struct gt_go_span *dynamic)
{
	uint64_t vaddr = 0, size = 0;

	for (size_t at = 0; at + sizeof(Elf64_Dyn) <= dynamic->size; at += sizeof(Elf64_Dyn)) {
		uint64_t tag = gt_go_u64(dynamic->bytes + at), value = gt_go_u64(dynamic->bytes + at + 8);

		if (tag == DT_NULL)
			break;
		if (tag == DT_RELA)
			vaddr = value;
		if (tag == DT_RELASZ)
			size = value;
	}
	image->relocations.bytes = gt_go_image_at(image, vaddr, size);
	image->relocations.size = image->relocations.bytes ? size : 0;
	image->relocations.vaddr = vaddr;
}

int gt_go_image_init(struct gt_go_image *image, void *bytes, size_t size)
{
	struct gt_go_span dynamic = {0};
	GElf_Ehdr header;
	int error;

	*image = (struct gt_go_image){0};
	if (size < sizeof(Elf64_Ehdr) || memcmp(bytes, ELFMAG, SELFMAG))
		return -ENOEXEC;
	if (elf_version(EV_CURRENT) == EV_NONE)
		return -ENOEXEC;
	image->elf = elf_memory(bytes, size);
	if (!image->elf)
		return -ENOEXEC;
	error = -ENOEXEC;
	if (!gelf_getehdr(image->elf, &header) || header.e_ident[EI_CLASS] != ELFCLASS64 ||
	    header.e_ident[EI_DATA] != ELFDATA2LSB || header.e_machine != EM_X86_64 ||
	    (header.e_type != ET_EXEC && header.e_type != ET_DYN))
		goto fail;
	error = read_segments(image, bytes, size, &dynamic);
	if (error)
		goto fail;
	find_relocations(image, &dynamic);
	return 0;
fail:
	gt_go_image_fini(image);
	return error;
}

void gt_go_image_fini(struct gt_go_image *image)
{
	elf_end(image->elf);
	image->elf = NULL;
}

const uint8_t *gt_go_image_at(const struct gt_go_image *image, uint64_t vaddr, uint64_t size)
{
	for (size_t i = 0; i < image->nr_segments; i++) {
		const struct gt_go_span *span = &image->segments[i].span;

		if (vaddr >= span->vaddr && within(vaddr - span->vaddr, size, span->size))
			return span->bytes + (vaddr - span->vaddr);
	}
	return NULL;
}

const uint8_t *gt_go_image_code(const struct gt_go_image *image, uint64_t vaddr, uint64_t size, uint64_t *offset)
{
	for (size_t i = 0; i < image->nr_segments; i++) {
		const struct gt_go_segment *segment = &image->segments[i];
		const struct gt_go_span *span = &segment->span;

		if (!(segment->flags & PF_X) || vaddr < span->vaddr || !within(vaddr - span->vaddr, size, span->size))
			continue;
		*offset = segment->offset + (vaddr - span->vaddr);
		return span->bytes + (vaddr - span->vaddr);
	}
	return NULL;
}

int gt_go_image_section(const struct gt_go_image *image, const char *name, struct gt_go_span *out)
{
	Elf_Scn *section = NULL;
	size_t names;

	if (elf_getshdrstrndx(image->elf, &names))
		return -ENOENT;
	while ((section = elf_nextscn(image->elf, section))) {
		GElf_Shdr header;
		const char *its;

		if (!gelf_getshdr(section, &header) || header.sh_type == SHT_NOBITS || !(header.sh_flags & SHF_ALLOC))
			continue;
		its = elf_strptr(image->elf, names, header.sh_name);
		if (!its || strcmp(its, name))
			continue;
		/* By address, not by sh_offset: the program headers say what is loaded. */
		out->bytes = gt_go_image_at(image, header.sh_addr, header.sh_size);
		out->size = header.sh_size;
		out->vaddr = header.sh_addr;
		return out->bytes ? 0 : -ENOENT;
	}
	return -ENOENT;
}

int gt_go_image_symbol(const struct gt_go_image *image, const char *name, uint64_t *value)
{
	Elf_Scn *section = NULL;

	while ((section = elf_nextscn(image->elf, section))) {
		GElf_Shdr header;
		Elf_Data *data;
		GElf_Sym symbol;

		if (!gelf_getshdr(section, &header) || header.sh_type != SHT_SYMTAB)
			continue;
		data = elf_getdata(section, NULL);
		for (int i = 0; data && gelf_getsym(data, i, &symbol); i++) {
			const char *its;

			if (symbol.st_shndx == SHN_UNDEF)
				continue;
			its = elf_strptr(image->elf, header.sh_link, symbol.st_name);
			if (its && !strcmp(its, name)) {
				*value = symbol.st_value;
				return 0;
			}
		}
	}
	return -ENOENT;
}

void gt_go_image_relocate(const struct gt_go_image *image, uint64_t vaddr, uint8_t *words, size_t size)
{
	const uint8_t *at = image->relocations.bytes;

	for (size_t left = image->relocations.size; left >= sizeof(Elf64_Rela); left -= sizeof(Elf64_Rela)) {
		uint64_t where = gt_go_u64(at + offsetof(Elf64_Rela, r_offset));
		uint64_t kind = ELF64_R_TYPE(gt_go_u64(at + offsetof(Elf64_Rela, r_info)));

		if (kind == R_X86_64_RELATIVE && where >= vaddr && where - vaddr <= size - 8)
			memcpy(words + (where - vaddr), at + offsetof(Elf64_Rela, r_addend), 8);
		at += sizeof(Elf64_Rela);
	}
}
