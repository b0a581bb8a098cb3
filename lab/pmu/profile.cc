// SPDX-License-Identifier: GPL-2.0
#include "profile.h"

#include <cstring>

#include "events.h"
#include "pmu.h"

static const Profile profiles[] = {
#define PMU_PROFILE(name, model, version, gp, fixed, capabilities, pebs_enable, slots, anythread, arch_capabilities) \
	{#name, model, version, gp, fixed, capabilities, pebs_enable, slots, anythread, arch_capabilities, name##_events},
#include "profiles.def"
#undef PMU_PROFILE
};

const Profile *profile;

static const Profile *find(const char *name)
{
	for (const Profile &p : profiles)
		if (!strcmp(p.name, name))
			return &p;
	return NULL;
}

bool pmu_profile(const char *name)
{
	profile = find(name);
	return profile;
}

const char *pmu_profile_bochs_model(const char *name)
{
	const Profile *p = find(name);

	return p ? p->bochs_model : NULL;
}
