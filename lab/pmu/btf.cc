// SPDX-License-Identifier: GPL-2.0
// Format: Documentation/bpf/btf.rst of the kernel.
#include "btf.h"

#include <elf.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

struct BtfHeader {
	uint16_t magic;
	uint8_t version, flags;
	uint32_t length, type_offset, type_length, string_offset, string_length;
};

struct BtfType {
	uint32_t name, info, size;

	unsigned kind() const { return info >> 24 & 0x1f; }
	unsigned count() const { return info & 0xffff; }
	bool bitfields() const { return info >> 31; }
};

struct BtfMember {
	uint32_t name, type, offset;
};

enum BtfKind { BTF_INT = 1, BTF_ARRAY = 3, BTF_STRUCT, BTF_UNION, BTF_ENUM, BTF_FUNC_PROTO = 13, BTF_VAR, BTF_DATASEC,
	       BTF_DECL_TAG = 17, BTF_ENUM64 = 19 };

static const uint16_t BTF_MAGIC = 0xeb9f;

/* What follows the three words of a type. */
static size_t rest(const BtfType &type)
{
	switch (type.kind()) {
	case BTF_INT: case BTF_VAR: case BTF_DECL_TAG:
		return 4;
	case BTF_ARRAY:
		return 12;
	case BTF_STRUCT: case BTF_UNION: case BTF_DATASEC: case BTF_ENUM64:
		return 12 * size_t(type.count());
	case BTF_ENUM: case BTF_FUNC_PROTO:
		return 8 * size_t(type.count());
	default:
		return 0;
	}
}

template <class T> static bool take(const std::string &from, size_t offset, T *to)
{
	if (offset > from.size() || from.size() - offset < sizeof(*to))
		return false;
	memcpy(to, from.data() + offset, sizeof(*to));
	return true;
}

static std::string read(std::ifstream &file, uint64_t offset, uint64_t length)
{
	std::string bytes(length, 0);

	file.seekg(std::streamoff(offset));
	file.read(&bytes[0], std::streamsize(length));
	return file ? bytes : std::string();
}

static std::string section(const char *path, const char *name)
{
	std::ifstream file(path, std::ios::binary);
	std::string head = read(file, 0, sizeof(Elf64_Ehdr));
	Elf64_Ehdr elf;
	Elf64_Shdr s, names;

	if (!take(head, 0, &elf) || memcmp(elf.e_ident, ELFMAG, SELFMAG) || elf.e_shentsize != sizeof(s))
		return "";
	std::string table = read(file, elf.e_shoff, uint64_t(elf.e_shnum) * sizeof(s));
	if (!take(table, elf.e_shstrndx * sizeof(s), &names))
		return "";
	std::string strings = read(file, names.sh_offset, names.sh_size);
	for (size_t i = 0; take(table, i * sizeof(s), &s); i++)
		if (s.sh_name < strings.size() && !strcmp(strings.c_str() + s.sh_name, name))
			return read(file, s.sh_offset, s.sh_size);
	return "";
}

long btf_offset(const char *vmlinux, const char *structure, const char *member)
{
	std::string btf = section(vmlinux, ".BTF");
	BtfHeader h;
	BtfType type;
	BtfMember m;

	if (!take(btf, 0, &h) || h.magic != BTF_MAGIC)
		return -1;
	auto named = [&](uint32_t name, const char *wanted) {
		size_t at = size_t(h.length) + h.string_offset + name;

		return at < btf.size() && !strcmp(btf.c_str() + at, wanted);
	};
	size_t at = size_t(h.length) + h.type_offset, end = at + h.type_length;
	for (; at < end && take(btf, at, &type); at += sizeof(type) + rest(type)) {
		if (type.kind() != BTF_STRUCT || !named(type.name, structure))
			continue;
		for (size_t i = 0; i < type.count() && take(btf, at + sizeof(type) + i * sizeof(m), &m); i++)
			if (named(m.name, member))
				return (type.bitfields() ? m.offset & 0xffffff : m.offset) / 8;
	}
	return -1;
}
