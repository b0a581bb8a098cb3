/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One sample, whatever hardware format it came in.
 *
 * A PEBS record of any format is decoded into struct gt_sample; everything above this header knows no other shape.
 */
#ifndef GT_LIB_SAMPLE_H
#define GT_LIB_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

#include <uapi/gtrace.h>

/* General registers in the order of perf's register masks (PERF_REG_X86_*), not in either hardware order. */
enum gt_reg {
	GT_REG_AX,
	GT_REG_BX,
	GT_REG_CX,
	GT_REG_DX,
	GT_REG_SI,
	GT_REG_DI,
	GT_REG_BP,
	GT_REG_SP,
	GT_REG_R8,
	GT_REG_R9,
	GT_REG_R10,
	GT_REG_R11,
	GT_REG_R12,
	GT_REG_R13,
	GT_REG_R14,
	GT_REG_R15,
	GT_NR_REGS,
};

/*
 * A field is one 64-bit column of a sample; the number is its index in gt_sample.column and its bit in a field mask
 * (GT_FIELD_BIT). The numbers are part of the gtrace.data format.
 */
enum gt_field {
	GT_FIELD_TSC,      /* raw TSC of the CPU when the record was written */
	GT_FIELD_IP,       /* eventing IP: the address of the instruction that stored */
	GT_FIELD_ADDR,     /* data linear address */
	GT_FIELD_SOURCE,   /* data source word of the record; stores: GT_SOURCE_* */
	GT_FIELD_LATENCY,  /* latency word of the record; 0 for stores before Golden Cove */
	GT_FIELD_COUNTERS, /* bit n: counter n overflowed for this record */
	GT_FIELD_FLAGS,    /* RFLAGS after the instruction */
	GT_FIELD_NEXT_IP,  /* RIP after the instruction */
	GT_FIELD_REGS,     /* first of GT_NR_REGS: GT_FIELD_REGS + GT_REG_R14 is r14 after the instruction */
	GT_FIELD_XMM = GT_FIELD_REGS + GT_NR_REGS, /* first of GT_NR_XMM: the two halves of xmm0, low first, ... */
};

#define GT_NR_XMM    32
#define GT_NR_FIELDS (GT_FIELD_XMM + GT_NR_XMM)

#define GT_FIELD_BIT(field) (1ull << (field))
#define GT_REG_BIT(reg)     GT_FIELD_BIT(GT_FIELD_REGS + (reg))
#define GT_FIELDS_REGS      ((uint64_t)((1u << GT_NR_REGS) - 1) << GT_FIELD_REGS)
#define GT_FIELDS_XMM       ((uint64_t)0xffffffffu << GT_FIELD_XMM)
/* Kept, unless all registers are, of stores into the runtime.g that R14 points to alone: why a goroutine parks. */
#define GT_FIELDS_OWN_G (GT_REG_BIT(GT_REG_BX) | GT_REG_BIT(GT_REG_CX))
/* What a recording keeps unless more is asked for: who stored where, and the two registers that name a goroutine. */
#define GT_FIELDS_DEFAULT                                                                       \
	(GT_FIELD_BIT(GT_FIELD_TSC) | GT_FIELD_BIT(GT_FIELD_IP) | GT_FIELD_BIT(GT_FIELD_ADDR) | \
	 GT_FIELD_BIT(GT_FIELD_SOURCE) | GT_REG_BIT(GT_REG_SP) | GT_REG_BIT(GT_REG_R14) | GT_FIELDS_OWN_G)

/* Bytes from a g's beginning that count as it: 1.18 to 1.27 have 392 to 456. */
#define GT_OWN_G_BYTES 512

/* Bits of GT_FIELD_SOURCE for stores (SDM vol. 3B, "data source encoding" of precise stores). */
#define GT_SOURCE_L1D_HIT   (1u << 0)
#define GT_SOURCE_STLB_MISS (1u << 4)
#define GT_SOURCE_LOCKED    (1u << 5)

#define GT_MAX_BRANCHES 32

struct gt_sample {
	union {
		struct {
			uint64_t tsc, ip, addr, source, latency, counters, flags, next_ip;
			uint64_t regs[GT_NR_REGS]; /* by enum gt_reg */
			uint64_t xmm[GT_NR_XMM];
		};
		uint64_t column[GT_NR_FIELDS]; /* by enum gt_field */
	};
	uint64_t fields; /* GT_FIELD_BIT()s that are known; every other column is unspecified */
	uint32_t cpu;
	uint32_t nr_branches;                      /* 0 = none recorded */
	const struct gtrace_pebs_branch *branches; /* newest first; valid until the next sample is read */
};

/*
 * struct gt_decoder - how the records of one session are laid out. Set up once, then read-only.
 */
struct gt_decoder {
	uint32_t format;      /* PEBS format, 3 or 4 */
	uint32_t data;        /* GTRACE_DATA_* the records carry */
	uint32_t record_size; /* bytes */
	uint32_t lbr_depth;   /* branches a record carries, 0 without GTRACE_DATA_LBR */
	uint64_t fields;      /* what a record of this layout can tell */
};

/*
 * gt_decoder_init - derive the layout from what the module said.
 * Returns 0, -EOPNOTSUPP for a format this reader does not know, -EPROTO when record_size is not what the format and
 * `data` add up to (a module and a reader that disagree must not go on).
 */
int gt_decoder_init(struct gt_decoder *decoder, uint32_t pebs_format, uint32_t data, uint32_t lbr_depth,
		    uint32_t record_size);

/*
 * gt_decode - turn one hardware record (decoder->record_size bytes, 8-byte aligned) into `sample`. `branches` points
 * into the record. The caller sets `cpu`. Returns 0 or -EBADMSG: an adaptive record whose own header contradicts the
 * session's layout.
 */
int gt_decode(const struct gt_decoder *decoder, const void *record, struct gt_sample *sample);

/* gt_decoder_tsc - the time stamp of such a record alone. */
uint64_t gt_decoder_tsc(const struct gt_decoder *decoder, const void *record);

/* Lower-case name of a register ("ax", "r14") or a field ("tsc", "addr", "r14", "xmm3.hi"); NULL when out of range. */
const char *gt_field_name(unsigned int field);

#endif
