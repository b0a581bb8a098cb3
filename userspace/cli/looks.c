// SPDX-License-Identifier: GPL-2.0
#include "looks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli.h"
#include "go_process.h"
#include "output/text.h"

#define NS_PER_S UINT64_C(1000000000)

struct request {
	struct request *next;
	pid_t pid;
	uint32_t tgid;
};

struct gt_looks {
	struct gt_parks *parks;
	uint64_t refresh_ns;
	bool verbose;
	bool started;
	pthread_t thread;
	pthread_mutex_t *writer_lock;
	struct gt_writer *writer;

	pthread_mutex_t lock; /* guards the next three */
	pthread_cond_t wake;
	struct request *requests; /* newest first */
	bool stop;

	/* The thread's alone while it runs. */
	struct gt_go_process *processes;
	struct gt_changes changes;
};

static void drop(struct gt_looks *looks, struct gt_go_process *p)
{
	struct gt_go_process **link = &looks->processes;

	while (*link != p)
		link = &(*link)->next;
	*link = p->next;
	gt_go_process_free(p);
}

/* The process is now what it executes; NULL when that is no Go program. */
static struct gt_go_process *meet(struct gt_looks *looks, pid_t pid, uint32_t tgid)
{
	struct gt_go_process *p = looks->processes, *next;

	/* It executes another program: what was known is history. */
	for (; p; p = next) {
		next = p->next;
		if (p->tgid == tgid)
			drop(looks, p);
	}
	p = gt_go_process_new(pid, tgid, looks->parks, looks->verbose);
	if (!p)
		return NULL;
	p->refresh_ns = looks->refresh_ns;
	p->next = looks->processes;
	looks->processes = p;
	return p;
}

/* ---- the thread ------------------------------------------------------------------------------------------------- */

static int write_process(struct gt_looks *looks, struct gt_go_process *p)
{
	int err = gt_go_process_collect(p, &looks->changes);

	if (err)
		return err;
	pthread_mutex_lock(looks->writer_lock);
	err = gt_go_process_write(p, &looks->changes, looks->writer);
	pthread_mutex_unlock(looks->writer_lock);
	return err;
}

/* Looks at those that are due, or at all. Returns when the next is due, UINT64_MAX = never. */
static uint64_t look_around(struct gt_looks *looks, bool all)
{
	struct gt_go_process *p = looks->processes, *next;
	uint64_t now, due = UINT64_MAX;
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	now = ts.tv_sec * NS_PER_S + ts.tv_nsec;
	for (; p; p = next) {
		int err = 0;

		next = p->next;
		if (all || p->due_ns <= now)
			err = gt_go_process_look(p);
		/* Also when there is nothing to see: its functions and lines have names all the same. */
		if (gt_go_process_news(p) && write_process(looks, p))
			err = -EIO;
		if (err && err != -EAGAIN)
			drop(looks, p);
		else
			due = p->due_ns < due ? p->due_ns : due;
	}
	return due;
}

/* Waits until `due` or a word from the recorder; takes the requests. */
static struct request *wait_for_word(struct gt_looks *looks, uint64_t due, bool *stop)
{
	struct timespec until = {.tv_sec = due / NS_PER_S, .tv_nsec = due % NS_PER_S};
	struct request *requests;
	int err = 0;

	pthread_mutex_lock(&looks->lock);
	while (!looks->requests && !looks->stop && !err) {
		if (due == UINT64_MAX)
			err = pthread_cond_wait(&looks->wake, &looks->lock);
		else
			err = pthread_cond_timedwait(&looks->wake, &looks->lock, &until);
	}
	requests = looks->requests;
	looks->requests = NULL;
	*stop = looks->stop;
	pthread_mutex_unlock(&looks->lock);
	return requests;
}

/* Oldest first: of two programs that a process executed, the later one stays. */
static void meet_all(struct gt_looks *looks, struct request *requests)
{
	struct request *oldest = NULL, *next;

	for (; requests; requests = next) {
		next = requests->next;
		requests->next = oldest;
		oldest = requests;
	}
	for (; oldest; oldest = next) {
		next = oldest->next;
		meet(looks, oldest->pid, oldest->tgid);
		free(oldest);
	}
}

static void *run(void *argument)
{
	struct gt_looks *looks = argument;
	bool stop = false;

	while (!stop) {
		struct request *requests = wait_for_word(looks, look_around(looks, false), &stop);

		meet_all(looks, requests);
	}
	look_around(looks, true);
	return NULL;
}

/* ---- the recorder's side ---------------------------------------------------------------------------------------- */

struct gt_looks *gt_looks_new(struct gt_parks *parks, bool verbose)
{
	struct gt_looks *looks = calloc(1, sizeof(*looks));
	pthread_condattr_t monotonic;

	if (!looks)
		return NULL;
	looks->parks = parks;
	looks->verbose = verbose;
	pthread_mutex_init(&looks->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&looks->wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return looks;
}

void gt_looks_free(struct gt_looks *looks)
{
	struct request *next;

	if (!looks)
		return;
	while (looks->processes)
		drop(looks, looks->processes);
	for (; looks->requests; looks->requests = next) {
		next = looks->requests->next;
		free(looks->requests);
	}
	pthread_cond_destroy(&looks->wake);
	pthread_mutex_destroy(&looks->lock);
	gt_changes_free(&looks->changes);
	free(looks);
}

void gt_looks_refresh(struct gt_looks *looks, uint64_t ns)
{
	looks->refresh_ns = ns;
}

void gt_looks_attach(struct gt_looks *looks, pid_t pid, uint32_t tgid)
{
	struct gt_go_process *p = meet(looks, pid, tgid);
	int err = p ? gt_go_process_look(p) : 0;

	/* The thread says who it is before it finds the same and gives up. */
	if (err)
		p->due_ns = 0;
}

int gt_looks_start(struct gt_looks *looks, struct gt_writer *writer, pthread_mutex_t *lock)
{
	int err;

	looks->writer = writer;
	looks->writer_lock = lock;
	err = pthread_create(&looks->thread, NULL, run, looks);
	looks->started = !err;
	return -err;
}

void gt_looks_consider(struct gt_looks *looks, pid_t pid, uint32_t tgid)
{
	struct request *request = malloc(sizeof(*request));

	if (!request)
		return;
	pthread_mutex_lock(&looks->lock);
	*request = (struct request){looks->requests, pid, tgid};
	looks->requests = request;
	pthread_cond_signal(&looks->wake);
	pthread_mutex_unlock(&looks->lock);
}

void gt_looks_stop(struct gt_looks *looks)
{
	if (!looks->started)
		return;
	pthread_mutex_lock(&looks->lock);
	looks->stop = true;
	pthread_cond_signal(&looks->wake);
	pthread_mutex_unlock(&looks->lock);
	pthread_join(looks->thread, NULL);
	looks->started = false;
}

const char *gt_looks_describe(const struct gt_looks *looks, char *text)
{
	const struct gt_go_process *p = looks->processes;
	char count[GT_UNITS_BYTES];
	const char *version;

	*text = '\0';
	if (!p)
		return text;
	version = gt_go_binary_version(p->binary).text;
	snprintf(text, 96, "%.*s, %s goroutines", (int)strcspn(version, " "), version,
		 gt_text_count(count, gt_go_process_alive(p)));
	return text;
}
