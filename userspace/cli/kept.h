/* SPDX-License-Identifier: GPL-2.0 */
/* Chunks of a recording that stay in memory, each in a piece of its own: what is dropped is free at once. */
#ifndef GT_CLI_KEPT_H
#define GT_CLI_KEPT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/format.h"

struct gt_kept {
	struct gt_kept *next;
	struct gt_chunk_header chunk; /* its payload follows, padded */
};

/* Starts zeroed. */
struct gt_kept_list {
	struct gt_kept *first, *last;
	size_t bytes; /* of memory */
};

/* gt_chunk_size - of header, payload and padding. */
size_t gt_chunk_size(const struct gt_chunk_header *chunk);

/* gt_kept_add - a copy of `chunk`, behind the last. 0 or -ENOMEM. */
int gt_kept_add(struct gt_kept_list *list, const struct gt_chunk_header *chunk);

/* gt_kept_sift - drops those that `drop` says true of. */
void gt_kept_sift(struct gt_kept_list *list, bool (*drop)(const struct gt_chunk_header *chunk, void *to), void *to);

void gt_kept_free(struct gt_kept_list *list);

#endif
