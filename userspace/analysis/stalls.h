/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The stalls of a recording: the longest ones, and how all of them are spread.
 *
 *	recording --> steps (step.h) --> timeline --> every stall --> spreads by reason and by phase
 *						  |	      \--> those of at least `min`: the `top` longest, or groups
 *						  \--> those that are not over when the recording ends: a list apart
 *
 * Memory is proportional to goroutines, reasons, groups and `top`, not to stalls.
 */
#ifndef GT_ANALYSIS_STALLS_H
#define GT_ANALYSIS_STALLS_H

#include "analysis/filter.h"
#include "analysis/spread.h"
#include "analysis/stall_words.h"
#include "analysis/step.h"

enum gt_stalls_by {
	GT_STALLS_BY_NONE, /* one by one */
	GT_STALLS_BY_REASON,
	GT_STALLS_BY_FUNCTION,
	GT_STALLS_BY_GOROUTINE,
};

struct gt_stall_group {
	uint32_t name;    /* string id */
	uint32_t tgid;    /* by goroutine */
	uint64_t goid;    /* by goroutine, otherwise 0 */
	uint64_t longest; /* number of its longest stall */
	struct gt_spread ns;
};

struct gt_stall_groups {
	struct gt_stall_group *all;
	size_t count, room;
	struct gt_hash index; /* -> index + 1 */
};

struct gt_stall_list {
	size_t top; /* what is asked for: the longest; 0 = all */
	struct gt_stall *all;
	size_t count, room;
	uint64_t matching; /* of at least `min_ns` */
};

struct gt_stalls {
	/* What is asked for, and `top` of each list: */
	uint64_t min_ns; /* shorter ones are in `reasons` and `phases` alone */
	enum gt_stalls_by by;
	bool system;  /* those of system goroutines, too */
	bool by_time; /* in the order of numbers; otherwise the longest first */
	const struct gt_filter *filter;

	/* What there is, after gt_stalls_find(): */
	struct gt_stall_list over;     /* BY_NONE */
	struct gt_stall_list open;     /* BY_NONE: not over when last seen, and in none of the numbers below */
	struct gt_stall_list earlier;  /* BY_NONE: over, and began before the recording: likewise. They are the long
					* ones of a time that is not in it, of which the short ones are not known */
	uint64_t system_hidden;        /* stalls of system goroutines that were not asked for */
	uint64_t open_hidden;          /* likewise, those that were not over */
	uint64_t open_short;           /* others that were not over, and not of `min_ns` either */
	uint64_t earlier_short;        /* likewise, those that began before */
	uint64_t earlier_over;         /* that were over before the recording, too: nothing to tell */
	struct gt_stall_groups groups; /* otherwise: of those of `over`; most time first */
	struct gt_stall_groups reasons;
	struct gt_spread ns, phases[GT_NR_PHASES]; /* of all; a phase: of those stalls that have some of it */
	uint64_t fired;                            /* number of the one that made the flight recorder write; 0 = none */
	uint64_t stops;                            /* all that have a number */
	uint64_t unknown[GT_NR_UNKNOWNS];
	struct gt_blinds blinds;
	struct gt_join *join;
	struct gt_steps steps; /* hits, and those that could not be read */
};

/* Returns 0; -ENODATA: the recording has no hits of probes; -ENOMEM, -errno. To be freed in any case. */
int gt_stalls_find(struct gt_stalls *stalls, struct gt_join *join);
void gt_stalls_free(struct gt_stalls *stalls);

/* In so many ticks a thread gets from its sleep in a system call to the RETURN; see gt_timeline_new(). */
uint64_t gt_stalls_exit_path(const struct gt_join *join);

#endif
