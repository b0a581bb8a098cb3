// SPDX-License-Identifier: GPL-2.0
/*
 *	int3 --> exc_int3 --> die notifiers --+--> here, known place: record, carry it out, done	nearly all hits
 *	         interrupts off               `--> uprobes, on the way out: handler() of probe.c	the others
 *
 * Here nothing has run since the instruction: no switch, no interrupt, no branch of another task. On the way out the
 * thread may have been preempted, and what the LBR holds may be another's: such hits carry no ladder.
 */
#include <linux/kdebug.h>
#include <linux/limits.h>
#include <linux/ptrace.h>
#include <linux/uaccess.h>
#include <asm/tsc.h>

#include "breakpoint.h"
#include "hit.h"
#include "lbr.h"
#include "place.h"
#include "seen.h"
#include "session.h"
#include "snapshot.h"
#include "task.h"

/*
 * push %rbp, but for regs->sp, page faults disabled. False: the page is not there; uprobes does it with all that it
 * takes. A stack pointer of less than 8 wraps round and lies beyond the end, too.
 */
static __always_inline bool push_frame(const struct pt_regs *regs)
{
	u64 to = regs->sp - 8;

	if (unlikely(to >= GT_POINTER_END))
		return false;
	__uaccess_begin();
	unsafe_put_user(regs->bp, (u64 __user *)to, fault);
	__uaccess_end();
	return true;
fault:
	__uaccess_end();
	return false;
}

/* sub $frame,%rsp of four bytes, the first of which is done. The flags are those that the CPU itself makes of it. */
static void make_frame(struct pt_regs *regs, u64 frame)
{
	const unsigned long arithmetic = X86_EFLAGS_CF | X86_EFLAGS_PF | X86_EFLAGS_AF | X86_EFLAGS_ZF | X86_EFLAGS_SF |
					 X86_EFLAGS_OF;
	unsigned long flags;

	asm("sub %[frame], %[sp]\n\t"
	    "pushf\n\t"
	    "pop %[flags]"
	    : [sp] "+r"(regs->sp), [flags] "=r"(flags) : [frame] "r"(frame) : "cc");
	regs->flags = (regs->flags & ~arithmetic) | (flags & arithmetic);
	regs->ip += 3;
}

/* The instruction is left to uprobes. Apart: a second copy of the snapshot would cost the first one its registers. */
static noinline int hit_and_pass(struct gt_cpu *cpu, const struct gt_recipe *recipe, const struct pt_regs *regs, u64 ip,
				 u64 start)
{
	if (READ_ONCE(cpu->session->probes.recording) && gt_seen_put(current->pid)) {
		pagefault_disable();
		gt_snapshot(cpu, recipe, regs, ip, start, true);
		pagefault_enable();
		cpu->cost += rdtsc() - start;
	}
	return NOTIFY_DONE;
}

/* Each instruction here is paid by the program at each hit: bench/park.bench counts them. */
static __always_inline int hit(struct pt_regs *regs)
{
	struct gt_cpu *cpu = this_cpu_read(gt_armed);
	const struct gt_recipe *recipe;
	const struct gt_place *place;
	u64 start, ip;

	if (!cpu || !user_mode(regs))
		return NOTIFY_DONE;
	start = rdtsc();
	/* Behind the breakpoint, and so behind a push, which has the same length. */
	ip = regs->ip - 1;
	/* Whoever is in user mode has an address space. */
	place = gt_place_find(current->mm->context.ctx_id, ip);
	/* The trap flag traps after the instruction, which this is not: uprobes knows how to do that. */
	if (!place || place->tgid != current->tgid || (regs->flags & X86_EFLAGS_TF))
		return NOTIFY_DONE;
	recipe = place->recipe;
	if (unlikely(recipe->shared))
		return hit_and_pass(cpu, recipe, regs, ip, start);
	/* Once for the push and all that is read. */
	pagefault_disable();
	if (!recipe->frame && unlikely(!push_frame(regs))) {
		pagefault_enable();
		return hit_and_pass(cpu, recipe, regs, ip, start);
	}
	if (likely(READ_ONCE(cpu->session->probes.recording)))
		gt_snapshot(cpu, recipe, regs, ip, start, true);
	pagefault_enable();
	if (likely(!recipe->frame))
		regs->sp -= 8;
	else
		make_frame(regs, recipe->frame);
	cpu->cost += rdtsc() - start + GT_HIT_TICKS_TRAP;
	return NOTIFY_STOP;
}

/*
 * Nothing of the program has run since the exception, so what the stack holds would be whole, were this the only one:
 * hw_breakpoint.c is asked first and may keep another from us, after which the program ran on unrecorded. The fence
 * makes sure that no ladder reaches across.
 */
static void rearm(void)
{
	struct gt_cpu *cpu = this_cpu_read(gt_armed);

	if (cpu && cpu->lbr && cpu->running)
		gt_lbr_on();
}

static int notified(struct notifier_block *self, unsigned long event, void *data)
{
	const struct die_args *args = data;

	if (event == DIE_INT3)
		return hit(args->regs);
	if (event == DIE_DEBUG)
		rearm();
	return NOTIFY_DONE;
}

/* Uprobes has the next lower priority, and takes every breakpoint of a process that has uprobes. */
static struct notifier_block notifier = {
	.notifier_call = notified,
	.priority = INT_MAX,
};

int gt_breakpoint_start(void)
{
	return register_die_notifier(&notifier);
}

void gt_breakpoint_end(void)
{
	unregister_die_notifier(&notifier);
}
