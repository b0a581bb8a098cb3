/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The source of samples: PEBS into the sample ring. Owns the registers of the PMU from gt_pebs_take() to
 * gt_pebs_give(), the values in them per CPU from gt_pebs_arm() to gt_pebs_disarm().
 */
#ifndef _GTRACE_PEBS_H
#define _GTRACE_PEBS_H

#include <asm/processor-flags.h>
#include <asm/special_insns.h>

#include "cpu.h"
#include "lbr.h"
#include "msr.h"

/* Reserves every counter and the interrupt. -EBUSY: perf or the NMI watchdog has them. May sleep. */
int gt_pebs_take(const struct gtrace_caps *caps);
void gt_pebs_give(void);

/*
 * PEBS writes by linear address. While a guest runs, that address would be the guest's: KVM switches only what perf
 * tells it of, and perf does not know of us. VMX may come into use after arming; tasks that are no targets run with
 * the counters off, their guests too, so what remains until the next look is a target that runs a guest itself.
 */
static inline bool gt_pebs_forbidden(void)
{
	return __read_cr4() & X86_CR4_VMXE;
}

/* This CPU, interrupts off. Arming leaves the counters stopped; -EBUSY names the register in use. */
int gt_pebs_arm(struct gt_cpu *cpu, const char **busy);
void gt_pebs_disarm(struct gt_cpu *cpu);

/* The samples that a CPU missed which was stalled when it was disarmed. */
u64 gt_pebs_missed(struct gt_cpu *cpu);

/*
 * Lets the counters run or not. `wanted` is written before the register, and an NMI that comes between the two
 * leaves with `wanted`: it can never switch on what was just switched off.
 *
 * GLOBAL_CTRL and not PEBS_ENABLE: with PEBS off the counter would run on in tasks that are no targets, overflow
 * there, and never be loaded again.
 */
static __always_inline void gt_pebs_global(struct gt_cpu *cpu, u64 value)
{
	WRITE_ONCE(cpu->wanted, value);
	barrier();
	gt_wrmsr(MSR_CORE_PERF_GLOBAL_CTRL, value);
}

/* A target comes to this CPU, or goes. Interrupts off. */
static __always_inline void gt_pebs_on(struct gt_cpu *cpu)
{
	cpu->running = true;
	if (cpu->lbr)
		gt_lbr_on();
	gt_pebs_global(cpu, cpu->counters);
}

static __always_inline void gt_pebs_off(struct gt_cpu *cpu)
{
	cpu->running = false;
	gt_pebs_global(cpu, 0);
	if (cpu->lbr)
		gt_lbr_off();
}

/* Records of this CPU so far. This CPU only. */
static __always_inline u64 gt_pebs_head(const struct gt_cpu *cpu)
{
	return gt_sample_head(&cpu->samples, &cpu->ds->index, cpu->base);
}

/*
 * Moves the published head up to `head`, never back: between our reading the index and this store an NMI may have
 * published more. Pairs with the reader's load-acquire of sample_head; the records were written before the index.
 */
static __always_inline void gt_pebs_publish(struct gt_cpu *cpu, u64 head)
{
	u64 *published = &cpu->control->sample_head;
	u64 old = READ_ONCE(*published);

	barrier();
	if (head > old)
		cmpxchg_local(published, old, head);
}

/*
 * The head at a switch. Between most switches nothing is written: then what the one before published still holds, and
 * gt_pebs_moved() says so. Else the caller publishes what gt_pebs_switch() gives, once the switch is among the events.
 *
 * Whoever moves the index (pebs.c) sets switched_index to 0, which no index is: a lap later the hardware's may be the
 * same again. So an NMI that comes anywhere in here leaves either 0 or a pair that belongs together.
 */
static __always_inline bool gt_pebs_moved(const struct gt_cpu *cpu)
{
	u64 index = READ_ONCE(cpu->ds->index);

	barrier();
	return index != READ_ONCE(cpu->switched_index);
}

static __always_inline u64 gt_pebs_switch(struct gt_cpu *cpu)
{
	u64 head, index = READ_ONCE(cpu->ds->index);

	barrier();
	WRITE_ONCE(cpu->switched_index, index);
	barrier();
	head = gt_pebs_head(cpu);
	barrier();
	if (READ_ONCE(cpu->ds->index) != index)
		WRITE_ONCE(cpu->switched_index, 0);
	return head;
}

/* May the period change by now? Never so without jitter. */
static __always_inline bool gt_pebs_changeable(const struct gt_cpu *cpu, u64 head)
{
	return unlikely(head >= READ_ONCE(cpu->change_at));
}

/* Changes it, if the reader can be told. This CPU, interrupts off. */
void gt_pebs_change(struct gt_cpu *cpu);

/* Stops the records, not the counter. Begins them again and says how many are missing; counters stopped. */
void gt_pebs_stall(struct gt_cpu *cpu);
u64 gt_pebs_resume(struct gt_cpu *cpu);

#endif
