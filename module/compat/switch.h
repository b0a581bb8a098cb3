/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The probe of sched_switch, and in its body the state that prev leaves the CPU in: handed over from 5.18 on. Before,
 * it is read from the task, where a wakeup on another CPU may have overtaken it: a sleep then looks like a preemption.
 */
#ifndef _GTRACE_COMPAT_SWITCH_H
#define _GTRACE_COMPAT_SWITCH_H

#include <linux/sched.h>

#ifdef GT_HAVE_SWITCH_STATE
#define GT_SWITCH_PROBE(name)	\
	void name(void *data, bool preempt, struct task_struct *prev, struct task_struct *next, unsigned int prev_state)
#define GT_SWITCH_STATE		prev_state
#else
#define GT_SWITCH_PROBE(name)	\
	void name(void *data, bool preempt, struct task_struct *prev, struct task_struct *next)
#ifdef GT_HAVE_TASK___STATE
#define GT_SWITCH_STATE		READ_ONCE(prev->__state)
#else
#define GT_SWITCH_STATE		((unsigned int)READ_ONCE(prev->state))
#endif
#endif

#endif
