// SPDX-License-Identifier: GPL-2.0
/* Stops that are not over: what is known of them meanwhile, and which take too long. */
#include <stddef.h>

#include "analysis/timeline_private.h"

void gt_timeline_limit(struct gt_timeline *timeline, const struct gt_limits *limits, gt_stall_fn *overdue)
{
	timeline->limits = *limits;
	timeline->overdue = overdue;
}

uint64_t gt_timeline_due(const struct gt_timeline *timeline)
{
	const struct gt_deadline *first = gt_deadline_first(&timeline->deadlines);

	return first ? first->due : UINT64_MAX;
}

void gt_open_waker(struct gt_stall *stop, const struct gt_thread *thread)
{
	stop->ready = thread->woken;
	stop->waker = thread->interrupt ? GT_WAKER_INTERRUPT : thread->waker_tid ? GT_WAKER_THREAD : GT_WAKER_UNKNOWN;
	stop->waker_tid = thread->interrupt ? 0 : thread->waker_tid;
	stop->waker_cpu = thread->waker_cpu;
	stop->waker_goid = thread->interrupt ? 0 : thread->waker_goid;
	stop->waker_site = thread->waker_site;
}

/* Since when it is runnable, 0 = it is not, as far as is known. */
static uint64_t runnable_since(const struct gt_timeline_g *goroutine)
{
	if (goroutine->state != OFF_CPU)
		return goroutine->stop.ready;
	if (goroutine->stop.kind == GT_STALL_PREEMPTED)
		return goroutine->stop.begin;
	return goroutine->thread->state == GT_THREAD_WOKEN ? goroutine->thread->woken : 0;
}

/* Its thread could run since `ready`. Which CPU one will get that was woken nobody knows before it has one. */
static void await_cpu(const struct gt_timeline *timeline, const struct gt_thread *thread, struct gt_stall *stop)
{
	stop->kernel = stop->end - stop->ready;
	if (stop->kind != GT_STALL_PREEMPTED)
		return;
	stop->waker = GT_WAKER_NOBODY;
	stop->wait_cpu = thread->off_cpu;
	stop->wait = stop->kernel;
	gt_threads_held(&timeline->threads, stop->wait_cpu, stop->ready, stop->end, &stop->held);
}

struct gt_stall gt_open_stop(const struct gt_timeline *timeline, const struct gt_timeline_g *goroutine, uint64_t tsc)
{
	uint64_t ready = runnable_since(goroutine);
	struct gt_stall stop = goroutine->stop;

	stop.open = true;
	stop.end = tsc > stop.begin ? tsc : stop.begin;
	stop.end_tid = stop.end_cpu = 0;
	if (goroutine->state == OFF_CPU && ready && stop.kind != GT_STALL_PREEMPTED)
		gt_open_waker(&stop, goroutine->thread);
	stop.ready = ready && ready < stop.end ? ready : stop.end;
	if (goroutine->state == OFF_CPU)
		await_cpu(timeline, goroutine->thread, &stop);
	return stop;
}

static void sooner(uint64_t *due, uint64_t from, uint64_t limit)
{
	if (limit && from + limit > from && from + limit < *due)
		*due = from + limit;
}

int gt_open_limit(struct gt_timeline *timeline, struct gt_timeline_g *goroutine)
{
	const struct gt_limits *limits = &timeline->limits;
	const struct gt_stall *stop = &goroutine->stop;
	uint64_t due = UINT64_MAX, ready = runnable_since(goroutine);

	if (!timeline->overdue || goroutine->told == stop->number)
		return 0;
	sooner(&due, stop->begin, limits->stop[stop->kind]);
	if (ready)
		sooner(&due, ready, limits->runnable);
	return due == UINT64_MAX ? 0 : gt_deadline_set(&timeline->deadlines, &goroutine->deadline, due);
}

int gt_open_expire(struct gt_timeline *timeline, uint64_t tsc)
{
	struct gt_deadline *first;
	int err = 0;

	while (!err && (first = gt_deadline_first(&timeline->deadlines)) && first->due <= tsc) {
		struct gt_timeline_g *goroutine = (void *)((char *)first - offsetof(struct gt_timeline_g, deadline));
		struct gt_stall stop = gt_open_stop(timeline, goroutine, first->due);

		gt_deadline_clear(&timeline->deadlines, first);
		goroutine->told = stop.number;
		err = timeline->overdue(timeline->to, &stop);
	}
	return err;
}
