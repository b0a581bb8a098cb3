// SPDX-License-Identifier: GPL-2.0
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <asm/tsc.h>

#include "breakpoint.h"
#include "place.h"
#include "probe.h"
#include "probes.h"
#include "recipe.h"
#include "seen.h"
#include "session.h"
#include "task.h"
#include "windows.h"

void gt_probes_init(struct gt_session *session)
{
	mutex_init(&session->probes.lock);
	gt_window_init(&session->probes);
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
	int err = gt_window_open(session);

	if (!err && probes->budget.share)
		gt_window_watch(probes);
	return err;
}

/*
 * Takes back the first probe, which could not be planted. It may have been for a moment, in some of the address spaces:
 * who came there has learnt its place, and an exception may be looking at its recipe.
 */
static void drop(struct gt_probes *probes)
{
	probes->nr = 0;
	gt_place_forget_all();
	synchronize_rcu();
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
	err = probes->recording ? gt_window_plant(probes, probe) : 0;
	if (err)
		return err;
	probes->probe[nr] = probe;
	/* Pairs with the load-acquire in gt_probes_learn(). */
	smp_store_release(&probes->nr, nr + 1);
	/* What is planted is the business of the session that runs. */
	if (!probes->started)
		return 0;
	if (!nr) {
		err = begin(session);
		if (err)
			drop(probes);
	}
	gt_window_stands(probes);
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

/* No breakpoint is planted any more. No place outlives the probes whose recipes it leads to. */
static void end(void)
{
	gt_breakpoint_end();
	gt_place_forget_all();
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
	gt_budget_init(&probes->budget, session->config.overhead, gt_caps->tsc_khz ?: tsc_khz, HZ);
	if (probes->nr)
		err = begin(session);
	probes->started = !err;
	mutex_unlock(&probes->lock);
	if (err)
		end();
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
		gt_window_close(session);
	/* The totals of the whole session, whatever it paused. */
	if (probes->nr)
		gt_window_total(session);
	mutex_unlock(&probes->lock);
	end();
}

void gt_probes_free(struct gt_session *session)
{
	struct gt_probes *probes = &session->probes;

	while (probes->nr)
		gt_probe_free(probes->probe[--probes->nr]);
}
