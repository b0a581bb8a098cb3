// SPDX-License-Identifier: GPL-2.0
#include "events.h"

#include <stdlib.h>

static bool leaves(const struct gtrace_event *event)
{
	const struct gtrace_event_hit *hit = (const void *)event;

	return hit->id == GTRACE_HIT_OFF || hit->id == GTRACE_HIT_WAKER;
}

static bool interrupted(const struct gtrace_event *event)
{
	return event->flags & GTRACE_EVENT_F_INTERRUPTED;
}

/* Behind a system call, or anywhere else in a program that is this one's copy. */
static bool goes_on(const struct gtrace_event_hit *hit)
{
	const uint8_t *ip = (const uint8_t *)hit->ip;

	if (hit->nr_values != 3 || hit->missing || !hit->nr_frames || hit->values[3] != hit->ip)
		return false;
	return interrupted(&hit->head) || (ip[-2] == 0x0f && ip[-1] == 0x05);
}

static int by_time(const void *a, const void *b)
{
	const struct gtrace_event *const *x = a, *const *y = b;

	return ((*x)->tsc > (*y)->tsc) - ((*x)->tsc < (*y)->tsc);
}

struct events *events_of(const struct client *client, unsigned int type)
{
	struct events *list = calloc(1, sizeof(*list));

	if (!list)
		client_die("events");
	list->sound = list->left_well = true;
	for (unsigned int i = 0; i < client->cpus; i++) {
		const struct client_cpu *cpu = &client->cpu[i];
		uint64_t head = cpu->control ? cpu->control->event_head : 0, at = 0;

		while (at < head) {
			const struct gtrace_event *event = (const void *)(cpu->events + at);

			if (event->size < 8 || event->size % 8 || at + event->size > head || event->type > GTRACE_EVENT_WINDOW) {
				list->sound = false;
				break;
			}
			at += event->size;
			if (type == GTRACE_EVENT_HIT && event->type == type && leaves(event)) {
				list->leaves++;
				if (interrupted(event) && list->interrupted < sizeof(list->interruption) / sizeof(*list->interruption))
					list->interruption[list->interrupted++] = event;
				list->left_well &= goes_on((const void *)event);
				continue;
			}
			if (event->type == type && list->count < sizeof(list->event) / sizeof(*list->event))
				list->event[list->count++] = event;
		}
	}
	qsort(list->event, list->count, sizeof(*list->event), by_time);
	return list;
}

uint64_t events_total(const struct client *client, size_t field)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < client->cpus; i++)
		if (client->cpu[i].control)
			sum += *(const volatile uint64_t *)((const volatile char *)client->cpu[i].control + field);
	return sum;
}
