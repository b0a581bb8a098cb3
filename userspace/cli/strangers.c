// SPDX-License-Identifier: GPL-2.0
#include "strangers.h"

#include <stdbool.h>
#include <stdio.h>

#include "lib/proc.h"

/* A machine that forks without end must not keep the recorder in /proc: those that matter meet the target early. */
#define ASKED_MAX 4096

int gt_strangers_target(struct gt_strangers *s, uint32_t tgid)
{
	int ret = gt_seen_change(&s->targets, tgid, 1);

	return ret < 0 ? ret : 0;
}

static int ask(struct gt_strangers *s, uint32_t tid, uint32_t tgid, uint64_t tsc, struct gt_writer *writer)
{
	struct gt_stranger_name name = {.tsc = tsc, .tid = tid, .tgid = tgid};
	char path[64];
	int ret;

	/* The idle task has no name and needs none. */
	if (!tid || gt_seen_has(&s->targets, tgid) || s->nr_asked == ASKED_MAX)
		return 0;
	ret = gt_seen_change(&s->asked, tid, 1);
	if (ret <= 0)
		return ret;
	s->nr_asked++;
	snprintf(path, sizeof(path), "/proc/%u/comm", tid);
	if (gt_proc_read_file(path, name.comm, sizeof(name.comm)))
		return 0;
	return gt_writer_stranger(writer, &name);
}

int gt_strangers_event(struct gt_strangers *s, const struct gtrace_event *event, struct gt_writer *writer)
{
	const struct gtrace_event_switch *sw = (const void *)event;
	const struct gtrace_event_wake *wake = (const void *)event;
	const struct gtrace_event_task *task = (const void *)event;

	switch (event->type) {
	case GTRACE_EVENT_FORK:
	case GTRACE_EVENT_EXEC:
		return gt_strangers_target(s, task->tgid);
	case GTRACE_EVENT_SWITCH:
		return ask(s, sw->next_tid, sw->next_tgid, event->tsc, writer);
	case GTRACE_EVENT_WAKE:
		return ask(s, wake->waker_tid, wake->waker_tgid, event->tsc, writer);
	}
	return 0;
}

void gt_strangers_free(struct gt_strangers *s)
{
	gt_seen_free(&s->targets);
	gt_seen_free(&s->asked);
}
