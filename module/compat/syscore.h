/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Callbacks of suspend and resume, on the last CPU with its interrupts off. Later kernels, and Debian's 6.12, hand
 * them a pointer and take another structure; either way the callbacks here take none.
 */
#ifndef _GTRACE_COMPAT_SYSCORE_H
#define _GTRACE_COMPAT_SYSCORE_H

#include <linux/syscore_ops.h>

#ifdef GT_HAVE_REGISTER_SYSCORE

#define GT_SYSCORE(name, suspend_fn, resume_fn)				\
	static int name##_suspend(void *data)				\
	{								\
		return suspend_fn();					\
	}								\
	static void name##_resume(void *data)				\
	{								\
		resume_fn();						\
	}								\
	static const struct syscore_ops name##_ops = {			\
		.suspend = name##_suspend,				\
		.resume = name##_resume,				\
	};								\
	static struct syscore name = { .ops = &name##_ops }

#define gt_syscore_register(s)		register_syscore(s)
#define gt_syscore_unregister(s)	unregister_syscore(s)

#else

#define GT_SYSCORE(name, suspend_fn, resume_fn)				\
	static struct syscore_ops name = {				\
		.suspend = suspend_fn,					\
		.resume = resume_fn,					\
	}

#define gt_syscore_register(s)		register_syscore_ops(s)
#define gt_syscore_unregister(s)	unregister_syscore_ops(s)

#endif

#endif
