/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One CPU of a session: its rings, its state, the events it writes.
 *
 *	     START            a target comes, goes           no room                FLUSH, a target comes
 *	IDLE -----> ARMED <-----------------------> ARMED -----------> STALLED ---------------------> ARMED
 *	              |  GLOBAL_CTRL = on / 0              PEBS_ENABLE = 0,        lost counted,
 *	              |                                    the counter runs on     phase kept
 *	              `- STOP: IDLE; CPU goes: OFFLINE, and ARMED again when it returns
 *
 * Everything here is changed by its own CPU with interrupts off, or by that CPU's NMI. Others look at `control` only.
 */
#ifndef _GTRACE_CPU_H
#define _GTRACE_CPU_H

#include <linux/irq_work.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/timer.h>
#include <linux/wait.h>
#include <uapi/gtrace.h>

#include "event_ring.h"
#include "period.h"
#include "plan.h"
#include "sample_ring.h"
#include "targets.h"

struct gt_session;

/* Counter 0 samples, counter 1 counts the same for the books. */
#define GT_SAMPLER	0
#define GT_AUDITOR	1
#define GT_COUNTERS	3ull

/* struct gt_ds - the debug store area (SDM vol. 3B, 18.15.5): 64-bit, PEBS formats 3 and 4. */
struct gt_ds {
	u64 bts_base, bts_index, bts_limit, bts_threshold;
	u64 base;
	u64 index;		/* where the next record goes; moved by the hardware */
	u64 limit;		/* it stops here */
	u64 threshold;		/* at or past this it asks for an interrupt */
	u64 reset[12];		/* loaded into counter i after its record: 8 general, 4 fixed */
};

/* struct gt_saved - what others left in the registers that a session uses. */
struct gt_saved {
	u64 global_ctrl, pebs_enable, data_cfg, ds_area, lbr_select, debugctl;
	u64 select[2], counter[2];
	u32 lvtpc;
};

struct gt_cpu {
	/* The switch path. */
	bool running;			/* a target's task is on this CPU */
	bool lbr;			/* the session records branches */
	u8 bystanders;			/* switches between strangers yet to be told of; see sched.c */
	u64 counters;			/* IA32_PERF_GLOBAL_CTRL while a target runs: GT_COUNTERS, 0 without samples */
	u64 wanted;			/* IA32_PERF_GLOBAL_CTRL as it should be; see gt_pebs_global() */
	struct gt_ds *ds;
	u64 base;			/* slot 0 of the sample ring, linear address */
	struct gtrace_control *control;
	u64 switched_index;		/* ds->index that control->sample_head stands for; see gt_pebs_switch() */
	struct gt_sample_ring samples;
	struct gt_event_ring events;
	u64 change_at;			/* records from which the period may change; see gt_pebs_change() */
	u64 ran;			/* TSC ticks that targets ran; minus the TSC of its start while one does */
	u64 cost;			/* TSC ticks that hits took */

	/* The rest. */
	int nr;
	const struct gt_plan *plan;
	struct gt_session *session;
	struct gtrace_tail *tail;
	void *sample_data, *event_data;

	const struct gt_pace *pace;	/* the one of paces[] that holds; see set_pace() */
	struct gt_pace paces[2];
	const u64 *periods;		/* the session's GT_JITTER_PERIODS, if the period changes */
	u32 next_period;		/* index of the next in periods[] */
	bool changing;			/* the period is being changed: its interrupt must not */

	s64 counter;			/* sampler when the CPU went */
	u64 audit;			/* auditor at the last interrupt */
	u64 position;			/* gt_pace_position(), likewise */
	u64 accounted;			/* records written, likewise */
	u64 accounted_tsc;
	u32 idle_pmis;			/* interrupts in a row that brought no record */
	u32 stall_cause;		/* GTRACE_LOST_* */
	u64 stalled_since;		/* TSC */
	u64 noticed[4];			/* lost_* that notices were sent of */

	struct gt_saved saved;
	struct irq_work wake;
	struct timer_list clock;
};

/*
 * TSC ticks that targets ran on it so far. Any CPU: one word tells both the sum and that one is running, since a sum is
 * never as large as the time.
 */
static inline u64 gt_cpu_ran(const struct gt_cpu *cpu, u64 now)
{
	s64 ran = READ_ONCE(cpu->ran);

	return ran < 0 ? max_t(s64, ran + now, 0) : ran;
}

/* The armed one of this CPU, or NULL. */
DECLARE_PER_CPU(struct gt_cpu *, gt_armed);

/* After `base`, `ds`, `periods` and the data pointers are set: rings empty, state IDLE. */
void gt_cpu_init(struct gt_cpu *cpu, struct gt_session *session, const struct gt_plan *plan, int nr);

/*
 * On this CPU, interrupts off: takes the PMU, or gives it back and leaves `state` behind. Arming gives -EBUSY with
 * `*busy` the register that somebody uses. Sampling begins with the next switch to a target or gt_cpu_look().
 */
int gt_cpu_arm(struct gt_cpu *cpu, const char **busy);
void gt_cpu_disarm(struct gt_cpu *cpu, u32 state);

/* On this CPU, interrupts off: samples at once if the current task is a target's. */
void gt_cpu_look(struct gt_cpu *cpu, const struct gt_targets *targets);

/* On this CPU, interrupts off: ends a stall if there is room for it. */
void gt_cpu_unstall(struct gt_cpu *cpu);

/* On this CPU, interrupts off: publishes the heads, ends a stall if there is room. */
void gt_cpu_flush(struct gt_cpu *cpu);

/*
 * An event with its head filled in, or NULL when the ring is full; gt_event_commit() it. On this CPU, interrupts
 * off or in its NMI. Stalls sampling when the ring gets tight; wakes the reader at the ring's half.
 */
void *gt_cpu_event(struct gt_cpu *cpu, u16 type, u16 size, u32 flags, u64 tsc);

/* Wakes the reader from interrupt context, soon. Any context of this CPU, the scheduler's and NMI included. */
void gt_cpu_wake(struct gt_cpu *cpu);

/* Does a reader sleep that has reason to wake? After publishing. */
bool gt_cpu_waited(const struct gt_cpu *cpu);

/* On this CPU, interrupts off, now and then: another period; a stall if records may not be written any more. */
void gt_cpu_check(struct gt_cpu *cpu);

/* No room in a ring: records stop, the counter runs on. This CPU, interrupts off or in its NMI. */
void gt_cpu_stall(struct gt_cpu *cpu, u32 cause);

/* Adds to the books, and tells the reader in an event. */
void gt_cpu_lost(struct gt_cpu *cpu, u32 cause, u64 count, u64 tsc_from);

/* What poll() asks. `all`: anything unread counts, not only what passed its watermark. Any CPU. */
bool gt_cpu_readable(const struct gt_cpu *cpu, bool all);

#endif
