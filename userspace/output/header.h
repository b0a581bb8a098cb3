/* SPDX-License-Identifier: GPL-2.0 */
/* What a recording is: printed above every report, so that a pasted report still says where it came from. */
#ifndef GT_OUTPUT_HEADER_H
#define GT_OUTPUT_HEADER_H

#include <stdbool.h>

#include "analysis/filter.h"
#include "analysis/join.h"
#include "output/json.h"
#include "output/terminal.h"

/* Lines that begin with '#'. */
void gt_header_text(const struct gt_terminal *to, struct gt_join *join);

/* How many of the samples a filter left; nothing without one. */
void gt_selection_text(const struct gt_terminal *to, const struct gt_join *join, const struct gt_filter *filter,
		       uint64_t samples);

/* One object, {"schema":1,"type":"header", ...}. */
void gt_header_json(struct gt_json *to, struct gt_join *join);

/* How many of the samples are of each class: {"type":"classes", ...}, or a line for each class that there is. */
void gt_classes_text(const struct gt_terminal *to, const uint64_t *classes);
void gt_classes_json(struct gt_json *to, const uint64_t *classes);

/* Files that gave no names although code of theirs was sampled, and why. */
void gt_problems_text(const struct gt_terminal *to, const struct gt_join *join);
void gt_problems_json(struct gt_json *to, const struct gt_join *join);

/*
 * What is wrong with the recording, one line each to `to` with `prefix` before it: damage, a recorder that was killed,
 * task tags that disagree, events dropped. Returns the number of lines.
 */
unsigned int gt_warnings(FILE *to, const char *prefix, const struct gt_join *join);

#endif
