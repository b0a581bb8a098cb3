// SPDX-License-Identifier: GPL-2.0
#include "analysis/step.h"

#include "go/probes.h"
#include "lib/hit.h"

void gt_steps_free(struct gt_steps *steps)
{
	gt_blame_free(&steps->blame);
}

static bool missing(const struct gtrace_event_hit *hit, unsigned int value)
{
	return value >= hit->nr_values || hit->missing & 1u << value;
}

/* Who is on the thread: R14's goroutine, or (on g0) that of its M. goid 0 = none. False: it cannot be told. */
static bool read_runs(const struct gtrace_event_hit *hit, struct gt_g *runs)
{
	*runs = (struct gt_g){.g = gt_hit_value(hit, GT_HIT_G), .goid = gt_hit_value(hit, GT_HIT_GOID)};
	if (runs->goid)
		return true;
	*runs = (struct gt_g){.g = gt_hit_value(hit, GT_HIT_CURG), .goid = gt_hit_value(hit, GT_HIT_CURGOID)};
	/* Without a curg its goid counts as missing, too. */
	return !missing(hit, GT_HIT_CURG) && (!runs->g || runs->goid);
}

/* The line of the stack that a hit carries. */
static int place(struct gt_steps *steps, const struct gt_item *item, struct gt_step *step)
{
	struct gt_stack stack;
	int err;

	if (!steps->join)
		return 0;
	err = gt_stack_read(&stack, steps->join, item);
	if (!err)
		err = gt_blame(&steps->blame, steps->join, &stack, &step->site, &step->root);
	/* On the thread's own stack, where the runtime works for the goroutine: that is known all the same. */
	if (!err && (step->kind == GT_STEP_OFF || step->kind == GT_STEP_WAKER) &&
	    step->site.location == GT_NO_LOCATION && stack.count)
		step->site.location = stack.locations[0];
	return err;
}

static int ready(struct gt_steps *steps, const struct gt_item *item, struct gt_step *step)
{
	int err;

	/* Timers run on g0 between goroutines; nothing else calls ready from there. */
	step->waker = GT_WAKER_TIMER;
	if (!step->runs.goid)
		return 0;
	err = place(steps, item, step);
	step->waker = steps->join && gt_is_system(steps->join, step->root) ? GT_WAKER_RUNTIME : GT_WAKER_GOROUTINE;
	return err;
}

/* A step for the reader and one for the writer that wait for a descriptor. */
static int netpoll(const struct gtrace_event_hit *hit, const struct gt_step *step, struct gt_step *out)
{
	uint8_t mode = gt_hit_value(hit, GT_NETPOLL_MODE);
	int count = 0;

	/* internal/poll hands over 'r', 'w', or their sum for both. */
	if (mode == 'r' || mode == (uint8_t)('r' + 'w')) {
		out[count] = *step;
		out[count++].who = (struct gt_g){.g = gt_hit_value(hit, GT_NETPOLL_RG),
						 .goid = gt_hit_value(hit, GT_NETPOLL_RGOID)};
	}
	if (mode == 'w' || mode == (uint8_t)('r' + 'w')) {
		out[count] = *step;
		out[count++].who = (struct gt_g){.g = gt_hit_value(hit, GT_NETPOLL_WG),
						 .goid = gt_hit_value(hit, GT_NETPOLL_WGOID)};
	}
	/* Nobody waits for it; the thread's own goroutine is told all the same. */
	if (!count)
		out[count++] = *step;
	return count;
}

/*
 * One end of a coroutine goes on where the other stops: it is made ready, the other one stops or ends, it gets the
 * thread. Whether it ends only its stack tells: coroexit came by the same way as coroswitch.
 */
static int coro(struct gt_steps *steps, const struct gt_item *item, const struct gt_step *step, struct gt_step *out)
{
	struct gt_step stop = *step, next = *step;
	struct gt_stack stack = {};
	int err = 0;

	stop.kind = GT_STEP_CORO;
	err = place(steps, item, &stop);
	if (!err && steps->join)
		err = gt_stack_read(&stack, steps->join, item);
	if (err)
		return err;
	if (stack.count && gt_stack_named(steps->join, &stack, 0, "runtime.coroexit"))
		stop.kind = GT_STEP_EXIT;
	next.who = (struct gt_g){.g = gt_hit_value(item->hit, GT_CORO_NEXT),
				 .goid = gt_hit_value(item->hit, GT_CORO_NEXT_GOID)};
	steps->unreadable += !next.who.goid;
	next.kind = GT_STEP_READY;
	next.site = stop.site;
	next.waker = GT_WAKER_GOROUTINE;
	out[0] = next;
	out[1] = stop;
	next.kind = GT_STEP_EXECUTE;
	next.site = GT_NO_SITE;
	next.runs = (struct gt_g){};
	out[2] = next;
	return 3;
}

/* A runtime that turned out not to be what the probes were made for: its values mean something else. */
static bool refused(const struct gt_steps *steps, const struct gt_item *item)
{
	const struct gt_program *program;

	if (!steps->join || !item->program)
		return false;
	program = &steps->join->goroutines.programs[item->program - 1];
	return program->refused && !program->planted;
}

static int hit(struct gt_steps *steps, const struct gt_item *item, struct gt_step *step, struct gt_step *out)
{
	const struct gtrace_event_hit *hit = item->hit;
	int err = 0;

	step->site = step->root = GT_NO_SITE;
	if (hit->id == GTRACE_HIT_OFF || hit->id == GTRACE_HIT_WAKER) {
		step->kind = hit->id == GTRACE_HIT_OFF ? GT_STEP_OFF : GT_STEP_WAKER;
		err = place(steps, item, step);
		*out = *step;
		return err ? err : 1;
	}
	steps->hits++;
	if (!read_runs(hit, &step->runs)) {
		steps->unreadable++;
		return 0;
	}
	step->who = (struct gt_g){.g = gt_hit_value(hit, GT_ABOUT_GP), .goid = gt_hit_value(hit, GT_ABOUT_GOID)};
	switch (hit->id) {
	case GT_GO_PROBE_PARK:
		step->kind = GT_STEP_PARK;
		step->who = step->runs;
		step->lock = gt_hit_value(hit, GT_PARK_LOCK) ?: gt_hit_value(hit, GT_PARK_CHAN);
		step->reason = gt_hit_value(hit, GT_PARK_REASON);
		err = place(steps, item, step);
		break;
	case GT_GO_PROBE_READY:
		step->kind = GT_STEP_READY;
		err = ready(steps, item, step);
		break;
	case GT_GO_PROBE_NETPOLL:
		step->kind = GT_STEP_READY;
		step->waker = GT_WAKER_NETPOLL;
		step->who = (struct gt_g){};
		return netpoll(hit, step, out);
	case GT_GO_PROBE_EXECUTE:
		step->kind = GT_STEP_EXECUTE;
		if (steps->join && !missing(hit, GT_ABOUT_PC))
			err = gt_stack_entry(steps->join, item, gt_hit_value(hit, GT_ABOUT_PC), &step->root);
		break;
	case GT_GO_PROBE_YIELD:
		step->kind = GT_STEP_YIELD;
		step->forced = !missing(hit, GT_YIELD_PREEMPTED) && (gt_hit_value(hit, GT_YIELD_PREEMPTED) & 0xff) == 1;
		err = place(steps, item, step);
		break;
	case GT_GO_PROBE_PREEMPT:
		step->kind = GT_STEP_PREEMPT;
		err = place(steps, item, step);
		break;
	case GT_GO_PROBE_RETURN:
		step->kind = GT_STEP_RETURN;
		err = place(steps, item, step);
		break;
	case GT_GO_PROBE_EXIT:
		step->kind = GT_STEP_EXIT;
		break;
	case GT_GO_PROBE_CORO:
		return coro(steps, item, step, out);
	default:
		return 0;
	}
	if (hit->id != GT_GO_PROBE_PARK && !step->who.goid)
		steps->unreadable++;
	*out = *step;
	return err ? err : 1;
}

static enum gt_step_kind task_step(const struct gtrace_event_task *task)
{
	if (task->head.type == GTRACE_EVENT_EXEC)
		return GT_STEP_EXEC;
	return task->head.type == GTRACE_EVENT_EXIT && !(task->head.flags & GTRACE_EVENT_F_THREAD) ? GT_STEP_GONE
												   : GT_STEP_THREAD;
}

int gt_steps_of(struct gt_steps *steps, const struct gt_item *item, struct gt_step *out)
{
	struct gt_step step = {.cpu = item->cpu, .tsc = item->tsc};

	switch (item->kind) {
	case GT_ITEM_HIT:
		if (refused(steps, item))
			return 0;
		step.tid = item->tid;
		step.tgid = item->tgid;
		return hit(steps, item, &step, out);
	case GT_ITEM_SWITCH:
		step.kind = GT_STEP_SWITCH;
		step.tid = item->sw->next_tid;
		step.tgid = item->sw->next_tgid;
		step.prev_tid = item->sw->prev_tid;
		step.prev_state = item->sw->prev_state;
		step.found = item->sw->head.flags & GTRACE_EVENT_F_RUNNING;
		break;
	case GT_ITEM_WAKE:
		step.kind = GT_STEP_WAKE;
		step.tid = item->wake->tid;
		step.tgid = item->wake->tgid;
		step.waker_tid = item->wake->waker_tid;
		step.interrupt = item->wake->in_interrupt;
		break;
	case GT_ITEM_TASK:
		step.kind = task_step(item->life);
		step.tid = item->life->tid;
		step.tgid = item->life->tgid;
		break;
	default:
		return 0;
	}
	*out = step;
	return 1;
}

/* Of what stood still before the recording a CORO tells one thing: who stopped or who got the thread. */
static bool tells(const struct gt_join *join, const struct gt_item *item, const struct gt_step *step)
{
	if (!gt_join_before(join, item->tsc) || item->kind != GT_ITEM_HIT || item->hit->id != GT_GO_PROBE_CORO)
		return true;
	return step->kind == (item->hit->head.flags & GT_STANDING_F_RUNS ? GT_STEP_EXECUTE : GT_STEP_CORO);
}

int gt_steps_feed(struct gt_steps *steps, struct gt_timeline *timeline)
{
	struct gt_step step[GT_STEPS_MAX];
	struct gt_stream *stream;
	struct gt_item item;
	int ret, count, i;

	if (steps->join->standing)
		gt_timeline_stood(timeline, steps->join->first_tsc);
	ret = gt_stream_open(steps->join, GT_ORDER_EVENTS, NULL, 0, &stream);
	if (ret)
		return ret;
	while ((ret = gt_stream_next(stream, &item)) > 0) {
		count = ret = gt_steps_of(steps, &item, step);
		for (i = 0; i < count && ret >= 0; i++)
			ret = tells(steps->join, &item, &step[i]) ? gt_timeline_step(timeline, &step[i]) : 0;
		if (ret < 0)
			break;
	}
	gt_stream_close(stream);
	return ret ? ret : gt_timeline_end(timeline, steps->join->known_tsc);
}
