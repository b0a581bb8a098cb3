/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interned strings: equal text has equal id, so that rows of a report are joined and compared as numbers. Texts live
 * until gt_strings_free and never move.
 */
#ifndef GT_ANALYSIS_STRINGS_H
#define GT_ANALYSIS_STRINGS_H

#include "analysis/hash.h"

struct gt_strings {
	struct gt_hash ids; /* (hash of the text, n-th text of that hash) -> id + 1 */
	char **texts;
	size_t count, room;
};

void gt_strings_free(struct gt_strings *strings);

/* The id of `text`, at least 0, or -ENOMEM. Ids count up from 0; the first string ever interned has id 0. */
int64_t gt_strings_id(struct gt_strings *strings, const char *text);

const char *gt_strings_text(const struct gt_strings *strings, uint32_t id);

#endif
