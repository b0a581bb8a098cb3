// SPDX-License-Identifier: GPL-2.0
/* The runtime's own words for its numbers. */
#include "live.h"

const char *gt_go_runtime_wait_reason(const struct gt_go_runtime *runtime, uint8_t reason)
{
	return reason < runtime->wait_reasons.count ? runtime->wait_reasons.texts[reason] : NULL;
}

const char *gt_go_status_name(uint8_t status)
{
	static const char *const names[] = {
		[GT_GO_IDLE] = "idle",           [GT_GO_RUNNABLE] = "runnable",   [GT_GO_RUNNING] = "running",
		[GT_GO_SYSCALL] = "syscall",     [GT_GO_WAITING] = "waiting",     [GT_GO_DEAD] = "dead",
		[GT_GO_COPYSTACK] = "copystack", [GT_GO_PREEMPTED] = "preempted", [GT_GO_LEAKED] = "leaked",
		[GT_GO_DEADEXTRA] = "deadextra",
	};

	if (status >= sizeof(names) / sizeof(*names) || !names[status])
		return "unknown";
	return names[status];
}
