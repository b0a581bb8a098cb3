/* SPDX-License-Identifier: GPL-2.0 */
/* cpuid_eax() and its sisters: a header of their own since 6.16. */
#ifndef _GTRACE_COMPAT_CPUID_H
#define _GTRACE_COMPAT_CPUID_H

#include <asm/processor.h>
#ifdef GT_HAVE_CPUID_API
#include <asm/cpuid/api.h>
#endif

#endif
