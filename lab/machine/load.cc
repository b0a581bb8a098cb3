// SPDX-License-Identifier: GPL-2.0
#include "load.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "call.h"
#include "machine.h"
#include "ram.h"

// Low memory that nobody else uses while the kernel starts: the BIOS lives above 0x9fc00 and below 0x1000.
static const Bit32u tables_at = 0x10000, zero_page_at = 0x20000, command_line_at = 0x21000;
// Above the kernel's image, below the BIOS tables at the top of RAM.
static const Bit32u initramfs_at = 0x10000000;

// Offsets in struct boot_params, Documentation/x86/zero-page.rst.
enum {
	bp_e820_entries = 0x1e8, bp_setup_sects = 0x1f1, bp_boot_flag = 0x1fe, bp_header = 0x202, bp_version = 0x206,
	bp_type_of_loader = 0x210, bp_loadflags = 0x211, bp_ramdisk_image = 0x218, bp_ramdisk_size = 0x21c,
	bp_cmd_line_ptr = 0x228, bp_initrd_addr_max = 0x22c, bp_kernel_alignment = 0x230, bp_e820_table = 0x2d0,
};

namespace {
// A file of the host, mapped for as long as the object lives.
struct mapped {
	const Bit8u *at;
	size_t size;

	explicit mapped(const char *path)
	{
		struct stat st;
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		if (fd < 0 || fstat(fd, &st) < 0)
			machine_fail("cannot open %s: %s", path, strerror(errno));
		size = size_t(st.st_size);
		void *p = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (p == MAP_FAILED)
			machine_fail("cannot map %s: %s", path, strerror(errno));
		close(fd);
		at = static_cast<const Bit8u *>(p);
	}
	~mapped() { munmap(const_cast<Bit8u *>(at), size); }
	mapped(const mapped &) = delete;
	mapped &operator=(const mapped &) = delete;
};
}

static void store(Bit64u phys, const void *from, size_t length, const char *what)
{
	if (!memory_store(phys, from, length))
		machine_fail("%s does not fit into the guest's memory (%zu bytes at 0x%llx)", what, length,
			     (unsigned long long)phys);
}

static Bit32u segments(const char *path)
{
	mapped file(path);
	Elf64_Ehdr header;

	if (file.size < sizeof(header) || memcmp(file.at, ELFMAG, SELFMAG))
		machine_fail("%s is no ELF file", path);
	memcpy(&header, file.at, sizeof(header));
	if (header.e_machine != EM_X86_64 || header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phoff > file.size ||
	    header.e_phnum * sizeof(Elf64_Phdr) > file.size - header.e_phoff)
		machine_fail("%s is no kernel for x86-64", path);
	for (unsigned i = 0; i < header.e_phnum; i++) {
		Elf64_Phdr segment;

		memcpy(&segment, file.at + header.e_phoff + i * sizeof(segment), sizeof(segment));
		if (segment.p_type != PT_LOAD)
			continue;
		if (segment.p_offset > file.size || segment.p_filesz > file.size - segment.p_offset ||
		    segment.p_paddr + segment.p_memsz > initramfs_at)
			machine_fail("segment %u of %s lies outside of the file or of memory", i, path);
		store(segment.p_paddr, file.at + segment.p_offset, segment.p_filesz, path);
		// What the file leaves out is zero already: nothing has run here before.
	}
	return Bit32u(header.e_entry);
}

static void tables()
{
	const Bit64u present_write = 3, large = 0x80;
	std::vector<Bit64u> table(6 * 512);

	table[0] = (tables_at + 0x1000) | present_write;
	for (unsigned i = 0; i < 4; i++)
		table[512 + i] = (tables_at + 0x2000 + i * 0x1000) | present_write;
	for (Bit64u i = 0; i < 4 * 512; i++)
		table[1024 + i] = (i << 21) | present_write | large;
	store(tables_at, table.data(), table.size() * sizeof(table[0]), "the page tables");
}

template <typename T> static void poke(std::vector<Bit8u> &page, unsigned at, T value)
{
	memcpy(&page[at], &value, sizeof(value));
}

struct loaded load_kernel(const char *vmlinux, const char *initramfs, const char *command_line, Bit32u e820)
{
	std::vector<Bit8u> page(4096);
	struct lab_e820 map;
	Bit32u entry = segments(vmlinux);
	mapped image(initramfs);

	if (!memory_fetch(e820, &map, sizeof(map)) || map.count == 0 || map.count > 32)
		machine_fail("the BIOS gave no usable e820 map");
	if (strlen(command_line) > 2047)
		machine_fail("the kernel command line is longer than 2047 bytes");
	store(initramfs_at, image.at, image.size, initramfs);
	store(command_line_at, command_line, strlen(command_line) + 1, "the command line");
	tables();

	page[bp_e820_entries] = Bit8u(map.count);
	memcpy(&page[bp_e820_table], map.entry, map.count * sizeof(map.entry[0]));
	page[bp_setup_sects] = 4;
	poke<Bit16u>(page, bp_boot_flag, 0xaa55);
	poke<Bit32u>(page, bp_header, 0x53726448);	// "HdrS"
	poke<Bit16u>(page, bp_version, 0x20c);
	page[bp_type_of_loader] = 0xff;			// none of the registered loaders
	page[bp_loadflags] = 1;				// LOADED_HIGH
	poke<Bit32u>(page, bp_ramdisk_image, initramfs_at);
	poke<Bit32u>(page, bp_ramdisk_size, Bit32u(image.size));
	poke<Bit32u>(page, bp_cmd_line_ptr, command_line_at);
	poke<Bit32u>(page, bp_initrd_addr_max, 0x7fffffff);
	poke<Bit32u>(page, bp_kernel_alignment, 0x200000);
	store(zero_page_at, page.data(), page.size(), "the zero page");
	return {entry, zero_page_at, tables_at};
}
