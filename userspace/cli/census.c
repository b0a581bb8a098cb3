// SPDX-License-Identifier: GPL-2.0
#include "census.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"

static struct gt_census_process *find(const struct gt_census *census, uint32_t tgid)
{
	for (size_t i = 0; i < census->nr_processes; i++)
		if (census->processes[i].tgid == tgid)
			return &census->processes[i];
	return NULL;
}

bool gt_census_lives(const struct gt_census *census, uint32_t tgid)
{
	return find(census, tgid);
}

static struct gt_census_process *at(struct gt_census *census, uint32_t tgid)
{
	struct gt_census_process *process = find(census, tgid);

	if (process)
		return process;
	if (gt_array_room(&census->processes, census->nr_processes, &census->processes_room))
		return NULL;
	process = &census->processes[census->nr_processes++];
	*process = (struct gt_census_process){.tgid = tgid};
	return process;
}

static void forget_process(struct gt_census *census, uint32_t tgid)
{
	struct gt_census_process *process = find(census, tgid);

	if (!process)
		return;
	gt_events_free(&process->now.maps);
	gt_events_free(&process->next.maps);
	*process = census->processes[--census->nr_processes];
}

/* Thread `tid`; 0 = all of the process. */
static void forget_tasks(struct gt_census *census, uint32_t tgid, uint32_t tid)
{
	for (size_t i = census->nr_tasks; i--;) {
		const struct gt_census_task *task = &census->tasks[i];

		if (tid ? task->tid == tid : task->tgid == tgid)
			census->tasks[i] = census->tasks[--census->nr_tasks];
	}
}

static int know(struct gt_census *census, const struct gtrace_event_task *event)
{
	struct gt_census_task *task;

	forget_tasks(census, 0, event->tid);
	if (gt_array_room(&census->tasks, census->nr_tasks, &census->tasks_room))
		return -ENOMEM;
	task = &census->tasks[census->nr_tasks++];
	*task = (struct gt_census_task){.tid = event->tid, .tgid = event->tgid};
	memcpy(task->comm, event->comm, sizeof(task->comm));
	return 0;
}

static int copy(struct gt_events *to, const void *bytes, size_t n)
{
	void *room = n ? gt_events_append(to, n) : NULL;

	if (n && !room)
		return -ENOMEM;
	if (n)
		memcpy(room, bytes, n);
	return 0;
}

/* What the new mapping covers is gone: a program that opens and closes libraries all day does not grow. */
static void uncover(struct gt_events *maps, const struct gtrace_event_map *by)
{
	size_t from = 0, to = 0;

	while (from < maps->used) {
		const struct gtrace_event_map *map = (const void *)(maps->bytes + from);
		size_t size = map->head.size;

		if (map->start < by->start || map->end > by->end) {
			memmove(maps->bytes + to, map, size);
			to += size;
		}
		from += size;
	}
	maps->used = to;
}

static int mapped(struct gt_census *census, const struct gtrace_event_map *map)
{
	struct gt_census_process *process = at(census, map->tgid);
	struct gt_census_space *space;

	if (!process)
		return -ENOMEM;
	space = map->mm && process->now.mm && map->mm != process->now.mm ? &process->next : &process->now;
	if (map->mm && space->mm && space->mm != map->mm)
		space->maps.used = 0;
	if (map->mm)
		space->mm = map->mm;
	uncover(&space->maps, map);
	return copy(&space->maps, map, map->head.size);
}

static int forked(struct gt_census *census, const struct gtrace_event_task *event)
{
	struct gt_census_process *process = at(census, event->tgid), *parent;
	int err = 0;

	if (!process)
		return -ENOMEM;
	parent = find(census, event->parent_tgid);
	if (!(event->head.flags & GTRACE_EVENT_F_THREAD) && parent && parent != process) {
		process->now.maps.used = 0;
		err = copy(&process->now.maps, parent->now.maps.bytes, parent->now.maps.used);
		/* They are the child's from here on. */
		for (size_t i = 0; !err && i < process->now.maps.used;) {
			struct gtrace_event_map *map = (void *)(process->now.maps.bytes + i);

			map->mm = event->mm;
			map->tid = map->tgid = event->tgid;
			i += map->head.size;
		}
	}
	if (event->mm)
		process->now.mm = event->mm;
	return err ? err : know(census, event);
}

static int executed(struct gt_census *census, const struct gtrace_event_task *event)
{
	struct gt_census_process *process = at(census, event->tgid);

	if (!process)
		return -ENOMEM;
	if (process->next.mm == event->mm && event->mm) {
		gt_events_free(&process->now.maps);
		process->now = process->next;
		process->next = (struct gt_census_space){0};
	} else if (process->now.mm != event->mm) {
		process->now.maps.used = 0;
	}
	process->now.mm = event->mm;
	forget_tasks(census, event->tgid, 0);
	return know(census, event);
}

static void ended(struct gt_census *census, const struct gtrace_event_task *event)
{
	bool last = !(event->head.flags & GTRACE_EVENT_F_THREAD);

	forget_tasks(census, event->tgid, last ? 0 : event->tid);
	if (last)
		forget_process(census, event->tgid);
}

int gt_census_event(struct gt_census *census, const struct gtrace_event *event)
{
	switch (event->type) {
	case GTRACE_EVENT_FORK:
		return forked(census, (const void *)event);
	case GTRACE_EVENT_EXEC:
		return executed(census, (const void *)event);
	case GTRACE_EVENT_EXIT:
		ended(census, (const void *)event);
		return 0;
	case GTRACE_EVENT_MAP:
		return mapped(census, (const void *)event);
	}
	return 0;
}

static int write_maps(const struct gt_events *maps, uint64_t tsc, struct gt_events *out)
{
	size_t from = out->used;
	int err = copy(out, maps->bytes, maps->used);

	while (!err && from < out->used) {
		struct gtrace_event *event = (void *)(out->bytes + from);

		event->tsc = tsc;
		from += event->size;
	}
	return err;
}

int gt_census_write(const struct gt_census *census, uint64_t tsc, struct gt_events *out)
{
	int err = 0;

	for (size_t i = 0; i < census->nr_tasks; i++) {
		const struct gt_census_task *task = &census->tasks[i];
		struct gtrace_event_task *event = gt_events_append(out, sizeof(*event));

		if (!event)
			return -ENOMEM;
		event->head.type = GTRACE_EVENT_FORK;
		event->head.size = sizeof(*event);
		event->head.flags = task->tid != task->tgid ? GTRACE_EVENT_F_THREAD : 0;
		event->head.tsc = tsc;
		event->tid = task->tid;
		event->tgid = task->tgid;
		memcpy(event->comm, task->comm, sizeof(event->comm));
	}
	for (size_t i = 0; i < census->nr_processes && !err; i++) {
		err = write_maps(&census->processes[i].now.maps, tsc, out);
		if (!err)
			err = write_maps(&census->processes[i].next.maps, tsc, out);
	}
	return err;
}

void gt_census_free(struct gt_census *census)
{
	for (size_t i = 0; i < census->nr_processes; i++) {
		gt_events_free(&census->processes[i].now.maps);
		gt_events_free(&census->processes[i].next.maps);
	}
	free(census->processes);
	free(census->tasks);
	*census = (struct gt_census){0};
}
