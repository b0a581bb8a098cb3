/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The function table of a Go binary (runtime.pclntab; Go's runtime/symtab.go, cmd/link/internal/ld/pcln.go).
 * Internal to userspace/go.
 *
 *	pcHeader	magic, counts, offsets of the tables below
 *	funcnametab	NUL-terminated names
 *	cutab		u32 offsets into filetab, a run of them for each compilation unit
 *	filetab		NUL-terminated file names
 *	pctab		pc-value programs: varint pairs (change of value, length of code)
 *	ftab		{u32 entry - text, u32 offset of its _func}, sorted; then one entry that ends the text
 *	_func		name, pc-value programs for SP, file, line, PCDATA; FUNCDATA offsets
 *
 * 1.18 and 1.19 have _func of 40 bytes; 1.20 put startLine in: 44.
 */
#ifndef GT_GO_PCLNTAB_H
#define GT_GO_PCLNTAB_H

#include "image.h"

struct gt_go_pclntab {
	struct gt_go_span header;    /* from pcHeader to the end of the segment that holds it */
	struct gt_go_span names;     /* funcnametab, ends in NUL */
	struct gt_go_span units;     /* cutab */
	struct gt_go_span files;     /* filetab, ends in NUL */
	struct gt_go_span programs;  /* pctab */
	struct gt_go_span functions; /* ftab and the _funcs */
	uint64_t count;              /* functions */
	uint64_t text;               /* vaddr that the entries count from: runtime.text */
	bool is_118;                 /* layout of 1.18 and 1.19 */
};

/* What a _func says; offsets are not checked yet. */
struct gt_go_func {
	uint64_t entry;        /* vaddr */
	uint64_t end;          /* entry of the next function */
	uint32_t name;         /* in names */
	uint32_t sp_program;   /* in programs; bytes from SP to the return address */
	uint32_t file_program; /* in programs; values index the unit */
	uint32_t line_program;
	uint32_t unit;           /* index in units */
	uint32_t inline_program; /* PCDATA_InlTreeIndex; 0 = nothing is inlined */
	uint32_t inline_tree;    /* FUNCDATA_InlTree, from moduledata.gofunc; GT_GO_NO_OFFSET = none */
};

#define GT_GO_NO_OFFSET 0xffffffffu
#define GT_GO_NO_VALUE  (-1)

/* Reads a uvarint of at most 32 bits at *at, below `end`, and moves *at behind it. False: it does not end there. */
bool gt_go_uvarint(const uint8_t **at, const uint8_t *end, uint32_t *value);

/*
 * Reads a pcHeader at the beginning of `span` and sets header, count and is_118. The other tables are known when
 * moduledata is (moduledata.h). -ENODATA: not a pcHeader. -EOPNOTSUPP: one of Go 1.17 or older.
 */
int gt_go_pclntab_header(struct gt_go_pclntab *table, const struct gt_go_span *span);

/* Offset from the header of the table whose offset is the `index`th: names, units, files, programs, functions. */
uint64_t gt_go_pclntab_offset(const struct gt_go_pclntab *table, int index);

/* Checks the whole of ftab once all spans are set: sorted, every _func inside. -EBADMSG. */
int gt_go_pclntab_check(const struct gt_go_pclntab *table);

/* Function number `index` (below count). -EBADMSG. */
int gt_go_pclntab_func(const struct gt_go_pclntab *table, uint64_t index, struct gt_go_func *out);

/* The function with the code at `vaddr`. -ENOENT: none, -EBADMSG. */
int gt_go_pclntab_func_at(const struct gt_go_pclntab *table, uint64_t vaddr, struct gt_go_func *out);

/* The value of a program at `vaddr`; GT_GO_NO_VALUE where the program says nothing. */
int32_t gt_go_pclntab_value(const struct gt_go_pclntab *table, const struct gt_go_func *func, uint32_t program,
			    uint64_t vaddr);

/* Name at an offset of names; NULL when outside. */
const char *gt_go_pclntab_name(const struct gt_go_pclntab *table, uint32_t offset);

/* Name of file number `index` of the function's unit; NULL when there is none. */
const char *gt_go_pclntab_file(const struct gt_go_pclntab *table, const struct gt_go_func *func, int32_t index);

#endif
