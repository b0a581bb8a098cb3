// SPDX-License-Identifier: GPL-2.0
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/cpumask.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "compat/mm.h"
#include "rings.h"

/* CONTROL, TAIL, SAMPLES, EVENTS: what each region is in memory, how long, and whether the reader may write it. */
struct region {
	void *memory;
	unsigned long bytes;
	bool writable;
};

static struct region region(const struct gt_cpu *cpu, unsigned int which)
{
	switch (which) {
	case GTRACE_MMAP_CONTROL:
		return (struct region){ cpu->control, PAGE_SIZE, false };
	case GTRACE_MMAP_TAIL:
		return (struct region){ cpu->tail, PAGE_SIZE, true };
	case GTRACE_MMAP_SAMPLES:
		return (struct region){ cpu->sample_data, cpu->plan->sample_bytes, false };
	case GTRACE_MMAP_EVENTS:
		return (struct region){ cpu->event_data, cpu->plan->event_bytes, false };
	}
	return (struct region){ NULL, 0, false };
}

static void cpu_free(struct gt_cpu *cpu)
{
	if (!cpu)
		return;
	vfree(cpu->event_data);
	vfree(cpu->sample_data);
	vfree(cpu->tail);
	vfree(cpu->control);
	kfree(cpu->ds);
	kfree(cpu);
}

/* The slack lies behind the slots: in what is left of sample_bytes, and in pages behind that. */
static unsigned long sample_bytes(const struct gt_plan *plan)
{
	unsigned long used = (unsigned long)(plan->slots + plan->slack) * plan->record_size;

	return PAGE_ALIGN(max_t(unsigned long, used, plan->sample_bytes));
}

static struct gt_cpu *cpu_alloc(const struct gt_plan *plan, int nr)
{
	struct gt_cpu *cpu = kzalloc_node(sizeof(*cpu), GFP_KERNEL, cpu_to_node(nr));

	if (!cpu)
		return NULL;
	/* An area inside one cache-aligned block: the hardware reads it at each record. */
	cpu->ds = kzalloc_node(sizeof(*cpu->ds), GFP_KERNEL, cpu_to_node(nr));
	cpu->control = vmalloc_user(PAGE_SIZE);
	cpu->tail = vmalloc_user(PAGE_SIZE);
	cpu->sample_data = vmalloc_user(sample_bytes(plan));
	cpu->event_data = vmalloc_user(plan->event_bytes);
	if (!cpu->ds || !cpu->control || !cpu->tail || !cpu->sample_data || !cpu->event_data) {
		cpu_free(cpu);
		return NULL;
	}
	return cpu;
}

static void destroy(struct gt_rings *rings)
{
	unsigned int i;

	for (i = 0; i < rings->nr_cpus; i++)
		cpu_free(rings->cpu[i]);
	kfree(rings);
}

static int release(struct inode *inode, struct file *file)
{
	destroy(file->private_data);
	return 0;
}

static const struct file_operations rings_fops = {
	.owner = THIS_MODULE,
	.release = release,
};

/* Whoever may sample the machine may still not take it down by a large number. */
static bool too_much(const struct gt_plan *plan)
{
	unsigned long pages = (sample_bytes(plan) + plan->event_bytes) >> PAGE_SHIFT;

	return pages * num_present_cpus() > totalram_pages() / 2;
}

struct gt_rings *gt_rings_create(struct gt_session *session, const struct gt_plan *plan)
{
	struct gt_rings *rings;
	int nr, err = -ENOMEM;

	if (too_much(plan))
		return ERR_PTR(-ENOMEM);
	rings = kzalloc(struct_size(rings, cpu, nr_cpu_ids), GFP_KERNEL);
	if (!rings)
		return ERR_PTR(-ENOMEM);
	rings->plan = *plan;
	rings->nr_cpus = nr_cpu_ids;
	if (plan->stray)
		gt_jitter_draw(rings->periods, plan->period, plan->stray);
	for_each_present_cpu(nr) {
		rings->cpu[nr] = cpu_alloc(plan, nr);
		if (!rings->cpu[nr])
			goto out_destroy;
		rings->cpu[nr]->periods = rings->periods;
		gt_cpu_init(rings->cpu[nr], session, &rings->plan, nr);
	}
	rings->file = anon_inode_getfile("[gtrace-rings]", &rings_fops, rings, O_RDWR);
	if (IS_ERR(rings->file)) {
		err = PTR_ERR(rings->file);
		goto out_destroy;
	}
	return rings;

out_destroy:
	destroy(rings);
	return ERR_PTR(err);
}

void gt_rings_put(struct gt_rings *rings)
{
	fput(rings->file);
}

int gt_rings_mmap(struct gt_rings *rings, struct vm_area_struct *vma)
{
	u64 offset = (u64)vma->vm_pgoff << PAGE_SHIFT;
	u64 nr = offset >> 40;
	unsigned int which = (offset >> 36) & 0xf;
	struct region part;
	int err;

	if (nr >= rings->nr_cpus || !rings->cpu[nr] || offset != GTRACE_MMAP_OFFSET(nr, which))
		return -EINVAL;
	part = region(rings->cpu[nr], which);
	if (!part.memory || vma->vm_end - vma->vm_start != part.bytes || !(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if ((vma->vm_flags & VM_EXEC) || ((vma->vm_flags & VM_WRITE) && !part.writable))
		return -EPERM;

	err = remap_vmalloc_range(vma, part.memory, 0);
	if (err)
		return err;
	gt_vm_flags_mod(vma, VM_DONTEXPAND | VM_DONTDUMP | VM_DONTCOPY,
			VM_MAYEXEC | (part.writable ? 0 : VM_MAYWRITE));
	gt_vma_set_file(vma, rings->file);
	return 0;
}
