// SPDX-License-Identifier: GPL-2.0
#include "stopped_private.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "event_item.h"
#include "lib/array.h"
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

int gt_stopped_add(struct gt_stopped *stopped, struct gt_stopped_events *to, const struct gt_told *told)
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

void gt_stopped_clear(struct gt_stopped *stopped, struct gt_stopped_events *events)
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

int gt_stopped_set(struct gt_stopped *stopped, struct gt_stopped_events *to, const struct gt_told *told)
{
	gt_stopped_clear(stopped, to);
	return gt_stopped_add(stopped, to, told);
}

void gt_stopped_move(struct gt_stopped_events *to, struct gt_stopped_events *from)
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
	gt_stopped_clear(stopped, &goroutine->events);
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

struct gt_stopped_goroutine *gt_stopped_find(struct gt_stopped *stopped, uint32_t tgid, struct gt_g id)
{
	struct gt_stopped_goroutine *goroutine = find_any(stopped, tgid, id.g);

	if (!goroutine || goroutine->awake)
		return NULL;
	if (goroutine->goid == id.goid)
		return goroutine;
	wakes(stopped, goroutine);
	return NULL;
}

void gt_stopped_runs(struct gt_stopped *stopped, uint32_t tgid, struct gt_g id)
{
	struct gt_stopped_goroutine *goroutine = gt_stopped_find(stopped, tgid, id);

	if (goroutine)
		wakes(stopped, goroutine);
}

/* It keeps its place among those that stand still, and nothing of how it came to. */
static void strip(struct gt_stopped *stopped, struct gt_stopped_goroutine *goroutine)
{
	gt_stopped_clear(stopped, &goroutine->events);
	TAILQ_REMOVE(&stopped->goroutines, goroutine, link);
	TAILQ_INSERT_TAIL(&stopped->bare, goroutine, link);
	stopped->nr_bare++;
}

void gt_stopped_make_room(struct gt_stopped *stopped)
{
	while (stopped->bytes > stopped->limit && !TAILQ_EMPTY(&stopped->goroutines))
		strip(stopped, TAILQ_FIRST(&stopped->goroutines));
}

int gt_stopped_stops(struct gt_stopped *stopped, uint32_t tgid, struct gt_g id, struct gt_stopped_events *events,
		     const struct gt_told *told)
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
	if (gt_stopped_add(stopped, events, told))
		return -ENOMEM;
	gt_stopped_move(&goroutine->events, events);
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

struct gt_stopped_thread *gt_stopped_find_thread(struct gt_stopped *stopped, uint32_t tid)
{
	const struct gt_stopped_thread key = {.tid = tid};
	void *found = tfind(&key, &stopped->by_tid, by_tid);

	return found ? *(struct gt_stopped_thread **)found : NULL;
}

struct gt_stopped_thread *gt_stopped_thread_at(struct gt_stopped *stopped, uint32_t tid, uint32_t tgid)
{
	struct gt_stopped_thread *thread = gt_stopped_find_thread(stopped, tid);

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

void gt_stopped_forget_sleep(struct gt_stopped *stopped, struct gt_stopped_thread *thread)
{
	gt_stopped_clear(stopped, &thread->sleep);
	thread->slept = thread->woken = false;
	thread->in = 0;
}

void gt_stopped_forget_goroutine(struct gt_stopped *stopped, struct gt_stopped_thread *thread)
{
	gt_stopped_clear(stopped, &thread->executes);
	thread->goid = 0;
}

void gt_stopped_drop_thread(struct gt_stopped *stopped, struct gt_stopped_thread *thread)
{
	tdelete(thread, &stopped->by_tid, by_tid);
	TAILQ_REMOVE(&stopped->threads, thread, link);
	gt_stopped_forget_goroutine(stopped, thread);
	gt_stopped_forget_sleep(stopped, thread);
	gt_stopped_clear(stopped, &thread->off);
	gt_stopped_clear(stopped, &thread->waker);
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
			gt_stopped_drop_thread(stopped, thread);
	}
}

void gt_stopped_forget(struct gt_stopped *stopped, uint32_t tgid)
{
	forget_list(stopped, &stopped->goroutines, tgid);
	forget_list(stopped, &stopped->bare, tgid);
	forget_list(stopped, &stopped->awake, tgid);
	forget_threads(stopped, tgid);
}

void gt_stopped_forget_goroutines(struct gt_stopped *stopped)
{
	struct gt_stopped_thread *thread;

	forget_list(stopped, &stopped->goroutines, 0);
	forget_list(stopped, &stopped->bare, 0);
	TAILQ_FOREACH(thread, &stopped->threads, link)
	gt_stopped_forget_goroutine(stopped, thread);
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
	gt_stopped_forget(stopped, 0);
	free_spare(stopped);
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
	gt_stopped_make_room(stopped);
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
