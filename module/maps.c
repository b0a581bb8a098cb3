// SPDX-License-Identifier: GPL-2.0
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/kdev_t.h>
#include <linux/kprobes.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <asm/tsc.h>

#include "cpu.h"
#include "maps.h"
#include "place.h"
#include "task.h"

/* Longest path in an event with its NUL: a quarter of the smallest ring, head included. */
#define PATH_BYTES	(1024 - sizeof(struct gtrace_event_map))

struct buffer {
	char path[PATH_MAX];
};

/* Preemption is off in the handler and interrupts map nothing: one buffer a CPU is enough. */
static DEFINE_PER_CPU(struct buffer, buffers);

static const struct gt_targets *watched;
static int error;

/* The file's path, "[vdso]" and the like, or "" for anonymous memory. */
static const char *name(struct vm_area_struct *vma, struct buffer *buffer)
{
	const char *path = "";

	if (vma->vm_file)
		path = d_path(&vma->vm_file->f_path, buffer->path, sizeof(buffer->path));
	else if (vma->vm_ops && vma->vm_ops->name)
		path = vma->vm_ops->name(vma);
	return IS_ERR_OR_NULL(path) ? "" : path;
}

static void write(struct gt_cpu *cpu, struct vm_area_struct *vma, const char *path)
{
	size_t length = strlen(path) + 1;
	struct gtrace_event_map *event;
	u32 flags = 0;
	size_t bytes;

	if (length > PATH_BYTES) {
		path += length - PATH_BYTES;
		length = PATH_BYTES;
		flags = GTRACE_EVENT_F_TRUNCATED;
	}
	bytes = sizeof(*event) + ALIGN(length, 8);
	event = gt_cpu_event(cpu, GTRACE_EVENT_MAP, bytes, flags, rdtsc());
	if (!event)
		return;
	event->tid = current->pid;
	event->tgid = current->tgid;
	event->mm = gt_task_mm(vma->vm_mm);
	event->start = vma->vm_start;
	event->end = vma->vm_end;
	event->pgoff = vma->vm_file ? (u64)vma->vm_pgoff << PAGE_SHIFT : 0;
	event->ino = 0;
	event->dev_major = 0;
	event->dev_minor = 0;
	if (vma->vm_file) {
		const struct inode *inode = file_inode(vma->vm_file);

		event->ino = inode->i_ino;
		event->dev_major = MAJOR(inode->i_sb->s_dev);
		event->dev_minor = MINOR(inode->i_sb->s_dev);
	}
	memset(event->path + ALIGN(length, 8) - 8, 0, 8);
	memcpy(event->path, path, length);
	gt_event_commit(&cpu->events);
}

/*
 * The entry of perf_event_mmap(vma), and its return:
 *
 * entered()	ftrace calls it, or a breakpoint where perf is built without ftrace (Debian's 5.10). That exception
 *		counts as an NMI, in which d_path() must not take its locks. Notes the mapping, no more.
 * mapped()	a plain call in process context, preemption off. The mapping's mmap_lock is still held: vma and its file
 *		stay.
 */
static int entered(struct kretprobe_instance *call, struct pt_regs *regs)
{
	struct vm_area_struct *vma = (void *)regs_get_kernel_argument(regs, 0);

	/* Not 0: let this call return without us. */
	if (!(vma->vm_flags & VM_EXEC) || !gt_targets_has(watched, current->tgid))
		return 1;
	*(struct vm_area_struct **)call->data = vma;
	return 0;
}

static int mapped(struct kretprobe_instance *call, struct pt_regs *regs)
{
	struct vm_area_struct *vma = *(struct vm_area_struct **)call->data;
	unsigned long flags;
	struct gt_cpu *cpu;
	const char *path;

	gt_place_forget_range(gt_task_mm(vma->vm_mm), vma->vm_start, vma->vm_end);
	path = name(vma, this_cpu_ptr(&buffers));
	local_irq_save(flags);
	cpu = this_cpu_read(gt_armed);
	if (cpu)
		write(cpu, vma, path);
	local_irq_restore(flags);
	return 0;
}

/*
 * Address spaces of targets that can be in perf_event_mmap() at the same moment, preempted or asleep there; one more
 * may be missed. Besides, each CPU has a call in hand while entered() looks whether it is a target's.
 */
#define MAPPING_AT_ONCE	64

static struct kretprobe probe;

void gt_maps_start(const struct gt_targets *targets)
{
	static kprobe_opcode_t *known;

	watched = targets;
	/* Either the name or the address: the address spares a search of all symbols the next time. */
	probe = (struct kretprobe){
		.kp.symbol_name = known ? NULL : "perf_event_mmap",
		.kp.addr = known,
		.entry_handler = entered,
		.handler = mapped,
		.data_size = sizeof(struct vm_area_struct *),
		.maxactive = MAPPING_AT_ONCE + num_possible_cpus(),
	};
	error = register_kretprobe(&probe);
	if (!error)
		known = probe.kp.addr;
}

void gt_maps_stop(void)
{
	unsigned long missed;

	if (error)
		return;
	unregister_kretprobe(&probe);
	missed = probe.nmissed + probe.kp.nmissed;
	if (missed)
		pr_warn("gtrace: %lu mappings not looked at: those of targets among them have no MAP event\n",
			missed);
}

int gt_maps_error(void)
{
	return error;
}
