// SPDX-License-Identifier: GPL-2.0
/* The runtime's own words for its numbers. */
#include "live.h"

enum { FIRST_RELEASE = 18, RELEASES = 10, NONE = 0xff };

static const struct {
	uint8_t numbers[RELEASES];
	const char *text;
} wait_reasons[] = {
#define WAIT_REASON(v18, v19, v20, v21, v22, v23, v24, v25, v26, v27, text) \
	{{v18, v19, v20, v21, v22, v23, v24, v25, v26, v27}, text},
#include "wait_reasons.def"
#undef WAIT_REASON
};

const char *gt_go_runtime_wait_reason(const struct gt_go_runtime *runtime, uint8_t reason)
{
	struct gt_go_version version = gt_go_binary_version(runtime->binary);
	int release = version.minor - FIRST_RELEASE;

	if (version.major != 1 || release < 0 || release >= RELEASES || reason == NONE)
		return NULL;
	for (size_t i = 0; i < sizeof(wait_reasons) / sizeof(*wait_reasons); i++)
		if (wait_reasons[i].numbers[release] == reason)
			return wait_reasons[i].text;
	return NULL;
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
