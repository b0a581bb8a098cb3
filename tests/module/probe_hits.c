// SPDX-License-Identifier: GPL-2.0
#include "events.h"
#include "probe.h"
#include "site.h"
#include "tap.h"
#include "target.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The hit of visit n by a target's only thread, as probe_full() describes its values. */
static bool right(const struct gtrace_event_hit *hit, uint64_t n, pid_t pid)
{
	const __u64 *value = hit->values, *frame = hit->values + hit->nr_values + hit->nr_branches * 3u;
	const unsigned int absent = 1 << 3 | 1 << 4 | 1 << 5;
	bool good = hit->id == PROBE_ID && hit->tid == (uint32_t)pid && hit->tgid == (uint32_t)pid &&
		    hit->ip == (uint64_t)site;

	good &= hit->nr_values == 9 && hit->missing == absent && !value[3] && !value[4] && !value[5];
	good &= value[0] == n % SITE_REASONS && value[1] == SITE_LOCK + n && value[2] == SITE_NUMBER;
	good &= hit->nr_frames == SITE_FRAMES && !(hit->head.flags & GTRACE_EVENT_F_STACK_CUT);
	for (unsigned int i = 0; i < SITE_FRAMES; i++)
		good &= frame[i] == SITE_FRAME + i;
	return good && hit->head.size ==
		       sizeof(*hit) + (hit->nr_values + hit->nr_branches * 3u + hit->nr_frames) * 8u;
}

/* The branches of the loop in site_visit(), newest first: into site_entry, the loop's own, the return, and so on. */
static bool ladder(const struct gtrace_event_hit *hit)
{
	const struct gtrace_pebs_branch *branch = (const void *)(hit->values + hit->nr_values);
	bool good = hit->nr_branches && branch[0].to == (uint64_t)site_entry;

	for (unsigned int i = 0; i < hit->nr_branches; i++)
		good &= branch[i].from && branch[i].from < 1ull << 47 && branch[i].to < 1ull << 47;
	for (unsigned int i = 0; i + 1 < hit->nr_branches; i++)
		good &= branch[i + 1].to <= branch[i].from;	/* straight on from where the last one went */
	return good;
}

/*
 * Nothing was executed since the thread got a CPU again, so no branch is on the stack, and none was lost: since the hit
 * before, the last that put it off was in the function that is probed, and no branch leads from there to the probe.
 */
static bool goes_on_here(const struct events *found, const struct gtrace_event_hit *hit, __u64 since)
{
	const struct gtrace_event_hit *last = NULL;

	for (unsigned int i = 0; i < found->interrupted; i++) {
		const struct gtrace_event_hit *off = (const void *)found->interruption[i];

		if (off->id == GTRACE_HIT_OFF && off->tid == hit->tid && off->head.tsc > since &&
		    off->head.tsc < hit->head.tsc && (!last || off->head.tsc > last->head.tsc))
			last = off;
	}
	return last && last->ip >= (uint64_t)site_entry && last->ip <= hit->ip;
}

enum { VISITS = 1000 };

void probe_hits(uint32_t session, uint32_t flags, const char *name)
{
	struct target t = target_start();
	struct client client = probe_session(t.pid, session, 0, 1 << 21);
	uint64_t plain = target_order(&t, VISITS).result;
	struct events *found, *windows;
	unsigned int wrong = 0, ladders = 0, bad_ladders = 0;
	struct target_answer answer;

	gives(probe_plant(&client, probe_full(flags)) ? -1 : ioctl(client.fd, GTRACE_IOC_START), 0, name);
	answer = target_order(&t, VISITS);
	usleep(2000);	/* it waits for the next order by then */
	gives(ioctl(client.fd, GTRACE_IOC_STOP), 0, "... STOP");
	ok(answer.result == plain, "... the target computes what it does without probes");
	found = events_of(&client, GTRACE_EVENT_HIT);
	ok(found->sound, "... the rings are well formed");
	ok(found->count == VISITS, "... every visit is a hit, and no hit is anything else");
	if (found->count != VISITS)
		printf("# %u hits of %d visits\n", found->count, VISITS);
	for (unsigned int i = 0; i < found->count; i++) {
		const struct gtrace_event_hit *hit = (const void *)found->event[i];
		bool here = flags & GTRACE_PROBE_F_BRANCHES &&
			    goes_on_here(found, hit, i ? found->event[i - 1]->tsc : 0);
		bool missed = !hit->nr_branches && !here;

		wrong += !right(hit, i, t.pid);
		ladders += !missed;
		bad_ladders += hit->nr_branches && !ladder(hit);
		if (flags & GTRACE_PROBE_F_BRANCHES && missed != !!(hit->head.flags & GTRACE_EVENT_F_NO_LADDER))
			bad_ladders++;
	}
	ok(!wrong, "... each with the right values, frames and ids");
	if (wrong)
		printf("# %u wrong\n", wrong);
	ok(found->leaves > 0 && TOTAL(&client, hits) == found->count + found->leaves,
	   "... and the control pages count them, and when the thread left its CPU");
	ok(found->left_well, "... which tell where it will go on");
	if (flags & GTRACE_PROBE_F_BRANCHES) {
		ok(ladders == VISITS - 1, "... all but the first have a ladder");
		ok(TOTAL(&client, ladders_lost) == VISITS - ladders, "... and the one that is lost is counted");
		ok(!bad_ladders, "... in which each branch goes on where the one before went");
		if (ladders != VISITS - 1 || bad_ladders)
			printf("# %u ladders, %u bad\n", ladders, bad_ladders);
	} else {
		ok(!ladders, "... and none has a ladder");
	}
	windows = events_of(&client, GTRACE_EVENT_WINDOW);
	ok(windows->count == 3 && ((const struct gtrace_event_window *)windows->event[0])->open &&
	   !((const struct gtrace_event_window *)windows->event[1])->open, "... in one window, which STOP closes");
	if (windows->count == 3) {
		const struct gtrace_event_window *first = (const void *)windows->event[0];
		const struct gtrace_event_window *closed = (const void *)windows->event[1];
		const struct gtrace_event_window *last = (const void *)windows->event[2];
		__u64 cost = closed->cost - first->cost;

		ok(last->hits == VISITS + found->leaves && cost > VISITS * 300 && cost < closed->ran,
		   "... that tells its hits and cost");
		ok(first->cost && last->cost > closed->cost, "... and what planting and pulling cost");
		printf("# cost of a hit: %llu ticks; hits %llu, cost %llu, ran %llu\n", cost / VISITS, last->hits,
		       last->cost, last->ran);
	}
	free(windows);
	free(found);
	client_close(&client);
	target_end(&t);
}

/* `low`: the same flags, the stack pointer before it, ladders in spite of uprobes' single step at first. */
void probe_subtraction(uint32_t flags, const char *name)
{
	struct target t = target_start();
	struct client client = probe_session(t.pid, GTRACE_F_BRANCHES, 0, 1 << 21);
	struct gtrace_probe probe = probe_plain();
	uint64_t plain = target_order(&t, TARGET_LOWER).result;
	unsigned int wrong = 0, ladders = 0;
	struct events *found;
	struct target_answer answer;

	probe.offset = site_offset(low);
	probe.flags = GTRACE_PROBE_F_BRANCHES | flags;
	gives(probe_plant(&client, probe) ? -1 : ioctl(client.fd, GTRACE_IOC_START), 0, name);
	answer = target_order(&t, TARGET_LOWER);
	gives(ioctl(client.fd, GTRACE_IOC_STOP), 0, "... STOP");
	ok(answer.result == plain, "... makes the flags that it makes without a probe");
	found = events_of(&client, GTRACE_EVENT_HIT);
	ok(found->count == TARGET_LOWERED, "... each is a hit");
	for (unsigned int i = 0; i < found->count; i++) {
		const struct gtrace_event_hit *hit = (const void *)found->event[i];
		const struct gtrace_event_hit *first = (const void *)found->event[0];
		const struct gtrace_pebs_branch *branch = (const void *)hit->values;

		wrong += hit->ip != (uint64_t)low || hit->sp != first->sp - i * 8;
		ladders += hit->nr_branches > 0;
		wrong += hit->nr_branches && branch[0].to != (uint64_t)low_entry;
	}
	ok(!wrong, "... with the stack pointer before it, and ladders that end there");
	ok(ladders == TARGET_LOWERED - 1, "... all but the first with a ladder");
	if (wrong || ladders != TARGET_LOWERED - 1)
		printf("# %u wrong, %u ladders\n", wrong, ladders);
	free(found);
	client_close(&client);
	target_end(&t);
}

/* It shares its CPU with this process, which does not sleep: the kernel takes it away now and then. */
void probe_preempted(void)
{
	unsigned int counting = 0, wrong = 0;
	cpu_set_t before = client_pin();
	struct target t = target_start();
	struct client client = probe_session(t.pid, 0, 0, 1 << 21);
	struct timespec now;
	struct events *found;
	time_t end;

	gives(probe_plant(&client, probe_full(GTRACE_PROBE_F_STACK)) ? -1 : ioctl(client.fd, GTRACE_IOC_START), 0,
	      "a target that is preempted");
	target_ask(&t, TARGET_COUNT);
	clock_gettime(CLOCK_MONOTONIC, &now);
	for (end = now.tv_sec * 1000 + now.tv_nsec / 1000000 + 60; now.tv_sec * 1000 + now.tv_nsec / 1000000 < end;)
		clock_gettime(CLOCK_MONOTONIC, &now);
	gives(ioctl(client.fd, GTRACE_IOC_STOP), 0, "... STOP");
	found = events_of(&client, GTRACE_EVENT_HIT);
	ok(found->interrupted > 0 && found->left_well, "... tells where it stood");
	for (unsigned int i = 0; i < found->interrupted; i++) {
		const struct gtrace_event_hit *hit = (const void *)found->interruption[i];

		if (hit->ip < (uint64_t)count_entry || hit->ip > (uint64_t)count_end)
			continue;
		counting++;
		wrong += hit->values[1] != (uint64_t)count_return;
	}
	ok(counting > 0, "... mostly in its loop");
	ok(!wrong, "... whose return address is on its stack");
	if (!counting || wrong)
		printf("# %u interrupted, %u counting, %u wrong\n", found->interrupted, counting, wrong);
	free(found);
	client_close(&client);
	target_end(&t);
	sched_setaffinity(0, sizeof(before), &before);
}

enum { THREADS = 4, VISITS_EACH = 2000 };

static void *visit_much(void *sum)
{
	*(uint64_t *)sum = site_visit(VISITS_EACH);
	return NULL;
}

/* Threads that come to the site at the same time, on all CPUs. */
void probe_threads(uint32_t flags, const char *name)
{
	struct events *found;
	int to[2], status;
	pid_t pid;

	if (pipe(to))
		client_die("pipe");
	pid = fork();
	if (!pid) {
		pthread_t thread[THREADS];
		uint64_t sum[THREADS], plain = site_visit(VISITS_EACH);
		char byte;

		if (read(to[0], &byte, 1) != 1)
			_exit(9);
		for (int i = 0; i < THREADS; i++)
			pthread_create(&thread[i], NULL, visit_much, &sum[i]);
		for (int i = 0; i < THREADS; i++) {
			pthread_join(thread[i], NULL);
			if (sum[i] != plain)
				_exit(1);
		}
		_exit(0);
	}

	struct client client = probe_session(pid, GTRACE_F_BRANCHES | GTRACE_F_WAKES | GTRACE_F_NO_SAMPLES, 0, 1 << 24);

	gives(probe_plant(&client, probe_full(flags)) ? -1 : ioctl(client.fd, GTRACE_IOC_START), 0, name);
	if (write(to[1], "", 1) != 1)
		client_die("pipe");
	waitpid(pid, &status, 0);
	gives(ioctl(client.fd, GTRACE_IOC_STOP), 0, "... STOP");
	ok(WIFEXITED(status) && !WEXITSTATUS(status), "... each computes what it does without probes");
	found = events_of(&client, GTRACE_EVENT_HIT);
	ok(found->count == THREADS * VISITS_EACH && TOTAL(&client, hits) == found->count + found->leaves,
	   "... every visit is one hit");
	printf("# %u hits, %llu counted\n", found->count, (unsigned long long)TOTAL(&client, hits));

	unsigned int bad = 0;

	for (unsigned int i = 0; i < found->count; i++) {
		const struct gtrace_event_hit *hit = (const void *)found->event[i];

		bad += hit->nr_branches && !ladder(hit);
	}
	ok(!bad, "... no ladder holds another's branches");
	if (bad)
		printf("# %u bad\n", bad);
	free(found);

	struct events *wakes = events_of(&client, GTRACE_EVENT_WAKE), *switches = events_of(&client, GTRACE_EVENT_SWITCH);
	const struct gtrace_event_wake *wake = wakes->count ? (const void *)wakes->event[0] : NULL;

	ok(wake && wake->tgid == (uint32_t)pid && wake->waker_tid == (uint32_t)getpid(), "... who woke it first is known");
	ok(switches->count > 0 && !TOTAL(&client, sample_head) && !TOTAL(&client, pmis),
	   "... switches are there, samples are not");
	free(wakes);
	free(switches);
	client_close(&client);
}
