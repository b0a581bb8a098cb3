// SPDX-License-Identifier: GPL-2.0
#include "kept.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What malloc(3) adds to a piece. */
#define PIECE_BYTES (2 * sizeof(void *))

static size_t cost(const struct gt_chunk_header *chunk)
{
	return offsetof(struct gt_kept, chunk) + gt_chunk_size(chunk) + PIECE_BYTES;
}

size_t gt_chunk_size(const struct gt_chunk_header *chunk)
{
	return sizeof(*chunk) + (chunk->bytes + GT_CHUNK_ALIGN - 1) / GT_CHUNK_ALIGN * GT_CHUNK_ALIGN;
}

int gt_kept_add(struct gt_kept_list *list, const struct gt_chunk_header *chunk)
{
	struct gt_kept *kept = malloc(offsetof(struct gt_kept, chunk) + gt_chunk_size(chunk));

	if (!kept)
		return -ENOMEM;
	kept->next = NULL;
	memcpy(&kept->chunk, chunk, gt_chunk_size(chunk));
	if (list->last)
		list->last->next = kept;
	else
		list->first = kept;
	list->last = kept;
	list->bytes += cost(chunk);
	return 0;
}

void gt_kept_sift(struct gt_kept_list *list, bool (*drop)(const struct gt_chunk_header *chunk, void *to), void *to)
{
	struct gt_kept **link = &list->first, *kept;

	list->last = NULL;
	while ((kept = *link)) {
		if (!drop(&kept->chunk, to)) {
			list->last = kept;
			link = &kept->next;
			continue;
		}
		*link = kept->next;
		list->bytes -= cost(&kept->chunk);
		free(kept);
	}
}

void gt_kept_free(struct gt_kept_list *list)
{
	struct gt_kept *next;

	for (; list->first; list->first = next) {
		next = list->first->next;
		free(list->first);
	}
	*list = (struct gt_kept_list){0};
}
