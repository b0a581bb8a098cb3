// SPDX-License-Identifier: GPL-2.0
#include "analysis/stall.h"

#include "analysis/timeline.h"

const char *gt_stall_kind_name(enum gt_stall_kind kind)
{
	static const char *const names[GT_NR_STALL_KINDS] = {
		[GT_STALL_PARK] = "park",      [GT_STALL_SYSCALL] = "syscall",    [GT_STALL_PREEMPTED] = "preempted",
		[GT_STALL_YIELD] = "yield",    [GT_STALL_ASYNC] = "go-preempted", [GT_STALL_STOPPED] = "go-stopped",
		[GT_STALL_CORO] = "coroutine",
	};

	return names[kind];
}

const char *gt_waker_name(enum gt_waker waker)
{
	static const char *const names[GT_NR_WAKERS] = {
		[GT_WAKER_UNKNOWN] = "unknown",
		[GT_WAKER_NOBODY] = "nobody",
		[GT_WAKER_GOROUTINE] = "goroutine",
		[GT_WAKER_RUNTIME] = "runtime",
		[GT_WAKER_TIMER] = "timer",
		[GT_WAKER_NETPOLL] = "netpoll",
		[GT_WAKER_THREAD] = "thread",
		[GT_WAKER_INTERRUPT] = "interrupt",
		[GT_WAKER_GC] = "gc",
		[GT_WAKER_SCHEDULER] = "scheduler",
		[GT_WAKER_SYSMON] = "sysmon",
	};

	return names[waker];
}

const char *gt_phase_name(enum gt_phase phase)
{
	static const char *const names[GT_NR_PHASES] = {
		[GT_PHASE_BLOCKED] = "blocked",
		[GT_PHASE_GO] = "Go run queue",
		[GT_PHASE_KERNEL] = "OS run queue",
	};

	return names[phase];
}

static const struct {
	const char *name, *explain;
} unknowns[GT_NR_UNKNOWNS] = {
	[GT_UNKNOWN_PAUSE] = {"pause", "the probes paused to keep to --overhead before it was over"},
	[GT_UNKNOWN_GAP] = {"gap", "events are missing before it was over: a larger event ring (-m)"},
	[GT_UNKNOWN_END] = {"end", "not over when the recording ended or paused for good"},
	[GT_UNKNOWN_EXIT] = {"exit", "not over when its process ended"},
	[GT_UNKNOWN_UNSEEN] = {"unseen", "it ran again, and nothing told since when"},
};

const char *gt_unknown_name(enum gt_unknown why)
{
	return unknowns[why].name;
}

const char *gt_unknown_explain(enum gt_unknown why)
{
	return unknowns[why].explain;
}
