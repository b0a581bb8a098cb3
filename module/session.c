// SPDX-License-Identifier: GPL-2.0
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/smp.h>

#include "access.h"
#include "clock.h"
#include "compat/syscore.h"
#include "cpu.h"
#include "maps.h"
#include "notify.h"
#include "pebs.h"
#include "sched.h"
#include "session.h"

static DEFINE_MUTEX(gt_owner_lock);
static struct gt_session *owner;	/* the started one; gt_owner_lock */
static struct gt_session *shown;	/* the one started last, while open; gt_owner_lock */
static struct gt_rings *armed;		/* those the online CPUs are armed with; cpus_read_lock */

struct gt_session *gt_session_open(void)
{
	struct gt_session *session = kvzalloc(sizeof(*session), GFP_KERNEL);

	if (!session)
		return NULL;
	mutex_init(&session->lock);
	init_waitqueue_head(&session->wait);
	gt_probes_init(session);
	session->opener = task_tgid_nr(current);
	return session;
}

int gt_session_config(struct gt_session *session, struct gtrace_config *config, struct gt_rings **rings)
{
	const char *field, *why;
	struct pid *process = NULL;
	int err;

	if (session->phase != GT_NEW)
		return -EBUSY;
	if (gt_caps->source == GTRACE_SOURCE_NONE) {
		gt_complain("CONFIG: %s; %s", gt_caps->reason, gt_caps->remedy);
		return -EOPNOTSUPP;
	}
	err = gt_plan_make(&session->plan, gt_caps, config, &field, &why);
	if (err) {
		gt_complain("CONFIG: %s: %s", field, why);
		return err;
	}
	config->target_tgid = GTRACE_TARGET_ALL;
	if (config->target != GTRACE_TARGET_ALL) {
		process = gt_access_process(config->target);
		if (IS_ERR(process)) {
			gt_complain("CONFIG: target: process %d %s", config->target,
				    process == ERR_PTR(-ESRCH) ? "does not exist or is ending" :
				    process == ERR_PTR(-EPERM) ? "is not yours to trace (needs CAP_SYS_PTRACE)" :
				    "is a kernel thread");
			return PTR_ERR(process);
		}
		config->target_tgid = pid_nr(process);
	}
	*rings = gt_rings_create(session, &session->plan);
	if (IS_ERR(*rings)) {
		gt_complain("CONFIG: sample_bytes, event_bytes: not enough memory for %u and %u bytes a CPU",
			    session->plan.sample_bytes, session->plan.event_bytes);
		put_pid(process);
		return PTR_ERR(*rings);
	}
	gt_targets_init(&session->targets, config->target_tgid, !(config->flags & GTRACE_F_ENABLE_ON_EXEC));
	session->target = process;
	session->config = *config;
	return 0;
}

void gt_session_take(struct gt_session *session, struct gt_rings *rings)
{
	/* mmap() and poll() look at the rings without the lock. */
	smp_store_release(&session->rings, rings);
	session->phase = GT_CONFIGURED;
}

void gt_session_drop(struct gt_session *session, struct gt_rings *rings)
{
	gt_rings_put(rings);
	put_pid(session->target);
	session->target = NULL;
}

int gt_session_probe(struct gt_session *session, const struct gtrace_probe *probe)
{
	if (session->phase != GT_CONFIGURED && session->phase != GT_STARTED) {
		gt_complain("PROBE: the session is %s", session->phase == GT_NEW ? "not configured" : "stopped");
		return -EINVAL;
	}
	return gt_probes_add(session, probe);
}

/* ---- arming, on every CPU ---------------------------------------------------------------------------------------- */

/* What the CPUs answer: the first one that could not be armed, and why. */
struct arming {
	struct gt_rings *rings;
	struct gt_targets *targets;
	raw_spinlock_t lock;
	int err, nr;
	const char *busy;
};

static void arm_here(void *data)
{
	struct arming *arming = data;
	struct gt_cpu *cpu = arming->rings->cpu[smp_processor_id()];
	const char *busy;
	int err;

	/* A CPU that was not there at CONFIG has no rings. */
	err = cpu ? gt_cpu_arm(cpu, &busy) : 0;
	if (!err)
		return;
	raw_spin_lock(&arming->lock);
	arming->err = err;
	arming->nr = cpu->nr;
	arming->busy = busy;
	raw_spin_unlock(&arming->lock);
}

static void look_here(void *data)
{
	struct gt_cpu *cpu = this_cpu_read(gt_armed);

	if (cpu)
		gt_cpu_look(cpu, data);
}

static void disarm_here(void *state)
{
	struct gt_cpu *cpu = this_cpu_read(gt_armed);

	if (cpu)
		gt_cpu_disarm(cpu, (u32)(unsigned long)state);
}

static void flush_here(void *unused)
{
	struct gt_cpu *cpu = this_cpu_read(gt_armed);

	if (cpu)
		gt_cpu_flush(cpu);
}

/*
 * A CPU without a target published everything when the target left, so only those that run one or wait for room are
 * disturbed. `running` may change under our eyes: then the head was, or is, published by the switch.
 */
static bool worth_flushing(int nr, void *data)
{
	struct gt_rings *rings = data;
	struct gt_cpu *cpu = rings->cpu[nr];

	return cpu && (READ_ONCE(cpu->running) || READ_ONCE(cpu->control->state) == GTRACE_CPU_STALLED);
}

static void set_states(struct gt_rings *rings, u32 from, u32 to)
{
	struct gt_cpu *cpu;
	unsigned int i;

	gt_for_each_ring(rings, i, cpu)
		if (cpu->control->state == from)
			WRITE_ONCE(cpu->control->state, to);
}

static void disarm_all(struct gt_rings *rings)
{
	struct gt_cpu *cpu;
	unsigned int i;

	cpus_read_lock();
	on_each_cpu(disarm_here, (void *)GTRACE_CPU_IDLE, 1);
	set_states(rings, GTRACE_CPU_OFFLINE, GTRACE_CPU_IDLE);
	armed = NULL;
	cpus_read_unlock();

	gt_for_each_ring(rings, i, cpu) {
		gt_clock_stop(cpu);
		irq_work_sync(&cpu->wake);
	}
}

static int arm_all(struct gt_rings *rings)
{
	struct arming arming = { .rings = rings, .lock = __RAW_SPIN_LOCK_UNLOCKED(arming.lock) };

	cpus_read_lock();
	set_states(rings, GTRACE_CPU_IDLE, GTRACE_CPU_OFFLINE);
	on_each_cpu(arm_here, &arming, 1);
	armed = rings;
	cpus_read_unlock();
	if (!arming.err)
		return 0;

	disarm_all(rings);
	if (!strcmp(arming.busy, "CR4.VMXE"))
		gt_complain("START: CPU %d runs virtual machines; stop them and 'modprobe -r kvm_intel'", arming.nr);
	else
		gt_complain("START: somebody uses the PMU of CPU %d (%s is not idle); stop what writes MSRs there",
			    arming.nr, arming.busy);
	return arming.err;
}

static int start(struct gt_session *session)
{
	int err;

	if (owner) {
		gt_complain("START: process %d has the PMU; end it first", owner->opener);
		return -EBUSY;
	}
	if (session->target && !gt_access_alive(session->target)) {
		gt_complain("START: target: process %d has ended", session->config.target_tgid);
		return -ESRCH;
	}
	err = gt_pebs_take(gt_caps);
	if (err) {
		gt_complain("START: perf or the NMI watchdog has the counters; 'sysctl kernel.nmi_watchdog=0'");
		return err;
	}
	gt_maps_start(&session->targets);
	err = arm_all(session->rings);
	if (err)
		goto out_maps;
	err = gt_sched_start(&session->targets, session->config.flags);
	if (err)
		goto out_disarm;
	/* An exit before the probe was attached went unseen. */
	if (session->target && !gt_access_alive(session->target))
		gt_targets_remove(&session->targets, session->config.target_tgid);
	on_each_cpu(look_here, &session->targets, 1);
	err = gt_probes_start(session);
	if (err)
		goto out_sched;
	session->phase = GT_STARTED;
	owner = session;
	shown = session;
	gt_notify_start(session);
	return 0;

out_sched:
	disarm_all(session->rings);
	gt_sched_stop();
	goto out_maps;
out_disarm:
	disarm_all(session->rings);
out_maps:
	gt_maps_stop();
	gt_pebs_give();
	return err;
}

int gt_session_start(struct gt_session *session)
{
	int err;

	if (session->phase != GT_CONFIGURED)
		return -EINVAL;
	mutex_lock(&gt_owner_lock);
	err = start(session);
	mutex_unlock(&gt_owner_lock);
	return err;
}

int gt_session_stop(struct gt_session *session)
{
	if (session->phase == GT_STOPPED)
		return 0;
	if (session->phase != GT_STARTED)
		return -EINVAL;
	mutex_lock(&gt_owner_lock);
	gt_probes_stop(session);
	/* Disarmed before the switches go unseen: they would let the counter run in any task. */
	disarm_all(session->rings);
	gt_sched_stop();
	gt_maps_stop();
	gt_pebs_give();
	session->phase = GT_STOPPED;
	owner = NULL;
	gt_notify_stop(session);
	mutex_unlock(&gt_owner_lock);
	wake_up_interruptible(&session->wait);
	return 0;
}

int gt_session_flush(struct gt_session *session)
{
	if (session->phase == GT_NEW)
		return -EINVAL;
	if (session->phase == GT_STARTED)
		on_each_cpu_cond(worth_flushing, flush_here, session->rings, true);
	return 0;
}

void gt_session_close(struct gt_session *session)
{
	if (session->phase == GT_STARTED)
		gt_session_stop(session);
	mutex_lock(&gt_owner_lock);
	if (shown == session)
		shown = NULL;
	mutex_unlock(&gt_owner_lock);
	gt_probes_free(session);
	if (session->rings)
		gt_rings_put(session->rings);
	put_pid(session->target);
	kvfree(session);
}

/* ---- for the eyes ------------------------------------------------------------------------------------------------ */

pid_t gt_session_owner(void)
{
	pid_t tgid;

	mutex_lock(&gt_owner_lock);
	tgid = owner ? owner->opener : 0;
	mutex_unlock(&gt_owner_lock);
	return tgid;
}

void gt_session_show(void (*show)(struct gt_session *session, void *data), void *data)
{
	mutex_lock(&gt_owner_lock);
	show(shown, data);
	mutex_unlock(&gt_owner_lock);
}

u64 gt_session_lost(const struct gt_session *session)
{
	struct gt_cpu *cpu;
	unsigned int i;
	u64 lost = 0;

	gt_for_each_ring(session->rings, i, cpu)
		lost += cpu->control->lost_full + cpu->control->lost_event + cpu->control->lost_overrun +
			cpu->control->lost_offline;
	return lost;
}

u64 gt_session_samples(const struct gt_session *session)
{
	struct gt_cpu *cpu;
	unsigned int i;
	u64 samples = 0;

	gt_for_each_ring(session->rings, i, cpu)
		samples += cpu->control->sample_head;
	return samples;
}

/* ---- CPUs that come and go --------------------------------------------------------------------------------------- */

/* In the CPU's own hotplug thread. User tasks come after this and are gone before, so none runs unsampled. */
static int online(unsigned int nr)
{
	struct arming arming = { .rings = armed, .lock = __RAW_SPIN_LOCK_UNLOCKED(arming.lock) };
	unsigned long flags;

	if (!armed)
		return 0;
	local_irq_save(flags);
	arm_here(&arming);
	local_irq_restore(flags);
	if (arming.err)
		gt_complain("CPU %u came on line with its PMU in use (%s): it is not sampled", nr, arming.busy);
	return 0;
}

static int offline(unsigned int nr)
{
	unsigned long flags;

	if (!armed || !armed->cpu[nr])
		return 0;
	local_irq_save(flags);
	disarm_here((void *)GTRACE_CPU_OFFLINE);
	local_irq_restore(flags);
	gt_clock_stop(armed->cpu[nr]);
	return 0;
}

/* The last CPU, interrupts off, all tasks frozen: its registers do not survive. The others came through offline(). */
static int suspend(void)
{
	disarm_here((void *)GTRACE_CPU_OFFLINE);
	return 0;
}

static void resume(void)
{
	struct arming arming = { .rings = armed, .lock = __RAW_SPIN_LOCK_UNLOCKED(arming.lock) };

	if (armed)
		arm_here(&arming);
}

GT_SYSCORE(power, suspend, resume);

static enum cpuhp_state hotplug_state;

int gt_session_init(void)
{
	int state = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "gtrace:online", online, offline);

	if (state < 0)
		return state;
	hotplug_state = state;
	gt_syscore_register(&power);
	return 0;
}

void gt_session_exit(void)
{
	gt_syscore_unregister(&power);
	cpuhp_remove_state_nocalls(hotplug_state);
}
