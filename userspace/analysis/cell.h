/* SPDX-License-Identifier: GPL-2.0 */
/* What things are called in reports: functions, lines, goroutines, threads. Texts are not escaped. */
#ifndef GT_ANALYSIS_CELL_H
#define GT_ANALYSIS_CELL_H

#include "analysis/join.h"
#include "analysis/rows.h"

#define GT_CELL_BYTES 1024 /* longer texts are cut */

/* Each writes to `out`, GT_CELL_BYTES long, and returns it. */
const char *gt_cell_function(const struct gt_join *join, uint32_t location, char *out);
const char *gt_cell_line(const struct gt_join *join, uint32_t location, char *out);
const char *gt_cell_frame(const struct gt_join *join, uint32_t frame, char *out); /* "main.work (shop/main.go:31)" */
const char *gt_cell_object(const struct gt_join *join, uint32_t location, char *out);
const char *gt_cell_thread(const struct gt_join *join, uint32_t task, enum gt_class class, char *out);
const char *gt_cell_goroutine(struct gt_join *join, uint32_t goroutine, enum gt_class class, char *out);
const char *gt_cell_creator(struct gt_join *join, uint32_t goroutine, enum gt_class class, char *out);
const char *gt_cell_goid(const struct gt_join *join, uint32_t goroutine, enum gt_class class, char *out);

/* Locations of a goroutine's first function and of its go statement; -ENOENT, -ENOMEM. */
int64_t gt_cell_start(struct gt_join *join, uint32_t goroutine);
int64_t gt_cell_creator_site(struct gt_join *join, uint32_t goroutine);

/* The text of any key for a row. */
const char *gt_cell(struct gt_join *join, enum gt_key key, const struct gt_row *row, char *out);

#endif
