/* SPDX-License-Identifier: GPL-2.0 */
/* What makes the flight recorder write: `--trigger stall>5ms`. */
#ifndef GT_CLI_TRIGGER_H
#define GT_CLI_TRIGGER_H

#include <stdbool.h>
#include <stdint.h>

#include "analysis/stall.h"

enum gt_trigger_what {
	GT_TRIGGER_STALL,   /* any stall, as long as it took */
	GT_TRIGGER_PARK,    /* one in runtime.gopark */
	GT_TRIGGER_RUNQ,    /* what a stall waited to run: Go's queue and the kernel's */
	GT_TRIGGER_SYSCALL, /* one in a system call */
	GT_NR_TRIGGERS,
};

struct gt_trigger {
	enum gt_trigger_what what;
	uint64_t ns;      /* more than so much */
	const char *text; /* as it was typed: lives as long as that */
};

#define GT_TRIGGERS_MAX 8

/* gt_trigger_parse - "stall>5ms", "park > 200us". NULL; or what is wrong, a half sentence. */
const char *gt_trigger_parse(const char *text, struct gt_trigger *trigger);

/* gt_trigger_ticks - how much of the stall counts for such a trigger, in TSC ticks; 0 = nothing. */
uint64_t gt_trigger_ticks(enum gt_trigger_what what, const struct gt_stall *stall);

#endif
