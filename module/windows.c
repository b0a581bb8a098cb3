// SPDX-License-Identifier: GPL-2.0
#include <linux/cpu.h>
#include <linux/irqflags.h>
#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/smp.h>
#include <linux/time64.h>
#include <asm/tsc.h>

#include "compat/grace.h"
#include "hit.h"
#include "probe.h"
#include "session.h"
#include "windows.h"

/* Totals since START, of all CPUs. */
struct totals {
	u64 hits, cost, ran, now;
};

static u32 khz(void)
{
	return gt_caps->tsc_khz ?: tsc_khz;
}

static struct totals totals(const struct gt_session *session)
{
	struct totals t = { .cost = mul_u64_u32_div(session->probes.planting, khz(), NSEC_PER_MSEC), .now = rdtsc() };
	struct gt_cpu *cpu;
	unsigned int i;

	gt_for_each_ring(session->rings, i, cpu) {
		t.hits += READ_ONCE(cpu->control->hits);
		t.cost += READ_ONCE(cpu->cost);
		t.ran += gt_cpu_ran(cpu, t.now);
	}
	return t;
}

/* ---- WINDOW events ----------------------------------------------------------------------------------------------- */

struct turn {
	struct gt_probes *probes;
	struct totals totals;
	bool open, written;
};

/*
 * Hits look at `recording` on other CPUs. It is set before the event of the opening is stamped and cleared after that
 * of the closing: every hit between the two stamps is recorded, and some a moment outside may be too.
 */
static void turn_here(void *data)
{
	struct turn *turn = data;
	struct gtrace_event_window *event;
	struct gt_cpu *cpu = this_cpu_read(gt_armed);

	if (!cpu)
		return;
	if (turn->open)
		WRITE_ONCE(turn->probes->recording, true);
	event = gt_cpu_event(cpu, GTRACE_EVENT_WINDOW, sizeof(*event), 0, rdtsc());
	if (event) {
		event->open = turn->open;
		event->reserved = 0;
		event->hits = turn->totals.hits;
		event->cost = turn->totals.cost;
		event->ran = turn->totals.ran;
		gt_event_commit(&cpu->events);
	}
	turn->written = true;
}

static bool stacks(const struct gt_probes *probes)
{
	u32 i;

	for (i = 0; i < probes->nr; i++)
		if (probes->probe[i]->recipe.stack)
			return true;
	return false;
}

void gt_window_stands(const struct gt_probes *probes)
{
	WRITE_ONCE(gt_hit_stands, probes->recording && stacks(probes));
}

/* On this CPU, or on another if it has no ring. Returns the time of it. */
static u64 turn(struct gt_session *session, bool open)
{
	struct turn turn = { .probes = &session->probes, .totals = totals(session), .open = open };
	unsigned long flags;
	struct gt_cpu *cpu;
	unsigned int i;

	cpus_read_lock();
	local_irq_save(flags);
	turn_here(&turn);
	local_irq_restore(flags);
	gt_for_each_ring(session->rings, i, cpu)
		if (!turn.written && cpu_online(i))
			smp_call_function_single(i, turn_here, &turn, 1);
	cpus_read_unlock();
	WRITE_ONCE(session->probes.recording, open);
	gt_window_stands(&session->probes);
	return turn.totals.now;
}

/* ---- opening and closing ----------------------------------------------------------------------------------------- */

/*
 * CPU time of the current task, of which differences are what counts. As task_sched_runtime() has it, which is not
 * exported: whoever plants sleeps for locks and grace periods, and may be preempted by the very load that is probed.
 */
struct runtime {
	u64 past;	/* ns, up to the scheduler's last look: a tick ago at most */
	u64 since;	/* ns since that, and this CPU's interrupts since boot where they are not counted */
	int cpu;
};

static struct runtime runtime(void)
{
	struct runtime now;
	unsigned long flags;

	local_irq_save(flags);
	now.past = current->se.sum_exec_runtime;
	now.since = local_clock() - current->se.exec_start;
	now.cpu = smp_processor_id();
	local_irq_restore(flags);
	return now;
}

/* On another CPU by now: its `since` tells nothing of the first one's, and is little but for the interrupts. */
static void charge(struct gt_probes *probes, const struct runtime *start)
{
	struct runtime end = runtime();
	s64 ns = end.past - start->past;

	if (end.cpu == start->cpu)
		ns += end.since - start->since;
	probes->planting += max_t(s64, ns, 0);
}

/*
 * Uprobes waits for a grace period before it pulls the first of them, 10 ms and more, in which the program runs into
 * breakpoints that record nothing: as much again as a short window costs.
 */
static void pull_first(struct gt_probes *probes, u32 nr)
{
	const struct runtime start = runtime();
	u32 i;

	gt_grace_hurry();
	for (i = 0; i < nr; i++)
		gt_probe_pull(probes->probe[i]);
	gt_grace_relax();
	gt_uprobe_sync();
	charge(probes, &start);
}

int gt_window_plant(struct gt_probes *probes, struct gt_probe *probe)
{
	const struct runtime start = runtime();
	int err = gt_probe_plant(probe);

	charge(probes, &start);
	return err;
}

static int plant_all(struct gt_probes *probes)
{
	u32 i;
	int err;

	for (i = 0; i < probes->nr; i++) {
		err = gt_window_plant(probes, probes->probe[i]);
		if (err) {
			gt_complain("probe %u: uprobes cannot plant it, error %d", probes->probe[i]->recipe.id, err);
			pull_first(probes, i);
			return err;
		}
	}
	return 0;
}

int gt_window_open(struct gt_session *session)
{
	int err = plant_all(&session->probes);
	u64 cost;

	if (err)
		return err;
	cost = totals(session).cost;
	gt_budget_turn(&session->probes.budget, true, turn(session, true), cost);
	return 0;
}

/*
 * What was learnt of places stays: a hit that comes until the last is pulled is carried out as before, though not
 * recorded; in the handler it would wait for uprobes.
 */
void gt_window_close(struct gt_session *session)
{
	u64 now = turn(session, false);

	pull_first(&session->probes, session->probes.nr);
	gt_budget_turn(&session->probes.budget, false, now, totals(session).cost);
}

void gt_window_total(struct gt_session *session)
{
	turn(session, false);
}

void gt_window_watch(struct gt_probes *probes)
{
	u64 ticks = gt_budget_wait(&probes->budget, rdtsc(), num_online_cpus());

	/* A worker that preempts others: the load that has the probes must not keep them from going. */
	queue_delayed_work(system_highpri_wq, &probes->look,
			   max(msecs_to_jiffies(div64_u64(ticks, max(khz(), 1u))), 1ul));
}

/* Not in the exception: planting and pulling wait for locks of the target. */
static void look(struct work_struct *work)
{
	struct gt_probes *probes = container_of(work, struct gt_probes, look.work);
	struct gt_session *session = container_of(probes, struct gt_session, probes);
	struct totals t;
	bool open;

	mutex_lock(&probes->lock);
	if (probes->started) {
		t = totals(session);
		open = gt_budget_look(&probes->budget, t.now, t.cost, t.ran);
		if (open && !probes->recording)
			gt_window_open(session);	/* what fails now may work at the next look */
		else if (!open && probes->recording)
			gt_window_close(session);
		gt_window_watch(probes);
	}
	mutex_unlock(&probes->lock);
}

void gt_window_init(struct gt_probes *probes)
{
	INIT_DELAYED_WORK(&probes->look, look);
}
