// SPDX-License-Identifier: GPL-2.0
#include "stale.h"

#include <string.h>

#include "lib/recording.h"

struct moment {
	const struct gt_kept_list *list;
	const struct gt_census *census;
	uint64_t from; /* TSC */
};

static struct gt_look_record look_of(const struct gt_chunk_header *chunk)
{
	struct gt_look_record look;

	memcpy(&look, chunk + 1, sizeof(look));
	return look;
}

static bool is_stale_look(const struct gt_chunk_header *chunk, void *to)
{
	const struct gt_look_record look = look_of(chunk);
	const struct moment *moment = to;

	if (look.tsc_end >= moment->from)
		return false;
	if (!gt_census_lives(moment->census, look.tgid))
		return true;
	for (const struct gt_kept *kept = moment->list->first; kept; kept = kept->next) {
		struct gt_look_record other = look_of(&kept->chunk);

		if (other.tgid == look.tgid && other.flags & GT_LOOK_COMPLETE && look.tsc_end < other.tsc_end &&
		    other.tsc_end < moment->from)
			return true;
	}
	return false;
}

void gt_stale_looks(struct gt_kept_list *looks, const struct gt_census *census, uint64_t from)
{
	struct moment moment = {looks, census, from};

	gt_kept_sift(looks, is_stale_look, &moment);
}

/* The chunk's items, one behind the other: until one is not stale. */
static bool is_stale_program(const struct gt_chunk_header *chunk, void *to)
{
	const uint8_t *at = (const void *)(chunk + 1), *end = at + chunk->bytes;
	const struct moment *moment = to;

	while (at < end) {
		struct gt_probes_record probes;
		struct gt_go_record go;

		if (chunk->type == GT_CHUNK_GO) {
			memcpy(&go, at, sizeof(go));
			if (go.tsc >= moment->from || gt_census_lives(moment->census, go.tgid))
				return false;
			at += sizeof(go) + go.version_bytes + go.path_bytes;
		} else if (chunk->type == GT_CHUNK_PROBES) {
			memcpy(&probes, at, sizeof(probes));
			if (probes.tsc >= moment->from || gt_census_lives(moment->census, probes.tgid))
				return false;
			at += sizeof(probes) + probes.string_bytes;
		} else {
			return false;
		}
	}
	return true;
}

void gt_stale_programs(struct gt_kept_list *chunks, const struct gt_census *census, uint64_t from)
{
	struct moment moment = {chunks, census, from};

	gt_kept_sift(chunks, is_stale_program, &moment);
}
