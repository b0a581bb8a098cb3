// SPDX-License-Identifier: GPL-2.0
#include "count.h"

#include <map>
#include <vector>

#include "ram.h"
#include "pmu.h"
#include "unit.h"

enum Context { USER, KERNEL, BREAKPOINT, IRQ, TIMER, NMI, CONTEXTS };
static const char *const context_names[CONTEXTS] = {"user", "kernel", "breakpoint", "irq", "timer", "nmi"};

/* Linux: LOCAL_TIMER_VECTOR (arch/x86/include/asm/irq_vectors.h), the same since 2.6. */
static const unsigned LOCAL_TIMER_VECTOR = 0xec;

struct Work {
	Bit64u instructions[CONTEXTS];
	Bit64u breakpoints;
};

/* A place that an interrupt left. */
struct Frame {
	Context context;
	Bit64u rip, rsp;
	unsigned cpl;
};

/* A task: by pid, or by the address of its task_struct where the offset of pid is not known. */
struct Task {
	Bit32u tgid;
	bool breakpoint;		/* it has not come back from one to user mode */
	Work work;
};

struct Cpu {
	Bit64u charged;			/* retired instructions that are charged to somebody */
	Bit64u faults, fault_icount;	/* Bochs counts one for a fault, and the instruction again when it runs anew */
	Bit64u left;			/* REP instructions left in the middle for an interrupt or by a fault */
	bool user;
	std::vector<Frame> frames;
	bool task_known;
	Bit64u task;			/* key of tasks */
	Work work;
	Bit64u rdmsr, wrmsr, interrupts, nmis;
};

static Cpu cpus[PMU_MAX_CPUS];
static std::map<Bit64u, Task> tasks;
static std::map<Bit64u, std::string> names;	/* key: tgid, or address of the task_struct */
static Bit64u pid_offset;
Bit64u pmu_watch[PMU_MAX_CPUS];

/*
 * Instructions retired so far. From icount, which also counts the iterations of REP and the faults:
 * see PmuRepeat and count_exception().
 */
static Bit64u retired(unsigned cpu)
{
	const PmuRepeat &rep = pmu_repeat[cpu];
	const Cpu &c = cpus[cpu];

	return BX_CPU(cpu)->icount - c.faults - rep.iterations + rep.starts - c.left;
}

// Not at the switch itself: the hook of an access comes before its data.
static Task *current(unsigned cpu)
{
	Cpu &c = cpus[cpu];
	Bit32u ids[2] = {};

	if (!pmu_watch[cpu])
		return NULL;
	if (!c.task_known) {
		if (!memory_get(cpu, pmu_watch[cpu], &c.task, sizeof(c.task)))
			return NULL;
		if (pid_offset) {
			if (!memory_get(cpu, c.task + pid_offset, ids, sizeof(ids)))
				return NULL;
			// Each CPU has an idle task of its own with pid 0.
			c.task = ids[0];
		}
		c.task_known = true;
		tasks[c.task].tgid = ids[1];
	}
	return &tasks[c.task];
}

bool count_ids(unsigned cpu, Bit32u *pid, Bit32u *tgid)
{
	Task *task = current(cpu);

	if (!task || !pid_offset)
		return false;
	*pid = Bit32u(cpus[cpu].task);
	*tgid = task->tgid;
	return true;
}

// Charges all instructions up to `until` to what the CPU does now.
static void charge(unsigned cpu, Bit64u until)
{
	Cpu &c = cpus[cpu];
	Task *task = current(cpu);
	Context context = c.user ? USER : !c.frames.empty() ? c.frames.back().context :
			  task && task->breakpoint ? BREAKPOINT : KERNEL;

	c.work.instructions[context] += until - c.charged;
	if (task)
		task->work.instructions[context] += until - c.charged;
	c.charged = until;
}

void count_far_branch(unsigned cpu, Bit64u rip, unsigned cpl, bool iret)
{
	Cpu &c = cpus[cpu];
	Bit64u rsp = BX_CPU(cpu)->get_reg64(BX_64BIT_REG_RSP);

	charge(cpu, retired(cpu) + 1);		// the branch itself belongs to what it leaves
	c.user = cpl == 3;
	if (c.user) {
		Task *task = current(cpu);

		c.frames.clear();
		if (task)
			task->breakpoint = false;
	}
	for (size_t depth = c.frames.size(); iret && depth-- > 0; )
		if (c.frames[depth].rip == rip && c.frames[depth].rsp == rsp && c.frames[depth].cpl == cpl) {
			c.frames.resize(depth);
			break;
		}
}

/*
 * A REP instruction that did some iterations and now gives way, to come back for the rest: it began (PmuRepeat.starts)
 * but has not retired, and its continuation will look like a start.
 */
static void leave_repeat(unsigned cpu)
{
	const PmuRepeat &rep = pmu_repeat[cpu];

	if (rep.rip == BX_CPU(cpu)->prev_rip && rep.icount + 1 == BX_CPU(cpu)->icount)
		cpus[cpu].left++;
}

void count_exception(unsigned cpu)
{
	Cpu &c = cpus[cpu];
	Bit64u now = BX_CPU(cpu)->icount;

	if (c.faults && now == c.fault_icount)
		return;			// the delivery of a fault faults: one fault to Bochs
	leave_repeat(cpu);
	charge(cpu, retired(cpu));
	c.user = false;
	c.faults++;
	c.fault_icount = now;
}

// The far branch of INT3 follows and makes it the kernel's turn.
void count_breakpoint(unsigned cpu)
{
	Task *task = current(cpu);

	if (!task)
		return;
	task->breakpoint = true;
	task->work.breakpoints++;
	cpus[cpu].work.breakpoints++;
}

void count_interrupt(unsigned cpu, unsigned vector, Bit64u rip)
{
	Cpu &c = cpus[cpu];
	bool nmi = vector == BX_NMI;
	Context context = nmi ? NMI : vector == LOCAL_TIMER_VECTOR ? TIMER : IRQ;

	leave_repeat(cpu);
	charge(cpu, retired(cpu));
	c.frames.push_back({context, rip, BX_CPU(cpu)->get_reg64(BX_64BIT_REG_RSP), c.user ? 3U : 0U});
	c.user = false;
	(nmi ? c.nmis : c.interrupts)++;
}

void count_task_switch(unsigned cpu)
{
	Cpu &c = cpus[cpu];

	charge(cpu, retired(cpu));
	c.task_known = false;
	while (!c.frames.empty() && c.frames.back().context != NMI)
		c.frames.pop_back();
}

void count_rdmsr(unsigned cpu)
{
	cpus[cpu].rdmsr++;
}

void count_wrmsr(unsigned cpu)
{
	cpus[cpu].wrmsr++;
}

void count_current_task(Bit64u offset)
{
	for (int i = 0; i < BX_SMP_PROCESSORS; i++) {
		// The kernel's GS base is the one in the upper half, wherever SWAPGS has put it.
		Bit64u base = BX_CPU(i)->msr.kernelgsbase, other = BX_CPU(i)->sregs[BX_SEG_REG_GS].cache.u.segment.base;

		pmu_watch[i] = (base >> 63 ? base : other) + offset;
		cpus[i].task_known = false;
	}
}

void count_task_pid(Bit64u offset)
{
	pid_offset = offset;
	for (Cpu &c : cpus)
		c.task_known = false;
	tasks.clear();
}

void count_name(unsigned cpu, const char *name)
{
	Task *task = current(cpu);

	if (task)
		names[pid_offset ? task->tgid : cpus[cpu].task] = name;
}

void count_begin()
{
	for (int i = 0; i < BX_SMP_PROCESSORS; i++) {
		Cpu &c = cpus[i];

		c.charged = retired(i);
		c.work = {};
		c.rdmsr = c.wrmsr = c.interrupts = c.nmis = 0;
		c.task_known = false;
	}
	tasks.clear();
	names.clear();
}

static void put(std::string &text, const char *name, Bit64u value)
{
	text += ",\"" + std::string(name) + "\":" + std::to_string(value);
}

static void put_work(std::string &text, const Work &work)
{
	for (int c = 0; c < CONTEXTS; c++)
		put(text, context_names[c], work.instructions[c]);
	put(text, "breakpoints", work.breakpoints);
}

// Names come from the guest.
static std::string quoted(const std::string &name)
{
	std::string text = "\"";

	for (char c : name)
		text += c == '"' || c == '\\' || (unsigned char)c < ' ' || (unsigned char)c > '~' ? '?' : c;
	return text + "\"";
}

std::string pmu_counts()
{
	std::string text = "{\"cpus\":[", separator;

	for (int i = 0; i < BX_SMP_PROCESSORS; i++) {
		const Cpu &c = cpus[i];

		charge(i, retired(i));
		text += separator + "{\"cpu\":" + std::to_string(i);
		put_work(text, c.work);
		put(text, "rdmsr", c.rdmsr);
		put(text, "wrmsr", c.wrmsr);
		put(text, "interrupts", c.interrupts);
		put(text, "nmis", c.nmis);
		put(text, "pmis", pmu[i].interrupts);
		put(text, "records", pmu[i].records);
		put(text, "dropped", pmu[i].dropped);
		text += "}";
		separator = ",";
	}
	text += "],\"tasks\":[";
	separator = "";
	for (const auto &entry : tasks) {
		auto name = names.find(pid_offset ? entry.second.tgid : entry.first);

		text += separator + "{\"task\":" + std::to_string(entry.first);
		if (pid_offset)
			put(text, "tgid", entry.second.tgid);
		text += ",\"name\":" + (name == names.end() ? std::string("null") : quoted(name->second));
		put_work(text, entry.second.work);
		text += "}";
		separator = ",";
	}
	return text + "]}\n";
}
