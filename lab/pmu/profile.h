/* SPDX-License-Identifier: GPL-2.0 */
/* profile.h - which processor this machine is: a row of profiles.def, the same for all CPUs and for the whole run. */
#ifndef LAB_PROFILE_H
#define LAB_PROFILE_H

#include "bochs.h"
#include "cpu/cpu.h"

struct EventCode;

struct Profile {
	const char *name;
	const char *bochs_model;
	unsigned version;
	unsigned gp;
	unsigned fixed;
	Bit64u capabilities;
	Bit64u pebs_enable;
	unsigned slots;
	bool anythread;
	Bit64u arch_capabilities;
	const EventCode *events;	/* its own ones, in front of the common ones; ends with counts = 0 */

	unsigned pebs_format() const { return capabilities >> 8 & 15; }
	/* Adaptive records, and PEBS on every counter and event (PEBS baseline, PERF_CAPABILITIES[14]). */
	bool baseline() const { return capabilities & 1 << 14; }
	/* Bits of all counters in GLOBAL_CTRL and GLOBAL_STATUS. */
	Bit64u counters() const { return ((1ULL << gp) - 1) | ((1ULL << fixed) - 1) << 32; }
};

extern const Profile *profile;

enum { COUNTER_BITS = 48, LBR_DEPTH = 32 };
static const Bit64u COUNTER_MASK = (1ULL << COUNTER_BITS) - 1;

#endif
