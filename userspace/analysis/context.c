// SPDX-License-Identifier: GPL-2.0
#include "analysis/context.h"

static void sooner(struct gt_context *context, uint64_t until)
{
	if (until < context->until)
		context->until = until;
}

static bool is_target(const struct gt_join *join, const struct gt_tag *tag)
{
	if (join->info->target == GTRACE_TARGET_ALL)
		return tag->tgid;
	return (int64_t)tag->tgid == join->info->target || gt_tasks_known(&join->tasks, tag->tgid);
}

int gt_context_find(struct gt_context *context, struct gt_join *join, const struct gt_tag *tag, uint64_t tsc,
		    uint64_t until)
{
	int64_t at;

	*context = (struct gt_context){.from = tsc, .until = until, .task = GT_NO_TASK};
	context->class = GT_CLASS_UNKNOWN_TASK;
	if (!tag->known)
		return 0;
	context->tid = tag->tid;
	context->tgid = tag->tgid;
	context->class = GT_CLASS_OTHER_TASK;
	if (!is_target(join, tag))
		return 0;
	context->class = GT_CLASS_NOT_GO;
	at = gt_tasks_at(&join->tasks, tag->tid, tag->tgid, tsc, &until);
	if (at < 0)
		return at;
	context->task = at;
	sooner(context, until);
	at = gt_tasks_process(&join->tasks, tag->tgid, tsc, &until);
	if (at < 0)
		return at;
	sooner(context, until);
	context->space = join->tasks.processes[at].space;
	context->epoch = gt_space_epoch(context->space, tsc);
	sooner(context, context->epoch->until);
	context->program = gt_goroutines_at(&join->goroutines, tag->tgid, tsc, &until);
	sooner(context, until);
	if (context->program) {
		context->gap = gt_goroutines_gap(&join->goroutines, context->program - 1, tsc, &until);
		sooner(context, until);
	}
	return 0;
}
