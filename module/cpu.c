// SPDX-License-Identifier: GPL-2.0
#include <linux/sched.h>
#include <asm/tsc.h>

#include "clock.h"
#include "cpu.h"
#include "jitter.h"
#include "notify.h"
#include "pebs.h"
#include "period.h"
#include "session.h"

DEFINE_PER_CPU(struct gt_cpu *, gt_armed);

static void set_state(struct gt_cpu *cpu, u32 state)
{
	WRITE_ONCE(cpu->control->state, state);
}

static bool stalled(const struct gt_cpu *cpu)
{
	return READ_ONCE(cpu->control->state) == GTRACE_CPU_STALLED;
}

static u64 *lost_counter(const struct gt_cpu *cpu, u32 cause)
{
	switch (cause) {
	case GTRACE_LOST_FULL:
		return &cpu->control->lost_full;
	case GTRACE_LOST_EVENT:
		return &cpu->control->lost_event;
	case GTRACE_LOST_OVERRUN:
		return &cpu->control->lost_overrun;
	}
	return &cpu->control->lost_offline;
}

/* Interrupts are off here as they are in every writer, so nothing of this CPU but an NMI is under way. */
static void woken(struct irq_work *work)
{
	struct gt_cpu *cpu = container_of(work, struct gt_cpu, wake);
	u32 cause;

	if (this_cpu_read(gt_armed) == cpu)
		gt_pebs_publish(cpu, gt_pebs_head(cpu));
	for (cause = GTRACE_LOST_FULL; cause <= GTRACE_LOST_OFFLINE; cause++) {
		u64 lost = READ_ONCE(*lost_counter(cpu, cause));

		if (lost != cpu->noticed[cause])
			gt_notify_loss(cpu->nr, cause, lost - cpu->noticed[cause]);
		cpu->noticed[cause] = lost;
	}
	if (wq_has_sleeper(&cpu->session->wait)) {
		cpu->control->wakeups++;
		wake_up_interruptible(&cpu->session->wait);
	}
}

void gt_cpu_wake(struct gt_cpu *cpu)
{
	irq_work_queue(&cpu->wake);
}

/*
 * The barrier in wq_has_sleeper() stands between publishing and looking for a sleeper; it pairs with the one that
 * poll() has between going to sleep and looking at what is published.
 */
bool gt_cpu_waited(const struct gt_cpu *cpu)
{
	return wq_has_sleeper(&cpu->session->wait) && gt_cpu_readable(cpu, false);
}

bool gt_cpu_readable(const struct gt_cpu *cpu, bool all)
{
	const struct gtrace_control *control = cpu->control;
	u64 samples = gt_unread(READ_ONCE(control->sample_head), READ_ONCE(cpu->tail->sample_tail),
				cpu->samples.slots);
	u64 events = gt_unread(READ_ONCE(control->event_head), READ_ONCE(cpu->tail->event_tail),
			       cpu->events.bytes);

	if (all)
		return samples || events;
	return stalled(cpu) || samples >= cpu->samples.watermark || events >= cpu->events.bytes / 2;
}

void gt_cpu_init(struct gt_cpu *cpu, struct gt_session *session, const struct gt_plan *plan, int nr)
{
	struct gtrace_control *control = cpu->control;

	control->abi_version = GTRACE_ABI_VERSION;
	control->cpu = nr;
	control->state = GTRACE_CPU_IDLE;
	control->record_size = plan->record_size;
	control->sample_slots = plan->slots;
	control->event_bytes = plan->event_bytes;

	cpu->nr = nr;
	cpu->plan = plan;
	cpu->session = session;
	cpu->lbr = plan->lbr_depth;
	cpu->counters = plan->samples ? GT_COUNTERS : 0;
	cpu->base = (u64)cpu->sample_data;
	cpu->ds->base = cpu->base;
	cpu->ds->index = cpu->base;
	cpu->ds->reset[GT_SAMPLER] = gt_counter_raw(-(s64)plan->period, plan->counter_bits);
	cpu->counter = -(s64)plan->period;
	cpu->paces[0] = gt_pace_begin(plan->period);
	cpu->pace = &cpu->paces[0];
	cpu->next_period = nr % GT_JITTER_PERIODS;
	cpu->change_at = plan->stray ? 0 : U64_MAX;
	gt_sample_ring_init(&cpu->samples, plan->record_size, plan->slots, plan->slack, plan->watermark,
			    plan->stride);
	gt_event_ring_init(&cpu->events, cpu->event_data, plan->event_bytes, &control->event_head,
			   &control->events_dropped, &cpu->tail->event_tail);
	init_irq_work(&cpu->wake, woken);
	gt_clock_init(cpu);
}

void *gt_cpu_event(struct gt_cpu *cpu, u16 type, u16 size, u32 flags, u64 tsc)
{
	struct gt_event_ring *ring = &cpu->events;
	void *event = gt_event_reserve(ring, type, size, flags, tsc);

	if (stalled(cpu))
		gt_event_slow(ring);
	else if (READ_ONCE(cpu->control->state) == GTRACE_CPU_ARMED && gt_event_tight(ring))
		gt_cpu_stall(cpu, GTRACE_LOST_EVENT);
	/* Not published yet: the interrupt that wakes looks again when it is. */
	if (gt_event_unread(ring) >= ring->bytes / 2 && wq_has_sleeper(&cpu->session->wait))
		gt_cpu_wake(cpu);
	return event;
}

static void state_event(struct gt_cpu *cpu, u32 state)
{
	struct gtrace_event_cpu *event = gt_cpu_event(cpu, GTRACE_EVENT_CPU, sizeof(*event), 0, rdtsc());

	if (!event)
		return;
	event->state = state;
	event->reserved = 0;
	gt_event_commit(&cpu->events);
}

/* Tags the samples that follow where no switch does: the task was found running. */
static void running_event(struct gt_cpu *cpu)
{
	struct gtrace_event_switch *event;

	event = gt_cpu_event(cpu, GTRACE_EVENT_SWITCH, sizeof(*event), GTRACE_EVENT_F_RUNNING, rdtsc());
	if (!event)
		return;
	event->prev_tid = 0;
	event->next_tid = current->pid;
	event->next_tgid = current->tgid;
	event->prev_state = 0;
	event->sample_index = gt_pebs_head(cpu);
	cpu->control->switches++;
	gt_event_commit(&cpu->events);
}

void gt_cpu_lost(struct gt_cpu *cpu, u32 cause, u64 count, u64 tsc_from)
{
	struct gtrace_event_lost *event;
	u64 *counter = lost_counter(cpu, cause);

	if (!count)
		return;
	WRITE_ONCE(*counter, *counter + count);
	event = gt_cpu_event(cpu, GTRACE_EVENT_LOST, sizeof(*event), 0, rdtsc());
	if (event) {
		event->cause = cause;
		event->reserved = 0;
		event->count = count;
		event->tsc_from = tsc_from;
		gt_event_commit(&cpu->events);
	}
	gt_cpu_wake(cpu);
}

void gt_cpu_stall(struct gt_cpu *cpu, u32 cause)
{
	gt_pebs_stall(cpu);
	cpu->stall_cause = cause;
	cpu->stalled_since = rdtsc();
	cpu->idle_pmis = 0;
	set_state(cpu, GTRACE_CPU_STALLED);
	/* Each switch takes the long path now and looks for room. */
	gt_event_slow(&cpu->events);
	gt_cpu_wake(cpu);
}

static bool roomy(const struct gt_cpu *cpu)
{
	return gt_sample_roomy(&cpu->samples, gt_pebs_head(cpu), READ_ONCE(cpu->tail->sample_tail)) &&
	       gt_event_unread(&cpu->events) <= cpu->events.bytes / 4 * 3 - GT_EVENT_RESERVE;
}

void gt_cpu_check(struct gt_cpu *cpu)
{
	if (!stalled(cpu) && gt_pebs_forbidden())
		gt_cpu_stall(cpu, GTRACE_LOST_OFFLINE);
	if (gt_pebs_changeable(cpu, gt_pebs_head(cpu)))
		gt_pebs_change(cpu);
}

void gt_cpu_unstall(struct gt_cpu *cpu)
{
	u64 wanted = cpu->wanted;
	u64 lost;

	if (!stalled(cpu) || !roomy(cpu) || gt_pebs_forbidden())
		return;
	/* An interrupt in between would stall it behind our back, or change the period that LOST counts in. */
	gt_pebs_global(cpu, 0);
	lost = gt_pebs_resume(cpu);
	set_state(cpu, GTRACE_CPU_ARMED);
	gt_cpu_lost(cpu, cpu->stall_cause, lost, cpu->stalled_since);
	gt_pebs_global(cpu, wanted);
}

void gt_cpu_flush(struct gt_cpu *cpu)
{
	bool was = stalled(cpu);

	gt_cpu_unstall(cpu);
	/* Switches may have been dropped while no sample could be tagged by them. */
	if (was && !stalled(cpu) && cpu->running)
		running_event(cpu);
	if (gt_pebs_changeable(cpu, gt_pebs_head(cpu)))
		gt_pebs_change(cpu);
	gt_pebs_publish(cpu, gt_pebs_head(cpu));
}

void gt_cpu_look(struct gt_cpu *cpu, const struct gt_targets *targets)
{
	if (cpu->running || !gt_targets_sampled(targets, current->tgid))
		return;
	running_event(cpu);
	cpu->ran -= rdtsc();
	gt_pebs_on(cpu);
}

int gt_cpu_arm(struct gt_cpu *cpu, const char **busy)
{
	u64 now = rdtsc();
	int err = gt_pebs_arm(cpu, busy);

	if (err)
		return err;
	cpu->running = false;
	cpu->stall_cause = GTRACE_LOST_OFFLINE;
	cpu->stalled_since = now;
	this_cpu_write(gt_armed, cpu);

	/* From here as from a stall: what the counter holds is what a CPU that went off line left there. */
	set_state(cpu, GTRACE_CPU_STALLED);
	gt_cpu_unstall(cpu);
	if (stalled(cpu))
		gt_cpu_stall(cpu, GTRACE_LOST_FULL);
	state_event(cpu, READ_ONCE(cpu->control->state));
	if (gt_pebs_changeable(cpu, gt_pebs_head(cpu)))
		gt_pebs_change(cpu);
	gt_clock_start(cpu);
	return 0;
}

void gt_cpu_disarm(struct gt_cpu *cpu, u32 state)
{
	if (cpu->running) {
		gt_pebs_off(cpu);
		cpu->ran += rdtsc();
	}
	gt_pebs_disarm(cpu);
	if (stalled(cpu))
		gt_cpu_lost(cpu, cpu->stall_cause, gt_pebs_missed(cpu), cpu->stalled_since);
	set_state(cpu, state);
	gt_clock_event(cpu);
	state_event(cpu, state);
	gt_pebs_publish(cpu, gt_pebs_head(cpu));
	this_cpu_write(gt_armed, NULL);
	gt_cpu_wake(cpu);
}
