/* SPDX-License-Identifier: GPL-2.0 */
/* The table of a report. */
#ifndef GT_OUTPUT_ROWS_H
#define GT_OUTPUT_ROWS_H

#include "analysis/rows.h"
#include "output/json.h"
#include "output/terminal.h"

struct gt_table {
	const struct gt_rows *rows;
	const enum gt_key *keys;
	size_t nr_keys;
	uint64_t stores; /* that shares are of */
	uint64_t limit;  /* rows to print; 0 = all */
};

/* A head, the rows, and one for what the limit left out. */
void gt_table_text(const struct gt_terminal *to, struct gt_join *join, const struct gt_table *table);

/* An object a row: {"type":"row","samples":..,"share":..,"estimated_stores":..,KEYS}. */
void gt_table_json(struct gt_json *to, struct gt_join *join, const struct gt_table *table);

/* "function", "file", "line" and the functions it is inlined into, of a location; null when it has no name. */
void gt_json_location(struct gt_json *to, const struct gt_join *join, uint32_t location);

/* "goroutine" (its first function) and "creator" ({"function","file","line"} of its go statement); null = none. */
void gt_json_goroutine(struct gt_json *to, struct gt_join *join, uint32_t goroutine);
void gt_json_creator(struct gt_json *to, struct gt_join *join, uint32_t goroutine);

#endif
