// SPDX-License-Identifier: GPL-2.0
/* stopped_step.c - what each event says of who stands still */
#include "stopped_private.h"

#include <errno.h>

#include "event_item.h"
#include "go/probes.h"

/* ---- hits -------------------------------------------------------------------------------------------------------- */

/* It came back from a call in which its thread slept, just now, and found no P: that is the end of how it stopped. */
static bool comes_back(const struct gt_stopped *stopped, const struct gt_stopped_thread *thread,
		       const struct gt_step *step)
{
	return step->kind == GT_STEP_RETURN && thread->slept && thread->in && thread->goid == step->who.goid &&
	       step->tsc - thread->in <= stopped->exit_path;
}

static int on_stop(struct gt_stopped *stopped, struct gt_stopped_thread *thread, const struct gt_step *step,
		   const struct gt_told *told)
{
	struct gt_stopped_events events = {};
	struct gt_stopped_goroutine *goroutine;
	int err;

	if (comes_back(stopped, thread, step)) {
		gt_stopped_move(&events, &thread->executes);
		gt_stopped_move(&events, &thread->sleep);
	}
	gt_stopped_forget_sleep(stopped, thread);
	gt_stopped_forget_goroutine(stopped, thread);
	err = gt_stopped_stops(stopped, step->tgid, step->who, &events, told);
	gt_stopped_clear(stopped, &events);
	goroutine = err ? NULL : gt_stopped_find(stopped, step->tgid, step->who);
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
		gt_stopped_forget_goroutine(stopped, thread);
}

static int on_ready(struct gt_stopped *stopped, const struct gt_step *step, const struct gt_told *told)
{
	struct gt_stopped_goroutine *goroutine = gt_stopped_find(stopped, step->tgid, step->who);

	if (!goroutine)
		waited(stopped, step);
	if (!goroutine || goroutine->ready || !goroutine->events.first)
		return 0;
	goroutine->ready = true;
	return gt_stopped_add(stopped, &goroutine->events, told);
}

/* A CORO tells how another one stopped, too. When that is over it is no longer to be told: see GT_STANDING_F_RUNS. */
static int on_execute(struct gt_stopped *stopped, struct gt_stopped_thread *thread, const struct gt_step *step,
		      const struct gt_told *told)
{
	int err;

	gt_stopped_runs(stopped, step->tgid, step->who);
	thread->goid = step->who.goid;
	err = gt_stopped_set(stopped, &thread->executes, told);
	if (!err && ((const struct gtrace_event_hit *)told->event)->id == GT_GO_PROBE_CORO)
		thread->executes.first->runs = true;
	return err;
}

static int on_hit(struct gt_stopped *stopped, const struct gt_step *step, const struct gt_told *told)
{
	struct gt_stopped_thread *thread = step->kind == GT_STEP_WAKER
						   ? gt_stopped_find_thread(stopped, step->tid)
						   : gt_stopped_thread_at(stopped, step->tid, step->tgid);

	if (step->kind == GT_STEP_WAKER)
		return thread ? gt_stopped_set(stopped, &thread->waker, told) : 0;
	if (!thread)
		return -ENOMEM;
	if (step->kind == GT_STEP_OFF)
		return gt_stopped_set(stopped, &thread->off, told);
	/* Whatever it tells, it tells who runs on the thread. */
	if (step->runs.goid != thread->goid && step->kind != GT_STEP_RETURN)
		gt_stopped_forget_goroutine(stopped, thread);
	if (step->runs.goid)
		gt_stopped_runs(stopped, step->tgid, step->runs);
	if (step->kind != GT_STEP_RETURN)
		gt_stopped_forget_sleep(stopped, thread);
	if (!step->who.goid)
		return 0;
	switch (step->kind) {
	case GT_STEP_READY:
		return on_ready(stopped, step, told);
	case GT_STEP_EXECUTE:
		return on_execute(stopped, thread, step, told);
	case GT_STEP_EXIT:
		gt_stopped_runs(stopped, step->tgid, step->who);
		gt_stopped_forget_goroutine(stopped, thread);
		return 0;
	default:
		return on_stop(stopped, thread, step, told);
	}
}

/* ---- what the kernel does with threads --------------------------------------------------------------------------- */

static int loses_cpu(struct gt_stopped *stopped, struct gt_stopped_thread *thread, const struct gt_step *step,
		     const struct gt_told *told)
{
	/* Preempted on its way back from a call it may still find its P gone. */
	if (step->prev_state || !thread->in)
		gt_stopped_forget_sleep(stopped, thread);
	gt_stopped_move(&thread->sleep, &thread->off);
	thread->cpu = GT_STOPPED_OFF;
	thread->slept |= step->prev_state != 0;
	return gt_stopped_add(stopped, &thread->sleep, told);
}

static int gets_cpu(struct gt_stopped *stopped, struct gt_stopped_thread *thread, const struct gt_step *step,
		    const struct gt_told *told)
{
	bool was_off = thread->cpu == GT_STOPPED_OFF;

	thread->cpu = GT_STOPPED_ON;
	if (!was_off)
		return 0;
	if (!thread->slept) {
		gt_stopped_forget_sleep(stopped, thread);
		return 0;
	}
	if (!thread->in)
		thread->in = step->tsc;
	return gt_stopped_add(stopped, &thread->sleep, told);
}

static int on_switch(struct gt_stopped *stopped, const struct gt_step *step, const struct gt_told *told)
{
	struct gt_stopped_thread *out = step->found ? NULL : gt_stopped_find_thread(stopped, step->prev_tid);
	struct gt_stopped_thread *in = gt_stopped_find_thread(stopped, step->tid);
	int err = out && out->cpu != GT_STOPPED_OFF ? loses_cpu(stopped, out, step, told) : 0;

	return err || !in ? err : gets_cpu(stopped, in, step, told);
}

static int on_wake(struct gt_stopped *stopped, const struct gt_step *step, const struct gt_told *told)
{
	struct gt_stopped_thread *thread = gt_stopped_thread_at(stopped, step->tid, step->tgid);
	struct gt_stopped_thread *waker = gt_stopped_find_thread(stopped, step->waker_tid);
	int err = 0;
	bool asleep;

	if (!thread)
		return -ENOMEM;
	asleep = thread->cpu == GT_STOPPED_UNKNOWN ||
		 (thread->cpu == GT_STOPPED_OFF && thread->slept && !thread->woken && !thread->in);
	if (asleep && waker && !step->interrupt)
		gt_stopped_move(&thread->sleep, &waker->waker);
	else if (waker)
		gt_stopped_clear(stopped, &waker->waker);
	if (asleep) {
		thread->cpu = GT_STOPPED_OFF;
		thread->slept = thread->woken = true;
		err = gt_stopped_add(stopped, &thread->sleep, told);
	}
	return err;
}

static int on_step(struct gt_stopped *stopped, const struct gt_step *step, const struct gt_told *told)
{
	struct gt_stopped_thread *thread;

	switch (step->kind) {
	case GT_STEP_SWITCH:
		return on_switch(stopped, step, told);
	case GT_STEP_WAKE:
		return on_wake(stopped, step, told);
	case GT_STEP_THREAD:
		thread = gt_stopped_find_thread(stopped, step->tid);
		if (thread)
			gt_stopped_drop_thread(stopped, thread);
		return told->event->type != GTRACE_EVENT_FORK || gt_stopped_thread_at(stopped, step->tid, step->tgid)
			       ? 0
			       : -ENOMEM;
	case GT_STEP_EXEC:
	case GT_STEP_GONE:
		gt_stopped_forget(stopped, step->tgid);
		return 0;
	default:
		return stopped->open ? on_hit(stopped, step, told) : 0;
	}
}

int gt_stopped_event(struct gt_stopped *stopped, uint32_t cpu, const struct gtrace_event *event, struct gt_place place)
{
	const struct gt_told told = {cpu, event, place};
	const struct gtrace_event_window *window = (const void *)event;
	struct gt_step step[GT_STEPS_MAX];
	struct gt_steps steps = {};
	struct gt_item item;
	int err = 0, count;

	if (event->flags & GTRACE_EVENT_F_GAP)
		gt_stopped_forget(stopped, 0);
	if (event->type == GTRACE_EVENT_WINDOW) {
		if (!window->open)
			gt_stopped_forget_goroutines(stopped);
		stopped->open = window->open;
	}
	if (!gt_event_item(event, cpu, &item))
		return 0;
	count = gt_steps_of(&steps, &item, step);
	for (int i = 0; i < count && !err; i++)
		err = on_step(stopped, &step[i], &told);
	gt_stopped_make_room(stopped);
	return count < 0 ? count : err;
}
