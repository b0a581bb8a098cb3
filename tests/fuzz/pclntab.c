// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzzes the reader of Go's function table: the input is the one segment of a flawless ELF file, with pcHeader, tables,
 * inline trees, build info and moduledata in it, where go-seeds.pl puts them.
 */
#include "go.h"

#include <elf.h>

enum { HEADER = 0x80, VADDR = 0x400080 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const Elf64_Ehdr header = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_EXEC, .e_machine = EM_X86_64, .e_version = EV_CURRENT, .e_phoff = sizeof(header),
		.e_ehsize = sizeof(header), .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 1,
	};
	const Elf64_Phdr load = {
		.p_type = PT_LOAD, .p_flags = PF_R | PF_W | PF_X, .p_offset = HEADER, .p_vaddr = VADDR,
		.p_filesz = size, .p_memsz = size,
	};
	struct gt_go_binary *binary;
	uint8_t *image = calloc(1, HEADER + size);

	if (!image)
		return 0;
	memcpy(image, &header, sizeof(header));
	memcpy(image + sizeof(header), &load, sizeof(load));
	memcpy(image + HEADER, data, size);
	if (!gt_go_binary_open_image(image, HEADER + size, &binary)) {
		ask_everything(binary);
		ask_probes(binary, image, HEADER + size);
		gt_go_binary_close(binary);
	}
	free(image);
	return 0;
}
