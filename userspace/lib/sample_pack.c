// SPDX-License-Identifier: GPL-2.0
#include "sample_pack.h"

#include <errno.h>
#include <string.h>

static bool of_own_g(uint64_t fields)
{
	uint64_t needed = GT_FIELDS_OWN_G | GT_FIELD_BIT(GT_FIELD_ADDR) | GT_REG_BIT(GT_REG_R14);

	return (fields & needed) == needed && (fields & GT_FIELDS_REGS) != GT_FIELDS_REGS;
}

static bool in_own_g(const struct gt_sample *sample)
{
	return sample->addr - sample->regs[GT_REG_R14] < GT_OWN_G_BYTES;
}

int gt_sample_pack_init(struct gt_sample_pack *pack, uint64_t fields, bool keep_branches)
{
	uint64_t needed = GT_FIELD_BIT(GT_FIELD_TSC) | GT_FIELD_BIT(GT_FIELD_IP);
	unsigned int n = 0;

	memset(pack, 0, sizeof(*pack));
	if ((fields & needed) != needed || fields >> GT_NR_FIELDS)
		return -EINVAL;
	_Static_assert(GT_FIELD_TSC == 0 && GT_FIELD_IP == 1, "the sequential columns of a row come first");
	_Static_assert(GT_REG_CX == GT_REG_BX + 1, "one column says where both are");
	for (unsigned int field = 0; field < GT_NR_FIELDS; field++) {
		if (field == GT_FIELD_REGS + GT_REG_BX && of_own_g(fields))
			pack->own_g = n;
		if (fields & GT_FIELD_BIT(field))
			pack->column[n++] = field;
	}
	pack->dense = pack->column[n - 1] == n - 1;
	pack->fields = fields;
	pack->keep_branches = keep_branches;
	return gt_pack_init(&pack->rows, n, 2);
}

void gt_sample_pack_fini(struct gt_sample_pack *pack)
{
	gt_pack_fini(&pack->rows);
}

void gt_sample_pack_reset(struct gt_sample_pack *pack)
{
	gt_pack_reset(&pack->rows);
	gt_branch_pack_reset(&pack->branches);
}

uint8_t *gt_sample_pack(struct gt_sample_pack *pack, const struct gt_sample *sample, uint8_t *out)
{
	uint64_t kept[GT_NR_FIELDS];
	const uint64_t *row = sample->column;

	if (!pack->dense) {
		for (unsigned int i = 0; i < pack->rows.nr_columns; i++)
			kept[i] = sample->column[pack->column[i]];
		if (pack->own_g && !in_own_g(sample))
			kept[pack->own_g] = kept[pack->own_g + 1] = 0;
		row = kept;
	}
	out = gt_pack_row(&pack->rows, row, out);
	if (pack->keep_branches)
		out = gt_branch_pack(&pack->branches, sample->ip, sample->branches, sample->nr_branches, out);
	return out;
}

const uint8_t *gt_sample_unpack(struct gt_sample_pack *pack, const uint8_t *in, struct gt_sample *sample)
{
	const uint64_t *row;

	in = gt_unpack_row(&pack->rows, in, &row);
	if (!in)
		return NULL;
	if (pack->dense)
		memcpy(sample->column, row, pack->rows.nr_columns * sizeof(*row));
	else
		for (unsigned int i = 0; i < pack->rows.nr_columns; i++)
			sample->column[pack->column[i]] = row[i];
	sample->fields = pack->fields;
	if (pack->own_g && !in_own_g(sample))
		sample->fields &= ~GT_FIELDS_OWN_G;
	sample->branches = NULL;
	sample->nr_branches = 0;
	if (pack->keep_branches) {
		in = gt_branch_unpack(&pack->branches, sample->ip, in, pack->stack, &sample->nr_branches);
		sample->branches = pack->stack;
	}
	return in;
}
