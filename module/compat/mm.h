/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _GTRACE_COMPAT_MM_H
#define _GTRACE_COMPAT_MM_H

#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>

/* Changes the flags of a mapping that is being made; vm_flags became read-only with the helpers of 6.3. */
static inline void gt_vm_flags_mod(struct vm_area_struct *vma, unsigned long set, unsigned long clear)
{
#ifdef GT_HAVE_VM_FLAGS_SET
	vm_flags_mod(vma, set, clear);
#else
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
#endif
}

/* In the mmap of a file: the mapping holds `file` instead. Exported with 5.11. */
static inline void gt_vma_set_file(struct vm_area_struct *vma, struct file *file)
{
#ifdef GT_HAVE_VMA_SET_FILE
	vma_set_file(vma, file);
#else
	get_file(file);
	swap(vma->vm_file, file);
	fput(file);
#endif
}

#endif
