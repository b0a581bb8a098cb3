// SPDX-License-Identifier: GPL-2.0
#include "watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/step.h"
#include "event_item.h"
#include "go/probes.h"
#include "lib/array.h"
#include "origins.h"

/* An event gets its time stamp before it is in the ring, and interrupts come in between. */
#define SLACK_US 50
/* As `gtrace stalls` has it; see gt_stalls_exit_path(). */
#define EXIT_PATH_US 20
/* After so many pauses and gaps, or so many processes that ended, everything begins anew. */
#define BLINDS_MAX 4096
#define ENDED_MAX  256

struct waiting {
	uint64_t order; /* among steps of one moment: as they were read */
	struct gt_step step;
};

struct last {
	uint32_t cpu;
	uint64_t tsc; /* of its latest event */
};

struct gt_watch {
	struct gt_trigger triggers[GT_TRIGGERS_MAX];
	uint64_t ticks[GT_TRIGGERS_MAX]; /* at so many TSC ticks each fires */
	size_t nr_triggers;
	struct gt_limits limits; /* the least of them */
	uint32_t khz;
	struct gt_timeline *timeline;
	struct gt_blinds blinds;
	bool paused;
	struct gt_steps steps; /* without names */
	struct gt_origins origins;
	struct last *cpus;
	size_t nr_cpus, cpus_room;
	struct waiting *waiting;
	size_t nr_waiting, waiting_room;
	uint64_t read; /* steps so far */
	unsigned int ended;
	gt_fired_fn *fired;
	gt_over_fn *over;
	void *to;
};

static bool is_system(const char *root)
{
	return root && !strncmp(root, "runtime.", strlen("runtime.")) && strcmp(root, "runtime.main") &&
	       strcmp(root, "runtime.corostart");
}

/* A gt_stall_fn: some limit is met. */
static int on_overdue(void *to, const struct gt_stall *stall)
{
	struct gt_watch *watch = to;
	const char *root = gt_origins_name(&watch->origins, stall->root);

	if (is_system(root))
		return 0;
	for (size_t i = 0; i < watch->nr_triggers; i++) {
		if (gt_trigger_ticks(watch->triggers[i].what, stall) < watch->ticks[i])
			continue;
		watch->fired(watch->to, &(struct gt_fired){watch->triggers[i], *stall, root});
		break;
	}
	return 0;
}

/* A gt_stall_fn. */
static int on_over(void *to, const struct gt_stall *stall)
{
	struct gt_watch *watch = to;

	watch->over(watch->to, stall);
	return 0;
}

/* A gt_unknown_fn. */
static int on_unknown(void *to, const struct gt_stall *stall, enum gt_unknown why)
{
	(void)why;
	return on_over(to, stall);
}

/* Until the first window opens nothing is known; later a timeline that begins within one sets itself right. */
static int begin_timeline(struct gt_watch *watch)
{
	gt_timeline_free(watch->timeline);
	watch->blinds.count = 0;
	watch->ended = 0;
	gt_origins_free(&watch->origins);
	watch->timeline =
		gt_timeline_new(&watch->blinds, (uint64_t)watch->khz * EXIT_PATH_US / 1000, on_over, on_unknown, watch);
	if (!watch->timeline)
		return -ENOMEM;
	gt_timeline_limit(watch->timeline, &watch->limits, on_overdue);
	return watch->paused ? gt_blinds_add(&watch->blinds, 0, UINT64_MAX, GT_BLIND_PAUSE) : 0;
}

static void limit(uint64_t *ticks, uint64_t to)
{
	if (!*ticks || to < *ticks)
		*ticks = to;
}

/* How long stops may last before some trigger of that kind fires. */
static void limit_stops(struct gt_watch *watch, enum gt_trigger_what what, uint64_t ticks)
{
	switch (what) {
	case GT_TRIGGER_PARK:
		limit(&watch->limits.stop[GT_STALL_PARK], ticks);
		return;
	case GT_TRIGGER_SYSCALL:
		limit(&watch->limits.stop[GT_STALL_SYSCALL], ticks);
		return;
	case GT_TRIGGER_RUNQ:
		limit(&watch->limits.runnable, ticks);
		return;
	default:
		for (int kind = 0; kind < GT_NR_STALL_KINDS; kind++)
			limit(&watch->limits.stop[kind], ticks);
	}
}

struct gt_watch *gt_watch_new(const struct gt_trigger *triggers, size_t n, uint32_t khz, gt_fired_fn *fired,
			      gt_over_fn *over, void *to)
{
	struct gt_watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return NULL;
	watch->khz = khz;
	watch->paused = true;
	watch->fired = fired;
	watch->over = over;
	watch->to = to;
	for (size_t i = 0; i < n && i < GT_TRIGGERS_MAX; i++) {
		watch->triggers[i] = triggers[i];
		/* More than so long. */
		watch->ticks[i] = (__uint128_t)triggers[i].ns * khz / 1000000 + 1;
		limit_stops(watch, triggers[i].what, watch->ticks[i]);
		watch->nr_triggers++;
	}
	if (!begin_timeline(watch))
		return watch;
	gt_watch_free(watch);
	return NULL;
}

void gt_watch_free(struct gt_watch *watch)
{
	if (!watch)
		return;
	gt_timeline_free(watch->timeline);
	gt_blinds_free(&watch->blinds);
	gt_steps_free(&watch->steps);
	gt_origins_free(&watch->origins);
	free(watch->cpus);
	free(watch->waiting);
	free(watch);
}

/* ---- events to steps --------------------------------------------------------------------------------------------- */

static struct last *last_of(struct gt_watch *watch, uint32_t cpu)
{
	for (size_t i = 0; i < watch->nr_cpus; i++)
		if (watch->cpus[i].cpu == cpu)
			return &watch->cpus[i];
	if (gt_array_room(&watch->cpus, watch->nr_cpus, &watch->cpus_room))
		return NULL;
	watch->cpus[watch->nr_cpus] = (struct last){.cpu = cpu};
	return &watch->cpus[watch->nr_cpus++];
}

static int on_window(struct gt_watch *watch, const struct gtrace_event_window *window)
{
	uint64_t tsc = window->head.tsc;
	size_t i = watch->blinds.count;

	if (!window->open == watch->paused)
		return 0;
	watch->paused = !window->open;
	if (watch->paused)
		return gt_blinds_add(&watch->blinds, tsc, UINT64_MAX, GT_BLIND_PAUSE);
	while (i && watch->blinds.all[i - 1].until != UINT64_MAX)
		i--;
	if (i)
		watch->blinds.all[i - 1].until = tsc;
	return 0;
}

/* Whose the stack of such a hit is: the goroutine's whose stop it tells. */
static bool tells_root(const struct gt_step *step)
{
	switch (step->kind) {
	case GT_STEP_PARK:
	case GT_STEP_YIELD:
	case GT_STEP_PREEMPT:
	case GT_STEP_CORO:
	case GT_STEP_RETURN:
	case GT_STEP_OFF:
		return true;
	default:
		return false;
	}
}

static int await(struct gt_watch *watch, const struct gt_step *step)
{
	if (gt_array_room(&watch->waiting, watch->nr_waiting, &watch->waiting_room))
		return -ENOMEM;
	watch->waiting[watch->nr_waiting++] = (struct waiting){watch->read++, *step};
	return 0;
}

static int read_event(struct gt_watch *watch, struct last *last, const struct gtrace_event *event)
{
	struct gt_item item;
	struct gt_step steps[GT_STEPS_MAX];
	int err = 0, count;

	if (event->flags & GTRACE_EVENT_F_GAP)
		err = gt_blinds_add(&watch->blinds, last->tsc + 1, event->tsc, GT_BLIND_GAP);
	if (event->tsc > last->tsc)
		last->tsc = event->tsc;
	if (!err && event->type == GTRACE_EVENT_WINDOW)
		return on_window(watch, (const void *)event);
	if (err || !gt_event_item(event, last->cpu, &item))
		return err;
	if (event->type == GTRACE_EVENT_EXEC)
		gt_origins_exec(&watch->origins, item.tgid);
	watch->ended += event->type == GTRACE_EVENT_EXEC ||
			(event->type == GTRACE_EVENT_EXIT && !(event->flags & GTRACE_EVENT_F_THREAD));
	count = gt_steps_of(&watch->steps, &item, steps);
	for (int i = 0; i < count && !err; i++) {
		if (item.kind == GT_ITEM_HIT && tells_root(&steps[i]))
			err = gt_origins_root(&watch->origins, item.hit, &steps[i].root);
		if (!err)
			err = await(watch, &steps[i]);
	}
	return count < 0 ? count : err;
}

int gt_watch_events(struct gt_watch *watch, uint32_t cpu, const void *events, size_t bytes)
{
	const uint8_t *at = events, *end = at + bytes;
	struct last *last = last_of(watch, cpu);
	int err = last ? 0 : -ENOMEM;

	for (; at < end && !err; at += ((const struct gtrace_event *)at)->size) {
		const struct gtrace_event *event = (const void *)at;

		/* A PAD may be shorter than the head of an event. */
		if (event->type != GTRACE_EVENT_PAD)
			err = read_event(watch, last, event);
	}
	return err;
}

/* ---- steps to the timeline --------------------------------------------------------------------------------------- */

static int by_time(const void *a, const void *b)
{
	const struct waiting *left = a, *right = b;

	if (left->step.tsc != right->step.tsc)
		return left->step.tsc < right->step.tsc ? -1 : 1;
	return left->order < right->order ? -1 : left->order > right->order;
}

uint64_t gt_watch_due(const struct gt_watch *watch)
{
	return gt_timeline_due(watch->timeline);
}

int gt_watch_round(struct gt_watch *watch, uint64_t tsc, uint64_t known)
{
	uint64_t horizon = tsc - (uint64_t)watch->khz * SLACK_US / 1000;
	size_t fed = 0;
	int err = 0;

	if (watch->nr_waiting)
		qsort(watch->waiting, watch->nr_waiting, sizeof(*watch->waiting), by_time);
	for (; fed < watch->nr_waiting && watch->waiting[fed].step.tsc < horizon && !err; fed++)
		err = gt_timeline_step(watch->timeline, &watch->waiting[fed].step);
	watch->nr_waiting -= fed;
	if (!err)
		err = gt_timeline_pass(watch->timeline, known);
	if (fed)
		memmove(watch->waiting, watch->waiting + fed, watch->nr_waiting * sizeof(*watch->waiting));
	if (err || (watch->blinds.count <= BLINDS_MAX && watch->ended <= ENDED_MAX))
		return err;
	/* Roots are indices into what is forgotten. */
	for (size_t i = 0; i < watch->nr_waiting; i++)
		if (watch->waiting[i].step.kind < GT_STEP_SWITCH)
			watch->waiting[i].step.root = GT_NO_SITE;
	return begin_timeline(watch);
}
