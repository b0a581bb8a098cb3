// SPDX-License-Identifier: GPL-2.0
#include "vdso.h"

#include <errno.h>
#include <gelf.h>
#include <stdlib.h>
#include <sys/auxv.h>

#include "array.h"

struct functions {
	struct gt_vdso_function *all;
	size_t count, room;
};

/* The image ends with its section headers; its mapping with the page that they end on. */
static Elf *open_image(void)
{
	const Elf64_Ehdr *head = (const void *)getauxval(AT_SYSINFO_EHDR);

	if (!head || !head->e_shnum || elf_version(EV_CURRENT) == EV_NONE)
		return NULL;
	return elf_memory((char *)head, head->e_shoff + (size_t)head->e_shnum * head->e_shentsize);
}

/* Where the image's first byte is, in its own addresses. */
static GElf_Addr base(Elf *image)
{
	GElf_Phdr load;

	for (int i = 0; gelf_getphdr(image, i, &load); i++)
		if (load.p_type == PT_LOAD)
			return load.p_vaddr - load.p_offset;
	return 0;
}

/* The weak ones are second names of the others: clock_gettime of __vdso_clock_gettime. */
static int add(struct functions *functions, Elf *image, Elf_Scn *section)
{
	GElf_Shdr header;
	GElf_Sym symbol;
	Elf_Data *data = elf_getdata(section, NULL);

	if (!data || !gelf_getshdr(section, &header) || header.sh_type != SHT_DYNSYM)
		return 0;
	for (int i = 0; gelf_getsym(data, i, &symbol); i++) {
		const char *name = elf_strptr(image, header.sh_link, symbol.st_name);

		if (!name || GELF_ST_TYPE(symbol.st_info) != STT_FUNC || GELF_ST_BIND(symbol.st_info) != STB_GLOBAL ||
		    !symbol.st_size)
			continue;
		if (gt_array_room(&functions->all, functions->count, &functions->room))
			return -ENOMEM;
		functions->all[functions->count++] = (struct gt_vdso_function){
			.offset = symbol.st_value - base(image), .bytes = symbol.st_size, .name = name};
	}
	return 0;
}

static int by_offset(const void *a, const void *b)
{
	const struct gt_vdso_function *left = a, *right = b;

	return left->offset < right->offset ? -1 : left->offset > right->offset;
}

int gt_vdso_write(struct gt_writer *writer)
{
	struct functions functions = {0};
	Elf *image = open_image();
	Elf_Scn *section = NULL;
	int err = 0;

	if (!image)
		return 0;
	while (!err && (section = elf_nextscn(image, section)))
		err = add(&functions, image, section);
	if (functions.count)
		qsort(functions.all, functions.count, sizeof(*functions.all), by_offset);
	for (size_t i = 0; i < functions.count && !err; i++)
		err = gt_writer_vdso(writer, &functions.all[i]);
	free(functions.all);
	elf_end(image);
	return err;
}
