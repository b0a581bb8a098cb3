// SPDX-License-Identifier: GPL-2.0
#include "analysis/incident.h"

#include <errno.h>
#include <string.h>

#include "analysis/stalls.h"
#include "go/probes.h"
#include "lib/hit.h"

/* ---- the stall ------------------------------------------------------------------------------------------------- */

/* Is it the one to tell, as far as is known? */
static bool choose(struct gt_incident *incident, const struct gt_stall *stall, bool timed)
{
	const struct gt_stall *longest = &incident->stall;

	if (incident->number)
		return stall->number == incident->number;
	if (gt_stall_fired(incident->join, stall)) {
		incident->chosen = GT_CHOSEN_TRIGGER;
		return true;
	}
	if (incident->chosen == GT_CHOSEN_TRIGGER || !timed || gt_join_before(incident->join, stall->end) ||
	    gt_is_system(incident->join, stall->root))
		return false;
	if (incident->found && longest->open != stall->open)
		return longest->open;
	return !incident->found || stall->end - stall->begin > longest->end - longest->begin;
}

static int take(void *to, const struct gt_stall *stall)
{
	struct gt_incident *incident = to;

	if (choose(incident, stall, true)) {
		incident->stall = *stall;
		gt_stall_infer(incident->join, &incident->stall);
		incident->over = incident->found = true;
	}
	return 0;
}

static int take_unknown(void *to, const struct gt_stall *stall, enum gt_unknown why)
{
	struct gt_incident *incident = to;

	if (choose(incident, stall, gt_unknown_open(why))) {
		incident->stall = *stall;
		incident->why = why;
		incident->over = false;
		incident->found = true;
	}
	return 0;
}

static void find_horizon(struct gt_incident *incident, const struct gt_blinds *blinds)
{
	size_t i = 0;

	while (i < blinds->count && blinds->all[i].from <= incident->stall.begin)
		i++;
	incident->horizon = i < blinds->count ? blinds->all[i].from : UINT64_MAX;
}

static int find(struct gt_incident *incident)
{
	struct gt_blinds blinds = {};
	struct gt_timeline *timeline = NULL;
	int err = gt_blinds_find(&blinds, incident->join);

	if (!err) {
		timeline = gt_timeline_new(&blinds, gt_stalls_exit_path(incident->join), take, take_unknown, incident);
		err = timeline ? gt_steps_feed(&incident->steps, timeline) : -ENOMEM;
	}
	if (timeline)
		incident->stops = gt_timeline_stops(timeline);
	gt_timeline_free(timeline);
	incident->paused = blinds.paused;
	find_horizon(incident, &blinds);
	gt_blinds_free(&blinds);
	if (err)
		return err;
	if (!incident->steps.hits)
		return -ENODATA;
	return incident->found ? 0 : -ENOENT;
}

/* ---- the evidence ---------------------------------------------------------------------------------------------- */

static void take_store(struct gt_incident *incident, const struct gt_item *item)
{
	const struct gt_stall *stall = &incident->stall;
	struct gt_incident_store *store;

	if (item->tid != stall->tid || item->tsc < stall->ran_from || item->tsc > stall->begin)
		return;
	if (incident->nr_stores == GT_INCIDENT_STORES)
		memmove(incident->stores, incident->stores + 1, --incident->nr_stores * sizeof(*incident->stores));
	store = &incident->stores[incident->nr_stores++];
	store->tsc = item->tsc;
	store->location = item->location;
	store->addressed = item->sample->fields & GT_FIELD_BIT(GT_FIELD_ADDR);
	store->address = store->addressed ? item->sample->addr : 0;
	incident->stores_seen++;
}

static int take_stop(struct gt_incident *incident, const struct gt_item *item)
{
	int err = gt_stack_read(&incident->stack, incident->join, item);

	incident->hit = true;
	if (!err)
		err = gt_ladder_read(&incident->ladder, incident->join, item);
	if (item->hit->id == GT_GO_PROBE_PARK) {
		incident->chans[0] = gt_hit_value(item->hit, GT_PARK_CHAN);
		incident->chans[1] = gt_hit_value(item->hit, GT_PARK_CHAN2);
		incident->chans[2] = gt_hit_value(item->hit, GT_PARK_CHAN3);
	}
	return err;
}

/* What a step says about how a goroutine stopped. */
static struct gt_stall stopped(const struct gt_step *step)
{
	return (struct gt_stall){
		.kind = step->kind == GT_STEP_PARK      ? GT_STALL_PARK
			: step->kind == GT_STEP_PREEMPT ? GT_STALL_STOPPED
			: step->kind == GT_STEP_CORO    ? GT_STALL_CORO
			: step->forced                  ? GT_STALL_ASYNC
							: GT_STALL_YIELD,
		.begin = step->tsc,
		.tgid = step->tgid,
		.reason = step->reason,
		.site = step->site,
	};
}

static bool is_stop(const struct gt_step *step)
{
	return step->kind == GT_STEP_PARK || step->kind == GT_STEP_YIELD || step->kind == GT_STEP_PREEMPT ||
	       step->kind == GT_STEP_CORO;
}

/* Its thread, after the stop. */
static void follow_thread(struct gt_incident *incident, const struct gt_step *step)
{
	const struct gt_stall *stall = &incident->stall;

	if (step->kind == GT_STEP_SWITCH && step->prev_tid == stall->tid && !step->found) {
		if (incident->next == GT_NEXT_RAN && incident->next_end == GT_NEXT_ON) {
			incident->next_end = GT_NEXT_OFF;
			incident->next_until = step->tsc;
		} else if (incident->next == GT_NEXT_UNKNOWN) {
			incident->next = step->prev_state ? GT_NEXT_SLEPT : GT_NEXT_LOST_CPU;
			incident->next_from = step->tsc;
			incident->next_task = step->tid;
		}
		return;
	}
	if (step->tid != stall->tid)
		return;
	if (step->kind == GT_STEP_EXECUTE && incident->next == GT_NEXT_UNKNOWN) {
		incident->next = GT_NEXT_RAN;
		incident->next_goid = step->who.goid;
		incident->next_from = step->tsc;
		return;
	}
	if (incident->next != GT_NEXT_RAN || incident->next_end != GT_NEXT_ON || step->who.goid != incident->next_goid)
		return;
	if (is_stop(step)) {
		incident->next_end = GT_NEXT_STOPPED;
		incident->next_until = step->tsc;
		incident->next_stop = stopped(step);
		incident->next_root = step->root;
	} else if (step->kind == GT_STEP_EXIT) {
		incident->next_end = GT_NEXT_ENDED;
		incident->next_until = step->tsc;
	}
}

/* A thread tells its stack just before it leaves its CPU; the last one before the stop is that of the stop. */
static int take_off(struct gt_incident *incident, const struct gt_item *item)
{
	const struct gt_stall *stall = &incident->stall;

	/* Likewise who wakes it. */
	if (item->kind == GT_ITEM_HIT && item->hit->id == GTRACE_HIT_WAKER && item->tid == stall->waker_tid &&
	    stall->waker_site.location != GT_NO_LOCATION && item->tsc <= stall->ready)
		return gt_stack_read(&incident->waker_stack, incident->join, item);
	if ((stall->kind != GT_STALL_SYSCALL && stall->kind != GT_STALL_PREEMPTED) || item->kind != GT_ITEM_HIT ||
	    item->hit->id != GTRACE_HIT_OFF || item->tid != stall->tid || item->tsc < stall->ran_from ||
	    item->tsc > stall->begin)
		return 0;
	return gt_stack_read(&incident->stack, incident->join, item);
}

static int take_step(struct gt_incident *incident, const struct gt_item *item, const struct gt_step *step)
{
	const struct gt_stall *stall = &incident->stall;
	bool own = step->tgid == stall->tgid;

	if (is_stop(step) && step->tsc == stall->begin && step->tid == stall->tid)
		return take_stop(incident, item);
	/* A call that did not sleep tells its stack when it comes back without a P. */
	if (step->kind == GT_STEP_RETURN && step->tsc == stall->begin && step->tid == stall->tid)
		return gt_stack_read(&incident->stack, incident->join, item);
	if (step->kind == GT_STEP_READY && step->tsc == stall->ready && step->tid == stall->waker_tid && own &&
	    step->who.goid == stall->goid) {
		incident->waker_hit = true;
		return gt_stack_read(&incident->waker_stack, incident->join, item);
	}
	/*
	 * The SWITCH at which it lost its CPU is the stop itself; it says who got that CPU. What the thread of one that
	 * began before the recording did next is not told.
	 */
	if ((step->tsc > stall->begin && !gt_join_before(incident->join, stall->begin)) ||
	    (step->kind == GT_STEP_SWITCH && step->tsc == stall->begin))
		follow_thread(incident, step);
	if (incident->over && !incident->again && is_stop(step) && own && step->tsc > stall->end &&
	    step->who.goid == stall->goid) {
		incident->again = true;
		incident->again_stop = stopped(step);
	}
	return 0;
}

static bool complete(const struct gt_incident *incident)
{
	return incident->over && incident->again && incident->next != GT_NEXT_UNKNOWN &&
	       (incident->next != GT_NEXT_RAN || incident->next_end != GT_NEXT_ON);
}

static int gather(struct gt_incident *incident)
{
	struct gt_step steps[GT_STEPS_MAX];
	struct gt_stream *stream;
	struct gt_item item;
	int ret, count, i;

	ret = gt_stream_open(incident->join, GT_ORDER_ALL, NULL, 0, &stream);
	if (ret)
		return ret;
	while (!complete(incident) && (ret = gt_stream_next(stream, &item)) > 0) {
		if (item.tsc >= incident->horizon)
			break;
		if (item.kind == GT_ITEM_SAMPLE) {
			take_store(incident, &item);
			continue;
		}
		ret = take_off(incident, &item);
		if (ret < 0)
			break;
		if (item.tsc < incident->stall.begin)
			continue;
		count = ret = gt_steps_of(&incident->steps, &item, steps);
		for (i = 0; i < count && ret >= 0; i++)
			ret = take_step(incident, &item, &steps[i]);
		if (ret < 0)
			break;
	}
	gt_stream_close(stream);
	return ret < 0 ? ret : 0;
}

int gt_incident_find(struct gt_incident *incident, struct gt_join *join, uint64_t number)
{
	int err;

	*incident = (struct gt_incident){.join = join, .steps.join = join, .number = number};
	incident->next_root = GT_NO_SITE;
	if (!number)
		incident->chosen = join->info->trigger_tsc ? GT_CHOSEN_INSTEAD : GT_CHOSEN_LONGEST;
	err = find(incident);
	return err ? err : gather(incident);
}

void gt_incident_free(struct gt_incident *incident)
{
	gt_steps_free(&incident->steps);
}
