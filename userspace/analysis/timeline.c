// SPDX-License-Identifier: GPL-2.0
#include "analysis/timeline.h"

#include "analysis/timeline_private.h"
#include "lib/array.h"

struct gt_timeline *gt_timeline_new(const struct gt_blinds *blinds, uint64_t exit_path, gt_stall_fn *stall,
				    gt_unknown_fn *unknown, void *to)
{
	struct gt_timeline *timeline = calloc(1, sizeof(*timeline));

	if (timeline)
		*timeline = (struct gt_timeline){
			.blinds = blinds, .exit_path = exit_path, .stall = stall, .unknown = unknown, .to = to};
	return timeline;
}

void gt_timeline_free(struct gt_timeline *timeline)
{
	size_t i;

	if (!timeline)
		return;
	for (i = 0; i < timeline->count; i++)
		free(timeline->all[i]);
	free(timeline->all);
	gt_hash_free(&timeline->by_address);
	gt_threads_free(&timeline->threads);
	gt_deadlines_free(&timeline->deadlines);
	free(timeline);
}

uint64_t gt_timeline_stops(const struct gt_timeline *timeline)
{
	return timeline->stops;
}

uint64_t gt_timeline_unknown(const struct gt_timeline *timeline, enum gt_unknown why)
{
	return timeline->unknowns[why];
}

/* ---- what is over ---------------------------------------------------------------------------------------------- */

static int hand_out(struct gt_timeline *timeline, const struct gt_stall *stall)
{
	return timeline->stall ? timeline->stall(timeline->to, stall) : 0;
}

/* It went on after its system call: that was a stall of its own. */
static int went_on(struct gt_timeline *timeline, struct gt_timeline_g *goroutine)
{
	if (!goroutine->called)
		return 0;
	goroutine->called = false;
	return hand_out(timeline, &goroutine->call);
}

/* From here on nothing is known of it; a stop that is open has no known end. */
static int lose(struct gt_timeline *timeline, struct gt_timeline_g *goroutine, enum gt_unknown why)
{
	int err = went_on(timeline, goroutine);

	if (!err && (goroutine->state == STOPPED || goroutine->state == OFF_CPU)) {
		timeline->unknowns[why]++;
		if (timeline->unknown) {
			struct gt_stall stop = gt_open_stop(timeline, goroutine, timeline->now);

			stop.gone = why == GT_UNKNOWN_EXIT;
			err = timeline->unknown(timeline->to, &stop, why);
		}
	}
	gt_deadline_clear(&timeline->deadlines, &goroutine->deadline);
	if (goroutine->thread && goroutine->thread->goroutine == goroutine)
		goroutine->thread->goroutine = NULL;
	goroutine->thread = NULL;
	goroutine->state = UNKNOWN;
	goroutine->ran_from = 0;
	return err;
}

static int lose_all(struct gt_timeline *timeline, enum gt_unknown why)
{
	size_t i;
	int err = 0;

	for (i = 0; i < timeline->count && !err; i++)
		err = lose(timeline, timeline->all[i], why);
	return err;
}

/* Goroutines are forgotten where a blind stretch begins, and what is told within is not believed. */
static int look_around(struct gt_timeline *timeline, uint64_t tsc)
{
	const struct gt_blind *blind;
	size_t i;
	int err;

	for (; timeline->blind < timeline->blinds->count; timeline->blind++) {
		blind = &timeline->blinds->all[timeline->blind];
		if (tsc < blind->from)
			return 0;
		if (!timeline->in_blind) {
			if (blind->from > timeline->now)
				timeline->now = blind->from;
			err = gt_open_expire(timeline, timeline->now);
			if (err)
				return err;
			err = lose_all(timeline, blind->why == GT_BLIND_GAP   ? GT_UNKNOWN_GAP
						 : blind->until == UINT64_MAX ? GT_UNKNOWN_END
									      : GT_UNKNOWN_PAUSE);
			if (err)
				return err;
			timeline->in_blind = true;
		}
		if (tsc < blind->until)
			return 0;
		timeline->in_blind = false;
		for (i = 0; blind->why == GT_BLIND_GAP && i < timeline->threads.count; i++)
			timeline->threads.all[i]->state = GT_THREAD_UNKNOWN;
	}
	return 0;
}

/* ---- goroutines ------------------------------------------------------------------------------------------------ */

/* The record of a goroutine. Another id at the same address: the old one is gone. */
static int find(struct gt_timeline *timeline, uint32_t tgid, struct gt_g id, struct gt_timeline_g **out)
{
	uint64_t *at = gt_hash_at(&timeline->by_address, id.g, tgid);
	struct gt_timeline_g *goroutine;
	int err = 0;

	if (!at || gt_array_room(&timeline->all, timeline->count, &timeline->room))
		return -ENOMEM;
	if (!*at) {
		goroutine = calloc(1, sizeof(*goroutine));
		if (!goroutine)
			return -ENOMEM;
		goroutine->tgid = tgid;
		timeline->all[timeline->count++] = goroutine;
		*at = timeline->count;
	}
	goroutine = timeline->all[*at - 1];
	if (goroutine->id.goid != id.goid)
		err = lose(timeline, goroutine, GT_UNKNOWN_UNSEEN);
	if (goroutine->id.goid != id.goid)
		goroutine->root = GT_NO_SITE;
	goroutine->id = id;
	*out = goroutine;
	return err;
}

static void begin(struct gt_timeline *timeline, struct gt_timeline_g *goroutine, enum gt_stall_kind kind,
		  const struct gt_step *step, uint32_t tid)
{
	goroutine->stop = (struct gt_stall){
		.number = ++timeline->stops,
		.begin = step->tsc,
		.ran_from = goroutine->ran_from,
		.g = goroutine->id.g,
		.goid = goroutine->id.goid,
		.tgid = goroutine->tgid,
		.tid = tid,
		.cpu = step->cpu,
		.kind = kind,
		.site = GT_NO_SITE,
		.root = goroutine->root,
		.waker_site = GT_NO_SITE,
	};
}

static void learn_root(struct gt_timeline_g *goroutine, struct gt_site root)
{
	if (root.location != GT_NO_LOCATION)
		goroutine->root = root;
}

/* It runs on `thread` from `tsc` on; 0 = it was found there. */
static void put_on(struct gt_timeline *timeline, struct gt_timeline_g *goroutine, struct gt_thread *thread,
		   uint64_t tsc)
{
	if (goroutine->thread && goroutine->thread->goroutine == goroutine)
		goroutine->thread->goroutine = NULL;
	goroutine->state = RUNNING;
	goroutine->thread = thread;
	goroutine->ran_from = tsc;
	thread->goroutine = goroutine;
	gt_deadline_clear(&timeline->deadlines, &goroutine->deadline);
}

static void take_off(struct gt_timeline_g *goroutine)
{
	if (goroutine->thread && goroutine->thread->goroutine == goroutine)
		goroutine->thread->goroutine = NULL;
	goroutine->thread = NULL;
}

/* What a probe's hit tells besides its own meaning: which goroutine the thread runs, or that it is without one. */
static int settle(struct gt_timeline *timeline, struct gt_thread *thread, const struct gt_step *step)
{
	struct gt_timeline_g *before = thread->goroutine, *now;
	int err = 0;

	if (!step->runs.goid)
		return before ? lose(timeline, before, GT_UNKNOWN_UNSEEN) : 0;
	err = find(timeline, step->tgid, step->runs, &now);
	if (!err && before == now && now->state == RUNNING)
		return step->kind == GT_STEP_RETURN ? 0 : went_on(timeline, now);
	if (!err && before && before != now)
		err = lose(timeline, before, GT_UNKNOWN_UNSEEN);
	if (!err)
		err = lose(timeline, now, GT_UNKNOWN_UNSEEN);
	if (!err)
		put_on(timeline, now, thread, 0);
	return err;
}

/*
 * It comes back from a system call, and its P is gone: it goes to Go's queue. That is part of the stall in the call:
 *
 *	SWITCH out ... WAKE ... SWITCH in, exitsyscall, RETURN ... EXECUTE
 *	|---- blocked ----|- kernel -|------ Go run queue --------|
 *
 * When the call did not sleep, or one before it did, long ago, it stops here.
 */
static int come_back(struct gt_timeline *timeline, struct gt_thread *thread, const struct gt_step *step)
{
	struct gt_timeline_g *goroutine;
	int err = find(timeline, step->tgid, step->who, &goroutine);

	if (!err && goroutine->state != RUNNING)
		err = lose(timeline, goroutine, GT_UNKNOWN_UNSEEN);
	if (!err && goroutine->called && step->tsc - goroutine->call.end > timeline->exit_path)
		err = went_on(timeline, goroutine);
	if (err)
		return err;
	learn_root(goroutine, step->root);
	if (goroutine->called) {
		goroutine->stop = goroutine->call;
		goroutine->called = false;
	} else {
		begin(timeline, goroutine, GT_STALL_SYSCALL, step, thread->tid);
		goroutine->stop.ready = goroutine->stop.end = step->tsc;
		goroutine->stop.waker = GT_WAKER_NOBODY;
	}
	goroutine->stop.requeued = true;
	/* A sleep has told it better: the way back is the same for all calls. */
	if (goroutine->stop.site.location == GT_NO_LOCATION)
		goroutine->stop.site = step->site;
	goroutine->stop.root = goroutine->root;
	goroutine->state = STOPPED;
	take_off(goroutine);
	return gt_open_limit(timeline, goroutine);
}

static int stop(struct gt_timeline *timeline, struct gt_thread *thread, const struct gt_step *step)
{
	struct gt_timeline_g *goroutine;
	int err = find(timeline, step->tgid, step->who, &goroutine);

	if (!err && goroutine->state != RUNNING)
		err = lose(timeline, goroutine, GT_UNKNOWN_UNSEEN);
	if (err)
		return err;
	learn_root(goroutine, step->root);
	switch (step->kind) {
	case GT_STEP_PARK:
		begin(timeline, goroutine, GT_STALL_PARK, step, thread->tid);
		goroutine->stop.reason = step->reason;
		goroutine->stop.lock = step->lock;
		break;
	case GT_STEP_PREEMPT:
		begin(timeline, goroutine, GT_STALL_STOPPED, step, thread->tid);
		break;
	case GT_STEP_CORO:
		begin(timeline, goroutine, GT_STALL_CORO, step, thread->tid);
		break;
	default:
		begin(timeline, goroutine, step->forced ? GT_STALL_ASYNC : GT_STALL_YIELD, step, thread->tid);
		goroutine->stop.ready = step->tsc;
		goroutine->stop.waker = GT_WAKER_NOBODY;
	}
	goroutine->stop.site = step->site;
	goroutine->state = STOPPED;
	take_off(goroutine);
	return gt_open_limit(timeline, goroutine);
}

static int ready(struct gt_timeline *timeline, struct gt_thread *thread, const struct gt_step *step)
{
	struct gt_timeline_g *goroutine;
	int err = find(timeline, step->tgid, step->who, &goroutine);

	if (err)
		return err;
	/* It waited, whatever we thought. */
	if (goroutine->state != STOPPED)
		return lose(timeline, goroutine, GT_UNKNOWN_UNSEEN);
	if (goroutine->stop.ready)
		return 0;
	goroutine->stop.ready = step->tsc;
	goroutine->stop.waker = step->waker;
	goroutine->stop.waker_goid = step->runs.goid;
	goroutine->stop.waker_tid = thread->tid;
	goroutine->stop.waker_cpu = step->cpu;
	goroutine->stop.waker_site = step->site;
	return gt_open_limit(timeline, goroutine);
}

static void waited_for(struct gt_stall *stall, const struct gt_wait *wait)
{
	stall->wait_cpu = wait->cpu;
	stall->wait = wait->until - wait->from;
	stall->held = wait->held;
}

static int over(struct gt_timeline *timeline, struct gt_stall *stall, struct gt_thread *thread,
		const struct gt_step *step)
{
	struct gt_wait longest = {};
	uint64_t waited;

	if (!stall->ready)
		stall->ready = step->tsc;
	/* Of one that came back from a call the waits up to there are counted already. */
	waited = gt_thread_waited(thread, stall->requeued ? stall->end : stall->ready, step->tsc, &longest);
	if (longest.until - longest.from > stall->wait)
		waited_for(stall, &longest);
	stall->kernel += waited;
	stall->end = step->tsc;
	stall->end_tid = thread->tid;
	stall->end_cpu = step->cpu;
	return hand_out(timeline, stall);
}

static int resume(struct gt_timeline *timeline, struct gt_thread *thread, const struct gt_step *step)
{
	struct gt_timeline_g *goroutine;
	int err = find(timeline, step->tgid, step->who, &goroutine);

	if (!err && goroutine->state != STOPPED)
		err = lose(timeline, goroutine, GT_UNKNOWN_UNSEEN);
	else if (!err)
		err = over(timeline, &goroutine->stop, thread, step);
	if (err)
		return err;
	learn_root(goroutine, step->root);
	put_on(timeline, goroutine, thread, step->tsc);
	return 0;
}

static int leave(struct gt_timeline *timeline, const struct gt_step *step)
{
	struct gt_timeline_g *goroutine;
	int err = find(timeline, step->tgid, step->who, &goroutine);

	return err ? err : lose(timeline, goroutine, GT_UNKNOWN_UNSEEN);
}

/* Who makes another one runnable before `stood` may have left the thread since: that is not told. */
static int stood(struct gt_timeline *timeline, struct gt_thread *thread, const struct gt_step *step)
{
	struct gt_timeline_g *goroutine;
	int err = find(timeline, step->tgid, step->who, &goroutine);

	if (err)
		return err;
	if (step->kind == GT_STEP_READY)
		return goroutine->state == STOPPED ? ready(timeline, thread, step) : 0;
	/* EXECUTE: since when it ran without a break is not told either. */
	err = lose(timeline, goroutine, GT_UNKNOWN_UNSEEN);
	learn_root(goroutine, step->root);
	put_on(timeline, goroutine, thread, 0);
	return err;
}

static int go_step(struct gt_timeline *timeline, const struct gt_step *step)
{
	struct gt_thread *thread = gt_threads_at(&timeline->threads, step->tid);
	int err;

	if (!thread)
		return -ENOMEM;
	if (timeline->in_blind)
		return 0;
	if (step->kind == GT_STEP_WAKER) {
		thread->wakes_at = step->site;
		return 0;
	}
	if (step->kind == GT_STEP_OFF) {
		thread->site = step->site;
		thread->root = step->root;
		return 0;
	}
	if (step->tsc < timeline->stood && (step->kind == GT_STEP_READY || step->kind == GT_STEP_EXECUTE))
		return step->who.goid ? stood(timeline, thread, step) : 0;
	err = settle(timeline, thread, step);
	if (err || !step->who.goid)
		return err;
	switch (step->kind) {
	case GT_STEP_READY:
		return ready(timeline, thread, step);
	case GT_STEP_EXECUTE:
		return resume(timeline, thread, step);
	case GT_STEP_RETURN:
		return come_back(timeline, thread, step);
	case GT_STEP_EXIT:
		return leave(timeline, step);
	default:
		return stop(timeline, thread, step);
	}
}

/* ---- their threads --------------------------------------------------------------------------------------------- */

static int lose_cpu(struct gt_timeline *timeline, struct gt_thread *thread, const struct gt_step *step)
{
	struct gt_timeline_g *goroutine = thread->goroutine;
	struct gt_site site = thread->site, root = thread->root;
	int err = 0;

	gt_thread_out(thread, step);
	/* What an OFF told is of this time alone. */
	thread->site = thread->root = GT_NO_SITE;
	if (!goroutine || goroutine->state != RUNNING)
		return 0;
	/* Preempted on its way back from a call it may still find its P gone. */
	if (step->prev_state)
		err = went_on(timeline, goroutine);
	learn_root(goroutine, root);
	begin(timeline, goroutine, step->prev_state ? GT_STALL_SYSCALL : GT_STALL_PREEMPTED, step, thread->tid);
	goroutine->stop.task_state = step->prev_state;
	goroutine->stop.site = site;
	goroutine->state = OFF_CPU;
	return err ? err : gt_open_limit(timeline, goroutine);
}

static int get_cpu(struct gt_timeline *timeline, struct gt_thread *thread, const struct gt_step *step)
{
	struct gt_timeline_g *goroutine = thread->goroutine;
	enum gt_thread_state state = thread->state;
	struct gt_wait longest = {};
	struct gt_stall *stop;

	gt_thread_in(&timeline->threads, thread, step);
	if (!goroutine || goroutine->state != OFF_CPU)
		return 0;
	stop = &goroutine->stop;
	gt_deadline_clear(&timeline->deadlines, &goroutine->deadline);
	goroutine->state = RUNNING;
	goroutine->ran_from = step->tsc;
	stop->end = step->tsc;
	stop->end_tid = thread->tid;
	stop->end_cpu = step->cpu;
	if (stop->kind == GT_STALL_PREEMPTED) {
		stop->ready = stop->begin;
		stop->waker = GT_WAKER_NOBODY;
	} else if (state == GT_THREAD_WOKEN) {
		gt_open_waker(stop, thread);
	} else {
		stop->ready = stop->end;
	}
	stop->kernel = gt_thread_waited(thread, stop->ready, stop->end, &longest);
	waited_for(stop, &longest);
	if (stop->kind == GT_STALL_PREEMPTED)
		return hand_out(timeline, stop);
	goroutine->call = *stop;
	goroutine->called = true;
	return 0;
}

static int switched(struct gt_timeline *timeline, const struct gt_step *step)
{
	struct gt_thread *out = step->found ? NULL : gt_threads_find(&timeline->threads, step->prev_tid), *in;
	int err = gt_threads_switch(&timeline->threads, step);

	if (!err && out && step->prev_tid)
		err = lose_cpu(timeline, out, step);
	if (err || !step->tid)
		return err;
	in = gt_threads_at(&timeline->threads, step->tid);
	return in ? get_cpu(timeline, in, step) : -ENOMEM;
}

static int woken(struct gt_timeline *timeline, const struct gt_step *step)
{
	struct gt_thread *thread = gt_threads_at(&timeline->threads, step->tid), *waker;
	struct gt_timeline_g *runs;

	if (!thread)
		return -ENOMEM;
	waker = gt_threads_find(&timeline->threads, step->waker_tid);
	runs = waker && !step->interrupt ? waker->goroutine : NULL;
	gt_thread_wake(thread, step, runs ? runs->id.goid : 0, runs ? waker->wakes_at : GT_NO_SITE);
	/* It told of this one alone. */
	if (waker)
		waker->wakes_at = GT_NO_SITE;
	runs = thread->goroutine;
	return runs && runs->state == OFF_CPU ? gt_open_limit(timeline, runs) : 0;
}

/* The id `tid` is another thread's from here on, or nobody's. */
static int forget_thread(struct gt_timeline *timeline, const struct gt_step *step)
{
	struct gt_thread *thread = gt_threads_find(&timeline->threads, step->tid);
	int err = 0;

	if (!thread)
		return 0;
	if (thread->goroutine)
		err = lose(timeline, thread->goroutine, GT_UNKNOWN_UNSEEN);
	*thread = (struct gt_thread){.tid = thread->tid,
				     .site = GT_NO_SITE,
				     .root = GT_NO_SITE,
				     .wakes_at = GT_NO_SITE,
				     .waker_site = GT_NO_SITE};
	return err;
}

static int forget_process(struct gt_timeline *timeline, const struct gt_step *step, enum gt_unknown why)
{
	size_t i;
	int err = 0;

	for (i = 0; i < timeline->count && !err; i++)
		if (timeline->all[i]->tgid == step->tgid)
			err = lose(timeline, timeline->all[i], why);
	return err;
}

/* Its last thread ends. */
static int end_process(struct gt_timeline *timeline, const struct gt_step *step)
{
	int err = forget_process(timeline, step, GT_UNKNOWN_EXIT);

	return err ? err : forget_thread(timeline, step);
}

void gt_timeline_stood(struct gt_timeline *timeline, uint64_t tsc)
{
	timeline->stood = timeline->threads.stood = tsc;
}

int gt_timeline_pass(struct gt_timeline *timeline, uint64_t tsc)
{
	int err;

	if (tsc < timeline->now)
		return 0;
	err = look_around(timeline, tsc);
	timeline->now = tsc;
	return err ? err : gt_open_expire(timeline, tsc);
}

int gt_timeline_step(struct gt_timeline *timeline, const struct gt_step *step)
{
	struct gt_step later;
	int err;

	/* Time that runs back, in a file that was tampered with, must not make an interval end before it began. */
	if (step->tsc < timeline->now) {
		later = *step;
		later.tsc = timeline->now;
		step = &later;
	}
	err = gt_timeline_pass(timeline, step->tsc);
	if (err)
		return err;
	switch (step->kind) {
	case GT_STEP_SWITCH:
		return switched(timeline, step);
	case GT_STEP_WAKE:
		return woken(timeline, step);
	case GT_STEP_THREAD:
		return forget_thread(timeline, step);
	case GT_STEP_EXEC:
		return forget_process(timeline, step, GT_UNKNOWN_UNSEEN);
	case GT_STEP_GONE:
		return end_process(timeline, step);
	default:
		return go_step(timeline, step);
	}
}

int gt_timeline_end(struct gt_timeline *timeline, uint64_t tsc)
{
	int err = gt_timeline_pass(timeline, tsc);

	return err ? err : lose_all(timeline, GT_UNKNOWN_END);
}
