// SPDX-License-Identifier: GPL-2.0
/*
 * The order of arming and disarming is perf's (and SDM vol. 3B, 20.6.2.4): GLOBAL_CTRL off around everything, LVTPC
 * unmasked last in the handler, since on these cores a PMI taken with the entry open before the status is
 * acknowledged comes twice.
 */
#include <linux/bits.h>
#include <linux/printk.h>
#include <asm/nmi.h>
#include <asm/perf_event.h>

#include "jitter.h"
#include "lbr.h"
#include "pebs.h"
#include "period.h"

#define PEBS_SAMPLER	BIT_ULL(GT_SAMPLER)

/* Interrupts in a row that bring no record before the source is taken for stuck. */
#define IDLE_PMIS_MAX	100

static unsigned int nr_counters;

/* A PMI of this CPU whose reason was acknowledged before it arrived. */
static DEFINE_PER_CPU(bool, owed);

static int pmi(unsigned int type, struct pt_regs *regs);

/*
 * All counters, as perf does: GLOBAL_CTRL is written whole at every switch, so nobody else's counter could live
 * beside ours, and a perf that got one would measure nonsense without knowing.
 */
int gt_pebs_take(const struct gtrace_caps *caps)
{
	unsigned int i;
	int err = -EBUSY;

	for (i = 0; i < caps->gp_counters; i++)
		if (!reserve_perfctr_nmi(GT_MSR_COUNTER_OLD(i)))
			goto release_counters;
	nr_counters = i;
	for (i = 0; i < nr_counters; i++)
		if (!reserve_evntsel_nmi(GT_MSR_SELECT(i)))
			goto release_selects;
	err = register_nmi_handler(NMI_LOCAL, pmi, 0, "gtrace");
	if (err)
		goto release_selects;
	return 0;

release_selects:
	while (i--)
		release_evntsel_nmi(GT_MSR_SELECT(i));
	i = nr_counters;
release_counters:
	while (i--)
		release_perfctr_nmi(GT_MSR_COUNTER_OLD(i));
	return err;
}

void gt_pebs_give(void)
{
	unsigned int i;

	unregister_nmi_handler(NMI_LOCAL, "gtrace");
	for (i = 0; i < nr_counters; i++) {
		release_evntsel_nmi(GT_MSR_SELECT(i));
		release_perfctr_nmi(GT_MSR_COUNTER_OLD(i));
	}
}

/*
 * Reservation covers the general counters only. What else is in use shows in the registers alone. DS_AREA says
 * nothing: perf points it to an area of its own as a CPU comes up; who uses that has PEBS or BTS on.
 */
static const char *in_use(void)
{
	unsigned int i;

	if (gt_rdmsr(MSR_CORE_PERF_FIXED_CTR_CTRL))
		return "IA32_FIXED_CTR_CTRL";
	if (gt_rdmsr(MSR_IA32_PEBS_ENABLE))
		return "IA32_PEBS_ENABLE";
	if (gt_rdmsr(MSR_IA32_DEBUGCTLMSR) & (DEBUGCTLMSR_LBR | DEBUGCTLMSR_TR | DEBUGCTLMSR_BTS))
		return "IA32_DEBUGCTL";
	for (i = 0; i < nr_counters; i++)
		if (gt_rdmsr(GT_MSR_SELECT(i)) & GT_SELECT_EN)
			return "IA32_PERFEVTSEL";
	return NULL;
}

static void save(struct gt_cpu *cpu)
{
	struct gt_saved *saved = &cpu->saved;
	unsigned int i;

	saved->global_ctrl = gt_rdmsr(MSR_CORE_PERF_GLOBAL_CTRL);
	saved->pebs_enable = gt_rdmsr(MSR_IA32_PEBS_ENABLE);
	saved->ds_area = gt_rdmsr(MSR_IA32_DS_AREA);
	if (cpu->plan->adaptive)
		saved->data_cfg = gt_rdmsr(MSR_PEBS_DATA_CFG);
	for (i = 0; i < ARRAY_SIZE(saved->select); i++) {
		saved->select[i] = gt_rdmsr(GT_MSR_SELECT(i));
		saved->counter[i] = gt_rdmsr(GT_MSR_COUNTER(i));
	}
	saved->lvtpc = gt_lvtpc_read();
}

/* GLOBAL_CTRL last: it may let counters run. */
static void restore(const struct gt_cpu *cpu)
{
	const struct gt_saved *saved = &cpu->saved;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(saved->select); i++) {
		gt_wrmsr(GT_MSR_SELECT(i), saved->select[i]);
		gt_wrmsr(GT_MSR_COUNTER(i), saved->counter[i]);
	}
	if (cpu->plan->adaptive)
		gt_wrmsr(MSR_PEBS_DATA_CFG, saved->data_cfg);
	gt_wrmsr(MSR_IA32_DS_AREA, saved->ds_area);
	gt_wrmsr(MSR_IA32_PEBS_ENABLE, saved->pebs_enable);
	gt_lvtpc_write(saved->lvtpc);
	gt_wrmsr(MSR_CORE_PERF_GLOBAL_CTRL, saved->global_ctrl);
}

static s64 sampler(const struct gt_cpu *cpu)
{
	return gt_counter_signed(gt_rdmsr(GT_MSR_COUNTER(GT_SAMPLER)), cpu->plan->counter_bits);
}

static void load(const struct gt_cpu *cpu, s64 value)
{
	gt_wrmsr(GT_MSR_COUNTER(GT_SAMPLER), gt_counter_raw(value, cpu->plan->counter_bits));
}

/* Clears what the counters left in the status: ours to clear, we hold them all. */
static void acknowledge(u64 also)
{
	gt_wrmsr(MSR_CORE_PERF_GLOBAL_OVF_CTRL, also | GT_COUNTERS);
}

/*
 * One store changes the pace, and the interrupt finds the old one or the new one: while the period is being changed no
 * record is written, so both say the same of all that it asks.
 */
static void set_pace(struct gt_cpu *cpu, struct gt_pace pace)
{
	struct gt_pace *spare = &cpu->paces[cpu->pace == &cpu->paces[0]];

	*spare = pace;
	barrier();
	WRITE_ONCE(cpu->pace, spare);
}

/* A point from which the next overrun can be reckoned. Counters stopped. */
static void remember(struct gt_cpu *cpu, s64 counter, u64 head)
{
	cpu->position = gt_pace_position(READ_ONCE(cpu->pace), head, counter);
	cpu->audit = gt_rdmsr(GT_MSR_COUNTER(GT_AUDITOR));
	cpu->accounted = head;
	cpu->accounted_tsc = rdtsc();
}

/* Where the hardware writes next. Counters stopped. */
static void move(struct gt_cpu *cpu, u32 offset)
{
	WRITE_ONCE(cpu->switched_index, 0);
	barrier();
	WRITE_ONCE(cpu->ds->index, cpu->base + offset);
}

/* Past the ring's end, on to its start. Counters stopped. Returns the offset of the next record. */
static u32 wrap(struct gt_cpu *cpu)
{
	u32 offset = gt_sample_wrap(&cpu->samples, cpu->sample_data, READ_ONCE(cpu->ds->index) - cpu->base);

	move(cpu, offset);
	return offset;
}

/* Counters stopped. False: no room. */
static bool open_window(struct gt_cpu *cpu, u32 from)
{
	struct gt_window window;

	if (!gt_sample_window(&cpu->samples, from, READ_ONCE(cpu->tail->sample_tail), &window))
		return false;
	cpu->ds->limit = cpu->base + window.limit;
	cpu->ds->threshold = cpu->base + window.threshold;
	move(cpu, window.index);
	return true;
}

int gt_pebs_arm(struct gt_cpu *cpu, const char **busy)
{
	const struct gt_plan *plan = cpu->plan;
	u64 select = plan->event_select;

	if (gt_pebs_forbidden()) {
		*busy = "CR4.VMXE";
		return -EBUSY;
	}
	*busy = in_use();
	if (*busy)
		return -EBUSY;

	save(cpu);
	gt_pebs_global(cpu, 0);
	if (cpu->lbr)
		gt_lbr_start(cpu);
	/* All is taken all the same: GLOBAL_CTRL stays 0, and nobody else could count. */
	if (!plan->samples)
		return 0;

	/*
	 * The area and the ring must be mapped whatever task runs when the hardware writes. Both lie in kernel
	 * memory, the ring in vmalloc space: its top-level entries are the same in every page table from boot on
	 * (x86-64 allocates them all in advance), everything below is shared, and with page-table isolation on the
	 * machine was refused.
	 */
	gt_wrmsr(MSR_IA32_DS_AREA, (u64)cpu->ds);
	if (plan->adaptive) {
		gt_wrmsr(MSR_PEBS_DATA_CFG, plan->data_cfg);
		select |= GT_SELECT_ADAPTIVE;
	}

	load(cpu, cpu->counter);
	gt_wrmsr(GT_MSR_COUNTER(GT_AUDITOR), 0);
	gt_wrmsr(GT_MSR_SELECT(GT_SAMPLER), select);
	gt_wrmsr(GT_MSR_SELECT(GT_AUDITOR), plan->event_select);
	acknowledge(GT_STATUS_OVF_BUFFER | GT_STATUS_CTR_FRZ | GT_STATUS_LBR_FRZ);
	gt_lvtpc_write(APIC_DM_NMI);
	return 0;
}

void gt_pebs_disarm(struct gt_cpu *cpu)
{
	u64 status;

	gt_pebs_global(cpu, 0);
	/* A PMI that was raised just before is ours even when it arrives after its reason is gone. */
	status = gt_rdmsr(MSR_CORE_PERF_GLOBAL_STATUS);
	this_cpu_write(owed, status & GT_STATUS_OVF_BUFFER);
	gt_wrmsr(MSR_IA32_PEBS_ENABLE, 0);
	if (cpu->plan->samples)
		cpu->counter = sampler(cpu);
	acknowledge(status & (GT_STATUS_OVF_BUFFER | GT_STATUS_CTR_FRZ | GT_STATUS_LBR_FRZ));
	if (cpu->lbr)
		gt_lbr_stop(cpu);
	restore(cpu);
}

u64 gt_pebs_missed(struct gt_cpu *cpu)
{
	struct gt_missed missed = gt_period_missed(cpu->pace->period, cpu->counter);

	cpu->counter = missed.reload;
	if (missed.lost)
		set_pace(cpu, gt_pace_after_loss(cpu->pace, gt_pebs_head(cpu)));
	return missed.lost;
}

/*
 * The hardware takes the reset value from memory at each record. Counters stopped, so it is known which record loads
 * which. That is not known of records which are missed: no change while stalled, nor with a full window. The event
 * stands in the ring before the records that it is about can be published. Where the short way into the ring ends the
 * period stays until another event, the clock's at the latest, has gone the long one.
 */
static void change(struct gt_cpu *cpu)
{
	struct gtrace_event_period *event;
	u64 head = gt_pebs_head(cpu);
	u64 period;

	if (!gt_pebs_changeable(cpu, head) || READ_ONCE(cpu->control->state) != GTRACE_CPU_ARMED ||
	    READ_ONCE(cpu->ds->index) >= cpu->ds->limit)
		return;
	event = gt_event_try(&cpu->events, sizeof(*event));
	if (!event)
		return;
	period = cpu->periods[cpu->next_period];
	cpu->next_period = (cpu->next_period + 1) % GT_JITTER_PERIODS;
	cpu->change_at = head + GT_JITTER_RECORDS;
	WRITE_ONCE(cpu->ds->reset[GT_SAMPLER], gt_counter_raw(-(s64)period, cpu->plan->counter_bits));
	set_pace(cpu, gt_pace_change(cpu->pace, head, period));
	*event = (struct gtrace_event_period){
		.head = { .type = GTRACE_EVENT_PERIOD, .size = sizeof(*event), .tsc = rdtsc() },
		.sample_index = head,
		.period = period,
	};
	gt_event_commit(&cpu->events);
}

/* From one target to another the counters are on, and where the kernel is sampled they count what is stored here. */
void gt_pebs_change(struct gt_cpu *cpu)
{
	u64 wanted = cpu->wanted;

	WRITE_ONCE(cpu->changing, true);
	barrier();
	if (wanted)
		gt_pebs_global(cpu, 0);
	change(cpu);
	if (wanted)
		gt_pebs_global(cpu, wanted);
	barrier();
	WRITE_ONCE(cpu->changing, false);
}

/* The counter need not stop for it: a record that slips in before has loaded the counter anew, and is not missed. */
void gt_pebs_stall(struct gt_cpu *cpu)
{
	gt_wrmsr(MSR_IA32_PEBS_ENABLE, 0);
}

u64 gt_pebs_resume(struct gt_cpu *cpu)
{
	struct gt_missed missed;

	if (!cpu->plan->samples)
		return 0;
	missed = gt_period_resume(cpu->pace->period, sampler(cpu));
	if (missed.lost)
		set_pace(cpu, gt_pace_after_loss(cpu->pace, gt_pebs_head(cpu)));
	load(cpu, missed.reload);
	/* The overflow of a counter that only counts sets its status bit: it must not speak for the next record. */
	acknowledge(0);
	open_window(cpu, wrap(cpu));
	remember(cpu, missed.reload, gt_pebs_head(cpu));
	gt_wrmsr(MSR_IA32_PEBS_ENABLE, PEBS_SAMPLER);
	return missed.lost;
}

/* The hardware stopped at the limit: by the auditor, what it did not write. */
static void overrun(struct gt_cpu *cpu, u64 head)
{
	u64 position = cpu->position + gt_rdmsr(GT_MSR_COUNTER(GT_AUDITOR)) - cpu->audit;
	s64 unloaded = position - gt_pace_position(cpu->pace, head, 0);
	s64 now = sampler(cpu);
	struct gt_missed missed;

	missed = gt_period_overrun(cpu->pace->period, unloaded, now);
	if (missed.reload != now)
		load(cpu, missed.reload);
	if (missed.lost)
		set_pace(cpu, gt_pace_after_loss(cpu->pace, head));
	gt_cpu_lost(cpu, GTRACE_LOST_OVERRUN, missed.lost, cpu->accounted_tsc);
}

/*
 * The counters are stopped here, so the reason cannot come again and one look at the status is enough: what is
 * raised after it is acknowledged brings an NMI of its own.
 */
static int pmi(unsigned int type, struct pt_regs *regs)
{
	struct gt_cpu *cpu = this_cpu_read(gt_armed);
	u64 status, head;
	bool full;
	u32 from;

	if (!cpu)
		return this_cpu_xchg(owed, false) ? NMI_HANDLED : NMI_DONE;
	status = gt_rdmsr(MSR_CORE_PERF_GLOBAL_STATUS);
	if (!(status & GT_STATUS_OVF_BUFFER)) {
		cpu->control->spurious++;
		return NMI_DONE;
	}
	gt_wrmsr(MSR_CORE_PERF_GLOBAL_CTRL, 0);
	cpu->control->pmis++;

	full = READ_ONCE(cpu->ds->index) >= cpu->ds->limit;
	from = wrap(cpu);
	head = gt_pebs_head(cpu);
	if (full)
		overrun(cpu, head);

	cpu->idle_pmis = head == cpu->accounted ? cpu->idle_pmis + 1 : 0;
	remember(cpu, sampler(cpu), head);
	if (cpu->idle_pmis > IDLE_PMIS_MAX)
		gt_cpu_stall(cpu, GTRACE_LOST_OVERRUN);
	else if (!open_window(cpu, from))
		gt_cpu_stall(cpu, GTRACE_LOST_FULL);
	else if (!READ_ONCE(cpu->changing))
		change(cpu);

	/* A writer below us may hold the switch event that these samples stand behind: publish after it. */
	if (gt_event_busy(&cpu->events)) {
		gt_cpu_wake(cpu);
	} else {
		gt_pebs_publish(cpu, head);
		if (gt_cpu_waited(cpu))
			gt_cpu_wake(cpu);
	}

	acknowledge(status & (GT_STATUS_OVF_BUFFER | GT_STATUS_CTR_FRZ | GT_STATUS_LBR_FRZ));
	gt_lvtpc_write(APIC_DM_NMI);
	gt_wrmsr(MSR_CORE_PERF_GLOBAL_CTRL, READ_ONCE(cpu->wanted));
	return NMI_HANDLED;
}
