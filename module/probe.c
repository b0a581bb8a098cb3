// SPDX-License-Identifier: GPL-2.0
#include <linux/dcache.h>
#include <linux/file.h>
#include <linux/irqflags.h>
#include <linux/ptrace.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <asm/tsc.h>

#include "hit.h"
#include "probe.h"
#include "seen.h"
#include "session.h"

static struct gt_probe *probe_of(struct uprobe_consumer *consumer)
{
	return container_of(consumer, struct gt_probe, uprobe.consumer);
}

/* May it be a target's address space? Asked when a breakpoint would go into it. Without memcg none has an owner. */
static bool wanted(const struct gt_session *session, struct mm_struct *mm)
{
#ifdef CONFIG_MEMCG
	const struct task_struct *owner;
	bool target;

	rcu_read_lock();
	owner = rcu_dereference(mm->owner);
	target = owner && gt_targets_has(&session->targets, owner->tgid);
	rcu_read_unlock();
	return target;
#else
	return true;
#endif
}

static GT_UPROBE_FILTER(filter)
{
	return wanted(probe_of(consumer)->session, mm);
}

/*
 * A hit that the exception did not finish. It has recorded one whose stack page was absent, and a shared one; the
 * first in an address space and one under a debugger's trap flag are recorded here. On the way to user mode,
 * interrupts on, and regs->ip is that of the instruction.
 */
static GT_UPROBE_HANDLER(handler)
{
	struct gt_probe *probe = probe_of(consumer);
	struct gt_session *session = probe->session;
	u64 start = rdtsc();
	unsigned long flags;
	struct gt_cpu *cpu;

	if (!gt_targets_has(&session->targets, current->tgid))
		/*
		 * A child of vfork() runs in a target's address space, which keeps its breakpoint. One of fork() has
		 * its own, which loses it: the users tell the two apart where address spaces have no owner.
		 */
		return atomic_read(&current->mm->mm_users) > 1 && wanted(session, current->mm) ? 0 :
		       UPROBE_HANDLER_REMOVE;
	if (!gt_targets_sampled(&session->targets, current->tgid) || !user_64bit_mode(regs))
		return 0;
	gt_probes_learn(&session->probes, probe, regs->ip);
	local_irq_save(flags);
	cpu = this_cpu_read(gt_armed);
	if (cpu && READ_ONCE(session->probes.recording) && !gt_seen_take(current->pid))
		gt_hit_record(cpu, &probe->recipe, regs, start);
	if (cpu)
		cpu->cost += rdtsc() - start + GT_HIT_TICKS_UPROBE;
	local_irq_restore(flags);
	return 0;
}

/* Reads what is at the place. False: it cannot be read, or is not an instruction that can be probed. */
static bool instruction(struct gt_recipe *recipe, struct file *file, u64 offset)
{
	loff_t at = offset;
	u8 bytes[4];
	ssize_t got = offset > LLONG_MAX - sizeof(bytes) ? 0 : kernel_read(file, bytes, sizeof(bytes), &at);

	if (got <= 0) {
		gt_complain("PROBE: offset: nothing can be read at %#llx of the file", offset);
		return false;
	}
	if (gt_recipe_instruction(recipe, bytes, got))
		return true;
	gt_complain("PROBE: offset: not 'push %%rbp' (55) or 'sub $imm8,%%rsp' (48 83 ec) but %*ph at %#llx", (int)got,
		    bytes, offset);
	return false;
}

struct gt_probe *gt_probe_make(struct gt_session *session, const struct gtrace_probe *want, struct gt_recipe *recipe)
{
	struct file *file = fget(want->fd);
	struct gt_probe *probe;
	int err;

	if (!file)
		return ERR_PTR(-EBADF);
	err = -EACCES;
	if (!(file->f_mode & FMODE_READ))
		goto out_file;
	err = -EINVAL;
	if (!S_ISREG(file_inode(file)->i_mode)) {
		gt_complain("PROBE: fd: not a regular file");
		goto out_file;
	}
	if (!instruction(recipe, file, want->offset))
		goto out_file;
	err = -ENOMEM;
	probe = kzalloc(sizeof(*probe), GFP_KERNEL);
	if (!probe)
		goto out_file;
	probe->uprobe.consumer.handler = handler;
	probe->uprobe.consumer.filter = filter;
	probe->session = session;
	probe->path = file->f_path;
	path_get(&probe->path);
	/* What is mapped of a file in an overlay is the file below it. */
	probe->inode = d_real_inode(probe->path.dentry);
	probe->offset = want->offset;
	probe->recipe = *recipe;
	fput(file);
	return probe;

out_file:
	fput(file);
	return ERR_PTR(err);
}

void gt_probe_free(struct gt_probe *probe)
{
	path_put(&probe->path);
	kfree(probe);
}

int gt_probe_plant(struct gt_probe *probe)
{
	return gt_uprobe_register(&probe->uprobe, probe->inode, probe->offset);
}

void gt_probe_pull(struct gt_probe *probe)
{
	gt_uprobe_unregister(&probe->uprobe, probe->inode, probe->offset);
}
