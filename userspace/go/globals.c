// SPDX-License-Identifier: GPL-2.0
/*
 * Where the runtime keeps its lists of Gs and Ms.
 *
 * A stripped binary has no data symbols but still the names of its functions, and code refers to data by
 * displacements from RIP. These two functions refer to the lists in the same way in all of 1.18 to 1.27:
 *
 *	runtime.forEachG	mov allgs(%rip),%reg; ... mov allgs+8(%rip),%reg	the slice: pointer and length
 *	runtime.mcommoninit	mov allm(%rip),%reg; ... lea allm(%rip),%reg		m.alllink = allm; atomic store
 *
 * The scan goes byte by byte and may read an instruction where none begins: hence each list needs two matching
 * instructions, and attach believes only lists that lead to true Gs and Ms.
 */
#include "globals.h"

#include <errno.h>

#include "image.h"

enum { REFERENCE_SIZE = 7, MOV_LOAD = 0x8b, LEA = 0x8d };

/* The vaddr that the instruction at `code` refers to, if it is a 64-bit `op disp32(%rip),%reg`. */
static bool reference(const uint8_t *code, uint8_t op, uint64_t vaddr, uint64_t *target)
{
	/* REX.W, perhaps with REX.R; opcode; ModRM with mod 00 and rm 101. */
	if ((code[0] & 0xfb) != 0x48 || code[1] != op || (code[2] & 0xc7) != 0x05)
		return false;
	*target = vaddr + REFERENCE_SIZE + (uint64_t)(int64_t)(int32_t)gt_go_u32(code + 3);
	return true;
}

/*
 * Finds the first instruction `first_op` on some address X of a function that is followed by a `second_op` on
 * X + distance, and sets *target to X.
 */
static int find_pair(const struct gt_go_binary *binary, const char *name, uint8_t first_op, uint8_t second_op,
		     uint64_t distance, uint64_t *target)
{
	struct gt_go_function function;
	const uint8_t *code;
	uint64_t size, second;

	if (gt_go_binary_function_named(binary, name, &function))
		return -ENOENT;
	size = function.end - function.entry;
	code = gt_go_image_at(gt_go_binary_image(binary), function.entry, size);
	if (!code)
		return -ENOENT;
	for (uint64_t i = 0; i + REFERENCE_SIZE <= size; i++) {
		if (!reference(code + i, first_op, function.entry + i, target))
			continue;
		for (uint64_t j = i + REFERENCE_SIZE; j + REFERENCE_SIZE <= size; j++)
			if (reference(code + j, second_op, function.entry + j, &second) && second == *target + distance)
				return 0;
	}
	return -ENOENT;
}

int gt_go_globals_find(const struct gt_go_binary *binary, struct gt_go_globals *out)
{
	const struct gt_go_image *image = gt_go_binary_image(binary);

	if (!gt_go_image_symbol(image, "runtime.allgs", &out->allgs) &&
	    !gt_go_image_symbol(image, "runtime.allm", &out->allm))
		return 0;
	if (find_pair(binary, "runtime.forEachG", MOV_LOAD, MOV_LOAD, 8, &out->allgs) ||
	    find_pair(binary, "runtime.mcommoninit", MOV_LOAD, LEA, 0, &out->allm))
		return -ENOENT;
	return 0;
}
