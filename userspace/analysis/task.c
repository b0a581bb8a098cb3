// SPDX-License-Identifier: GPL-2.0
#include "analysis/task.h"

#include "lib/array.h"

static void free_lives(struct gt_lives *lives)
{
	gt_hash_free(&lives->first);
	free(lives->all);
}

void gt_tasks_free(struct gt_tasks *tasks)
{
	free(tasks->tasks);
	free(tasks->processes);
	free_lives(&tasks->task_lives);
	free_lives(&tasks->process_lives);
	gt_hash_free(&tasks->space_of_mm);
	gt_spaces_free(&tasks->spaces);
	*tasks = (struct gt_tasks){};
}

/* Enters a life and returns its index; it stands behind those of the same id that began no later. */
static int64_t begin(struct gt_lives *lives, uint32_t id, uint64_t from)
{
	uint64_t *first;
	uint32_t *link;

	if (gt_array_room(&lives->all, lives->count, &lives->room))
		return -ENOMEM;
	first = gt_hash_at(&lives->first, id, 0);
	if (!first)
		return -ENOMEM;
	lives->all[lives->count++] = (struct gt_life){.from = from};
	if (!*first || lives->all[*first - 1].from > from) {
		lives->all[lives->count - 1].later = *first;
		*first = lives->count;
	} else {
		link = &lives->all[*first - 1].later;
		while (*link && lives->all[*link - 1].from <= from)
			link = &lives->all[*link - 1].later;
		lives->all[lives->count - 1].later = *link;
		*link = lives->count;
	}
	return lives->count - 1;
}

/* The life of `id` at `tsc`, or -ENOENT; *until is where the next one begins. */
static int64_t life_at(const struct gt_lives *lives, uint32_t id, uint64_t tsc, uint64_t *until)
{
	uint32_t next = gt_hash_get(&lives->first, id, 0);
	int64_t at = -ENOENT;

	while (next && lives->all[next - 1].from <= tsc) {
		at = next - 1;
		next = lives->all[at].later;
	}
	*until = next ? lives->all[next - 1].from : UINT64_MAX;
	return at;
}

static int64_t new_task(struct gt_tasks *tasks, uint32_t tid, uint32_t tgid, uint64_t from, const char *comm)
{
	int64_t at;

	if (gt_array_room(&tasks->tasks, tasks->task_lives.count, &tasks->tasks_room))
		return -ENOMEM;
	at = begin(&tasks->task_lives, tid, from);
	if (at < 0)
		return at;
	tasks->tasks[at] = (struct gt_task){.tid = tid, .tgid = tgid};
	strncpy(tasks->tasks[at].comm, comm, GT_COMM_BYTES - 1);
	return at;
}

static int64_t new_process(struct gt_tasks *tasks, uint32_t tgid, uint64_t from, struct gt_space *space)
{
	int64_t at;

	if (!space || gt_array_room(&tasks->processes, tasks->process_lives.count, &tasks->processes_room))
		return -ENOMEM;
	at = begin(&tasks->process_lives, tgid, from);
	if (at >= 0)
		tasks->processes[at] = (struct gt_process){.tgid = tgid, .space = space};
	return at;
}

int64_t gt_tasks_at(struct gt_tasks *tasks, uint32_t tid, uint32_t tgid, uint64_t tsc, uint64_t *until)
{
	int64_t at = life_at(&tasks->task_lives, tid, tsc, until);

	return at == -ENOENT ? new_task(tasks, tid, tgid, 0, "") : at;
}

int64_t gt_tasks_process(struct gt_tasks *tasks, uint32_t tgid, uint64_t tsc, uint64_t *until)
{
	int64_t at = life_at(&tasks->process_lives, tgid, tsc, until);

	return at == -ENOENT ? new_process(tasks, tgid, 0, gt_space_new(&tasks->spaces, 0, NULL, 0)) : at;
}

bool gt_tasks_known(const struct gt_tasks *tasks, uint32_t tgid)
{
	return gt_hash_get(&tasks->process_lives.first, tgid, 0);
}

static struct gt_space *space_of(struct gt_tasks *tasks, uint64_t mm)
{
	uint64_t at = mm ? gt_hash_get(&tasks->space_of_mm, mm, 0) : 0;

	return at ? tasks->spaces.all[at - 1] : NULL;
}

static int name_space(struct gt_tasks *tasks, struct gt_space *space, uint64_t mm)
{
	uint64_t *at = gt_hash_at(&tasks->space_of_mm, mm, 0);
	size_t i;

	if (!at)
		return -ENOMEM;
	for (i = tasks->spaces.count; i--;)
		if (tasks->spaces.all[i] == space)
			*at = i + 1;
	space->mm = mm;
	return 0;
}

static struct gt_space *new_space(struct gt_tasks *tasks, uint64_t mm, const struct gt_space *parent, uint64_t tsc)
{
	struct gt_space *space = gt_space_new(&tasks->spaces, mm, parent, tsc);

	return space && mm && name_space(tasks, space, mm) ? NULL : space;
}

/* A new thread tells the id of its process's space, which one that existed at START had not told. */
static int forked_thread(struct gt_tasks *tasks, const struct gtrace_event_task *event)
{
	uint64_t until;
	int64_t at = gt_tasks_process(tasks, event->tgid, event->head.tsc, &until);

	if (at < 0)
		return at;
	if (event->mm && !tasks->processes[at].space->mm && !space_of(tasks, event->mm))
		return name_space(tasks, tasks->processes[at].space, event->mm);
	return 0;
}

static int forked_process(struct gt_tasks *tasks, const struct gtrace_event_task *event)
{
	struct gt_space *space = space_of(tasks, event->mm);
	uint64_t until;
	int64_t parent = gt_tasks_process(tasks, event->parent_tgid, event->head.tsc, &until), at;

	if (parent < 0)
		return parent;
	/* A space that is known already is the parent's (vfork, CLONE_VM): the two share it until the child execs. */
	if (!space)
		space = new_space(tasks, event->mm, tasks->processes[parent].space, event->head.tsc);
	at = new_process(tasks, event->tgid, event->head.tsc, space);
	return at < 0 ? at : 0;
}

static int executed(struct gt_tasks *tasks, const struct gtrace_event_task *event)
{
	struct gt_space *space = space_of(tasks, event->mm);
	int64_t at;

	if (!space)
		space = new_space(tasks, event->mm, NULL, event->head.tsc);
	at = new_process(tasks, event->tgid, event->head.tsc, space);
	return at < 0 ? at : 0;
}

int gt_tasks_event(struct gt_tasks *tasks, const struct gtrace_event_task *event)
{
	int64_t at;
	int err;

	if (event->head.type == GTRACE_EVENT_EXIT)
		return 0;
	if (event->head.type == GTRACE_EVENT_EXEC)
		err = executed(tasks, event);
	else if (event->head.flags & GTRACE_EVENT_F_THREAD)
		err = forked_thread(tasks, event);
	else
		err = forked_process(tasks, event);
	if (err)
		return err;
	at = new_task(tasks, event->tid, event->tgid, event->head.tsc, event->comm);
	return at < 0 ? at : 0;
}

int gt_tasks_existing(struct gt_tasks *tasks, const struct gtrace_event_task *event)
{
	uint64_t until;
	int64_t at = gt_tasks_process(tasks, event->tgid, event->head.tsc, &until);

	if (at >= 0 && life_at(&tasks->task_lives, event->tid, event->head.tsc, &until) == -ENOENT)
		at = new_task(tasks, event->tid, event->tgid, 0, event->comm);
	return at < 0 ? at : 0;
}

int gt_tasks_map(struct gt_tasks *tasks, const struct gtrace_event_map *event, uint32_t file, bool existing)
{
	struct gt_mapping mapping = {.from = existing ? 0 : event->head.tsc,
				     .start = event->start,
				     .end = event->end,
				     .pgoff = event->pgoff,
				     .file = file};
	struct gt_space *space = space_of(tasks, event->mm);
	uint64_t until;
	int err;

	if (!space) {
		int64_t at = gt_tasks_process(tasks, event->tgid, event->head.tsc, &until);

		if (at < 0)
			return at;
		space = tasks->processes[at].space;
		if (event->mm && space->mm)
			space = new_space(tasks, event->mm, NULL, 0);
		else if (event->mm && name_space(tasks, space, event->mm))
			return -ENOMEM;
		if (!space)
			return -ENOMEM;
	}
	err = gt_space_map(&tasks->spaces, space, &mapping);
	if (err == -EINVAL) {
		tasks->refused++;
		err = 0;
	}
	return err;
}
