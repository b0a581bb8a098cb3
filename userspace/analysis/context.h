/* SPDX-License-Identifier: GPL-2.0 */
/* Who a thread is at a moment: its task, address space and Go program. Internal to userspace/analysis. */
#ifndef GT_ANALYSIS_CONTEXT_H
#define GT_ANALYSIS_CONTEXT_H

#include "analysis/join.h"
#include "analysis/tag.h"

/* What stays the same of one thread for `from` <= tsc < `until`. */
struct gt_context {
	uint64_t from, until;
	enum gt_class class;      /* GT_CLASS_NOT_GO: by the code; the two unknown ones are final */
	uint32_t task, tid, tgid; /* this and the rest as in struct gt_item */
	uint32_t program;
	uint32_t gap; /* of its goroutines, as gt_goroutines_gap() counts */
	const struct gt_space *space;
	const struct gt_epoch *epoch;
};

/* Works out who `tag` is at `tsc`, and how long that stays so: not beyond `until`. Returns 0 or -ENOMEM. */
int gt_context_find(struct gt_context *context, struct gt_join *join, const struct gt_tag *tag, uint64_t tsc,
		    uint64_t until);

/* gt_context_tell - the item is this thread's. */
static inline void gt_context_tell(const struct gt_context *context, struct gt_item *item)
{
	item->task = context->task;
	item->tid = context->tid;
	item->tgid = context->tgid;
	item->program = context->program;
	item->space = context->space;
	item->epoch = context->epoch;
}

#endif
