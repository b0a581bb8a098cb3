// SPDX-License-Identifier: GPL-2.0
#include "stopped.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "event_item.h"
#include "go/probes.h"
#include "lib/array.h"
#include "lib/proc.h"
#include "lib/recording.h"

/* What malloc(3) adds to a piece, and tsearch(3) to what is in a tree. */
#define PIECE_BYTES (2 * sizeof(void *))
#define AWAKE_MAX   4096
#define NODE_BYTES  (3 * sizeof(void *) + PIECE_BYTES)

/* ---- events ------------------------------------------------------------------------------------------------------ */

static size_t cost(const struct gt_stopped_event *one)
{
	return sizeof(*one) + PIECE_BYTES + (one->event ? one->event->size + PIECE_BYTES : 0);
}

static struct gtrace_event *copy(const struct gtrace_event *event)
{
	struct gtrace_event *copied = malloc(event->size);

	return copied ? memcpy(copied, event, event->size) : NULL;
}

/* Most stops are over before their slice is dropped. */
static struct gt_stopped_event *new_event(struct gt_stopped *stopped)
{
	struct gt_stopped_event *one = stopped->spare;

	if (!one)
		return calloc(1, sizeof(*one));
	stopped->spare = one->next;
	*one = (struct gt_stopped_event){};
	return one;
}

static void free_event(struct gt_stopped *stopped, struct gt_stopped_event *one)
{
	free(one->event);
	one->next = stopped->spare;
	stopped->spare = one;
}

static void free_spare(struct gt_stopped *stopped)
{
	struct gt_stopped_event *one;

	while ((one = stopped->spare)) {
		stopped->spare = one->next;
		free(one);
	}
}

/* The event that is told just now. */
struct told {
	uint32_t cpu;
	const struct gtrace_event *event;
	struct gt_place place;
};

static int add(struct gt_stopped *stopped, struct gt_stopped_events *to, const struct told *told)
{
	struct gt_stopped_event *one = new_event(stopped);

	if (!one)
		return -ENOMEM;
	one->cpu = told->cpu;
	if (told->event->type == GTRACE_EVENT_HIT && told->place.chunk) {
		one->place = told->place;
		TAILQ_INSERT_TAIL(&stopped->skimmed, one, skimmed);
	} else {
		one->event = copy(told->event);
		if (!one->event) {
			free_event(stopped, one);
			return -ENOMEM;
		}
	}
	if (to->last)
		to->last->next = one;
	else
		to->first = one;
	to->last = one;
	stopped->bytes += cost(one);
	return 0;
}

static void clear(struct gt_stopped *stopped, struct gt_stopped_events *events)
{
	struct gt_stopped_event *one;

	while ((one = events->first)) {
		events->first = one->next;
		stopped->bytes -= cost(one);
		if (one->place.chunk)
			TAILQ_REMOVE(&stopped->skimmed, one, skimmed);
		free_event(stopped, one);
	}
	events->last = NULL;
}

/* The same, with what it was before gone. */
static int set(struct gt_stopped *stopped, struct gt_stopped_events *to, const struct told *told)
{
	clear(stopped, to);
	return add(stopped, to, told);
}

static void move(struct gt_stopped_events *to, struct gt_stopped_events *from)
{
	if (!from->first)
		return;
	if (to->last)
		to->last->next = from->first;
	else
		to->first = from->first;
	to->last = from->last;
	*from = (struct gt_stopped_events){};
}

/* ---- goroutines -------------------------------------------------------------------------------------------------- */

static int by_g(const void *a, const void *b)
{
	const struct gt_stopped_goroutine *left = a, *right = b;

	if (left->g != right->g)
		return left->g < right->g ? -1 : 1;
	return left->tgid < right->tgid ? -1 : left->tgid > right->tgid;
}

/* Takes it from the list where it is. */
static void unlist(struct gt_stopped *stopped, struct gt_stopped_goroutine *goroutine)
{
	bool bare = !goroutine->awake && !goroutine->events.first;

	TAILQ_REMOVE(goroutine->awake ? &stopped->awake
		     : bare           ? &stopped->bare
				      : &stopped->goroutines,
		     goroutine, link);
	stopped->nr_awake -= goroutine->awake;
	stopped->nr_bare -= bare;
	clear(stopped, &goroutine->events);
}

static void drop(struct gt_stopped *stopped, struct gt_stopped_goroutine *goroutine)
{
	tdelete(goroutine, &stopped->by_g, by_g);
	unlist(stopped, goroutine);
	stopped->bytes -= sizeof(*goroutine) + NODE_BYTES + PIECE_BYTES;
	free(goroutine);
}

/* Awake or not; NULL: never seen. */
static struct gt_stopped_goroutine *find_any(struct gt_stopped *stopped, uint32_t tgid, uint64_t g)
{
	const struct gt_stopped_goroutine key = {.g = g, .tgid = tgid};
	void *found = tfind(&key, &stopped->by_g, by_g);

	return found ? *(struct gt_stopped_goroutine **)found : NULL;
}

/* It runs. */
static void wakes(struct gt_stopped *stopped, struct gt_stopped_goroutine *goroutine)
{
	unlist(stopped, goroutine);
	goroutine->awake = true;
	TAILQ_INSERT_TAIL(&stopped->awake, goroutine, link);
	stopped->nr_awake++;
}

/* NULL: it is not known to stand still. Another id at its address: the old one is gone. */
static struct gt_stopped_goroutine *find(struct gt_stopped *stopped, uint32_t tgid, struct gt_g id)
{
	struct gt_stopped_goroutine *goroutine = find_any(stopped, tgid, id.g);

	if (!goroutine || goroutine->awake)
		return NULL;
	if (goroutine->goid == id.goid)
		return goroutine;
	wakes(stopped, goroutine);
	return NULL;
}

/* It runs, or is gone. */
static void runs(struct gt_stopped *stopped, uint32_t tgid, struct gt_g id)
{
	struct gt_stopped_goroutine *goroutine = find(stopped, tgid, id);

	if (goroutine)
		wakes(stopped, goroutine);
}

/* It keeps its place among those that stand still, and nothing of how it came to. */
static void strip(struct gt_stopped *stopped, struct gt_stopped_goroutine *goroutine)
{
	clear(stopped, &goroutine->events);
	TAILQ_REMOVE(&stopped->goroutines, goroutine, link);
	TAILQ_INSERT_TAIL(&stopped->bare, goroutine, link);
	stopped->nr_bare++;
}

/* Who is to be told of stopped lately: what has stood still for hours loses its events first. */
static void make_room(struct gt_stopped *stopped)
{
	while (stopped->bytes > stopped->limit && !TAILQ_EMPTY(&stopped->goroutines))
		strip(stopped, TAILQ_FIRST(&stopped->goroutines));
}

/* It stands still from here on, by `events` and then that one. */
static int stops(struct gt_stopped *stopped, uint32_t tgid, struct gt_g id, struct gt_stopped_events *events,
		 const struct told *told)
{
	struct gt_stopped_goroutine *goroutine = find_any(stopped, tgid, id.g);

	if (goroutine) {
		unlist(stopped, goroutine);
	} else {
		goroutine = calloc(1, sizeof(*goroutine));
		if (!goroutine)
			return -ENOMEM;
		goroutine->g = id.g;
		goroutine->tgid = tgid;
		if (!tsearch(goroutine, &stopped->by_g, by_g)) {
			free(goroutine);
			return -ENOMEM;
		}
		stopped->bytes += sizeof(*goroutine) + NODE_BYTES + PIECE_BYTES;
	}
	goroutine->goid = id.goid;
	goroutine->awake = false;
	TAILQ_INSERT_TAIL(&stopped->bare, goroutine, link);
	stopped->nr_bare++;
	if (add(stopped, events, told))
		return -ENOMEM;
	move(&goroutine->events, events);
	TAILQ_REMOVE(&stopped->bare, goroutine, link);
	TAILQ_INSERT_TAIL(&stopped->goroutines, goroutine, link);
	stopped->nr_bare--;
	return 0;
}

/* ---- threads ----------------------------------------------------------------------------------------------------- */

static int by_tid(const void *a, const void *b)
{
	const struct gt_stopped_thread *left = a, *right = b;

	return left->tid < right->tid ? -1 : left->tid > right->tid;
}

static struct gt_stopped_thread *find_thread(struct gt_stopped *stopped, uint32_t tid)
{
	const struct gt_stopped_thread key = {.tid = tid};
	void *found = tfind(&key, &stopped->by_tid, by_tid);

	return found ? *(struct gt_stopped_thread **)found : NULL;
}

/* Made when there is none: only for threads of the target, whose end is told. NULL: no memory. */
static struct gt_stopped_thread *thread_at(struct gt_stopped *stopped, uint32_t tid, uint32_t tgid)
{
	struct gt_stopped_thread *thread = find_thread(stopped, tid);

	if (thread)
		return thread;
	thread = calloc(1, sizeof(*thread));
	if (!thread)
		return NULL;
	thread->tid = tid;
	thread->tgid = tgid;
	if (!tsearch(thread, &stopped->by_tid, by_tid)) {
		free(thread);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&stopped->threads, thread, link);
	stopped->bytes += sizeof(*thread) + NODE_BYTES + PIECE_BYTES;
	return thread;
}

static void forget_sleep(struct gt_stopped *stopped, struct gt_stopped_thread *thread)
{
	clear(stopped, &thread->sleep);
	thread->slept = thread->woken = false;
	thread->in = 0;
}

static void forget_goroutine(struct gt_stopped *stopped, struct gt_stopped_thread *thread)
{
	clear(stopped, &thread->executes);
	thread->goid = 0;
}

static void drop_thread(struct gt_stopped *stopped, struct gt_stopped_thread *thread)
{
	tdelete(thread, &stopped->by_tid, by_tid);
	TAILQ_REMOVE(&stopped->threads, thread, link);
	forget_goroutine(stopped, thread);
	forget_sleep(stopped, thread);
	clear(stopped, &thread->off);
	clear(stopped, &thread->waker);
	stopped->bytes -= sizeof(*thread) + NODE_BYTES + PIECE_BYTES;
	free(thread);
}

/* ---- who goes, whatever becomes of it ---------------------------------------------------------------------------- */

/* Those of one process, 0 = of all. */
static void forget_list(struct gt_stopped *stopped, struct gt_stopped_goroutines *list, uint32_t tgid)
{
	struct gt_stopped_goroutine *goroutine = TAILQ_FIRST(list), *next;

	for (; goroutine; goroutine = next) {
		next = TAILQ_NEXT(goroutine, link);
		if (!tgid || goroutine->tgid == tgid)
			drop(stopped, goroutine);
	}
}

static void forget_threads(struct gt_stopped *stopped, uint32_t tgid)
{
	struct gt_stopped_thread *thread = TAILQ_FIRST(&stopped->threads), *next;

	for (; thread; thread = next) {
		next = TAILQ_NEXT(thread, link);
		if (!tgid || thread->tgid == tgid)
			drop_thread(stopped, thread);
	}
}

static void forget(struct gt_stopped *stopped, uint32_t tgid)
{
	forget_list(stopped, &stopped->goroutines, tgid);
	forget_list(stopped, &stopped->bare, tgid);
	forget_list(stopped, &stopped->awake, tgid);
	forget_threads(stopped, tgid);
}

/* Goroutines go on where nobody sees it. What the kernel does with threads is told all the same. */
static void forget_goroutines(struct gt_stopped *stopped)
{
	struct gt_stopped_thread *thread;

	forget_list(stopped, &stopped->goroutines, 0);
	forget_list(stopped, &stopped->bare, 0);
	TAILQ_FOREACH(thread, &stopped->threads, link)
	forget_goroutine(stopped, thread);
}

void gt_stopped_init(struct gt_stopped *stopped, size_t limit, uint64_t exit_path)
{
	*stopped = (struct gt_stopped){.limit = limit, .exit_path = exit_path};
	TAILQ_INIT(&stopped->goroutines);
	TAILQ_INIT(&stopped->bare);
	TAILQ_INIT(&stopped->awake);
	TAILQ_INIT(&stopped->threads);
	TAILQ_INIT(&stopped->skimmed);
}

void gt_stopped_free(struct gt_stopped *stopped)
{
	forget(stopped, 0);
	free_spare(stopped);
}

/* ---- hits -------------------------------------------------------------------------------------------------------- */

/* It came back from a call in which its thread slept, just now, and found no P: that is the end of how it stopped. */
static bool comes_back(const struct gt_stopped *stopped, const struct gt_stopped_thread *thread,
		       const struct gt_step *step)
{
	return step->kind == GT_STEP_RETURN && thread->slept && thread->in && thread->goid == step->who.goid &&
	       step->tsc - thread->in <= stopped->exit_path;
}

static int on_stop(struct gt_stopped *stopped, struct gt_stopped_thread *thread, const struct gt_step *step,
		   const struct told *told)
{
	struct gt_stopped_events events = {};
	struct gt_stopped_goroutine *goroutine;
	int err;

	if (comes_back(stopped, thread, step)) {
		move(&events, &thread->executes);
		move(&events, &thread->sleep);
	}
	forget_sleep(stopped, thread);
	forget_goroutine(stopped, thread);
	err = stops(stopped, step->tgid, step->who, &events, told);
	clear(stopped, &events);
	goroutine = err ? NULL : find(stopped, step->tgid, step->who);
	/* Nobody makes it runnable. */
	if (goroutine)
		goroutine->ready = step->kind == GT_STEP_YIELD || step->kind == GT_STEP_RETURN;
	return err;
}

/* It waited, and no event told how it stopped: it is not on the thread where it was. */
static void waited(struct gt_stopped *stopped, const struct gt_step *step)
{
	struct gt_stopped_thread *thread;

	TAILQ_FOREACH(thread, &stopped->threads, link)
	if (thread->goid == step->who.goid && thread->tgid == step->tgid)
		forget_goroutine(stopped, thread);
}

static int on_ready(struct gt_stopped *stopped, const struct gt_step *step, const struct told *told)
{
	struct gt_stopped_goroutine *goroutine = find(stopped, step->tgid, step->who);

	if (!goroutine)
		waited(stopped, step);
	if (!goroutine || goroutine->ready || !goroutine->events.first)
		return 0;
	goroutine->ready = true;
	return add(stopped, &goroutine->events, told);
}

/* A CORO tells how another one stopped, too. When that is over it is no longer to be told: see GT_STANDING_F_RUNS. */
static int on_execute(struct gt_stopped *stopped, struct gt_stopped_thread *thread, const struct gt_step *step,
		      const struct told *told)
{
	int err;

	runs(stopped, step->tgid, step->who);
	thread->goid = step->who.goid;
	err = set(stopped, &thread->executes, told);
	if (!err && ((const struct gtrace_event_hit *)told->event)->id == GT_GO_PROBE_CORO)
		thread->executes.first->runs = true;
	return err;
}

static int on_hit(struct gt_stopped *stopped, const struct gt_step *step, const struct told *told)
{
	struct gt_stopped_thread *thread = step->kind == GT_STEP_WAKER ? find_thread(stopped, step->tid)
								       : thread_at(stopped, step->tid, step->tgid);

	if (step->kind == GT_STEP_WAKER)
		return thread ? set(stopped, &thread->waker, told) : 0;
	if (!thread)
		return -ENOMEM;
	if (step->kind == GT_STEP_OFF)
		return set(stopped, &thread->off, told);
	/* Whatever it tells, it tells who runs on the thread. */
	if (step->runs.goid != thread->goid && step->kind != GT_STEP_RETURN)
		forget_goroutine(stopped, thread);
	if (step->runs.goid)
		runs(stopped, step->tgid, step->runs);
	if (step->kind != GT_STEP_RETURN)
		forget_sleep(stopped, thread);
	if (!step->who.goid)
		return 0;
	switch (step->kind) {
	case GT_STEP_READY:
		return on_ready(stopped, step, told);
	case GT_STEP_EXECUTE:
		return on_execute(stopped, thread, step, told);
	case GT_STEP_EXIT:
		runs(stopped, step->tgid, step->who);
		forget_goroutine(stopped, thread);
		return 0;
	default:
		return on_stop(stopped, thread, step, told);
	}
}

/* ---- what the kernel does with threads --------------------------------------------------------------------------- */

static int loses_cpu(struct gt_stopped *stopped, struct gt_stopped_thread *thread, const struct gt_step *step,
		     const struct told *told)
{
	/* Preempted on its way back from a call it may still find its P gone. */
	if (step->prev_state || !thread->in)
		forget_sleep(stopped, thread);
	move(&thread->sleep, &thread->off);
	thread->cpu = GT_STOPPED_OFF;
	thread->slept |= step->prev_state != 0;
	return add(stopped, &thread->sleep, told);
}

static int gets_cpu(struct gt_stopped *stopped, struct gt_stopped_thread *thread, const struct gt_step *step,
		    const struct told *told)
{
	bool was_off = thread->cpu == GT_STOPPED_OFF;

	thread->cpu = GT_STOPPED_ON;
	if (!was_off)
		return 0;
	if (!thread->slept) {
		forget_sleep(stopped, thread);
		return 0;
	}
	if (!thread->in)
		thread->in = step->tsc;
	return add(stopped, &thread->sleep, told);
}

static int on_switch(struct gt_stopped *stopped, const struct gt_step *step, const struct told *told)
{
	struct gt_stopped_thread *out = step->found ? NULL : find_thread(stopped, step->prev_tid);
	struct gt_stopped_thread *in = find_thread(stopped, step->tid);
	int err = out && out->cpu != GT_STOPPED_OFF ? loses_cpu(stopped, out, step, told) : 0;

	return err || !in ? err : gets_cpu(stopped, in, step, told);
}

static int on_wake(struct gt_stopped *stopped, const struct gt_step *step, const struct told *told)
{
	struct gt_stopped_thread *thread = thread_at(stopped, step->tid, step->tgid);
	struct gt_stopped_thread *waker = find_thread(stopped, step->waker_tid);
	int err = 0;
	bool asleep;

	if (!thread)
		return -ENOMEM;
	asleep = thread->cpu == GT_STOPPED_UNKNOWN ||
		 (thread->cpu == GT_STOPPED_OFF && thread->slept && !thread->woken && !thread->in);
	if (asleep && waker && !step->interrupt)
		move(&thread->sleep, &waker->waker);
	else if (waker)
		clear(stopped, &waker->waker);
	if (asleep) {
		thread->cpu = GT_STOPPED_OFF;
		thread->slept = thread->woken = true;
		err = add(stopped, &thread->sleep, told);
	}
	return err;
}

static int on_step(struct gt_stopped *stopped, const struct gt_step *step, const struct told *told)
{
	struct gt_stopped_thread *thread;

	switch (step->kind) {
	case GT_STEP_SWITCH:
		return on_switch(stopped, step, told);
	case GT_STEP_WAKE:
		return on_wake(stopped, step, told);
	case GT_STEP_THREAD:
		thread = find_thread(stopped, step->tid);
		if (thread)
			drop_thread(stopped, thread);
		return told->event->type != GTRACE_EVENT_FORK || thread_at(stopped, step->tid, step->tgid) ? 0
													   : -ENOMEM;
	case GT_STEP_EXEC:
	case GT_STEP_GONE:
		forget(stopped, step->tgid);
		return 0;
	default:
		return stopped->open ? on_hit(stopped, step, told) : 0;
	}
}

int gt_stopped_event(struct gt_stopped *stopped, uint32_t cpu, const struct gtrace_event *event, struct gt_place place)
{
	const struct told told = {cpu, event, place};
	const struct gtrace_event_window *window = (const void *)event;
	struct gt_step step[GT_STEPS_MAX];
	struct gt_steps steps = {};
	struct gt_item item;
	int err = 0, count;

	if (event->flags & GTRACE_EVENT_F_GAP)
		forget(stopped, 0);
	if (event->type == GTRACE_EVENT_WINDOW) {
		if (!window->open)
			forget_goroutines(stopped);
		stopped->open = window->open;
	}
	if (!gt_event_item(event, cpu, &item))
		return 0;
	count = gt_steps_of(&steps, &item, step);
	for (int i = 0; i < count && !err; i++)
		err = on_step(stopped, &step[i], &told);
	make_room(stopped);
	return count < 0 ? count : err;
}

/* ---- branches and frames ----------------------------------------------------------------------------------------- */

static int by_place(const void *a, const void *b)
{
	const struct gt_stopped_event *left = *(const void *const *)a, *right = *(const void *const *)b;

	if (left->place.chunk != right->place.chunk)
		return left->place.chunk < right->place.chunk ? -1 : 1;
	return left->place.item < right->place.item ? -1 : left->place.item > right->place.item;
}

static int complete(struct gt_stopped *stopped, struct gt_stopped_event *one, const struct gtrace_event *whole)
{
	struct gtrace_event *event = copy(whole);

	if (!event)
		return -ENOMEM;
	stopped->bytes -= cost(one);
	one->event = event;
	stopped->bytes += cost(one);
	one->place.chunk = NULL;
	TAILQ_REMOVE(&stopped->skimmed, one, skimmed);
	return 0;
}

/* Those of one chunk, ascending; it has all of them. */
static int complete_chunk(struct gt_stopped *stopped, struct gt_recording *rec, struct gt_stopped_event **all,
			  size_t count)
{
	const struct gtrace_event *event;
	uint32_t item = 0;
	size_t i = 0;
	int err = 1;

	gt_recording_enter(rec, all[0]->place.chunk, false);
	for (; i < count && (err = gt_chunk_event(rec, &event)) > 0; item++)
		for (; i < count && all[i]->place.item == item && err >= 0; i++)
			err = complete(stopped, all[i], event);
	return err < 0 ? err : 0;
}

int gt_stopped_complete(struct gt_stopped *stopped, struct gt_recording *rec)
{
	struct gt_stopped_event **all = NULL, *one;
	size_t count = 0, room = 0, first = 0, end;
	int err = 0;

	TAILQ_FOREACH(one, &stopped->skimmed, skimmed)
	{
		if (gt_array_room(&all, count, &room)) {
			free(all);
			return -ENOMEM;
		}
		all[count++] = one;
	}
	if (count)
		qsort(all, count, sizeof(*all), by_place);
	for (; first < count && !err; first = end) {
		const struct gt_chunk_header *chunk = all[first]->place.chunk;

		for (end = first; end < count && all[end]->place.chunk == chunk; end++)
			;
		err = complete_chunk(stopped, rec, all + first, end - first);
	}
	free(all);
	free_spare(stopped);
	/* Goroutines that are no more are among them. */
	if (stopped->nr_awake > AWAKE_MAX)
		forget_list(stopped, &stopped->awake, 0);
	make_room(stopped);
	return err;
}

void gt_stopped_late(struct gt_stopped *stopped, const struct gtrace_event *event)
{
	struct gt_item item;

	if (event->type != GTRACE_EVENT_WINDOW && !(event->flags & GTRACE_EVENT_F_GAP) &&
	    !gt_event_item(event, 0, &item))
		return;
	while (!TAILQ_EMPTY(&stopped->goroutines))
		strip(stopped, TAILQ_FIRST(&stopped->goroutines));
	forget_threads(stopped, 0);
	if (event->type == GTRACE_EVENT_WINDOW)
		stopped->open = ((const struct gtrace_event_window *)event)->open;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

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
