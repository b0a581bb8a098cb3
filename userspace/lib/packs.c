// SPDX-License-Identifier: GPL-2.0
#include "packs.h"

#include "format.h"

int gt_packs_init(struct gt_packs *packs, uint64_t fields, bool keep_branches)
{
	int err = gt_sample_pack_init(&packs->samples, fields, keep_branches);

	if (!err)
		err = gt_pack_init(&packs->switches, GT_NR_SWITCH_COLUMNS, GT_SWITCH_SEQUENTIAL);
	if (!err)
		err = gt_pack_init(&packs->wakes, GT_NR_WAKE_COLUMNS, GT_WAKE_SEQUENTIAL);
	if (!err)
		err = gt_pack_init(&packs->periods, GT_NR_PERIOD_COLUMNS, GT_PERIOD_SEQUENTIAL);
	if (!err)
		err = gt_hit_pack_init(&packs->hits);
	if (!err)
		err = gt_pack_init(&packs->goroutines, GT_GOROUTINE_COLUMNS, 1);
	if (!err)
		err = gt_pack_init(&packs->threads, GT_THREAD_COLUMNS, 1);
	if (err)
		gt_packs_fini(packs);
	return err;
}

void gt_packs_fini(struct gt_packs *packs)
{
	gt_pack_fini(&packs->threads);
	gt_pack_fini(&packs->goroutines);
	gt_hit_pack_fini(&packs->hits);
	gt_pack_fini(&packs->periods);
	gt_pack_fini(&packs->wakes);
	gt_pack_fini(&packs->switches);
	gt_sample_pack_fini(&packs->samples);
}

void gt_packs_reset_events(struct gt_packs *packs)
{
	gt_pack_reset(&packs->switches);
	gt_pack_reset(&packs->wakes);
	gt_pack_reset(&packs->periods);
	gt_hit_pack_reset(&packs->hits);
}

void gt_packs_reset_look(struct gt_packs *packs)
{
	gt_pack_reset(&packs->goroutines);
	gt_pack_reset(&packs->threads);
}
