/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A recording joined: each sample with its task, its place in the code and its goroutine.
 *
 *	gtrace.data -- pass 1, all chunks but samples' contents --> tasks, spaces, looks, clock, files, losses
 *		    \- pass 2, one reader per CPU: samples + SWITCH events --> struct gt_item, in the order asked for
 *
 * Memory is proportional to what is distinct (tasks, mappings, goroutines, code addresses), not to samples.
 */
#ifndef GT_ANALYSIS_JOIN_H
#define GT_ANALYSIS_JOIN_H

#include "analysis/clock.h"
#include "analysis/goroutine.h"
#include "analysis/symbol.h"
#include "analysis/task.h"
#include "analysis/weight.h"
#include "lib/recording.h"

#define GT_NR_LOSSES 4 /* GTRACE_LOST_* */

/* "full", "event", "overrun", "offline"; and what to do about it, a half sentence. */
const char *gt_loss_name(unsigned int cause);
const char *gt_loss_remedy(unsigned int cause);

/* A thread that is no target's. */
struct gt_stranger {
	uint32_t tid;
	char comm[GT_COMM_BYTES];
};

/* What pass 1 and the streams learnt about the whole recording. */
struct gt_join {
	char *path;
	struct gt_recording *rec; /* of pass 1; its info and damage stay valid */
	const struct gt_recording_info *info;
	struct gt_symbols symbols;
	struct gt_tasks tasks;
	struct gt_goroutines goroutines;
	struct gt_clock clock;
	uint32_t *cpus; /* those with samples or events, ascending */
	size_t nr_cpus, cpus_room;
	struct gt_weigher *weighers; /* one for each of `cpus`; of pass 1, then NULL */
	size_t weighers_room;
	uint64_t *cpu_ends; /* TSC of the latest event of each; of pass 1, then NULL */
	size_t cpu_ends_room;
	uint64_t samples;            /* that whole chunks say they hold */
	uint64_t stores;             /* what those stand for, themselves included */
	uint64_t changes;            /* of the period, on all CPUs */
	uint64_t lost[GT_NR_LOSSES]; /* totals, or (killed recorder) the sum of the LOST events */
	uint64_t events_dropped;
	bool finished;                /* `lost` are totals */
	uint64_t first_tsc, last_tsc; /* of all events; both 0 without any */
	uint64_t known_tsc;           /* up to here no event is missing at the end of any CPU */
	bool standing; /* items from before first_tsc tell how what stood still then had come to, and nothing else */
	uint64_t nonsense; /* chunks whose checksum is right and whose contents are not */

	struct gt_stranger *strangers; /* those that stood beside a target's thread */
	size_t nr_strangers, strangers_room;
	struct gt_hash stranger_of; /* tid -> index + 1 */

	bool nameless; /* set after opening: items have no location, goroutine and class by code; no file is opened */

	struct gt_hash location_of; /* (epoch, ip) -> location + 1 */
	uint64_t disagreed;         /* samples whose two task tags differ, over all streams that ended */
};

/*
 * Opens a recording and runs pass 1. `root` as in gt_symbols_init(). Returns 0, -ENOMEM, errors of
 * gt_recording_open(), -errno of reading.
 */
int gt_join_open(const char *path, const char *root, struct gt_join **join);
void gt_join_close(struct gt_join *join); /* NULL is fine */

#define GT_KERNEL_HALF (1ull << 63) /* set in the address of everything that is the kernel's */

/* gt_join_before - such an item, or a stall that began with one. */
static inline bool gt_join_before(const struct gt_join *join, uint64_t tsc)
{
	return join->standing && tsc < join->first_tsc;
}

/*
 * Where in the code `ip` lies in that epoch of that space (both NULL: unknown): index of a location or -ENOMEM.
 * Asked for every sample: answers are kept.
 */
int64_t gt_join_location(struct gt_join *join, const struct gt_space *space, const struct gt_epoch *epoch, uint64_t ip);

/* Where in the code `pc` of a Go program (index) lies, as of its beginning: index of a location or -ENOMEM. */
int64_t gt_join_site(struct gt_join *join, uint32_t program, uint64_t pc);

/* The thread `tid` that is no target's, by the name it had when it first stood beside one; NULL = nobody asked. */
const char *gt_join_stranger(const struct gt_join *join, uint32_t tid);

enum gt_item_kind {
	GT_ITEM_SAMPLE,
	GT_ITEM_LOST,   /* samples were lost between `from` and `tsc`: cause and count */
	GT_ITEM_GAP,    /* events were dropped between `from` and `tsc`: tasks are unknown there */
	GT_ITEM_DAMAGE, /* part of the file is missing here */
	/* The events of GT_ORDER_ALL and GT_ORDER_EVENTS. The task is the one that ... */
	GT_ITEM_SWITCH, /* `sw`: ... gets the CPU, target or not */
	GT_ITEM_TASK,   /* `life`: ... is forked, execs or exits: FORK, EXEC, EXIT */
	GT_ITEM_WAKE,   /* `wake`: ... is woken */
	GT_ITEM_HIT,    /* `hit`: ... came to a probe; lib/hit.h knows its arrays, go/probes.h its values */
	GT_ITEM_WINDOW, /* `window`: no task */
};

struct gt_item {
	enum gt_item_kind kind;
	uint32_t cpu;
	uint64_t tsc;
	union {
		struct {                              /* SAMPLE and events */
			uint32_t task;                /* index into tasks.tasks; GT_NO_TASK = unknown or no target */
			uint32_t tid, tgid;           /* as the event says (SAMPLE: the SWITCH event); 0 when unknown */
			uint32_t program;             /* index into goroutines.programs, + 1; 0 = no Go program */
			const struct gt_space *space; /* NULL when the task is unknown */
			const struct gt_epoch *epoch;
			union { /* valid until the stream's next item */
				struct {
					const struct gt_sample *sample;
					uint32_t location;  /* index into symbols.locations */
					uint32_t goroutine; /* index into goroutines.goroutines; GT_NO_GOROUTINE */
					enum gt_class class;
					uint64_t weight; /* events it stands for; see analysis/weight.h */
				};
				const struct gtrace_event *event;
				const struct gtrace_event_switch *sw;
				const struct gtrace_event_task *life;
				const struct gtrace_event_wake *wake;
				const struct gtrace_event_hit *hit;
				const struct gtrace_event_window *window;
			};
		};
		struct {
			uint64_t from, count;
			uint32_t cause; /* GTRACE_LOST_* */
		};
	};
};

#define GT_NO_TASK UINT32_MAX

enum gt_order {
	GT_ORDER_CPU,  /* one CPU after the other: the fastest */
	GT_ORDER_TIME, /* all CPUs merged by TSC; of equal ones the lower CPU first */
	/*
	 * As GT_ORDER_TIME with the events among the samples; of equal TSC what is missing, then events, then samples.
	 * Events that a CPU published out of order, which interrupts cause, are put in order.
	 */
	GT_ORDER_ALL,
	GT_ORDER_EVENTS, /* the same without samples and LOST */
};

struct gt_stream;

/* `cpus` NULL = all of the recording. Returns 0, -ENOMEM, -errno. */
int gt_stream_open(struct gt_join *join, enum gt_order order, const uint32_t *cpus, size_t nr_cpus,
		   struct gt_stream **stream);
void gt_stream_close(struct gt_stream *stream); /* NULL is fine */

/* 1 and the next item; within one CPU in the order of the recording. 0 at the end, -ENOMEM, -errno. */
int gt_stream_next(struct gt_stream *stream, struct gt_item *item);

#endif
