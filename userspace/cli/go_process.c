// SPDX-License-Identifier: GPL-2.0
#include "go_process.h"

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
#include "lib/array.h"
#include "lib/proc.h"

#define NS_PER_S UINT64_C(1000000000)
/* A g is reused for another goroutine as soon as its first one has ended, and between two looks nobody knows. */
#define INTERVAL_NS UINT64_C(10000000)
/* Looking must not take more than a twentieth of a core, however many goroutines there are. */
#define DUTY 20
/* The runtime starts within a millisecond of exec; then its tables can be read. */
#define RETRY_NS UINT64_C(2000000)
#define RETRIES  200

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

/* AT_ENTRY is where the kernel started the program, e_entry where the file says it starts. */
int gt_go_process_bias(pid_t pid, const char *exe, uint64_t *bias)
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

static void read_exe(pid_t pid, char *exe, size_t size)
{
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	n = readlink(path, exe, size - 1);
	exe[n > 0 ? n : 0] = '\0';
}

struct gt_go_process *gt_go_process_new(pid_t pid, uint32_t tgid, struct gt_parks *parks, bool verbose)
{
	struct gt_go_process *p = calloc(1, sizeof(*p));
	char exe[64], name[PATH_MAX];

	if (!p)
		return NULL;
	p->found_tsc = __rdtsc();
	p->pid = pid;
	p->tgid = tgid;
	p->verbose = verbose;
	p->foreign_ids = !gt_proc_same_pid_namespace(pid);
	snprintf(exe, sizeof(exe), "/proc/%d/exe", pid);
	if (gt_go_binary_open(exe, &p->binary) || gt_go_process_bias(pid, exe, &p->load_bias)) {
		gt_go_process_free(p);
		return NULL;
	}
	if (parks) {
		read_exe(pid, name, sizeof(name));
		p->plant = gt_parks_plant(parks, exe, name, p->binary);
	}
	return p;
}

void gt_go_process_free(struct gt_go_process *p)
{
	if (p->runtime)
		gt_go_runtime_detach(p->runtime);
	gt_go_look_free(&p->look);
	gt_go_binary_close(p->binary);
	gt_seen_free(&p->seen);
	free(p);
}

/* ---- looking ---------------------------------------------------------------------------------------------------- */

/* Hits that are recorded already are unsaid with the next PROBES record. */
static void distrust(struct gt_go_process *p, const char *why)
{
	if (!p->plant || !p->plant->planted)
		return;
	p->distrust = why;
	p->explained = false;
	gt_complain("--parks: process %d: %s; what its probes tell is not to be believed", p->pid, why);
}

/* 0 attached, -EAGAIN later, other errors: never. */
static int attach(struct gt_go_process *p)
{
	const char *why = "";
	int err = gt_go_runtime_attach(p->pid, p->binary, p->load_bias, &p->runtime, &why);

	if (err == -EAGAIN && p->retries++ < RETRIES)
		return err;
	if (!err && !gt_go_runtime_confirms_probes(p->runtime))
		distrust(p, "its runtime is modified");
	if (err == -EPROTO)
		distrust(p, why);
	else if (err && err != -ESRCH && p->verbose)
		gt_complain("process %d: its goroutines cannot be told apart: %s", p->pid, why);
	return err == -EAGAIN ? -ETIMEDOUT : err;
}

int gt_go_process_look(struct gt_go_process *p)
{
	int err = p->runtime ? 0 : attach(p);
	uint64_t begin = clock_ns(CLOCK_MONOTONIC), cost;

	if (err) {
		p->due_ns = begin + RETRY_NS;
		return err;
	}
	/* CPU time: on a busy machine the look waits, and waiting costs the target nothing. */
	cost = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	p->tsc_begin = __rdtsc();
	err = gt_go_runtime_look(p->runtime, &p->look);
	p->tsc_end = __rdtsc();
	p->unwritten = !err;
	cost = clock_ns(CLOCK_THREAD_CPUTIME_ID) - cost;
	p->due_ns = begin + (cost * DUTY > INTERVAL_NS ? cost * DUTY : INTERVAL_NS);
	/* It is just executing another program, or its tables moved under the reader. Perhaps next time. */
	return err == -EPROTO ? -EAGAIN : err;
}

/* Running, waiting, in a system call: a G stays who it is. Only its birth and death matter here. */
static bool dead(const struct gt_go_g *g)
{
	return g->status == GT_GO_DEAD || g->status == GT_GO_DEADEXTRA || g->status == GT_GO_IDLE;
}

size_t gt_go_process_alive(const struct gt_go_process *p)
{
	size_t alive = 0;

	for (size_t i = 0; i < p->look.nr_gs; i++)
		alive += !dead(&p->look.gs[i]);
	return alive;
}

/* ---- what changed ----------------------------------------------------------------------------------------------- */

static uint64_t fingerprint(const uint64_t *state, size_t n)
{
	uint64_t mixed = 1;

	for (size_t i = 0; i < n; i++)
		mixed = gt_seen_mix(mixed, state[i]);
	return mixed;
}

static int collect_goroutines(struct gt_go_process *p, struct gt_changes *changes)
{
	for (size_t i = 0; i < p->look.nr_gs; i++) {
		const struct gt_go_g *g = &p->look.gs[i];
		const uint64_t state[] = {g->goid, g->gopc, g->startpc, dead(g)};
		int ret = gt_seen_change(&p->seen, g->addr, fingerprint(state, 4));

		if (!ret)
			continue;
		if (ret < 0 ||
		    gt_array_room(&changes->goroutines, changes->look.nr_goroutines, &changes->goroutines_room))
			return -ENOMEM;
		changes->goroutines[changes->look.nr_goroutines++] = (struct gt_look_goroutine){
			.g = g->addr,
			.goid = g->goid,
			.gopc = g->gopc,
			.startpc = g->startpc,
			.status = g->status,
		};
	}
	return 0;
}

static int collect_threads(struct gt_go_process *p, struct gt_changes *changes)
{
	for (size_t i = 0; i < p->look.nr_ms; i++) {
		const struct gt_go_m *m = &p->look.ms[i];
		const uint64_t state[] = {m->procid, m->g0, m->gsignal, m->curg};
		int ret = gt_seen_change(&p->seen, m->addr, fingerprint(state, 4));

		if (!ret)
			continue;
		if (ret < 0 || gt_array_room(&changes->threads, changes->look.nr_threads, &changes->threads_room))
			return -ENOMEM;
		changes->threads[changes->look.nr_threads++] = (struct gt_look_thread){
			.m = m->addr,
			.g0 = m->g0,
			.gsignal = m->gsignal,
			.curg = m->curg,
			.tid = p->foreign_ids ? (uint64_t)gt_proc_outer_tid(p->pid, m->procid) : m->procid,
		};
	}
	return 0;
}

int gt_go_process_collect(struct gt_go_process *p, struct gt_changes *changes)
{
	int err = 0;

	if (p->refresh_ns && p->unwritten && p->complete && p->due_ns - p->complete_ns >= p->refresh_ns) {
		gt_seen_free(&p->seen);
		p->complete = false;
	}
	changes->look = (struct gt_look){
		.tsc_begin = p->tsc_begin, .tsc_end = p->tsc_end, .tgid = p->tgid, .complete = !p->complete};
	if (p->unwritten)
		err = collect_goroutines(p, changes);
	if (!err && p->unwritten)
		err = collect_threads(p, changes);
	return err;
}

void gt_changes_free(struct gt_changes *changes)
{
	free(changes->goroutines);
	free(changes->threads);
	*changes = (struct gt_changes){0};
}

bool gt_go_process_news(const struct gt_go_process *p)
{
	return p->unwritten || !p->introduced || (p->plant && !p->explained);
}

static int introduce(struct gt_go_process *p, struct gt_writer *writer)
{
	struct gt_go go = {.tsc = p->found_tsc, .tgid = p->tgid, .load_bias = p->load_bias};
	char path[PATH_MAX];

	read_exe(p->pid, path, sizeof(path));
	go.path = path;
	go.version = gt_go_binary_version(p->binary).text;
	p->introduced = true;
	return gt_writer_go(writer, &go);
}

static int explain(struct gt_go_process *p, struct gt_writer *writer)
{
	p->explained = true;
	return gt_parks_write(p->plant, p->binary, p->distrust, p->found_tsc, p->tgid, writer);
}

int gt_go_process_write(struct gt_go_process *p, const struct gt_changes *changes, struct gt_writer *writer)
{
	int err = p->introduced ? 0 : introduce(p, writer);

	if (!err && p->plant && !p->explained)
		err = explain(p, writer);
	if (err || !p->unwritten)
		return err;
	if (!p->complete)
		p->complete_ns = p->due_ns;
	p->complete = true;
	p->unwritten = false;
	return gt_writer_look(writer, &changes->look, changes->goroutines, changes->threads);
}
