/* SPDX-License-Identifier: GPL-2.0 */
/* cpuid.h - puts the profile's CPUID leaves and MSRs in front of those of Bochs's processor. */
#ifndef LAB_CPUID_H
#define LAB_CPUID_H

/* cpuid_install: on a CPU that Bochs has just made. */
void cpuid_install(unsigned cpu);

#endif
