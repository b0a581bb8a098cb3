/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which goroutine a sample's R14 names.
 *
 * In Go code R14 holds the address of the running runtime.g. That address is reused for other goroutines, and on the
 * scheduler's and signal handler's stacks it is the M's g0 or gsignal. The looks of the recording tell what each g was
 * at certain moments; a sample lies in a gap between two of them:
 *
 *	looks	[ 0 ]	      [ 1 ]	       [ 2 ]
 *	gap	0    1	      2   3	   4   5    6	      gap 2k: between the end of look k-1 and the begin of k,
 *	sample			   x			      gap 2k+1: while look k was being read
 *
 * The look before a sample is the last that ended before it, the look after the first that began after it. Before the
 * first look and after the last one there is but one; it is asked only so far as looks are apart, or `reach`: longer
 * ago the g may have had any number of other owners.
 */
#ifndef GT_ANALYSIS_GOROUTINE_H
#define GT_ANALYSIS_GOROUTINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/hash.h"
#include "lib/recording.h"

/* What a sample is. Each sample is in exactly one class; the first two are told apart from the rest in reports. */
enum gt_class {
	GT_CLASS_CERTAIN,    /* on a goroutine's stack; the looks before and after agree on its goid */
	GT_CLASS_LIKELY,     /* on a goroutine's stack; one look names it, or both name goroutines made alike */
	GT_CLASS_G0,         /* scheduler or signal stack; the M ran the same goroutine in the looks before and after */
	GT_CLASS_SCHEDULER,  /* scheduler or signal stack, for no goroutine in particular */
	GT_CLASS_UNKNOWN_G,  /* Go code, but R14 is no g that a look told of, or was two different ones */
	GT_CLASS_NOT_GO,     /* C code of a Go program, or a program that is not Go */
	GT_CLASS_KERNEL,     /* kernel code on behalf of the target */
	GT_CLASS_OTHER_TASK, /* retired just after a switch to a task that is no target */
	GT_CLASS_UNKNOWN_TASK, /* task switches are missing here: nobody knows whose it was */
	GT_NR_CLASSES,
};

/* "certain", "likely", "g0", "scheduler", "unknown-g", "not-go", "kernel", "other-task", "unknown-task". */
const char *gt_class_name(enum gt_class class);
/* One sentence on what it means. */
const char *gt_class_explain(enum gt_class class);

#define GT_NO_GOROUTINE 0u

/* One goroutine of the recording, or (goid 0) some goroutine made by one `go` statement. */
struct gt_goroutine {
	uint32_t program; /* index into programs */
	uint64_t goid;    /* 0 = one of several made alike */
	uint64_t startpc, gopc;
};

/* One Go program: a process from its GO chunk on. */
struct gt_program {
	uint32_t tgid;
	uint64_t from; /* TSC */
	char *version, *path;
	uint64_t *bounds; /* begin and end of each look, ascending */
	uint32_t *base;   /* of each look: the last complete one up to it; what only older looks told is forgotten */
	size_t nr_bounds, bounds_room, base_room;
	bool forget;      /* the next look cannot build on the one before it */
	bool probed;      /* the recording tells of its probes: the rest is meant */
	bool refused;     /* words tell why it has no probes to be believed, or what they miss */
	uint32_t planted; /* bit i: the probe with id i, enum gt_go_probe */
	char *words;      /* the refusal, then the words for wait reason 0, 1 ... */
	const char *reasons[GT_WAIT_REASONS_MAX]; /* into words; NULL = the release does not know the number */
};

struct gt_answer {
	enum gt_class class;
	uint32_t goroutine; /* index into goroutines; GT_NO_GOROUTINE = none */
};

struct gt_history; /* of one g address */

struct gt_goroutines {
	struct gt_program *programs;
	size_t nr_programs, programs_room;
	struct gt_history *histories;
	size_t nr_histories, histories_room;
	struct gt_hash by_address; /* (program, g) -> index into histories + 1 */
	struct gt_goroutine *goroutines;
	size_t nr_goroutines, goroutines_room;
	uint64_t reach;         /* TSC ticks; set before gt_goroutines_gap() is asked */
	struct gt_hash by_goid; /* (program, goid or, of one with goid 0, what told of it) -> index */
	uint64_t refused;       /* looks out of order, looks and probes of a process without GO chunk */
};

void gt_goroutines_free(struct gt_goroutines *goroutines);

/* A GO chunk. Returns 0 or -ENOMEM. */
int gt_goroutines_program(struct gt_goroutines *goroutines, const struct gt_go *go);

/* A PROBES record; one of an unknown process is counted in `refused`. Returns 0 or -ENOMEM. */
int gt_goroutines_probes(struct gt_goroutines *goroutines, const struct gt_probes *probes);

/* The current LOOK chunk of `rec`. Returns 0, -ENOMEM, -EBADMSG (what was read of it up to there stays). */
int gt_goroutines_look(struct gt_goroutines *goroutines, struct gt_recording *rec);

/* Part of the recording is missing here: the next looks' lists of changes do not build on what is known. */
void gt_goroutines_forget(struct gt_goroutines *goroutines);

/* The Go program that `tgid` was at `tsc`: its index + 1, 0 = none. *until: where that may change. */
uint32_t gt_goroutines_at(const struct gt_goroutines *goroutines, uint32_t tgid, uint64_t tsc, uint64_t *until);

#define GT_GAP_FAR (UINT32_MAX - 1) /* out of reach of any look */

/* The gap in which `tsc` lies for `program` (index), and its end in *until. */
uint32_t gt_goroutines_gap(const struct gt_goroutines *goroutines, uint32_t program, uint64_t tsc, uint64_t *until);

/* Which goroutine thread `tid` ran in that gap with `r14`. Only for samples in Go code. Returns 0 or -ENOMEM. */
int gt_goroutines_ask(struct gt_goroutines *goroutines, uint32_t program, uint32_t gap, uint64_t r14, uint32_t tid,
		      struct gt_answer *answer);

#endif
