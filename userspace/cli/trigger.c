// SPDX-License-Identifier: GPL-2.0
#include "trigger.h"

#include <string.h>

#include "duration.h"

static const char *const names[GT_NR_TRIGGERS] = {
	[GT_TRIGGER_STALL] = "stall",
	[GT_TRIGGER_PARK] = "park",
	[GT_TRIGGER_RUNQ] = "runq",
	[GT_TRIGGER_SYSCALL] = "syscall",
};

const char *gt_trigger_parse(const char *text, struct gt_trigger *trigger)
{
	size_t bytes = strspn(text, "abcdefghijklmnopqrstuvwxyz");
	const char *at = text + bytes;
	int what = 0;

	while (what < GT_NR_TRIGGERS && (strlen(names[what]) != bytes || strncmp(text, names[what], bytes)))
		what++;
	if (what == GT_NR_TRIGGERS)
		return "it begins with stall, park, runq or syscall";
	at += strspn(at, " ");
	if (*at++ != '>')
		return "no > follows, unquoted a shell takes it away";
	trigger->what = what;
	trigger->text = text;
	if (gt_duration_parse(at + strspn(at, " "), &trigger->ns))
		return "a time follows the >, with its unit: ns, us, ms or s";
	return trigger->ns ? NULL : "everything takes longer than 0";
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
