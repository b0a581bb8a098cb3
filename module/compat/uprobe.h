/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Uprobes, of which there are three generations:
 *
 *	.. 6.11	registered by inode and offset; the filter is told why it is asked
 *	6.12	registering gives a handle; unregistering has two steps; the filter is told no more
 *	6.13 ..	the handler has a third argument
 */
#ifndef _GTRACE_COMPAT_UPROBE_H
#define _GTRACE_COMPAT_UPROBE_H

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/uprobes.h>

struct gt_uprobe {
	struct uprobe_consumer consumer;
#ifdef GT_HAVE_UPROBE_HANDLE
	struct uprobe *handle;
#endif
};

#ifdef GT_HAVE_UPROBE_DATA
#define GT_UPROBE_HANDLER(name)	\
	int name(struct uprobe_consumer *consumer, struct pt_regs *regs, __u64 *data)
#else
#define GT_UPROBE_HANDLER(name)	\
	int name(struct uprobe_consumer *consumer, struct pt_regs *regs)
#endif

#ifdef GT_HAVE_UPROBE_FILTER_CTX
#define GT_UPROBE_FILTER(name)	\
	bool name(struct uprobe_consumer *consumer, enum uprobe_filter_ctx ctx, struct mm_struct *mm)
#else
#define GT_UPROBE_FILTER(name)	\
	bool name(struct uprobe_consumer *consumer, struct mm_struct *mm)
#endif

/* Plants the breakpoint in every address space that the filter admits. The caller holds the inode. May sleep. */
static inline int gt_uprobe_register(struct gt_uprobe *u, struct inode *inode, loff_t offset)
{
#ifdef GT_HAVE_UPROBE_HANDLE
	u->handle = uprobe_register(inode, offset, 0, &u->consumer);
	return PTR_ERR_OR_ZERO(u->handle);
#else
	return uprobe_register(inode, offset, &u->consumer);
#endif
}

/* On return the breakpoint is out of every address space. May sleep. */
static inline void gt_uprobe_unregister(struct gt_uprobe *u, struct inode *inode, loff_t offset)
{
#ifdef GT_HAVE_UPROBE_HANDLE
	uprobe_unregister_nosync(u->handle, &u->consumer);
#else
	uprobe_unregister(inode, offset, &u->consumer);
#endif
}

/* On return no handler of those that were unregistered runs any more. May sleep. */
static inline void gt_uprobe_sync(void)
{
#ifdef GT_HAVE_UPROBE_HANDLE
	uprobe_unregister_sync();
#endif
}

#endif
