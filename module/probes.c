// SPDX-License-Identifier: GPL-2.0
#include <linux/cpu.h>
#include <linux/err.h>
#include <linux/irqflags.h>
#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/smp.h>
#include <asm/tsc.h>

#include "breakpoint.h"
#include "hit.h"
#include "place.h"
#include "probe.h"
#include "probes.h"
#include "recipe.h"
#include "seen.h"
#include "session.h"
#include "task.h"

/* Totals since START, of all CPUs. */
struct totals {
	u64 hits, cost, ran, now;
};

static struct totals totals(const struct gt_session *session)
{
	struct totals t = { .now = rdtsc() };
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

/* Whoever wants the stacks of those that block wants them of those that block in the kernel, too. */
static bool stacks(const struct gt_probes *probes)
{
	u32 i;

	for (i = 0; i < probes->nr; i++)
		if (probes->probe[i]->recipe.stack)
			return true;
	return false;
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
	WRITE_ONCE(gt_hit_sleeps, open && stacks(&session->probes));
	return turn.totals.now;
}

/* ---- windows: probes->lock is held ------------------------------------------------------------------------------- */

static void pull_first(struct gt_probes *probes, u32 nr)
{
	while (nr--)
		gt_probe_pull(probes->probe[nr]);
	gt_uprobe_sync();
}

static int plant_all(struct gt_probes *probes)
{
	u32 i;
	int err;

	for (i = 0; i < probes->nr; i++) {
		err = gt_probe_plant(probes->probe[i]);
		if (err) {
			gt_complain("probe %u: uprobes cannot plant it, error %d", probes->probe[i]->recipe.id, err);
			pull_first(probes, i);
			return err;
		}
	}
	return 0;
}

static int open_window(struct gt_session *session)
{
	u64 cost = totals(session).cost;
	int err;

	err = plant_all(&session->probes);
	if (!err)
		gt_budget_turn(&session->probes.budget, true, turn(session, true), cost);
	return err;
}

/*
 * Uprobes waits for a grace period before it pulls the first, some 10 ms. What was learnt of places stays: a hit that
 * comes meanwhile is carried out as before, though not recorded; in the handler it would wait for uprobes.
 */
static void close_window(struct gt_session *session)
{
	u64 now = turn(session, false);

	pull_first(&session->probes, session->probes.nr);
	gt_budget_turn(&session->probes.budget, false, now, totals(session).cost);
}

static void look_later(struct gt_probes *probes)
{
	u64 ticks = gt_budget_wait(&probes->budget, rdtsc(), num_online_cpus());
	u32 khz = gt_caps->tsc_khz ?: tsc_khz;

	schedule_delayed_work(&probes->look, max(msecs_to_jiffies(div64_u64(ticks, max(khz, 1u))), 1ul));
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
			open_window(session);	/* what fails now may work at the next look */
		else if (!open && probes->recording)
			close_window(session);
		look_later(probes);
	}
	mutex_unlock(&probes->lock);
}

/* ---- the set ----------------------------------------------------------------------------------------------------- */

void gt_probes_init(struct gt_session *session)
{
	mutex_init(&session->probes.lock);
	INIT_DELAYED_WORK(&session->probes.look, look);
}

static bool known(const struct gt_probes *probes, const struct gt_probe *probe)
{
	u32 i;

	for (i = 0; i < probes->nr; i++)
		if (probes->probe[i]->inode == probe->inode && probes->probe[i]->offset == probe->offset)
			return true;
	return false;
}

/* The first probe of a session that runs opens its first window. */
static int begin(struct gt_session *session)
{
	struct gt_probes *probes = &session->probes;
	int err = open_window(session);

	if (!err && probes->budget.share)
		look_later(probes);
	return err;
}

static int insert(struct gt_session *session, struct gt_probe *probe)
{
	struct gt_probes *probes = &session->probes;
	u32 nr = probes->nr;
	int err;

	if (nr == GTRACE_PROBES_MAX)
		return -ENOSPC;
	if (known(probes, probe))
		return -EEXIST;
	err = probes->recording ? gt_probe_plant(probe) : 0;
	if (err)
		return err;
	probes->probe[nr] = probe;
	/* Pairs with the load-acquire in gt_probes_learn(). */
	smp_store_release(&probes->nr, nr + 1);
	if (probes->started && !nr) {
		err = begin(session);
		if (err)
			probes->nr = 0;
	}
	if (probes->recording)
		WRITE_ONCE(gt_hit_sleeps, stacks(probes));
	return err;
}

void gt_probes_learn(const struct gt_probes *probes, const struct gt_probe *hit, u64 ip)
{
	u64 mm = gt_task_mm(current->mm), first = ip, end = ip + 1;
	/* Pairs with the store-release in insert(). */
	u32 i, nr = smp_load_acquire(&probes->nr);
	const struct vm_area_struct *vma;

	/* Whoever holds it may wait for us: uprobes plants in this address space. */
	if (mmap_read_trylock(current->mm)) {
		vma = find_vma(current->mm, ip);
		if (vma && vma->vm_start <= ip) {
			first = vma->vm_start;
			end = vma->vm_end;
		}
		mmap_read_unlock(current->mm);
	}
	for (i = 0; i < nr; i++) {
		const struct gt_probe *probe = probes->probe[i];
		u64 there = ip + (probe->offset - hit->offset);

		if (probe->inode == hit->inode && there >= first && there < end)
			gt_place_learn(mm, there, current->tgid, &probe->recipe);
	}
}

int gt_probes_add(struct gt_session *session, const struct gtrace_probe *want)
{
	struct gt_probes *probes = &session->probes;
	const char *field, *why;
	struct gt_recipe recipe;
	struct gt_probe *probe;
	int err;

	if (!IS_ENABLED(CONFIG_UPROBES)) {
		gt_complain("PROBE: this kernel has no uprobes");
		return -EOPNOTSUPP;
	}
	err = gt_recipe_make(&recipe, want, session->plan.branches ? session->plan.lbr_depth : 0, &field, &why);
	if (err) {
		gt_complain("PROBE: %s: %s", field, why);
		return err;
	}
	probe = gt_probe_make(session, want, &recipe);
	if (IS_ERR(probe))
		return PTR_ERR(probe);
	mutex_lock(&probes->lock);
	err = insert(session, probe);
	mutex_unlock(&probes->lock);
	if (err)
		gt_probe_free(probe);
	return err;
}

int gt_probes_start(struct gt_session *session)
{
	struct gt_probes *probes = &session->probes;
	int err;

	gt_seen_clear();
	err = gt_breakpoint_start();
	if (err)
		return err;
	mutex_lock(&probes->lock);
	gt_budget_init(&probes->budget, session->config.overhead, gt_caps->tsc_khz ?: tsc_khz);
	if (probes->nr)
		err = begin(session);
	probes->started = !err;
	mutex_unlock(&probes->lock);
	if (err)
		gt_breakpoint_end();
	return err;
}

/* Breakpoints first: as long as there is one, the exception looks for its place. */
void gt_probes_stop(struct gt_session *session)
{
	struct gt_probes *probes = &session->probes;

	mutex_lock(&probes->lock);
	probes->started = false;
	mutex_unlock(&probes->lock);
	cancel_delayed_work_sync(&probes->look);
	mutex_lock(&probes->lock);
	if (probes->recording)
		close_window(session);
	/* The totals of the whole session, whatever it paused. */
	if (probes->nr)
		turn(session, false);
	mutex_unlock(&probes->lock);
	gt_breakpoint_end();
	gt_place_forget_all();
}

void gt_probes_free(struct gt_session *session)
{
	struct gt_probes *probes = &session->probes;

	while (probes->nr)
		gt_probe_free(probes->probe[--probes->nr]);
}
