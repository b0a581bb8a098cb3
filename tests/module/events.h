/* SPDX-License-Identifier: GPL-2.0 */
/*
 * events: what a session's event rings hold. The rings were made large enough to hold all of it: nothing is read out.
 */
#ifndef _GTRACE_TESTS_EVENTS_H
#define _GTRACE_TESTS_EVENTS_H

#include "client.h"

#include <stddef.h>

/* Events of one type on all CPUs, in order of their time; of hits, those of probes. They lie in the rings. */
struct events {
	const struct gtrace_event *event[20000], *interruption[1000];
	unsigned int count;
	unsigned int leaves;		/* hits of threads that left their CPU, or woke another */
	unsigned int interrupted;	/* of these, where the thread was interrupted: interruption[] */
	bool sound;			/* every event, of whatever type, has a size and a type that can be */
	bool left_well;			/* each of `leaves` has a stack that begins where the thread goes on */
};

/* Free it with free(), before client_close(). */
struct events *events_of(const struct client *client, unsigned int type);

/* Sum of a counter of struct gtrace_control over all CPUs. */
uint64_t events_total(const struct client *client, size_t field);
#define TOTAL(client, field)	events_total(client, offsetof(struct gtrace_control, field))

#endif
