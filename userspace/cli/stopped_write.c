// SPDX-License-Identifier: GPL-2.0
/* stopped_write.c - those that stand still, as events in the order of each CPU */
#include "stopped.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"
#include "lib/recording.h"

struct all {
	const struct gt_stopped_event **events;
	size_t count, room;
};

static int collect(struct all *all, const struct gt_stopped_events *events)
{
	for (const struct gt_stopped_event *one = events->first; one; one = one->next) {
		if (gt_array_room(&all->events, all->count, &all->room))
			return -ENOMEM;
		all->events[all->count++] = one;
	}
	return 0;
}

/* Of one that is back from its sleep, and may still find no P, for so long as that may be. */
static bool tells_sleep(const struct gt_stopped *stopped, const struct gt_stopped_thread *thread, uint64_t tsc)
{
	return thread->cpu == GT_STOPPED_OFF || (thread->goid && thread->in && tsc - thread->in <= stopped->exit_path);
}

static int collect_thread(struct all *all, const struct gt_stopped *stopped, const struct gt_stopped_thread *thread,
			  uint64_t tsc)
{
	int err = collect(all, &thread->executes);

	if (!err && tells_sleep(stopped, thread, tsc))
		err = collect(all, &thread->sleep);
	if (!err)
		err = collect(all, &thread->off);
	return err ? err : collect(all, &thread->waker);
}

static int by_cpu(const void *a, const void *b)
{
	const struct gt_stopped_event *left = *(const void *const *)a, *right = *(const void *const *)b;

	if (left->cpu != right->cpu)
		return left->cpu < right->cpu ? -1 : 1;
	if (left->event->tsc != right->event->tsc)
		return left->event->tsc < right->event->tsc ? -1 : 1;
	/* Who stopped, then who got the thread. */
	if (left->runs != right->runs)
		return left->runs ? 1 : -1;
	if (left->event->size != right->event->size)
		return left->event->size < right->event->size ? -1 : 1;
	return memcmp(left->event, right->event, left->event->size);
}

static int append(struct gt_events *out, const struct gt_stopped_event *one)
{
	struct gtrace_event *event = gt_events_append(out, one->event->size);

	if (!event)
		return -ENOMEM;
	memcpy(event, one->event, one->event->size);
	event->flags |= one->runs ? GT_STANDING_F_RUNS : 0;
	return 0;
}

/* What one event tells of two, as a NETPOLL may, and a SWITCH, is written once. */
static int write_sorted(const struct all *all, gt_stopped_fn *write, void *to)
{
	struct gt_events events = {};
	int err = 0;

	for (size_t i = 0; i < all->count && !err; i++) {
		const struct gt_stopped_event *one = all->events[i];
		bool last = i + 1 == all->count || all->events[i + 1]->cpu != one->cpu;

		if (last || by_cpu(&all->events[i], &all->events[i + 1]))
			err = append(&events, one);
		if (!err && last) {
			err = write(to, one->cpu, events.bytes, events.used);
			events.used = 0;
		}
	}
	gt_events_free(&events);
	return err;
}

int gt_stopped_write(const struct gt_stopped *stopped, uint64_t tsc, gt_stopped_fn *write, void *to)
{
	const struct gt_stopped_goroutine *goroutine;
	const struct gt_stopped_thread *thread;
	struct all all = {};
	int err = 0;

	TAILQ_FOREACH(goroutine, &stopped->goroutines, link)
	if (!err)
		err = collect(&all, &goroutine->events);
	TAILQ_FOREACH(thread, &stopped->threads, link)
	if (!err)
		err = collect_thread(&all, stopped, thread, tsc);
	if (!err && all.count) {
		qsort(all.events, all.count, sizeof(*all.events), by_cpu);
		err = write_sorted(&all, write, to);
	}
	free(all.events);
	return err;
}
