/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One probe: a place in a file, what to record there, and the uprobe that plants the breakpoint.
 */
#ifndef _GTRACE_PROBE_H
#define _GTRACE_PROBE_H

#include <linux/path.h>

#include "compat/uprobe.h"
#include "recipe.h"

struct gt_session;

struct gt_probe {
	struct gt_uprobe uprobe;
	struct gt_session *session;
	struct path path;		/* keeps the inode, as uprobes wants it */
	struct inode *inode;
	loff_t offset;
	struct gt_recipe recipe;
};

/*
 * Checks the file and what is there, which completes the recipe; says in dmesg what is wrong. ERR_PTR as in the
 * contract. May sleep.
 */
struct gt_probe *gt_probe_make(struct gt_session *session, const struct gtrace_probe *want, struct gt_recipe *recipe);

/* Not planted, and nobody knows of it any more. */
void gt_probe_free(struct gt_probe *probe);

/*
 * Puts the breakpoint into the targets, now and as they map the file; takes it out of all. Hits may be under way until
 * gt_uprobe_sync(). May sleep.
 */
int gt_probe_plant(struct gt_probe *probe);
void gt_probe_pull(struct gt_probe *probe);

#endif
