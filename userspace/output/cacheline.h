/* SPDX-License-Identifier: GPL-2.0 */
/* Shared cache lines, each with its verdict and the evidence for and against it. */
#ifndef GT_OUTPUT_CACHELINE_H
#define GT_OUTPUT_CACHELINE_H

#include "analysis/cacheline.h"
#include "output/json.h"
#include "output/terminal.h"

/* The first `limit` shared lines; 0 = all, handed over ones too. */
void gt_cachelines_text(const struct gt_terminal *to, struct gt_join *join, const struct gt_cachelines *lines,
			uint64_t limit);

/* An object a line: {"type":"cacheline", ..., "sites":[...]}; one of all: {"type":"cachelines", ...}. */
void gt_cachelines_json(struct gt_json *to, struct gt_join *join, const struct gt_cachelines *lines, uint64_t limit);

#endif
