// SPDX-License-Identifier: GPL-2.0
#include "analysis/elf.h"

#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct gt_elf {
	Dwfl *dwfl;
	Dwfl_Module *module;
	Elf *file;        /* borrowed from module */
	GElf_Addr placed; /* what libdwfl added to the file's addresses */
};

static const Dwfl_Callbacks callbacks = {
	.find_elf = dwfl_build_id_find_elf,
	.find_debuginfo = dwfl_standard_find_debuginfo,
	.section_address = dwfl_offline_section_address,
};

int gt_elf_open(const char *path, struct gt_elf **out)
{
	struct gt_elf *elf = calloc(1, sizeof(*elf));
	int err = -ENOEXEC, fd;

	if (!elf)
		return -ENOMEM;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		err = -errno;
		goto err_free;
	}
	elf->dwfl = dwfl_begin(&callbacks);
	if (!elf->dwfl) {
		close(fd);
		goto err_free;
	}
	dwfl_report_begin(elf->dwfl);
	elf->module = dwfl_report_offline(elf->dwfl, "", path, fd);
	dwfl_report_end(elf->dwfl, NULL, NULL);
	/* libdwfl owns the descriptor once it has made a module of it. */
	if (!elf->module) {
		close(fd);
		goto err_free;
	}
	elf->file = dwfl_module_getelf(elf->module, &elf->placed);
	if (!elf->file)
		goto err_free;
	*out = elf;
	return 0;

err_free:
	gt_elf_close(elf);
	return err;
}

void gt_elf_close(struct gt_elf *elf)
{
	if (!elf)
		return;
	if (elf->dwfl)
		dwfl_end(elf->dwfl);
	free(elf);
}

size_t gt_elf_build_id(const struct gt_elf *elf, const uint8_t **id)
{
	GElf_Addr where;
	int bytes = dwfl_module_build_id(elf->module, id, &where);

	return bytes > 0 ? bytes : 0;
}

/* The next PT_LOAD at or after segment *at; false after the last. */
static bool next_load(const struct gt_elf *elf, size_t *at, GElf_Phdr *load)
{
	size_t count;

	if (elf_getphdrnum(elf->file, &count))
		return false;
	for (; *at < count; (*at)++)
		if (gelf_getphdr(elf->file, *at, load) && load->p_type == PT_LOAD)
			return (*at)++, true;
	return false;
}

int gt_elf_vaddr(const struct gt_elf *elf, uint64_t offset, uint64_t *vaddr)
{
	GElf_Phdr load;
	size_t at = 0;

	while (next_load(elf, &at, &load)) {
		/* The mapping begins on a page: bytes before p_offset on that page are mapped too. */
		uint64_t page = load.p_offset & ~0xfffull;

		if ((load.p_flags & PF_X) && offset >= page && offset - page < load.p_filesz + (load.p_offset - page)) {
			*vaddr = load.p_vaddr + (offset - load.p_offset);
			return 0;
		}
	}
	return -ENOENT;
}

bool gt_elf_covers(const struct gt_elf *elf, uint64_t vaddr)
{
	GElf_Phdr load;
	size_t at = 0;

	while (next_load(elf, &at, &load))
		if (vaddr >= load.p_vaddr && vaddr - load.p_vaddr < load.p_memsz)
			return true;
	return false;
}

static uint64_t number(Dwarf_Die *die, unsigned int name)
{
	Dwarf_Attribute attribute;
	Dwarf_Word value = 0;

	if (dwarf_attr(die, name, &attribute))
		dwarf_formudata(&attribute, &value);
	return value;
}

static const char *source_file(Dwarf_Die *unit, uint64_t index)
{
	Dwarf_Files *files;
	const char *name;
	size_t count;

	if (dwarf_getsrcfiles(unit, &files, &count) || index >= count)
		return "";
	name = dwarf_filesrc(files, index, NULL, NULL);
	return name ? name : "";
}

static const char *die_name(Dwarf_Die *die)
{
	Dwarf_Attribute attribute;
	const char *name = dwarf_formstring(dwarf_attr_integrate(die, DW_AT_name, &attribute));

	return name ? name : dwarf_formstring(dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute));
}

/* From the innermost scope outwards over the DIE's real parents: inlined bodies, then the function that has them. */
static size_t frames_from_dwarf(struct gt_elf *elf, uint64_t vaddr, struct gt_elf_frame *frames, size_t max)
{
	Dwarf_Die *unit, *scopes = NULL, *parents = NULL;
	const char *file = "", *source;
	Dwarf_Addr bias;
	Dwfl_Line *at;
	size_t filled = 0;
	int line = 0, count = 0, i;

	unit = dwfl_module_addrdie(elf->module, vaddr + elf->placed, &bias);
	if (!unit)
		return 0;
	at = dwfl_module_getsrc(elf->module, vaddr + elf->placed);
	source = at ? dwfl_lineinfo(at, NULL, &line, NULL, NULL, NULL) : NULL;
	if (source)
		file = source;
	else
		line = 0;
	if (dwarf_getscopes(unit, vaddr + elf->placed - bias, &scopes) > 0)
		count = dwarf_getscopes_die(&scopes[0], &parents);
	for (i = 0; i < count && filled < max; i++) {
		int tag = dwarf_tag(&parents[i]);
		const char *name;

		if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_subprogram)
			continue;
		name = die_name(&parents[i]);
		frames[filled++] = (struct gt_elf_frame){.function = name ? name : "?",
							 .file = file,
							 .line = line,
							 .inlined = tag == DW_TAG_inlined_subroutine};
		if (tag == DW_TAG_subprogram)
			break;
		file = source_file(unit, number(&parents[i], DW_AT_call_file));
		line = number(&parents[i], DW_AT_call_line);
	}
	free(parents);
	free(scopes);
	return filled;
}

size_t gt_elf_frames(struct gt_elf *elf, uint64_t vaddr, struct gt_elf_frame *frames, size_t max)
{
	size_t filled = max ? frames_from_dwarf(elf, vaddr, frames, max) : 0;
	const char *name;
	GElf_Off offset;
	GElf_Sym symbol;

	if (filled || !max)
		return filled;
	name = dwfl_module_addrinfo(elf->module, vaddr + elf->placed, &offset, &symbol, NULL, NULL, NULL);
	if (!name || GELF_ST_TYPE(symbol.st_info) == STT_OBJECT || (symbol.st_size && offset >= symbol.st_size))
		return 0;
	frames[0] = (struct gt_elf_frame){.function = name, .file = ""};
	return 1;
}

const char *gt_elf_variable(struct gt_elf *elf, uint64_t vaddr, uint64_t *offset)
{
	const char *name;
	GElf_Sym symbol;

	name = dwfl_module_addrinfo(elf->module, vaddr + elf->placed, offset, &symbol, NULL, NULL, NULL);
	if (!name || GELF_ST_TYPE(symbol.st_info) == STT_FUNC || *offset >= symbol.st_size)
		return NULL;
	return name;
}
