// SPDX-License-Identifier: GPL-2.0
#include "looks.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "cli.h"
#include "go/binary.h"
#include "go/runtime.h"
#include "lib/proc.h"
#include "seen.h"

#define NS_PER_S	UINT64_C(1000000000)
/* A goroutine's address is reused within milliseconds at worst; between two looks its owner is unknown if it was. */
#define INTERVAL_NS	UINT64_C(100000000)
/* ... but looking must not take more than a twentieth of a core, however many goroutines there are. */
#define DUTY		20
/* The runtime starts within a millisecond of exec; then its tables can be read. */
#define RETRY_NS	UINT64_C(2000000)
#define RETRIES		200

struct process {
	struct process *next;
	pid_t pid;
	uint32_t tgid;
	bool foreign_ids;		/* lives in another PID namespace */
	bool introduced;		/* its GO record is written */
	bool complete;			/* a whole look is written */
	bool unwritten;			/* `look` is newer than the file */
	struct gt_go_binary *binary;
	struct gt_go_runtime *runtime;	/* NULL = the runtime has not started yet */
	uint64_t found_tsc;
	uint64_t load_bias;
	unsigned int retries;
	uint64_t due_ns;
	uint64_t tsc_begin, tsc_end;	/* of `look` */
	struct gt_go_look look;
	struct gt_seen seen;
};

struct request {
	struct request *next;
	pid_t pid;
	uint32_t tgid;
};

struct gt_looks {
	bool verbose;
	bool started;
	pthread_t thread;
	pthread_mutex_t *writer_lock;
	struct gt_writer *writer;

	pthread_mutex_t lock;		/* guards the next three */
	pthread_cond_t wake;
	struct request *requests;	/* newest first */
	bool stop;

	/* The thread's alone while it runs. */
	struct process *processes;
	struct gt_look_goroutine *goroutines;	/* the changed ones of a look */
	size_t goroutines_room;
	struct gt_look_thread *threads;
	size_t threads_room;
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

/* ---- what changed ----------------------------------------------------------------------------------------------- */

static void *room_for(void *array, size_t *room, size_t n, size_t size)
{
	void *grown;

	if (n < *room)
		return array;
	grown = reallocarray(array, n * 2 + 64, size);
	if (grown)
		*room = n * 2 + 64;
	return grown;
}

/* Running, waiting, in a system call: a G stays who it is. Only its birth and death matter here. */
static bool dead(const struct gt_go_g *g)
{
	return g->status == GT_GO_DEAD || g->status == GT_GO_DEADEXTRA || g->status == GT_GO_IDLE;
}

static int collect_goroutines(struct gt_looks *looks, struct process *p, struct gt_look *look)
{
	for (size_t i = 0; i < p->look.nr_gs; i++) {
		const struct gt_go_g *g = &p->look.gs[i];
		uint64_t fingerprint = gt_seen_mix(gt_seen_mix(gt_seen_mix(gt_seen_mix(1, g->goid), g->gopc), g->startpc), dead(g));
		int ret = gt_seen_change(&p->seen, g->addr, fingerprint);
		void *grown;

		if (!ret)
			continue;
		grown = ret < 0 ? NULL : room_for(looks->goroutines, &looks->goroutines_room, look->nr_goroutines,
						  sizeof(*looks->goroutines));
		if (!grown)
			return -ENOMEM;
		looks->goroutines = grown;
		looks->goroutines[look->nr_goroutines++] = (struct gt_look_goroutine){
			.g = g->addr, .goid = dead(g) ? 0 : g->goid, .gopc = g->gopc, .startpc = g->startpc,
			.status = g->status,
		};
	}
	return 0;
}

static int collect_threads(struct gt_looks *looks, struct process *p, struct gt_look *look)
{
	for (size_t i = 0; i < p->look.nr_ms; i++) {
		const struct gt_go_m *m = &p->look.ms[i];
		uint64_t fingerprint = gt_seen_mix(gt_seen_mix(gt_seen_mix(gt_seen_mix(2, m->procid), m->g0), m->gsignal), m->curg);
		int ret = gt_seen_change(&p->seen, m->addr, fingerprint);
		void *grown;

		if (!ret)
			continue;
		grown = ret < 0 ? NULL : room_for(looks->threads, &looks->threads_room, look->nr_threads,
						  sizeof(*looks->threads));
		if (!grown)
			return -ENOMEM;
		looks->threads = grown;
		looks->threads[look->nr_threads++] = (struct gt_look_thread){
			.m = m->addr, .g0 = m->g0, .gsignal = m->gsignal, .curg = m->curg,
			.tid = p->foreign_ids ? (uint64_t)gt_proc_outer_tid(p->pid, m->procid) : m->procid,
		};
	}
	return 0;
}

/* ---- processes -------------------------------------------------------------------------------------------------- */

/* AT_ENTRY is where the kernel started the program, e_entry where the file says it starts. */
static int read_load_bias(pid_t pid, const char *exe, uint64_t *bias)
{
	Elf64_auxv_t auxv[64];
	char path[64];
	Elf64_Ehdr header;
	ssize_t n;
	int fd;

	fd = open(exe, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = pread(fd, &header, sizeof(header), 0);
	close(fd);
	if (n != sizeof(header))
		return -ENOEXEC;
	snprintf(path, sizeof(path), "/proc/%d/auxv", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, auxv, sizeof(auxv));
	close(fd);
	for (ssize_t i = 0; i < n / (ssize_t)sizeof(auxv[0]); i++) {
		if (auxv[i].a_type != AT_ENTRY)
			continue;
		*bias = auxv[i].a_un.a_val - header.e_entry;
		return 0;
	}
	return -ESRCH;
}

static void drop(struct gt_looks *looks, struct process *p)
{
	struct process **link = &looks->processes;

	while (*link != p)
		link = &(*link)->next;
	*link = p->next;
	if (p->runtime)
		gt_go_runtime_detach(p->runtime);
	gt_go_look_free(&p->look);
	gt_go_binary_close(p->binary);
	gt_seen_free(&p->seen);
	free(p);
}

/* The process is now what it executes; NULL when that is no Go program. */
static struct process *meet(struct gt_looks *looks, pid_t pid, uint32_t tgid)
{
	struct process *p = looks->processes, *next;
	struct gt_go_binary *binary;
	uint64_t tsc = __rdtsc();
	char exe[64];

	/* It executes another program: what was known is history. */
	for (; p; p = next) {
		next = p->next;
		if (p->tgid == tgid)
			drop(looks, p);
	}
	snprintf(exe, sizeof(exe), "/proc/%d/exe", pid);
	if (gt_go_binary_open(exe, &binary))
		return NULL;
	p = calloc(1, sizeof(*p));
	if (!p || read_load_bias(pid, exe, &p->load_bias)) {
		gt_go_binary_close(binary);
		free(p);
		return NULL;
	}
	p->pid = pid;
	p->tgid = tgid;
	p->binary = binary;
	p->found_tsc = tsc;
	p->foreign_ids = !gt_proc_same_pid_namespace(pid);
	p->next = looks->processes;
	looks->processes = p;
	return p;
}

/* 0 attached, -EAGAIN later, other errors: never. */
static int attach(struct gt_looks *looks, struct process *p)
{
	const char *why = "";
	int err = gt_go_runtime_attach(p->pid, p->binary, p->load_bias, &p->runtime, &why);

	if (err == -EAGAIN && p->retries++ < RETRIES)
		return err;
	if (err && err != -ESRCH && looks->verbose)
		gt_complain("process %d: its goroutines cannot be told apart: %s", p->pid, why);
	return err;
}

/* One look, into memory. -EAGAIN not yet; other errors: nothing more to see here. */
static int look_at(struct gt_looks *looks, struct process *p)
{
	uint64_t begin = now_ns(), took;
	int err = p->runtime ? 0 : attach(looks, p);

	if (!err) {
		begin = now_ns();
		p->tsc_begin = __rdtsc();
		err = gt_go_runtime_look(p->runtime, &p->look);
		p->tsc_end = __rdtsc();
		p->unwritten = !err;
		/* It is just executing another program, or its tables moved under the reader. Perhaps next time. */
		if (err == -EPROTO)
			err = -EAGAIN;
	}
	took = now_ns() - begin;
	if (!p->runtime)
		p->due_ns = begin + RETRY_NS;
	else
		p->due_ns = begin + (took * DUTY > INTERVAL_NS ? took * DUTY : INTERVAL_NS);
	return err;
}

/* ---- to the file ------------------------------------------------------------------------------------------------ */

static int write_go(struct gt_looks *looks, struct process *p)
{
	struct gt_go go = { .tsc = p->found_tsc, .tgid = p->tgid, .load_bias = p->load_bias };
	char exe[64], path[PATH_MAX];
	ssize_t n;

	snprintf(exe, sizeof(exe), "/proc/%d/exe", p->pid);
	n = readlink(exe, path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = '\0';
	go.path = path;
	go.version = gt_go_binary_version(p->binary).text;
	p->introduced = true;
	return gt_writer_go(looks->writer, &go);
}

static int write_process(struct gt_looks *looks, struct process *p)
{
	struct gt_look look = { .tsc_begin = p->tsc_begin, .tsc_end = p->tsc_end, .tgid = p->tgid,
				.complete = !p->complete };
	int err = 0;

	if (p->unwritten)
		err = collect_goroutines(looks, p, &look);
	if (!err && p->unwritten)
		err = collect_threads(looks, p, &look);
	if (err)
		return err;
	pthread_mutex_lock(looks->writer_lock);
	if (!p->introduced)
		err = write_go(looks, p);
	if (!err && p->unwritten) {
		err = gt_writer_look(looks->writer, &look, looks->goroutines, looks->threads);
		p->complete = true;
		p->unwritten = false;
	}
	pthread_mutex_unlock(looks->writer_lock);
	return err;
}

/* ---- the thread ------------------------------------------------------------------------------------------------- */

/* Looks at those that are due, or at all. Returns when the next is due, UINT64_MAX = never. */
static uint64_t look_around(struct gt_looks *looks, bool all)
{
	uint64_t now = looks->processes ? now_ns() : 0, due = UINT64_MAX;
	struct process *p = looks->processes, *next;

	for (; p; p = next) {
		int err = 0;

		next = p->next;
		if (all || p->due_ns <= now)
			err = look_at(looks, p);
		if (!err || err == -EAGAIN || !p->introduced) {
			int wrote = write_process(looks, p);

			err = err ? err : wrote;
		}
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
	struct timespec until = { .tv_sec = due / NS_PER_S, .tv_nsec = due % NS_PER_S };
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

struct gt_looks *gt_looks_new(bool verbose)
{
	struct gt_looks *looks = calloc(1, sizeof(*looks));
	pthread_condattr_t monotonic;

	if (!looks)
		return NULL;
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
	free(looks->goroutines);
	free(looks->threads);
	free(looks);
}

void gt_looks_attach(struct gt_looks *looks, pid_t pid, uint32_t tgid)
{
	struct process *p = meet(looks, pid, tgid);
	int err = p ? look_at(looks, p) : 0;

	/* What cannot be looked at is a Go program all the same: its functions and lines have names. */
	if (err && err != -EAGAIN && p)
		p->due_ns = UINT64_MAX;
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
	*request = (struct request){ looks->requests, pid, tgid };
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
	const struct process *p = looks->processes;
	char count[GT_COUNT_TEXT];
	const char *version;
	size_t alive = 0;

	*text = '\0';
	if (!p)
		return text;
	for (size_t i = 0; i < p->look.nr_gs; i++)
		alive += !dead(&p->look.gs[i]);
	version = gt_go_binary_version(p->binary).text;
	snprintf(text, 96, "%.*s, %s goroutines", (int)strcspn(version, " "), version, gt_format_count(alive, count));
	return text;
}
