/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _GTRACE_COMPAT_GRACE_H
#define _GTRACE_COMPAT_GRACE_H

/*
 * Between the two every grace period of RCU that anybody waits for is over at once, for an interrupt to each CPU that
 * is not idle. They nest. Exported to modules under the GPL, but declared in kernel/rcu/rcu.h only; a kernel for one
 * CPU has none of it, and one booted with rcupdate.rcu_normal takes its time as ever.
 */
#ifdef GT_HAVE_RCU_EXPEDITE
void rcu_expedite_gp(void);
void rcu_unexpedite_gp(void);

static inline void gt_grace_hurry(void)
{
	rcu_expedite_gp();
}

static inline void gt_grace_relax(void)
{
	rcu_unexpedite_gp();
}
#else
static inline void gt_grace_hurry(void) { }
static inline void gt_grace_relax(void) { }
#endif

#endif
