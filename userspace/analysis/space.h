/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Address spaces over time: which file stands behind an address of a process at a moment.
 *
 * The kernel tells when an executable mapping appears, never when one goes. So a space is a list of mappings in the
 * order they appeared, and the newest one that covers an address is the one that counts. A mapping that covers part of
 * an older one begins a new epoch: within one epoch an address means one thing, and joins may be cached under
 * (epoch id, address).
 *
 *	time ------->	exec	      dlopen		 dlclose, dlopen of another library at the same place
 *	mappings	[a.out][libc] [libx.so]		 [liby.so]  (covers libx.so)
 *	epochs		<---------- epoch 7 ------------><---- epoch 9 ----
 *
 * A mapping counts from the beginning of its epoch, not from its own moment: nothing else is known to have been there.
 * A forked process begins with its parent's mappings as of the fork; they are shared, not copied.
 */
#ifndef GT_ANALYSIS_SPACE_H
#define GT_ANALYSIS_SPACE_H

#include <stddef.h>
#include <stdint.h>

/* One executable mapping. [start, end) of the process is [pgoff, ...) of the file. */
struct gt_mapping {
	uint64_t from; /* TSC; 0 = was there before the recording */
	uint64_t start, end;
	uint64_t pgoff; /* bytes */
	uint32_t file;  /* whatever the caller numbers files by */
};

struct gt_epoch {
	uint64_t from, until; /* TSC, [from, until) */
	uint32_t id;          /* unique among all epochs of a gt_spaces */
};

struct gt_space {
	uint64_t mm; /* the kernel's id; 0 = existed at START and no event has named it yet */
	struct gt_mapping *mappings;
	size_t count, room;
	struct gt_epoch *epochs; /* at least one, back to back from 0 to UINT64_MAX */
	size_t nr_epochs, epochs_room;
	const struct gt_space *parent; /* forked from it ... */
	uint64_t forked;               /* ... at this TSC */
};

struct gt_spaces {
	struct gt_space **all;
	size_t count, room;
	uint32_t next_epoch;
};

void gt_spaces_free(struct gt_spaces *spaces);

/* A new space: empty, or (parent not NULL) with the mappings `parent` has at `tsc`. NULL = no memory. */
struct gt_space *gt_space_new(struct gt_spaces *spaces, uint64_t mm, const struct gt_space *parent, uint64_t tsc);

/*
 * A mapping appears at mapping->from; for one space calls come in the order of time. One that is there already in the
 * same shape changes nothing. Returns 0, -EINVAL (empty; runs past the end of file offsets; out of order) or -ENOMEM.
 */
int gt_space_map(struct gt_spaces *spaces, struct gt_space *space, const struct gt_mapping *mapping);

/* The epoch at `tsc`. Good until the next gt_space_map(). */
const struct gt_epoch *gt_space_epoch(const struct gt_space *space, uint64_t tsc);

/* What covers `addr` in that epoch; NULL = nothing known. */
const struct gt_mapping *gt_space_find(const struct gt_space *space, const struct gt_epoch *epoch, uint64_t addr);

#endif
