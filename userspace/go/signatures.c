// SPDX-License-Identifier: GPL-2.0
/* What functions of the runtime take, as DWARF tells it. */
#include "signatures.h"

#include <dwarf.h>
#include <elfutils/libdw.h>

/* Is the parameter in this register when the function begins? */
static bool enters_in(Dwarf_Die *parameter, Dwarf_Addr entry, uint8_t reg)
{
	Dwarf_Attribute attribute;
	size_t length;
	Dwarf_Op *op;

	return dwarf_getlocation_addr(dwarf_attr(parameter, DW_AT_location, &attribute), entry, &op, &length, 1) == 1 &&
	       length == 1 && op->atom == reg;
}

/* Results are parameters too, later ones. */
static bool takes(Dwarf_Die *function, const char *names)
{
	static const uint8_t registers[] = {DW_OP_reg0, DW_OP_reg3, DW_OP_reg2}; /* AX, BX, CX */
	Dwarf_Addr entry;
	Dwarf_Die child;
	size_t count = 0;

	/* An inlined function is described once more, without its code. */
	if (dwarf_lowpc(function, &entry) || dwarf_child(function, &child))
		return false;
	do {
		size_t length = strcspn(names, " ");
		const char *name;

		if (dwarf_tag(&child) != DW_TAG_formal_parameter)
			continue;
		name = dwarf_diename(&child);
		if (!name || strlen(name) != length || memcmp(name, names, length) || count == sizeof(registers) ||
		    !enters_in(&child, entry, registers[count++]))
			return false;
		if (!names[length])
			return true;
		names += length + 1;
	} while (!dwarf_siblingof(&child, &child));
	return false;
}

/* Marks those that the unit describes as expected. */
static void read_unit(Dwarf_Die *unit, const struct gt_go_signature *signatures, size_t count, bool *same)
{
	Dwarf_Die die;

	if (dwarf_child(unit, &die))
		return;
	do {
		const char *name;

		if (dwarf_tag(&die) != DW_TAG_subprogram)
			continue;
		name = dwarf_diename(&die);
		for (size_t i = 0; name && i < count; i++)
			if (!strcmp(name, signatures[i].function) && takes(&die, signatures[i].parameters))
				same[i] = true;
	} while (!dwarf_siblingof(&die, &die));
}

size_t gt_go_signatures_differ(const struct gt_go_image *image, const struct gt_go_signature *signatures, size_t count)
{
	Dwarf *dwarf = dwarf_begin_elf(image->elf, DWARF_C_READ, NULL);
	bool same[GT_GO_SIGNATURES_MAX] = {false};
	Dwarf_CU *unit = NULL;
	Dwarf_Die die;

	/* The package has several: its Go code, its assembly, its types. */
	while (dwarf && !dwarf_get_units(dwarf, unit, &unit, NULL, NULL, &die, NULL)) {
		const char *name = dwarf_diename(&die);

		if (name && !strcmp(name, "runtime"))
			read_unit(&die, signatures, count, same);
	}
	dwarf_end(dwarf);
	for (size_t i = 0; i < count; i++)
		if (!same[i])
			return i + 1;
	return 0;
}
