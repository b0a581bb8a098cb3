// SPDX-License-Identifier: GPL-2.0
#include <linux/ktime.h>
#include <linux/timer.h>
#include <asm/tsc.h>

#include "clock.h"

void gt_clock_event(struct gt_cpu *cpu)
{
	struct gtrace_event_clock *event;
	u64 before, now, after;

	before = rdtsc_ordered();
	now = ktime_get_mono_fast_ns();
	after = rdtsc_ordered();
	event = gt_cpu_event(cpu, GTRACE_EVENT_CLOCK, sizeof(*event), 0, before);
	if (!event)
		return;
	event->monotonic_ns = now;
	event->tsc_after = after;
	gt_event_commit(&cpu->events);
}

static void tick(struct timer_list *timer)
{
	struct gt_cpu *cpu = container_of(timer, struct gt_cpu, clock);
	unsigned long flags;

	local_irq_save(flags);
	if (this_cpu_read(gt_armed) == cpu) {
		gt_cpu_check(cpu);
		gt_clock_event(cpu);
		mod_timer(timer, jiffies + HZ);
	}
	local_irq_restore(flags);
}

void gt_clock_init(struct gt_cpu *cpu)
{
	timer_setup(&cpu->clock, tick, TIMER_PINNED | TIMER_DEFERRABLE);
}

void gt_clock_start(struct gt_cpu *cpu)
{
	gt_clock_event(cpu);
	/* Pending still, if the CPU was suspended with it. */
	if (timer_pending(&cpu->clock))
		return;
	cpu->clock.expires = jiffies + HZ;
	add_timer_on(&cpu->clock, cpu->nr);
}

void gt_clock_stop(struct gt_cpu *cpu)
{
	timer_delete_sync(&cpu->clock);
}
