/* SPDX-License-Identifier: GPL-2.0 */
/* One line, or one JSON object, for each sample; losses and gaps have lines of their own where they happened. */
#ifndef GT_OUTPUT_SAMPLE_H
#define GT_OUTPUT_SAMPLE_H

#include "analysis/join.h"
#include "output/json.h"
#include "output/terminal.h"

/* What `gtrace script -F` can name besides the columns of gt_field_name(): "r14", "source", "tsc" ... */
enum gt_show {
	GT_SHOW_COMM,
	GT_SHOW_TID,
	GT_SHOW_PID,
	GT_SHOW_CPU,
	GT_SHOW_TIME, /* CLOCK_MONOTONIC, seconds; the TSC when that is unknown */
	GT_SHOW_FUNCTION,
	GT_SHOW_LINE, /* with the lines it is inlined into */
	GT_SHOW_OBJECT,
	GT_SHOW_GOID,
	GT_SHOW_GOROUTINE,
	GT_SHOW_CREATOR,
	GT_SHOW_CLASS,
	GT_SHOW_BRANCHES,
	GT_SHOW_PERIOD, /* events that the sample stands for */
	GT_NR_SHOWS,
	GT_SHOW_COLUMN = 0x100, /* + enum gt_field */
};

/* One name of a -F list; -EINVAL = there is no such field. */
int gt_show_named(const char *name, size_t bytes);
/* Whether it needs names of code or goroutines. */
bool gt_show_needs_names(int show);

/* Parts of a line that events have too: comm and thread id; time; a branch stack, newest first. */
void gt_task_text(FILE *to, const char *comm, uint32_t tid);
void gt_time_text(FILE *to, struct gt_join *join, uint64_t tsc);
void gt_branches_text(FILE *to, const struct gtrace_pebs_branch *branches, uint32_t count);

/* Of samples, losses and gaps; events: output/event.h. */
void gt_sample_text(const struct gt_terminal *to, struct gt_join *join, const struct gt_item *item, const int *shows,
		    size_t nr_shows);

/* {"type":"sample","cpu":..,"tsc":..,"time_ns":..,"ip":"0x..",...}; without names when join->nameless. */
void gt_sample_json(struct gt_json *to, struct gt_join *join, const struct gt_item *item);

#endif
