/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The events of a slice once more, when it is dropped: unpacked, and in the order of time over all CPUs.
 *
 *	cpu 0  [ chunk ][ chunk ]		a chunk of each CPU is unpacked at a time, which bounds the memory
 *	cpu 1    [ chunk ]   [ chunk ]
 *
 * Hits come without their branches and frames, most of which nobody wants; of those that somebody does their places
 * tell where they are.
 */
#ifndef GT_CLI_REPLAY_H
#define GT_CLI_REPLAY_H

#include "lib/recording.h"
#include "slice.h"

/* Where an event of a slice is. */
struct gt_place {
	const struct gt_chunk_header *chunk; /* NULL = nowhere */
	uint32_t item;                       /* 0 = the first of the chunk */
};

/* 0 or -errno, which ends it. */
typedef int gt_replay_fn(void *to, uint32_t cpu, const struct gtrace_event *event, struct gt_place place);

/* gt_replay - `rec` is one of gt_recording_detached(). 0, -ENOMEM or what `fn` returned. */
int gt_replay(const struct gt_slice *slice, struct gt_recording *rec, gt_replay_fn *fn, void *to);

#endif
