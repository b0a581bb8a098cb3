// SPDX-License-Identifier: GPL-2.0
/* The inline tree of a function. */
#include "inline.h"

#include <errno.h>

/* Words of moduledata that may be gofunc: behind the part that never moved, around 304, 320 and 344. */
enum { GOFUNC_FIRST = 296, GOFUNC_LAST = 400 };

/* Trees looked at before one is believed in. Every program has hundreds: the runtime inlines a lot. */
enum { PROOF_TREES = 64 };

struct call {
	uint32_t name;      /* in names */
	uint32_t parent_pc; /* from the function's entry */
	int32_t parent;     /* 1.18, 1.19: index of the call around it, negative = the function itself */
	int32_t file, line; /* 1.18, 1.19: of the call */
};

static bool read_call(const struct gt_go_image *image, const struct gt_go_pclntab *table, uint64_t base,
		      const struct gt_go_func *func, int32_t index, struct call *call)
{
	unsigned int size = table->is_118 ? 20 : 16;
	const uint8_t *at;

	if (func->inline_tree == GT_GO_NO_OFFSET)
		return false;
	at = gt_go_image_at(image, base + func->inline_tree + (uint64_t)index * size, size);
	if (!at)
		return false;
	if (table->is_118) {
		*call = (struct call){
			.parent = (int16_t)(at[0] | at[1] << 8),
			.file = (int32_t)gt_go_u32(at + 4),
			.line = (int32_t)gt_go_u32(at + 8),
			.name = gt_go_u32(at + 12),
			.parent_pc = gt_go_u32(at + 16),
		};
	} else {
		*call = (struct call){.name = gt_go_u32(at + 4), .parent_pc = gt_go_u32(at + 8)};
	}
	return call->parent_pc < func->end - func->entry;
}

/* Is the call what a compiler would write? A name offset must be where a name begins. */
static bool sane(const struct gt_go_pclntab *table, const struct call *call)
{
	if (call->name >= table->names.size || (call->name && table->names.bytes[call->name - 1]))
		return false;
	return !table->is_118 || (call->parent >= -1 && call->line > 0);
}

/* Checks every call of a function's tree that its code refers to. */
static bool prove_tree(const struct gt_go_image *image, const struct gt_go_pclntab *table, uint64_t base,
		       const struct gt_go_func *func)
{
	for (uint64_t pc = func->entry; pc < func->end; pc++) {
		int32_t index = gt_go_pclntab_value(table, func, func->inline_program, pc);
		struct call call;

		if (index < 0)
			continue;
		if (!read_call(image, table, base, func, index, &call) || !sane(table, &call))
			return false;
	}
	return true;
}

static bool prove(const struct gt_go_image *image, const struct gt_go_pclntab *table, uint64_t base)
{
	unsigned int proven = 0;

	for (uint64_t i = 0; i < table->count && proven < PROOF_TREES; i++) {
		struct gt_go_func func;

		if (gt_go_pclntab_func(table, i, &func))
			return false;
		/* A long function costs its square here, and proves no more than a short one. */
		if (func.inline_tree == GT_GO_NO_OFFSET || !func.inline_program || func.end - func.entry > 192)
			continue;
		if (!prove_tree(image, table, base, &func))
			return false;
		proven++;
	}
	return proven > 0;
}

int gt_go_inline_base(const struct gt_go_image *image, const struct gt_go_pclntab *table,
		      const struct gt_go_module *module, uint64_t *base)
{
	uint64_t found = 0;

	for (int at = GOFUNC_FIRST; at <= GOFUNC_LAST; at += 8) {
		uint64_t candidate = gt_go_u64(module->words + at);

		if (!candidate || candidate == found || !prove(image, table, candidate))
			continue;
		if (found)
			return -ENOENT;
		found = candidate;
	}
	*base = found;
	return found ? 0 : -ENOENT;
}

static void place(const struct gt_go_pclntab *table, const struct gt_go_func *func, int32_t file, int32_t line,
		  struct gt_go_frame *frame)
{
	const char *name = gt_go_pclntab_file(table, func, file);

	frame->file = name ? name : "?";
	frame->line = name && line > 0 ? (uint32_t)line : 0;
}

int gt_go_inline_frames(const struct gt_go_image *image, const struct gt_go_pclntab *table, uint64_t base,
			const struct gt_go_func *func, uint64_t vaddr, struct gt_go_frame *frames, size_t max)
{
	int32_t index = base ? gt_go_pclntab_value(table, func, func->inline_program, vaddr) : GT_GO_NO_VALUE;
	int32_t file = gt_go_pclntab_value(table, func, func->file_program, vaddr);
	int32_t line = gt_go_pclntab_value(table, func, func->line_program, vaddr);
	const char *name = gt_go_pclntab_name(table, func->name);
	unsigned int depth;

	if (!name)
		return -EBADMSG;
	/* A lying tree may go in circles: the bound ends it. */
	for (depth = 0; index >= 0; depth++) {
		struct call call;
		const char *callee;

		if (depth == GT_GO_FRAMES_MAX || !read_call(image, table, base, func, index, &call))
			return -EBADMSG;
		callee = gt_go_pclntab_name(table, call.name);
		if (!callee)
			return -EBADMSG;
		if (depth < max) {
			frames[depth].function = callee;
			frames[depth].inlined = true;
			place(table, func, file, line, &frames[depth]);
		}
		if (table->is_118) {
			file = call.file;
			line = call.line;
			index = call.parent;
		} else {
			uint64_t parent = func->entry + call.parent_pc;

			file = gt_go_pclntab_value(table, func, func->file_program, parent);
			line = gt_go_pclntab_value(table, func, func->line_program, parent);
			index = gt_go_pclntab_value(table, func, func->inline_program, parent);
		}
	}
	if (depth >= max)
		return (int)max;
	frames[depth].function = name;
	frames[depth].inlined = false;
	place(table, func, file, line, &frames[depth]);
	return (int)depth + 1;
}
int gt_go_inline_copy(const struct gt_go_image *image, const struct gt_go_pclntab *table, uint64_t base,
		      const struct gt_go_func *func, const char *const *names, size_t count)
{
	const uint8_t *end = table->programs.bytes + table->programs.size, *at;
	uint32_t index = GT_GO_NO_VALUE, change, length;

	if (!base || func->inline_tree == GT_GO_NO_OFFSET || !func->inline_program ||
	    func->inline_program >= table->programs.size)
		return -ENOENT;
	/* Every value of the program once, instead of the program once for every address. */
	at = table->programs.bytes + func->inline_program;
	for (bool first = true; gt_go_uvarint(&at, end, &change) && (change || first); first = false) {
		struct call call;
		const char *name;

		index += -(change & 1) ^ (change >> 1);
		if (!gt_go_uvarint(&at, end, &length))
			return -EBADMSG;
		if ((int32_t)index < 0)
			continue;
		if (!read_call(image, table, base, func, (int32_t)index, &call))
			return -EBADMSG;
		name = gt_go_pclntab_name(table, call.name);
		for (size_t i = 0; name && i < count; i++)
			if (!strcmp(name, names[i]))
				return (int)i;
	}
	return -ENOENT;
}
