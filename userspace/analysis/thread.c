// SPDX-License-Identifier: GPL-2.0
#include "analysis/thread.h"

#include "lib/array.h"

void gt_threads_free(struct gt_threads *threads)
{
	size_t i;

	for (i = 0; i < threads->count; i++)
		free(threads->all[i]);
	free(threads->all);
	gt_hash_free(&threads->by_tid);
	gt_occupants_free(&threads->occupants);
	*threads = (struct gt_threads){};
}

struct gt_thread *gt_threads_find(const struct gt_threads *threads, uint32_t tid)
{
	uint64_t at = gt_hash_get(&threads->by_tid, tid, 0);

	return at ? threads->all[at - 1] : NULL;
}

struct gt_thread *gt_threads_at(struct gt_threads *threads, uint32_t tid)
{
	struct gt_thread *thread = gt_threads_find(threads, tid);
	uint64_t *at;

	if (thread)
		return thread;
	if (gt_array_room(&threads->all, threads->count, &threads->room))
		return NULL;
	thread = calloc(1, sizeof(*thread));
	if (!thread)
		return NULL;
	thread->tid = tid;
	thread->site = thread->root = thread->wakes_at = thread->waker_site = GT_NO_SITE;
	threads->all[threads->count++] = thread;
	at = gt_hash_at(&threads->by_tid, tid, 0);
	if (!at)
		return NULL;
	*at = threads->count;
	return thread;
}

int gt_threads_switch(struct gt_threads *threads, const struct gt_step *step)
{
	if (step->tsc < threads->stood)
		return 0;
	return gt_occupants_switch(&threads->occupants, step->cpu, step->tsc, step->prev_tid, step->tid);
}

void gt_threads_held(const struct gt_threads *threads, uint32_t cpu, uint64_t from, uint64_t until,
		     struct gt_holders *holders)
{
	uint64_t told = from > threads->stood ? from : threads->stood;

	if (told > until)
		told = until;
	gt_occupants_tell(&threads->occupants, cpu, told, until, holders);
	holders->before = told - from;
}

void gt_thread_out(struct gt_thread *thread, const struct gt_step *step)
{
	thread->state = step->prev_state ? GT_THREAD_ASLEEP : GT_THREAD_PREEMPTED;
	thread->off = step->tsc;
	thread->task_state = step->prev_state;
	thread->off_cpu = step->cpu;
	thread->waker_tid = 0;
	thread->waker_goid = 0;
	thread->waker_site = GT_NO_SITE;
	thread->interrupt = false;
	/*
	 * The kernel takes a thread off the queue before it tells of the switch. A waker on another CPU may come
	 * between: its WAKE is then older than the SWITCH, and no other follows.
	 */
	if (step->prev_state && thread->woken_on >= thread->on && thread->woken_on) {
		thread->state = GT_THREAD_WOKEN;
		thread->woken = step->tsc;
	}
	thread->woken_on = 0;
}

void gt_thread_in(struct gt_threads *threads, struct gt_thread *thread, const struct gt_step *step)
{
	struct gt_wait wait = {.until = step->tsc, .cpu = step->cpu};

	if (thread->state == GT_THREAD_PREEMPTED) {
		wait.from = thread->off;
		wait.cpu = thread->off_cpu;
	} else if (thread->state == GT_THREAD_WOKEN) {
		wait.from = thread->woken;
	}
	if (wait.from && wait.from < wait.until && !step->found) {
		gt_threads_held(threads, wait.cpu, wait.from, wait.until, &wait.held);
		thread->waits[thread->nr_waits++ % GT_THREAD_WAITS] = wait;
	}
	thread->state = GT_THREAD_ON;
	thread->on = step->tsc;
}

void gt_thread_wake(struct gt_thread *thread, const struct gt_step *step, uint64_t waker_goid, struct gt_site site)
{
	if (thread->state == GT_THREAD_ON)
		thread->woken_on = step->tsc;
	if (thread->state != GT_THREAD_ASLEEP && thread->state != GT_THREAD_UNKNOWN)
		return;
	thread->state = GT_THREAD_WOKEN;
	thread->woken = step->tsc;
	thread->waker_tid = step->waker_tid;
	thread->waker_cpu = step->cpu;
	thread->waker_goid = waker_goid;
	thread->waker_site = site;
	thread->interrupt = step->interrupt;
}

uint64_t gt_thread_waited(const struct gt_thread *thread, uint64_t from, uint64_t until, struct gt_wait *longest)
{
	size_t i = thread->nr_waits > GT_THREAD_WAITS ? thread->nr_waits - GT_THREAD_WAITS : 0;
	uint64_t sum = 0, most = 0;

	for (; i < thread->nr_waits; i++) {
		const struct gt_wait *wait = &thread->waits[i % GT_THREAD_WAITS];
		uint64_t begin = wait->from > from ? wait->from : from;
		uint64_t end = wait->until < until ? wait->until : until;

		if (begin >= end)
			continue;
		sum += end - begin;
		if (end - begin > most) {
			most = end - begin;
			*longest = *wait;
		}
	}
	return sum;
}
