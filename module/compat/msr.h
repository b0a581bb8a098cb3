/* SPDX-License-Identifier: GPL-2.0 */
/* Registers of 64 bits are "q" instead of "l" since 6.16. */
#ifndef _GTRACE_COMPAT_MSR_H
#define _GTRACE_COMPAT_MSR_H

#include <asm/msr.h>

#ifdef GT_HAVE_RDMSRQ
#define gt_rdmsr_safe	rdmsrq_safe
#else
#define gt_rdmsr_safe	rdmsrl_safe
#endif

#endif
