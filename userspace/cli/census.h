/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who lives at one moment: threads, their processes and what those have mapped, kept up from the events that tell of
 * each change. A dump of the flight recorder begins with it: what it was made from is long dropped.
 */
#ifndef GT_CLI_CENSUS_H
#define GT_CLI_CENSUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/proc.h"

/* The mappings of one address space. */
struct gt_census_space {
	uint64_t mm; /* 0 = not told yet */
	struct gt_events maps;
};

struct gt_census_process {
	uint32_t tgid;
	struct gt_census_space now;
	struct gt_census_space next; /* of the program that it is about to execute: its mappings come before EXEC */
};

struct gt_census_task {
	uint32_t tid, tgid;
	char comm[16];
};

/* Starts zeroed. */
struct gt_census {
	struct gt_census_process *processes;
	size_t nr_processes, processes_room;
	struct gt_census_task *tasks;
	size_t nr_tasks, tasks_room;
};

/* gt_census_event - FORK, EXEC, EXIT, MAP in the order of time; others change nothing. 0 or -ENOMEM. */
int gt_census_event(struct gt_census *census, const struct gtrace_event *event);

/* gt_census_write - appends the FORK and MAP events of a MAPS chunk, all with `tsc`. 0 or -ENOMEM. */
int gt_census_write(const struct gt_census *census, uint64_t tsc, struct gt_events *out);

/* gt_census_lives - whether there is such a process. */
bool gt_census_lives(const struct gt_census *census, uint32_t tgid);

void gt_census_free(struct gt_census *census);

#endif
