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

/* A goroutine's address is reused within milliseconds at worst; between two looks its owner is unknown if it was. */
#define INTERVAL_NS	100000000ull
/* ... but looking must not take more than a twentieth of a core, however many goroutines there are. */
#define DUTY		20
/* The runtime starts within a millisecond of exec; then its tables can be read. */
#define RETRY_NS	2000000ull
#define RETRIES		200

/* What was last written of a G or M: its address and a fingerprint of the rest. */
struct seen {
	uint64_t addr, fingerprint;
};

struct seen_table {
	struct seen *entries;
	size_t used, room;	/* room is 0 or a power of two */
};

struct process {
	struct process *next;
	pid_t pid;
	uint32_t tgid;
	bool foreign_ids;		/* lives in another PID namespace */
	struct gt_go_binary *binary;
	struct gt_go_runtime *runtime;	/* NULL = the runtime has not started yet */
	uint64_t load_bias;
	unsigned int retries;
	uint64_t due_ns;
	bool looked;
	struct gt_go_look look;
	struct seen_table seen;
};

struct gt_looks {
	struct gt_writer *writer;
	bool verbose;
	struct process *processes;
	char version[64];
	struct gt_look_goroutine *goroutines;	/* the changed ones of a look */
	size_t goroutines_room;
	struct gt_look_thread *threads;
	size_t threads_room;
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* ---- what was written already ---------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15ull;
	return hash ^ hash >> 29;
}

static struct seen *find(struct seen_table *table, uint64_t addr)
{
	size_t i = mix(0, addr) & (table->room - 1);

	while (table->entries[i].addr && table->entries[i].addr != addr)
		i = (i + 1) & (table->room - 1);
	return &table->entries[i];
}

static int grow(struct seen_table *table)
{
	struct seen_table bigger = { .room = table->room ? table->room * 2 : 256, .used = table->used };

	bigger.entries = calloc(bigger.room, sizeof(*bigger.entries));
	if (!bigger.entries)
		return -ENOMEM;
	for (size_t i = 0; i < table->room; i++)
		if (table->entries[i].addr)
			*find(&bigger, table->entries[i].addr) = table->entries[i];
	free(table->entries);
	*table = bigger;
	return 0;
}

/* 1 it is not as it was last written (or never was), 0 it is, -ENOMEM. */
static int changed(struct seen_table *table, uint64_t addr, uint64_t fingerprint)
{
	struct seen *seen;

	if (table->used * 4 >= table->room * 3 && grow(table))
		return -ENOMEM;
	seen = find(table, addr);
	if (seen->addr && seen->fingerprint == fingerprint)
		return 0;
	table->used += !seen->addr;
	*seen = (struct seen){ addr, fingerprint };
	return 1;
}

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
		uint64_t fingerprint = mix(mix(mix(mix(1, g->goid), g->gopc), g->startpc), dead(g));
		int ret = changed(&p->seen, g->addr, fingerprint);
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
		uint64_t fingerprint = mix(mix(mix(mix(2, m->procid), m->g0), m->gsignal), m->curg);
		int ret = changed(&p->seen, m->addr, fingerprint);
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
	free(p->seen.entries);
	free(p);
}

struct gt_looks *gt_looks_new(struct gt_writer *writer, bool verbose)
{
	struct gt_looks *looks = calloc(1, sizeof(*looks));

	if (looks) {
		looks->writer = writer;
		looks->verbose = verbose;
	}
	return looks;
}

void gt_looks_free(struct gt_looks *looks)
{
	if (!looks)
		return;
	while (looks->processes)
		drop(looks, looks->processes);
	free(looks->goroutines);
	free(looks->threads);
	free(looks);
}

static int write_go(struct gt_looks *looks, const struct process *p, const char *exe)
{
	struct gt_go go = { .tsc = __rdtsc(), .tgid = p->tgid, .load_bias = p->load_bias };
	char path[PATH_MAX];
	ssize_t n = readlink(exe, path, sizeof(path) - 1);

	path[n > 0 ? n : 0] = '\0';
	go.path = path;
	go.version = gt_go_binary_version(p->binary).text;
	if (!*looks->version)
		snprintf(looks->version, sizeof(looks->version), "%.*s", (int)strcspn(go.version, " "), go.version);
	return gt_writer_go(looks->writer, &go);
}

int gt_looks_consider(struct gt_looks *looks, pid_t pid, uint32_t tgid)
{
	struct gt_go_binary *binary;
	struct process *p = looks->processes, *next;
	char exe[64];

	/* It executes another program: what was known is history. */
	for (; p; p = next) {
		next = p->next;
		if (p->tgid == tgid)
			drop(looks, p);
	}
	snprintf(exe, sizeof(exe), "/proc/%d/exe", pid);
	if (gt_go_binary_open(exe, &binary))
		return 0;
	p = calloc(1, sizeof(*p));
	if (!p || read_load_bias(pid, exe, &p->load_bias)) {
		gt_go_binary_close(binary);
		free(p);
		return p ? 0 : -ENOMEM;
	}
	p->pid = pid;
	p->tgid = tgid;
	p->binary = binary;
	p->foreign_ids = !gt_proc_same_pid_namespace(pid);
	p->next = looks->processes;
	looks->processes = p;
	return write_go(looks, p, exe);
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

/* 0 looked, -ESRCH and others: nothing more to see here. */
static int look_at(struct gt_looks *looks, struct process *p)
{
	struct gt_look look = { .tsc_begin = __rdtsc(), .tgid = p->tgid, .complete = !p->looked };
	int err = gt_go_runtime_look(p->runtime, &p->look);

	if (err)
		return err;
	look.tsc_end = __rdtsc();
	err = collect_goroutines(looks, p, &look);
	if (!err)
		err = collect_threads(looks, p, &look);
	if (!err)
		err = gt_writer_look(looks->writer, &look, looks->goroutines, looks->threads);
	p->looked = true;
	return err;
}

static int take(struct gt_looks *looks, struct process *p)
{
	uint64_t begin = now_ns(), took;
	int err = p->runtime ? 0 : attach(looks, p);

	if (err == -EAGAIN) {
		p->due_ns = begin + RETRY_NS;
		return 0;
	}
	if (!err)
		err = look_at(looks, p);
	took = now_ns() - begin;
	p->due_ns = begin + (took * DUTY > INTERVAL_NS ? took * DUTY : INTERVAL_NS);
	/* -EPROTO: it is just executing another program, or its tables moved under the reader. Perhaps next time. */
	return err == -EPROTO && p->runtime ? 0 : err;
}

int gt_looks_timeout(const struct gt_looks *looks)
{
	uint64_t due = UINT64_MAX, now;

	for (const struct process *p = looks->processes; p; p = p->next)
		due = p->due_ns < due ? p->due_ns : due;
	if (due == UINT64_MAX)
		return -1;
	now = now_ns();
	return due <= now ? 0 : (due - now + 999999) / 1000000;
}

int gt_looks_take(struct gt_looks *looks, bool all)
{
	uint64_t now = looks->processes ? now_ns() : 0;
	struct process *p = looks->processes, *next;

	for (; p; p = next) {
		next = p->next;
		if ((all || p->due_ns <= now) && take(looks, p))
			drop(looks, p);
	}
	return 0;
}

const char *gt_looks_describe(const struct gt_looks *looks)
{
	return looks->version;
}
