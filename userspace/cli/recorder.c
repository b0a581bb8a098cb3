// SPDX-License-Identifier: GPL-2.0
#include "recorder.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "cli.h"
#include "drain.h"
#include "lib/kallsyms.h"
#include "lib/vdso.h"
#include "lib/proc.h"
#include "output/text.h"

#define NS_PER_MS UINT64_C(1000000)
/* So long a slow target may leave its samples in the rings. */
#define IDLE_MS     5000
#define PROGRESS_MS 1000

uint64_t gt_recorder_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * GT_NS_PER_S + ts.tv_nsec;
}

uint32_t gt_recorder_tgid(const struct gt_recorder *r)
{
	int32_t tgid = r->session->config.target_tgid;

	return tgid == GTRACE_TARGET_ALL ? r->target->pid : tgid;
}

int gt_recorder_map(struct gt_recorder *r)
{
	uint32_t nr_cpus = r->session->caps.nr_cpus;

	r->rings = calloc(nr_cpus, sizeof(*r->rings));
	if (!r->rings)
		return -ENOMEM;
	for (uint32_t cpu = 0; cpu < nr_cpus; cpu++) {
		int err = gt_ring_map(&r->rings[r->nr_rings], r->session->fd, cpu, &r->session->config);

		if (err == -ENXIO)
			continue; /* a CPU number without a CPU */
		if (err) {
			gt_complain("cannot map the rings of CPU %u: %s", cpu, strerror(-err));
			return err;
		}
		r->nr_rings++;
	}
	return 0;
}

/* ---- begin, run, finish ------------------------------------------------------------------------------------------ */

static int write_existing(struct gt_recorder *r)
{
	struct gt_events events = {0};
	int err;

	if (r->session->config.target != GTRACE_TARGET_ALL)
		err = gt_proc_read(&events, r->target->pid, gt_recorder_tgid(r), __rdtsc());
	else
		err = gt_proc_read_all(&events, __rdtsc());
	if (!err)
		err = gt_writer_events(r->writer, GT_CPU_NONE, events.bytes, events.used);
	if (!err)
		err = gt_drain_study(r, events.bytes, events.used);
	if (!err && r->dumps)
		err = gt_flight_existing(gt_dumps_flight(r->dumps), events.bytes, events.used);
	gt_events_free(&events);
	/* It ended between START and here: what was recorded of it is on its way. */
	return err == -ESRCH ? 0 : err;
}

static void on_notice(const struct gt_notice *notice, void *context)
{
	static const char *const causes[] = {"sample ring full", "event ring full", "interrupt too late",
					     "CPU off line"};
	struct gt_recorder *r = context;

	switch (notice->kind) {
	case GTRACE_GENL_TARGET_EXEC:
		/* Our own child's first exec was seen through its pipe, sooner. */
		if (r->target->child && notice->pid == gt_recorder_tgid(r) && !r->own_exec_seen) {
			r->own_exec_seen = true;
			break;
		}
		gt_looks_consider(r->looks, notice->pid, notice->pid);
		if (r->verbose)
			gt_complain("process %u now runs %s", notice->pid, notice->comm);
		break;
	case GTRACE_GENL_TARGET_EXIT:
		if (r->verbose)
			gt_complain("process %u ended", notice->pid);
		break;
	case GTRACE_GENL_LOSS:
		if (r->verbose)
			gt_complain("CPU %u lost %" PRIu64 " samples: %s", notice->cpu, notice->lost,
				    notice->cause < 4 ? causes[notice->cause] : "unknown cause");
		break;
	default:
		break;
	}
}

int gt_recorder_begin(struct gt_recorder *r)
{
	int err = 0;

	/* When every process is a target nobody is a stranger; in a PID namespace of our own nobody can be asked. */
	r->names = r->session->config.target_tgid == r->target->pid;
	if (r->parks && r->names)
		err = gt_strangers_target(&r->strangers, gt_recorder_tgid(r));
	if (err)
		return err;
	r->begun_ns = r->flushed_ns = gt_recorder_now();
	if (gt_notices_open(on_notice, r, &r->notices) && r->verbose)
		gt_complain("no notices from the module: execs of the target are seen late");
	/* A command has nothing yet: its exec brings its mappings as events. */
	if (!r->target->child || r->session->config.target == GTRACE_TARGET_ALL)
		err = write_existing(r);
	if (!err)
		err = gt_vdso_write(r->writer);
	if (!err)
		err = gt_looks_start(r->looks, r->writer, &r->lock);
	if (!err)
		gt_target_go(r->target);
	return err;
}

static void show_progress(struct gt_recorder *r)
{
	char samples[GT_UNITS_BYTES], size[GT_UNITS_BYTES], lost[GT_UNITS_BYTES];
	struct gt_total sum = gt_recorder_sum(r);
	uint64_t now = gt_recorder_now(), bytes;

	if (now - r->shown_ns < PROGRESS_MS * NS_PER_MS)
		return;
	r->shown_ns = now;
	pthread_mutex_lock(&r->lock);
	bytes = r->dumps ? gt_flight_bytes(gt_dumps_flight(r->dumps)) : gt_writer_bytes(r->writer);
	pthread_mutex_unlock(&r->lock);
	fprintf(stderr, "\r[ %" PRIu64 " s, %s samples, %s%s, %s lost ]\033[K", (now - r->begun_ns) / GT_NS_PER_S,
		gt_text_count(samples, sum.samples), gt_text_bytes(size, bytes), r->dumps ? " in memory" : "",
		gt_text_count(lost, sum.lost_full + sum.lost_event + sum.lost_overrun + sum.lost_offline));
}

enum { MODULE, SIGNALS, GONE, EXEC, NOTICES, NR_FDS };

/* True: it says stop. */
static bool take_signal(struct gt_recorder *r)
{
	struct signalfd_siginfo taken;
	pid_t asker;

	if (read(r->signal_fd, &taken, sizeof(taken)) != sizeof(taken) || taken.ssi_signo != SIGUSR2)
		return true;
	asker = taken.ssi_pid;
	if (r->dumps)
		gt_dumps_ask(r->dumps, asker, gt_recorder_now());
	else
		gt_dumps_answer(asker, '-', "that recorder writes all to its file; start it with --flight");
	return false;
}

/* One wait and what it brought. 1 go on, 0 the end, -errno. */
static int step(struct gt_recorder *r)
{
	struct pollfd fds[NR_FDS] = {
		[MODULE] = {.fd = r->session->fd, .events = POLLIN},
		[SIGNALS] = {.fd = r->signal_fd, .events = POLLIN},
		[GONE] = {.fd = r->target->pid_fd, .events = POLLIN},
		[EXEC] = {.fd = r->target->exec_fd, .events = POLLIN},
		[NOTICES] = {.fd = r->notices ? gt_notices_fd(r->notices) : -1, .events = POLLIN},
	};
	int err = 0, patience = r->progress ? PROGRESS_MS : IDLE_MS, n;

	if (r->dumps)
		patience = gt_dumps_patience(r->dumps, __rdtsc());
	n = poll(fds, NR_FDS, patience);

	if (n < 0)
		return errno == EINTR ? 1 : -errno;
	if (fds[MODULE].revents & (POLLERR | POLLHUP))
		return -EIO;
	if (r->dumps)
		err = gt_drain_flight(r);
	else if (fds[MODULE].revents)
		err = gt_drain_woken(r);
	else if (gt_recorder_now() - r->flushed_ns >= patience * NS_PER_MS)
		err = gt_drain_now(r);
	if (err < 0)
		return err;
	if (fds[EXEC].revents && !gt_target_execed(r->target))
		gt_looks_consider(r->looks, r->target->pid, gt_recorder_tgid(r));
	if (fds[NOTICES].revents)
		gt_notices_read(r->notices);
	if (r->progress)
		show_progress(r);
	return !(fds[SIGNALS].revents && take_signal(r)) && !fds[GONE].revents;
}

int gt_recorder_run(struct gt_recorder *r)
{
	int ret;

	do {
		ret = step(r);
	} while (ret > 0);
	if (r->progress)
		fputs("\r\033[K", stderr);
	return ret;
}

struct gt_total gt_recorder_total(const struct gt_ring *ring)
{
	const struct gtrace_control *control = ring->control;

	return (struct gt_total){
		.cpu = ring->cpu,
		.samples = ring->sample_at,
		.lost_full = __atomic_load_n(&control->lost_full, __ATOMIC_RELAXED),
		.lost_event = __atomic_load_n(&control->lost_event, __ATOMIC_RELAXED),
		.lost_overrun = __atomic_load_n(&control->lost_overrun, __ATOMIC_RELAXED),
		.lost_offline = __atomic_load_n(&control->lost_offline, __ATOMIC_RELAXED),
		.events_dropped = __atomic_load_n(&control->events_dropped, __ATOMIC_RELAXED),
		.pmis = __atomic_load_n(&control->pmis, __ATOMIC_RELAXED),
		.spurious = __atomic_load_n(&control->spurious, __ATOMIC_RELAXED),
		.wakeups = __atomic_load_n(&control->wakeups, __ATOMIC_RELAXED),
		.switches = __atomic_load_n(&control->switches, __ATOMIC_RELAXED),
	};
}

struct gt_total gt_recorder_sum(const struct gt_recorder *r)
{
	struct gt_total sum = {0};

	for (uint32_t i = 0; i < r->nr_rings; i++) {
		struct gt_total one = gt_recorder_total(&r->rings[i]);

		sum.samples += one.samples;
		sum.lost_full += one.lost_full;
		sum.lost_event += one.lost_event;
		sum.lost_overrun += one.lost_overrun;
		sum.lost_offline += one.lost_offline;
		sum.events_dropped += one.events_dropped;
		sum.pmis += one.pmis;
		sum.spurious += one.spurious;
		sum.wakeups += one.wakeups;
		sum.switches += one.switches;
	}
	return sum;
}

static int write_totals(struct gt_recorder *r)
{
	struct gt_total *totals = calloc(r->nr_rings, sizeof(*totals));
	int err;

	if (!totals)
		return -ENOMEM;
	for (uint32_t i = 0; i < r->nr_rings; i++)
		totals[i] = gt_recorder_total(&r->rings[i]);
	err = gt_writer_finish(r->writer, totals, r->nr_rings);
	free(totals);
	return err;
}

int gt_recorder_finish(struct gt_recorder *r)
{
	int ret, err;

	r->end_tsc = __rdtsc();
	if (r->parks)
		r->parks->ended = true;
	err = gt_session_stop(r->session);
	/* The last look comes after the last sample: what both it and the one before say holds for all in between. */
	gt_looks_stop(r->looks);
	if (!err) {
		ret = gt_drain_rings(r, true);
		err = ret < 0 ? ret : 0;
	}
	if (r->dumps)
		return err ? err : gt_dumps_end(r->dumps, r->end_tsc);
	if (!err && (r->session->config.flags & GTRACE_F_KERNEL)) {
		ret = gt_kallsyms_write(r->writer);
		if (ret == -EPERM)
			gt_complain("kernel addresses are hidden, so kernel functions will have no names. Type: "
				    "sysctl kernel.kptr_restrict=0");
	}
	return err ? err : write_totals(r);
}

void gt_recorder_fini(struct gt_recorder *r)
{
	gt_notices_close(r->notices);
	gt_dumps_free(r->dumps);
	gt_writer_free(r->writer);
	for (uint32_t i = 0; i < r->nr_rings; i++)
		gt_ring_unmap(&r->rings[i]);
	free(r->rings);
	gt_file_set_free(&r->files);
	gt_strangers_free(&r->strangers);
	gt_tally_free(&r->tally);
}
