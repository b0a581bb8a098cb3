// SPDX-License-Identifier: GPL-2.0
#include "trigger.h"

#include <errno.h>
#include <string.h>

#include "duration.h"

static const char *const names[GT_NR_TRIGGERS] = {
	[GT_TRIGGER_STALL] = "stall",
	[GT_TRIGGER_PARK] = "park",
	[GT_TRIGGER_RUNQ] = "runq",
	[GT_TRIGGER_SYSCALL] = "syscall",
};

const char *gt_trigger_name(enum gt_trigger_what what)
{
	return names[what];
}

int gt_trigger_parse(const char *text, struct gt_trigger *trigger)
{
	for (int what = 0; what < GT_NR_TRIGGERS; what++) {
		size_t bytes = strlen(names[what]);
		const char *at = text + bytes;

		if (strncmp(text, names[what], bytes))
			continue;
		at += strspn(at, " ");
		if (*at++ != '>')
			return -EINVAL;
		trigger->what = what;
		return gt_duration_parse(at + strspn(at, " "), &trigger->ns);
	}
	return -EINVAL;
}

uint64_t gt_trigger_ticks(enum gt_trigger_what what, const struct gt_stall *stall)
{
	switch (what) {
	case GT_TRIGGER_PARK:
		return stall->kind == GT_STALL_PARK ? stall->end - stall->begin : 0;
	case GT_TRIGGER_SYSCALL:
		return stall->kind == GT_STALL_SYSCALL ? stall->end - stall->begin : 0;
	case GT_TRIGGER_RUNQ:
		return stall->end - stall->ready;
	default:
		return stall->end - stall->begin;
	}
}
