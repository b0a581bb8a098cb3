/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Samples, and the stores they stand for, counted by what a report asks for.
 *
 *	samples --gt_counts_add()--> counts by (location, goroutine, task, CPU, class)	one hash look-up a sample
 *	counts	--gt_rows_build()--> rows by the text of the keys			once for each distinct count
 */
#ifndef GT_ANALYSIS_ROWS_H
#define GT_ANALYSIS_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/join.h"

enum gt_key {
	GT_KEY_GOROUTINE, /* the function it began with */
	GT_KEY_CREATOR,   /* the go statement that made it */
	GT_KEY_GOID,
	GT_KEY_FUNCTION, /* innermost, inlined or not */
	GT_KEY_LINE,     /* innermost, with the lines it is inlined into */
	GT_KEY_THREAD,
	GT_KEY_COMM,
	GT_KEY_PROCESS,
	GT_KEY_CPU,
	GT_KEY_OBJECT, /* file that has the code */
	GT_KEY_CLASS,
	GT_NR_KEYS,
};

/* By one of its names ("function", or perf's "sym"); GT_NR_KEYS = there is no such key. */
enum gt_key gt_key_named(const char *name, size_t bytes);
const char *gt_key_name(enum gt_key key);
/* Name and perf's name of each, for help: "function (sym)". */
const char *gt_key_names(enum gt_key key);

struct gt_count {
	uint64_t samples;
	uint64_t stores; /* that they stand for */
};

struct gt_counts {
	struct gt_hash index; /* what is counted together -> index into all + 1 */
	struct gt_count *all;
	size_t count, room;
	unsigned int keys;               /* bits 1 << enum gt_key that are asked for */
	uint64_t classes[GT_NR_CLASSES]; /* samples */
	struct gt_count sum;
	struct gt_hash made_alike; /* (start and go statement as locations) -> goroutine */
	uint32_t *alike;           /* goroutine -> the first made alike; 0 = not worked out */
	size_t alike_room;
};

void gt_counts_free(struct gt_counts *counts);

/* Counts a GT_ITEM_SAMPLE. Returns 0 or -ENOMEM. */
int gt_counts_add(struct gt_counts *counts, struct gt_join *join, const struct gt_item *item);

/* One line of a report. Fields that its keys do not ask for are those of no sample in particular. */
struct gt_row {
	uint32_t cells[GT_NR_KEYS]; /* string id of each asked key's text */
	uint64_t samples;
	uint64_t stores;  /* that they stand for */
	uint64_t certain; /* samples whose goroutine is certain */
	uint32_t location, goroutine, task, cpu;
	enum gt_class class;
};

struct gt_rows {
	struct gt_row *all; /* most stores first */
	size_t count, room;
	struct gt_count hidden; /* what `function` left out */
};

/* `function`: only code of functions, inlined ones too, that match this glob; NULL = all. 0 or -ENOMEM. */
int gt_rows_build(struct gt_rows *rows, struct gt_join *join, const struct gt_counts *counts, const enum gt_key *keys,
		  size_t nr_keys, const char *function);
void gt_rows_free(struct gt_rows *rows);

/* Whether a location's function or one of those it is inlined into matches a glob. */
bool gt_location_matches(const struct gt_join *join, uint32_t location, const char *function);

#endif
