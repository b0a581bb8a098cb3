/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pmu.h - the seam between the lab machine and the PMU model: what the machine may call. See lab/machine/machine.h for
 * the other direction and docs/lab.md for what the model promises.
 */
#ifndef LAB_PMU_H
#define LAB_PMU_H

#include <cstdio>
#include <string>

/* pmu_profile: chooses the model's processor ("skx", "icl") before the first instruction; false for an unknown name. */
bool pmu_profile(const char *name);

/* pmu_profile_bochs_model: Bochs's name of the processor that a profile is built on, for bochsrc; NULL if unknown. */
const char *pmu_profile_bochs_model(const char *name);

/*
 * truth_begin: a run begins. From here on every fact of docs/lab.md, "Truth format", is one line in the file; NULL keeps
 * none. Record numbers and the counters of pmu_counts() start at zero. The file stays the caller's.
 */
void truth_begin(FILE *to);

/* truth_end: the run ends: writes the totals ("end" lines) and forgets the file. Harmless without a run. */
void truth_end();

/* pmu_counts: exact instruction counts since truth_begin() as one line of JSON, see count.h. */
std::string pmu_counts();

#endif
