// SPDX-License-Identifier: GPL-2.0
#include "sample.h"

#include <errno.h>
#include <string.h>

#define FIELDS_BASIC (GT_FIELD_BIT(GT_FIELD_TSC) | GT_FIELD_BIT(GT_FIELD_IP) | GT_FIELD_BIT(GT_FIELD_COUNTERS))
#define FIELDS_MEM   (GT_FIELD_BIT(GT_FIELD_ADDR) | GT_FIELD_BIT(GT_FIELD_SOURCE) | GT_FIELD_BIT(GT_FIELD_LATENCY))
#define FIELDS_GPR   (GT_FIELD_BIT(GT_FIELD_FLAGS) | GT_FIELD_BIT(GT_FIELD_NEXT_IP) | GT_FIELDS_REGS)

#define DATA_KNOWN (GTRACE_DATA_MEM | GTRACE_DATA_GPR | GTRACE_DATA_XMM | GTRACE_DATA_LBR)

static int init_fixed(struct gt_decoder *decoder)
{
	if (decoder->data & (GTRACE_DATA_XMM | GTRACE_DATA_LBR))
		return -EPROTO;
	if (decoder->record_size != sizeof(struct gtrace_pebs_fixed))
		return -EPROTO;
	decoder->lbr_depth = 0;
	decoder->fields = FIELDS_BASIC | FIELDS_MEM | FIELDS_GPR;
	return 0;
}

static int init_adaptive(struct gt_decoder *decoder)
{
	uint32_t size = sizeof(struct gtrace_pebs_basic);

	decoder->fields = FIELDS_BASIC;
	if (decoder->data & GTRACE_DATA_MEM) {
		size += sizeof(struct gtrace_pebs_mem);
		decoder->fields |= FIELDS_MEM;
	}
	if (decoder->data & GTRACE_DATA_GPR) {
		size += sizeof(struct gtrace_pebs_gpr);
		decoder->fields |= FIELDS_GPR;
	}
	if (decoder->data & GTRACE_DATA_XMM) {
		size += sizeof(struct gtrace_pebs_xmm);
		decoder->fields |= GT_FIELDS_XMM;
	}
	if (decoder->data & GTRACE_DATA_LBR) {
		if (!decoder->lbr_depth || decoder->lbr_depth > GT_MAX_BRANCHES)
			return -EPROTO;
		size += decoder->lbr_depth * sizeof(struct gtrace_pebs_branch);
	} else {
		decoder->lbr_depth = 0;
	}
	return decoder->record_size == size ? 0 : -EPROTO;
}

int gt_decoder_init(struct gt_decoder *decoder, uint32_t pebs_format, uint32_t data, uint32_t lbr_depth,
		    uint32_t record_size)
{
	*decoder = (struct gt_decoder){
		.format = pebs_format,
		.data = data,
		.record_size = record_size,
		.lbr_depth = lbr_depth,
	};
	if (data & ~DATA_KNOWN)
		return -EPROTO;
	switch (pebs_format) {
	case 3:
		return init_fixed(decoder);
	case 4:
		return init_adaptive(decoder);
	}
	return -EOPNOTSUPP;
}

/* SDM vol. 3B, table "PEBS record format": ax bx cx dx si di bp sp r8..r15 happens to be the order of enum gt_reg. */
static void decode_fixed(const struct gtrace_pebs_fixed *r, struct gt_sample *s)
{
	s->tsc = r->tsc;
	s->ip = r->real_ip;
	s->addr = r->addr;
	s->source = r->source;
	s->latency = r->latency;
	s->counters = r->status;
	s->flags = r->flags;
	s->next_ip = r->ip;
	memcpy(s->regs, &r->ax, sizeof(s->regs));
}

static void decode_gpr(const struct gtrace_pebs_gpr *g, struct gt_sample *s)
{
	s->flags = g->flags;
	s->next_ip = g->ip;
	s->regs[GT_REG_AX] = g->ax;
	s->regs[GT_REG_CX] = g->cx;
	s->regs[GT_REG_DX] = g->dx;
	s->regs[GT_REG_BX] = g->bx;
	s->regs[GT_REG_SP] = g->sp;
	s->regs[GT_REG_BP] = g->bp;
	s->regs[GT_REG_SI] = g->si;
	s->regs[GT_REG_DI] = g->di;
	memcpy(&s->regs[GT_REG_R8], &g->r8, 8 * sizeof(uint64_t));
}

static int decode_adaptive(const struct gt_decoder *decoder, const void *record, struct gt_sample *s)
{
	const struct gtrace_pebs_basic *basic = record;
	const unsigned char *p = record;

	/* The group bits and the LBR count share the word with the configuration: only the groups must match. */
	if (basic->format_size != decoder->record_size || (basic->format_group & DATA_KNOWN) != decoder->data)
		return -EBADMSG;
	s->ip = basic->ip;
	s->counters = basic->counters;
	s->tsc = basic->tsc;
	p += sizeof(*basic);
	if (decoder->data & GTRACE_DATA_MEM) {
		const struct gtrace_pebs_mem *mem = (const void *)p;

		s->addr = mem->addr;
		s->source = mem->source;
		s->latency = mem->latency;
		p += sizeof(*mem);
	}
	if (decoder->data & GTRACE_DATA_GPR) {
		decode_gpr((const void *)p, s);
		p += sizeof(struct gtrace_pebs_gpr);
	}
	if (decoder->data & GTRACE_DATA_XMM) {
		memcpy(s->xmm, p, sizeof(s->xmm));
		p += sizeof(s->xmm);
	}
	if (decoder->data & GTRACE_DATA_LBR) {
		s->branches = (const void *)p;
		s->nr_branches = decoder->lbr_depth;
	}
	return 0;
}

int gt_decode(const struct gt_decoder *decoder, const void *record, struct gt_sample *sample)
{
	sample->fields = decoder->fields;
	sample->branches = NULL;
	sample->nr_branches = 0;
	if (decoder->format == 4)
		return decode_adaptive(decoder, record, sample);
	decode_fixed(record, sample);
	return 0;
}

uint64_t gt_decoder_tsc(const struct gt_decoder *decoder, const void *record)
{
	const struct gtrace_pebs_fixed *fixed = record;
	const struct gtrace_pebs_basic *adaptive = record;

	return decoder->format == 4 ? adaptive->tsc : fixed->tsc;
}

const char *gt_field_name(unsigned int field)
{
	static const char *const names[GT_NR_FIELDS] = {
		"tsc",   "ip",       "addr",  "source",   "latency", "counters", "flags", "next_ip",
		"ax",    "bx",       "cx",    "dx",       "si",      "di",       "bp",    "sp",
		"r8",    "r9",       "r10",   "r11",      "r12",     "r13",      "r14",   "r15",
		"xmm0",  "xmm0.hi",  "xmm1",  "xmm1.hi",  "xmm2",    "xmm2.hi",  "xmm3",  "xmm3.hi",
		"xmm4",  "xmm4.hi",  "xmm5",  "xmm5.hi",  "xmm6",    "xmm6.hi",  "xmm7",  "xmm7.hi",
		"xmm8",  "xmm8.hi",  "xmm9",  "xmm9.hi",  "xmm10",   "xmm10.hi", "xmm11", "xmm11.hi",
		"xmm12", "xmm12.hi", "xmm13", "xmm13.hi", "xmm14",   "xmm14.hi", "xmm15", "xmm15.hi",
	};

	return field < GT_NR_FIELDS ? names[field] : NULL;
}
