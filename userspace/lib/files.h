/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Identity of the files that targets map, taken while they are mapped: a reader that finds another file at the path
 * later knows it.
 */
#ifndef GT_LIB_FILES_H
#define GT_LIB_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "recording.h"

/* gt_file_identify - fill all but `path` from the file at `path`. -errno of open(2); to be no ELF file is no error. */
int gt_file_identify(const char *path, struct gt_file *file);

/* struct gt_file_set - which files were seen already. Starts zeroed. */
struct gt_file_set {
	uint64_t *keys;    /* hash of device, inode and path; 0 = free */
	size_t used, room; /* room is 0 or a power of two */
};

/* gt_file_set_add - 1 the mapping's file is new, 0 it was seen, -ENOMEM. */
int gt_file_set_add(struct gt_file_set *set, const struct gtrace_event_map *map);
void gt_file_set_free(struct gt_file_set *set);

#endif
