// SPDX-License-Identifier: GPL-2.0
/* The function table of a Go binary. */
#include "pclntab.h"

#include <errno.h>

/* pcHeader */
enum { AT_ZEROES = 4, AT_COUNT = 8, AT_OFFSETS = 32, HEADER_SIZE = 72 };
enum { MAGIC_12 = 0xfffffffb, MAGIC_116 = 0xfffffffa, MAGIC_118 = 0xfffffff0 };

/* _func */
enum { FUNC_ENTRY = 0, FUNC_NAME = 4, FUNC_SP = 16, FUNC_FILE = 20, FUNC_LINE = 24, FUNC_NPCDATA = 28, FUNC_UNIT = 32 };
enum { FUNC_SIZE_118 = 40, FUNC_SIZE = 44 };
enum { PCDATA_INL_TREE_INDEX = 2, FUNCDATA_INL_TREE = 3 };

enum { FTAB_ENTRY = 8, COUNT_MAX = 1 << 26 };

bool gt_go_uvarint(const uint8_t **at, const uint8_t *end, uint32_t *value)
{
	uint32_t result = 0;

	for (unsigned int shift = 0; shift < 32 && *at < end; shift += 7) {
		uint8_t byte = *(*at)++;

		result |= (uint32_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*value = result;
			return true;
		}
	}
	return false;
}

int gt_go_pclntab_header(struct gt_go_pclntab *table, const struct gt_go_span *span)
{
	/* Two zeroes, instruction quantum 1, pointer size 8: pcHeader of amd64. */
	static const uint8_t amd64[4] = {0, 0, 1, 8};
	uint32_t magic;
	uint64_t before = 0;

	if (span->size < HEADER_SIZE || memcmp(span->bytes + AT_ZEROES, amd64, sizeof(amd64)))
		return -ENODATA;
	magic = gt_go_u32(span->bytes);
	if (magic == MAGIC_12 || magic == MAGIC_116)
		return -EOPNOTSUPP;
	/*
	 * The magic tells 1.18 and 1.19 from the rest and no more: 1.26 changed the header and kept it, and
	 * obfuscators write their own. Whether this is a header is decided by the offsets and by moduledata.
	 */
	*table = (struct gt_go_pclntab){
		.header = *span,
		.count = gt_go_u64(span->bytes + AT_COUNT),
		.is_118 = magic == MAGIC_118,
	};
	if (!table->count || table->count > COUNT_MAX)
		return -ENODATA;
	for (int i = 0; i < 5; i++) {
		uint64_t offset = gt_go_pclntab_offset(table, i);

		if (offset < HEADER_SIZE || offset < before || offset > span->size)
			return -ENODATA;
		before = offset;
	}
	return 0;
}

uint64_t gt_go_pclntab_offset(const struct gt_go_pclntab *table, int index)
{
	return gt_go_u64(table->header.bytes + AT_OFFSETS + 8 * index);
}

static uint32_t entry_offset(const struct gt_go_pclntab *table, uint64_t index)
{
	return gt_go_u32(table->functions.bytes + index * FTAB_ENTRY);
}

int gt_go_pclntab_check(const struct gt_go_pclntab *table)
{
	uint64_t size = table->functions.size, limit;

	/* The last ftab entry has no _func: half an entry. */
	if (size < 4 || (size - 4) / FTAB_ENTRY < table->count)
		return -EBADMSG;
	limit = size - (table->is_118 ? FUNC_SIZE_118 : FUNC_SIZE);
	if (limit > size)
		return -EBADMSG;
	for (uint64_t i = 0; i < table->count; i++) {
		uint32_t func = gt_go_u32(table->functions.bytes + i * FTAB_ENTRY + 4);

		if (entry_offset(table, i) > entry_offset(table, i + 1) || func > limit)
			return -EBADMSG;
	}
	return 0;
}

int gt_go_pclntab_func(const struct gt_go_pclntab *table, uint64_t index, struct gt_go_func *out)
{
	uint32_t offset = gt_go_u32(table->functions.bytes + index * FTAB_ENTRY + 4);
	size_t fixed = table->is_118 ? FUNC_SIZE_118 : FUNC_SIZE;
	const uint8_t *func;
	uint64_t npcdata, nfuncdata;

	if (offset > table->functions.size || table->functions.size - offset < fixed)
		return -EBADMSG;
	func = table->functions.bytes + offset;
	npcdata = gt_go_u32(func + FUNC_NPCDATA);
	nfuncdata = func[fixed - 1];
	if (table->functions.size - offset - fixed < 4 * (npcdata + nfuncdata) ||
	    gt_go_u32(func + FUNC_ENTRY) != entry_offset(table, index))
		return -EBADMSG;
	*out = (struct gt_go_func){
		.entry = table->text + entry_offset(table, index),
		.end = table->text + entry_offset(table, index + 1),
		.name = gt_go_u32(func + FUNC_NAME),
		.sp_program = gt_go_u32(func + FUNC_SP),
		.file_program = gt_go_u32(func + FUNC_FILE),
		.line_program = gt_go_u32(func + FUNC_LINE),
		.unit = gt_go_u32(func + FUNC_UNIT),
		.inline_tree = GT_GO_NO_OFFSET,
	};
	if (npcdata > PCDATA_INL_TREE_INDEX)
		out->inline_program = gt_go_u32(func + fixed + 4 * PCDATA_INL_TREE_INDEX);
	if (nfuncdata > FUNCDATA_INL_TREE)
		out->inline_tree = gt_go_u32(func + fixed + 4 * (npcdata + FUNCDATA_INL_TREE));
	return 0;
}

int gt_go_pclntab_func_at(const struct gt_go_pclntab *table, uint64_t vaddr, struct gt_go_func *out)
{
	uint64_t low = 0, high = table->count, offset = vaddr - table->text;

	if (vaddr < table->text || offset < entry_offset(table, 0) || offset >= entry_offset(table, high))
		return -ENOENT;
	while (high - low > 1) {
		uint64_t middle = low + (high - low) / 2;

		if (entry_offset(table, middle) <= offset)
			low = middle;
		else
			high = middle;
	}
	return gt_go_pclntab_func(table, low, out);
}

int32_t gt_go_pclntab_value(const struct gt_go_pclntab *table, const struct gt_go_func *func, uint32_t program,
			    uint64_t vaddr)
{
	const uint8_t *at, *end = table->programs.bytes + table->programs.size;
	uint32_t value = GT_GO_NO_VALUE, change, length;
	uint64_t pc = func->entry;

	/* Offset 0 means "no program". */
	if (!program || program >= table->programs.size)
		return GT_GO_NO_VALUE;
	for (at = table->programs.bytes + program; gt_go_uvarint(&at, end, &change);) {
		if (!change && pc != func->entry)
			break;
		value += -(change & 1) ^ (change >> 1);
		if (!gt_go_uvarint(&at, end, &length))
			break;
		pc += length;
		if (vaddr < pc)
			return (int32_t)value;
	}
	return GT_GO_NO_VALUE;
}

const char *gt_go_pclntab_name(const struct gt_go_pclntab *table, uint32_t offset)
{
	return offset < table->names.size ? (const char *)table->names.bytes + offset : NULL;
}

const char *gt_go_pclntab_file(const struct gt_go_pclntab *table, const struct gt_go_func *func, int32_t index)
{
	uint64_t slot = (uint64_t)func->unit + (uint32_t)index;
	uint32_t offset;

	if (index < 0 || slot >= table->units.size / 4)
		return NULL;
	offset = gt_go_u32(table->units.bytes + 4 * slot);
	return offset < table->files.size ? (const char *)table->files.bytes + offset : NULL;
}
