// SPDX-License-Identifier: GPL-2.0
#include "hit_pack.h"

#include <string.h>

#include "format.h"

int gt_hit_pack_init(struct gt_hit_pack *pack)
{
	memset(pack, 0, sizeof(*pack));
	return gt_pack_init(&pack->rows, GT_NR_HIT_COLUMNS, GT_HIT_SEQUENTIAL);
}

void gt_hit_pack_fini(struct gt_hit_pack *pack)
{
	gt_pack_fini(&pack->rows);
}

void gt_hit_pack_reset(struct gt_hit_pack *pack)
{
	gt_pack_reset(&pack->rows);
	gt_branch_pack_reset(&pack->branches);
	gt_frame_pack_reset(&pack->frames);
}

/* Places that block are few, goroutines many: what lies behind a probe depends on both. */
static uint64_t seed(const struct gtrace_event_hit *hit)
{
	return gt_hit_value(hit, 0) + hit->ip;
}

uint8_t *gt_hit_pack(struct gt_hit_pack *pack, const struct gtrace_event_hit *hit, uint8_t *out)
{
	uint64_t row[GT_NR_HIT_COLUMNS] = {
		[GT_HIT_COL_TSC] = hit->head.tsc,
		[GT_HIT_COL_KEY] = gt_hit_value(hit, 0) + hit->id,
		[GT_HIT_COL_ID] = hit->id,
		[GT_HIT_COL_TID] = hit->tid,
		[GT_HIT_COL_TGID] = hit->tgid,
		[GT_HIT_COL_FLAGS] = hit->head.flags,
		[GT_HIT_COL_SHAPE] = hit->missing | (uint64_t)hit->nr_values << 16,
		[GT_HIT_COL_IP] = hit->ip,
		[GT_HIT_COL_SP] = hit->sp,
	};

	for (unsigned int i = 1; i < hit->nr_values; i++)
		row[GT_HIT_COL_VALUES + i - 1] = hit->values[i];
	out = gt_pack_row(&pack->rows, row, out);
	out = gt_branch_pack(&pack->branches, hit->ip, gt_hit_branches(hit), hit->nr_branches, out);
	return gt_frame_pack(&pack->frames, seed(hit), gt_hit_frames(hit), hit->nr_frames, out);
}

/* All but the branches and the frames. */
static const uint8_t *unpack_row(struct gt_hit_pack *pack, const uint8_t *in, struct gtrace_event_hit *hit)
{
	unsigned int nr_values;
	const uint64_t *row;

	in = gt_unpack_row(&pack->rows, in, &row);
	if (!in)
		return NULL;
	nr_values = row[GT_HIT_COL_SHAPE] >> 16 & 0xff;
	if (nr_values > GTRACE_FETCHES_MAX)
		return NULL;
	*hit = (struct gtrace_event_hit){
		.head = {.type = GTRACE_EVENT_HIT, .flags = row[GT_HIT_COL_FLAGS], .tsc = row[GT_HIT_COL_TSC]},
		.id = row[GT_HIT_COL_ID],
		.tid = row[GT_HIT_COL_TID],
		.tgid = row[GT_HIT_COL_TGID],
		.missing = row[GT_HIT_COL_SHAPE],
		.nr_values = nr_values,
		.ip = row[GT_HIT_COL_IP],
		.sp = row[GT_HIT_COL_SP],
	};
	if (nr_values)
		hit->values[0] = row[GT_HIT_COL_KEY] - hit->id;
	for (unsigned int i = 1; i < nr_values; i++)
		hit->values[i] = row[GT_HIT_COL_VALUES + i - 1];
	hit->head.size = gt_hit_bytes(nr_values, 0, 0);
	return in;
}

const uint8_t *gt_hit_skim(struct gt_hit_pack *pack, const uint8_t *in, struct gtrace_event_hit *hit)
{
	in = unpack_row(pack, in, hit);
	return in ? gt_frame_skip(gt_branch_skip(in)) : NULL;
}

const uint8_t *gt_hit_unpack(struct gt_hit_pack *pack, const uint8_t *in, struct gtrace_event_hit *hit)
{
	unsigned int nr_branches, nr_frames;

	in = unpack_row(pack, in, hit);
	if (!in)
		return NULL;
	in = gt_branch_unpack(&pack->branches, hit->ip, in, (struct gtrace_pebs_branch *)gt_hit_branches(hit),
			      &nr_branches);
	if (!in)
		return NULL;
	hit->nr_branches = nr_branches;
	in = gt_frame_unpack(&pack->frames, seed(hit), in, (__u64 *)gt_hit_frames(hit), &nr_frames);
	if (!in)
		return NULL;
	hit->nr_frames = nr_frames;
	hit->head.size = gt_hit_bytes(hit->nr_values, nr_branches, nr_frames);
	return in;
}
