// SPDX-License-Identifier: GPL-2.0
#include "standing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "replay.h"

/* As `gtrace stalls` has it; see gt_stalls_exit_path(). */
#define EXIT_PATH_US 20

int gt_standing_init(struct gt_standing *standing, size_t bytes, uint32_t tsc_khz)
{
	gt_stopped_init(&standing->stopped, bytes, (uint64_t)tsc_khz * EXIT_PATH_US / 1000);
	return bytes ? gt_recording_detached(&standing->reader) : 0;
}

/* Of all CPUs together. What was read after its slice was dropped may be older than what is known. */
static int change(struct gt_standing *standing, const struct gtrace_event *event)
{
	switch (event->type) {
	case GTRACE_EVENT_WINDOW:
		if (event->tsc >= standing->window.head.tsc)
			memcpy(&standing->window, event, sizeof(standing->window));
		return 0;
	case GTRACE_EVENT_CLOCK:
		if (event->tsc >= standing->clock.head.tsc)
			memcpy(&standing->clock, event, sizeof(standing->clock));
		return 0;
	}
	return gt_census_event(&standing->census, event);
}

int gt_standing_event(struct gt_standing *standing, uint32_t cpu, const struct gtrace_event *event)
{
	struct gt_cpu_state *state = gt_cpu_state_at(&standing->cpus, cpu);

	if (!state)
		return -ENOMEM;
	gt_cpu_state_event(state, event);
	if (standing->reader)
		gt_stopped_late(&standing->stopped, event);
	return change(standing, event);
}

static int by_time(const void *a, const void *b)
{
	const struct gtrace_event *left = *(const void *const *)a, *right = *(const void *const *)b;

	if (left->tsc != right->tsc)
		return left->tsc < right->tsc ? -1 : 1;
	/* As they were read. */
	return left < right ? -1 : left > right;
}

/* CPU after CPU they were read, and a thread may begin on one and end on another. */
static int pass_changes(struct gt_standing *standing, const struct gt_events *changes)
{
	size_t count = 0, at = 0;
	const struct gtrace_event **sorted;
	int err = 0;

	if (!changes->used)
		return 0;
	sorted = malloc(changes->used / sizeof(struct gtrace_event) * sizeof(*sorted));
	if (!sorted)
		return -ENOMEM;
	for (; at < changes->used; at += sorted[count - 1]->size)
		sorted[count++] = (const void *)(changes->bytes + at);
	qsort(sorted, count, sizeof(*sorted), by_time);
	for (size_t i = 0; i < count && !err; i++)
		err = change(standing, sorted[i]);
	free(sorted);
	return err;
}

/* A gt_replay_fn. */
static int pass_event(void *to, uint32_t cpu, const struct gtrace_event *event, struct gt_place place)
{
	return gt_stopped_event(to, cpu, event, place);
}

static int pass_stopped(struct gt_standing *standing, const struct gt_slice *slice)
{
	int err = gt_replay(slice, standing->reader, pass_event, &standing->stopped);

	return err ? err : gt_stopped_complete(&standing->stopped, standing->reader);
}

int gt_standing_pass(struct gt_standing *standing, const struct gt_slice *slice)
{
	int err = pass_changes(standing, &slice->changes);

	if (!err && standing->reader)
		err = pass_stopped(standing, slice);
	for (size_t i = 0; i < slice->cpus.count && !err; i++) {
		struct gt_cpu_state *state = gt_cpu_state_at(&standing->cpus, slice->cpus.all[i].cpu);

		if (!state)
			return -ENOMEM;
		gt_cpu_state_pass(state, &slice->cpus.all[i]);
	}
	return err;
}

static void *append(struct gt_events *out, const void *event, size_t size)
{
	void *room = gt_events_append(out, size);

	return room ? memcpy(room, event, size) : NULL;
}

int gt_standing_maps(const struct gt_standing *standing, uint64_t tsc, struct gt_events *out)
{
	int err = gt_census_write(&standing->census, tsc, out);

	if (err || !standing->clock.head.type)
		return err;
	return append(out, &standing->clock, sizeof(standing->clock)) ? 0 : -ENOMEM;
}

static int put_period(const struct gtrace_event_period *period, uint64_t tsc, struct gt_events *out)
{
	struct gtrace_event_period *event;

	if (!period->head.type)
		return 0;
	event = append(out, period, sizeof(*period));
	if (!event)
		return -ENOMEM;
	event->head.flags = 0;
	event->head.tsc = tsc;
	return 0;
}

static int put_switch(const struct gt_cpu_state *cpu, uint64_t tsc, struct gt_events *out)
{
	struct gtrace_event_switch *event;

	if (!cpu->has.head.type)
		return 0;
	event = append(out, &cpu->has, sizeof(cpu->has));
	if (!event)
		return -ENOMEM;
	event->head.flags = GTRACE_EVENT_F_RUNNING;
	event->head.tsc = tsc;
	event->prev_tid = event->prev_state = 0;
	event->sample_index = cpu->samples;
	return 0;
}

static int put_window(const struct gtrace_event_window *window, uint64_t tsc, struct gt_events *out)
{
	struct gtrace_event_window *event;

	if (!window->head.type)
		return 0;
	event = append(out, window, sizeof(*window));
	if (!event)
		return -ENOMEM;
	event->head.flags = 0;
	event->head.tsc = tsc;
	return 0;
}

int gt_standing_cpu(const struct gt_standing *standing, size_t i, uint64_t tsc, struct gt_events *out)
{
	const struct gt_cpu_state *cpu = &standing->cpus.all[i];
	int err = put_switch(cpu, tsc, out);

	if (!err && cpu->period.sample_index >= cpu->samples)
		err = put_period(&cpu->period_before, tsc, out);
	if (!err)
		err = put_period(&cpu->period, tsc, out);
	if (!err && !i)
		err = put_window(&standing->window, tsc, out);
	return err;
}

void gt_standing_free(struct gt_standing *standing)
{
	gt_census_free(&standing->census);
	gt_cpu_states_free(&standing->cpus);
	gt_stopped_free(&standing->stopped);
	gt_recording_close(standing->reader);
}
