// SPDX-License-Identifier: GPL-2.0
#include "events.h"
#include "probe.h"
#include "site.h"
#include "tap.h"
#include "target.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>

enum { TASK_UNINTERRUPTIBLE = 2 };

/*
 * Times that the target slept for more than a millisecond where no signal wakes it. It may wait shorter: a text page
 * that uprobes changes is faulted in anew, behind whoever holds its lock.
 */
static unsigned int stuck(const struct client *client, pid_t pid)
{
	struct events *switches = events_of(client, GTRACE_EVENT_SWITCH);
	unsigned int count = 0;

	for (unsigned int i = 0; i + 1 < switches->count; i++) {
		const struct gtrace_event_switch *s = (const void *)switches->event[i];

		count += s->prev_tid == (uint32_t)pid && s->prev_state & TASK_UNINTERRUPTIBLE &&
			 switches->event[i + 1]->tsc - s->head.tsc > client->caps.tsc_khz;
	}
	free(switches);
	return count;
}

/*
 * A target that does nothing but come to the site: windows and pauses, the breakpoint there in the ones and not in the
 * others, and over all no more and not much less than its share. It never waits for uprobes.
 */
void probe_budget(uint32_t share, unsigned int seconds)
{
	struct target t = target_start();
	struct client client = probe_session(t.pid, GTRACE_F_NO_SAMPLES, share, 1 << 24);
	struct timespec now, end;
	unsigned int planted = 0, absent = 0, outside = 0, turns = 0;
	struct events *windows, *found;
	bool alternate = true;
	uint64_t cost = 0, ran = 0, shortest = ~0ull, last = 0;

	gives(probe_plant(&client, probe_plain()) ? -1 : ioctl(client.fd, GTRACE_IOC_START), 0, "a budget");
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += seconds;
	do {
		uint64_t byte = target_order(&t, 1000).byte;

		planted += byte == 0xcc;
		absent += byte == 0x55;
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec < end.tv_sec || (now.tv_sec == end.tv_sec && now.tv_nsec < end.tv_nsec));
	gives(ioctl(client.fd, GTRACE_IOC_STOP), 0, "... STOP");
	ok(planted && absent, "... the breakpoint comes and goes");
	windows = events_of(&client, GTRACE_EVENT_WINDOW);
	for (unsigned int i = 0; i < windows->count; i++) {
		const struct gtrace_event_window *window = (const void *)windows->event[i];

		cost = window->cost;
		ran = window->ran;
		if (i + 1 < windows->count)
			alternate &= window->open == !(i % 2);
		if (!window->open && i % 2) {
			turns++;
			/* STOP ends the last one early. */
			if (i + 2 < windows->count && window->head.tsc - last < shortest)
				shortest = window->head.tsc - last;
		}
		last = window->head.tsc;
	}
	ok(alternate && turns > 2, "... windows open and close by turns");
	ok(cost * 1000 > ran * share * 4 / 5 && cost * 1000 < ran * share * 6 / 5,
	   "... the cost is the share, within a fifth");
	ok(shortest >= client.caps.tsc_khz * 5ull, "... no window is too short to see anything");
	found = events_of(&client, GTRACE_EVENT_HIT);
	for (unsigned int i = 0, w = 0; i < found->count; i++) {
		while (w + 1 < windows->count && windows->event[w + 1]->tsc <= found->event[i]->tsc)
			w++;
		outside += !((const struct gtrace_event_window *)windows->event[w])->open;
	}
	ok(outside <= turns * client.cpus, "... hits lie in windows");
	ok(!stuck(&client, t.pid), "... and the target never waits for uprobes");
	printf("# %u windows, shortest %llu us, cost %llu of %llu ticks (%llu/1000), %u hits, %u outside,"
	       " planted %u of %u times\n", turns, (unsigned long long)(shortest * 1000 / client.caps.tsc_khz),
	       (unsigned long long)cost, (unsigned long long)ran,
	       (unsigned long long)(cost * 1000 / (ran ? ran : 1)), found->count, outside, planted, planted + absent);
	free(windows);
	free(found);
	client_close(&client);
	target_end(&t);
}
