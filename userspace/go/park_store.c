// SPDX-License-Identifier: GPL-2.0
/* The instruction by which runtime.gopark writes g.waitreason. */
#include "park_store.h"

#include <string.h>

#include "binary.h"
#include "offsets.h"

struct byte_store {
	bool of_cl;
	int32_t disp;
};

/* mov %r8,disp(%reg) and movb $imm,disp(%reg); SDM vol. 2A, section 2.1. */
static bool decode(const uint8_t *code, struct byte_store *store)
{
	enum { REX_MASK = 0xf0, REX = 0x40, REX_R = 4, REX_B = 1, MOV_R8 = 0x88, MOV_IMM8 = 0xc6, CL = 1, SIB = 4 };
	uint8_t rex = (*code & REX_MASK) == REX ? *code++ : 0;
	uint8_t opcode = *code++, modrm = *code++;

	if (opcode != MOV_R8 && opcode != MOV_IMM8)
		return false;
	store->of_cl = opcode == MOV_R8 && (modrm >> 3 & 7) == CL && !(rex & REX_R);
	if ((modrm & 7) == SIB) {
		/* RSP: an argument goes to the stack before it grows. Else R12. */
		if (!(rex & REX_B))
			return false;
		code++;
	}
	switch (modrm >> 6) {
	case 1:
		store->disp = (int8_t)*code;
		return true;
	case 2:
		store->disp = (int32_t)gt_go_u32(code);
		return true;
	}
	return false;
}

/* The table first, as probes have it. */
static bool find_reason(const struct gt_go_binary *binary, uint16_t *offset)
{
	struct gt_go_version version = gt_go_binary_version(binary);
	struct gt_go_offsets at;

	if (gt_go_offsets_of_release(version.major, version.minor, &at) &&
	    gt_go_offsets_from_dwarf(gt_go_binary_image(binary), &at))
		return false;
	*offset = at.g_wait_reason;
	return true;
}

enum gt_go_park_store gt_go_park_store(const struct gt_go_binary *binary, uint64_t vaddr, uint16_t *offset)
{
	enum { LONGEST = 8 }; /* REX, opcode, ModRM, SIB, disp32 */
	struct gt_go_frame frame;
	struct byte_store store;
	const uint8_t *code;
	uint64_t in_file;

	if (gt_go_binary_frames(binary, vaddr, &frame, 1) < 1 || strcmp(frame.function, "runtime.gopark"))
		return GT_GO_STORE_OTHER;
	code = gt_go_image_code(gt_go_binary_image(binary), vaddr, LONGEST, &in_file);
	if (!code || !decode(code, &store))
		return GT_GO_STORE_OTHER;
	if (!find_reason(binary, offset))
		return GT_GO_STORE_UNKNOWN;
	if (frame.inlined)
		return GT_GO_STORE_COPY;
	/* The other byte that gopark stores is m.waittraceev, later m.waitTraceBlockReason: DIL. */
	if (!store.of_cl)
		return GT_GO_STORE_OTHER;
	return store.disp == *offset ? GT_GO_STORE_REASON : GT_GO_STORE_UNKNOWN;
}
