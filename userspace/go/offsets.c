// SPDX-License-Identifier: GPL-2.0
/* Where the fields of the runtime's structures lie. */
#include "offsets.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <errno.h>

/*
 * linux/amd64, as the DWARF of each release says. 1.23 put syscallbp into g, 1.25 took gobuf.ret out; no point release
 * changed any of these.
 */
#define NONE GT_GO_NO_FIELD
// clang-format off
static const struct {
	int minor;
	struct gt_go_offsets offsets;
} releases[] = {
	/*
	 *      lo hi   m self status goid reason parent gopc startpc g0 procid gsignal curg    p alllink
	 *      pc  bp waiting waitlink  c  fd  rg  wg
	 */
	{ 18, { 0, 8, 48,  72,   144, 152,   176,  NONE, 296,    312, 0,    72,     80, 192, 208,     336,
		64, 104,   328,      64, 80, 8, 24, 32, NONE } },
	{ 19, { 0, 8, 48,  72,   144, 152,   176,  NONE, 296,    312, 0,    72,     80, 192, 208,     336,
		64, 104,   328,      64, 80, 8, 24, 32, NONE } },
	{ 20, { 0, 8, 48,  72,   144, 152,   176,  NONE, 296,    312, 0,    72,     80, 192, 208,     336,
		64, 104,   328,      64, 80, 8, 24, 32, NONE } },
	{ 21, { 0, 8, 48,  72,   144, 152,   176,   272, 280,    296, 0,    72,     80, 192, 208,     336,
		64, 104,   312,      64, 80, 8, 32, 40, NONE } },
	{ 22, { 0, 8, 48,  72,   144, 152,   176,   272, 280,    296, 0,    72,     80, 192, 208,     328,
		64, 104,   312,      64, 80, 8, 32, 40, 368 } },
	{ 23, { 0, 8, 48,  72,   152, 160,   184,   280, 288,    304, 0,    72,     80, 192, 208,     328,
		64, 104,   320,      64, 80, 8, 32, 40, 384 } },
	{ 24, { 0, 8, 48,  72,   152, 160,   184,   280, 288,    304, 0,    72,     80, 192, 208,     328,
		64, 104,   320,      64, 80, 8, 32, 40, 384 } },
	{ 25, { 0, 8, 48,  72,   144, 152,   176,   272, 280,    296, 0,    64,     72, 184, 200,     344,
		64,  96,   312,      64, 80, 8, 32, 40, 376 } },
	{ 26, { 0, 8, 48,  72,   144, 152,   176,   280, 288,    304, 0,    64,     72, 184, 208,     352,
		64,  96,   320,      72, 96, 8, 32, 40, 384 } },
	{ 27, { 0, 8, 48,  72,   144, 152,   176,   280, 288,    304, 0,    64,     72, 184, 208,     352,
		64,  96,   320,      72, 96, 8, 32, 40, 384 } },
};
// clang-format on
#undef NONE

int gt_go_offsets_of_release(int major, int minor, struct gt_go_offsets *out)
{
	for (size_t i = 0; major == 1 && i < sizeof(releases) / sizeof(*releases); i++) {
		if (releases[i].minor == minor) {
			*out = releases[i].offsets;
			return 0;
		}
	}
	return -ENOENT;
}

/* Finds the child of `parent` that has this tag and name. */
static bool child(Dwarf_Die *parent, int tag, const char *name, size_t length, Dwarf_Die *out)
{
	if (dwarf_child(parent, out))
		return false;
	do {
		const char *its;

		if (dwarf_tag(out) != tag)
			continue;
		its = dwarf_diename(out);
		if (its && strlen(its) == length && !memcmp(its, name, length))
			return true;
	} while (!dwarf_siblingof(out, out));
	return false;
}

/* Adds up the offsets of the members of a path like "stack.lo", which ends in '|' or NUL. */
static bool follow(Dwarf_Die *structure, const char *path, uint16_t *out)
{
	Dwarf_Die inside = *structure;
	Dwarf_Word sum = 0;

	for (;;) {
		size_t length = strcspn(path, ".|");
		Dwarf_Attribute attribute;
		Dwarf_Die member;
		Dwarf_Word offset;

		if (!child(&inside, DW_TAG_member, path, length, &member) ||
		    dwarf_formudata(dwarf_attr(&member, DW_AT_data_member_location, &attribute), &offset) ||
		    offset > GT_GO_STRUCT_MAX)
			return false;
		sum += offset;
		if (path[length] != '.')
			break;
		path += length + 1;
		if (!dwarf_formref_die(dwarf_attr(&member, DW_AT_type, &attribute), &inside) ||
		    dwarf_peel_type(&inside, &inside))
			return false;
	}
	if (sum > GT_GO_STRUCT_MAX - 8)
		return false;
	*out = (uint16_t)sum;
	return true;
}

/* The first of "path|path" that the structure has. */
static bool field(Dwarf_Die *structure, const char *paths, uint16_t *out)
{
	while (!follow(structure, paths, out)) {
		paths += strcspn(paths, "|");
		if (!*paths++)
			return false;
	}
	return true;
}

static bool read_unit(Dwarf_Die *unit, struct gt_go_offsets *out)
{
	static const struct {
		const char *structure;
		const char *path;
		size_t at;
	} fields[] = {
#define FIELD(name, structure, path) {"runtime." #structure, path, offsetof(struct gt_go_offsets, name)},
		GT_GO_OFFSETS(FIELD)
#undef FIELD
	};
	const char *structure = "";
	Dwarf_Die die;

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		uint16_t *offset = (uint16_t *)((char *)out + fields[i].at);

		if (strcmp(fields[i].structure, structure)) {
			structure = fields[i].structure;
			if (!child(unit, DW_TAG_structure_type, structure, strlen(structure), &die))
				return false;
		}
		if (field(&die, fields[i].path, offset))
			continue;
		if (offset != &out->g_parent_goid && offset != &out->g_coroarg)
			return false;
		*offset = GT_GO_NO_FIELD;
	}
	return true;
}

int gt_go_offsets_from_dwarf(const struct gt_go_image *image, struct gt_go_offsets *out)
{
	Dwarf *dwarf = dwarf_begin_elf(image->elf, DWARF_C_READ, NULL);
	Dwarf_CU *unit = NULL;
	Dwarf_Die die;
	int error = -ENOENT;

	while (dwarf && error && !dwarf_get_units(dwarf, unit, &unit, NULL, NULL, &die, NULL)) {
		const char *name = dwarf_diename(&die);

		/* One unit a package. */
		if (name && !strcmp(name, "runtime") && read_unit(&die, out))
			error = 0;
	}
	dwarf_end(dwarf);
	return error;
}
