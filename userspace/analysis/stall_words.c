// SPDX-License-Identifier: GPL-2.0
#include "analysis/stall_words.h"

#include <stdio.h>
#include <string.h>

#include "analysis/cell.h"
#include "analysis/stack.h"
#include "go/probes.h"

int64_t gt_stall_at_ns(struct gt_join *join, const struct gt_stall *stall)
{
	return gt_join_before(join, stall->begin)
		       ? -(int64_t)gt_clock_span_ns(&join->clock, stall->begin, join->first_tsc)
		       : (int64_t)gt_clock_span_ns(&join->clock, join->first_tsc, stall->begin);
}

uint64_t gt_stall_ns(struct gt_join *join, const struct gt_stall *stall)
{
	return gt_clock_span_ns(&join->clock, stall->begin, stall->end);
}

uint64_t gt_stall_phase_ns(struct gt_join *join, const struct gt_stall *stall, enum gt_phase phase)
{
	uint64_t ticks = gt_stall_phase(stall, phase), all, others;

	switch (phase) {
	case GT_PHASE_BLOCKED:
		return gt_clock_span_ns(&join->clock, stall->begin, stall->ready);
	case GT_PHASE_KERNEL:
		return ticks ? gt_clock_span_ns(&join->clock, stall->end - ticks, stall->end) : 0;
	default:
		/* What the others leave, so that they add up: each of the three would be rounded for itself. */
		all = gt_stall_ns(join, stall);
		others = gt_stall_phase_ns(join, stall, GT_PHASE_BLOCKED) +
			 gt_stall_phase_ns(join, stall, GT_PHASE_KERNEL);
		return ticks && all > others ? all - others : 0;
	}
}

static const char *park_reason(const struct gt_join *join, const struct gt_stall *stall)
{
	uint64_t until;
	uint32_t program = gt_goroutines_at(&join->goroutines, stall->tgid, stall->begin, &until);

	return program ? join->goroutines.programs[program - 1].reasons[stall->reason] : NULL;
}

static bool is_scavenger(const struct gt_join *join, const struct gt_stall *stall)
{
	const struct gt_frame *frame = gt_site_frame(join, stall->root);

	return frame && !strcmp(gt_symbols_text(&join->symbols, frame->function), "runtime.bgscavenge");
}

void gt_stall_infer(const struct gt_join *join, struct gt_stall *stall)
{
	uint64_t until;
	uint32_t program = gt_goroutines_at(&join->goroutines, stall->tgid, stall->begin, &until);
	const char *reason = stall->kind == GT_STALL_PARK ? park_reason(join, stall) : NULL;

	if (stall->waker != GT_WAKER_UNKNOWN || !reason)
		return;
	if (!strcmp(reason, "IO wait") && !(join->goroutines.programs[program - 1].planted & 1u << GT_GO_PROBE_NETPOLL))
		stall->waker = GT_WAKER_NETPOLL;
	if (!strcmp(reason, "wait for GC cycle") || !strcmp(reason, "GC assist wait"))
		stall->waker = GT_WAKER_GC;
	/* findRunnableGCWorker */
	if (!strcmp(reason, "GC worker (idle)")) {
		stall->waker = GT_WAKER_SCHEDULER;
		stall->waker_tid = stall->end_tid;
		stall->waker_cpu = stall->end_cpu;
	}
	/* scavengerState.wake, also at the end of the scavenger's sleeps; sysmon */
	if (!strcmp(reason, "GC scavenge wait") || !strcmp(reason, "force gc (idle)") ||
	    (!strcmp(reason, "sleep") && is_scavenger(join, stall)))
		stall->waker = GT_WAKER_SYSMON;
}

bool gt_stall_fired(const struct gt_join *join, const struct gt_stall *stall)
{
	const struct gt_recording_info *info = join->info;

	return info->trigger_tsc && stall->begin == info->trigger_tsc && stall->goid == info->trigger_goid;
}

#define TASK_UNINTERRUPTIBLE 0x0002
#define TASK_STOPPED         0x0004
#define TASK_TRACED          0x0008

static const char *syscall_reason(uint32_t state)
{
	if (state & TASK_STOPPED)
		return "stopped (signal)";
	if (state & TASK_TRACED)
		return "stopped (ptrace)";
	/* Waits that no signal ends: disks, page faults, locks of the kernel. */
	return state & TASK_UNINTERRUPTIBLE ? "syscall (D state)" : "syscall";
}

const char *gt_stall_reason(const struct gt_join *join, const struct gt_stall *stall, char *out, size_t bytes)
{
	const char *name = NULL;

	switch (stall->kind) {
	case GT_STALL_PARK:
		name = park_reason(join, stall);
		if (!name || !*name) {
			snprintf(out, bytes, "wait reason %u", stall->reason);
			return out;
		}
		break;
	case GT_STALL_SYSCALL:
		name = syscall_reason(stall->task_state);
		break;
	case GT_STALL_PREEMPTED:
		name = "preempted by kernel";
		break;
	case GT_STALL_YIELD:
		name = "yield";
		break;
	case GT_STALL_CORO:
		name = "coroutine";
		break;
	case GT_STALL_ASYNC:
		name = "preempted by Go";
		break;
	default:
		name = "stopped by Go";
	}
	snprintf(out, bytes, "%s", name);
	return out;
}

const char *gt_site_function(const struct gt_join *join, struct gt_site site, char *out, size_t bytes)
{
	const struct gt_frame *frame = gt_site_frame(join, site);
	char cell[GT_CELL_BYTES];

	if (site.location == GT_NO_LOCATION)
		snprintf(out, bytes, "?");
	else
		snprintf(out, bytes, "%s",
			 frame ? gt_symbols_text(&join->symbols, frame->function)
			       : gt_cell_function(join, site.location, cell));
	return out;
}

const char *gt_site_line(const struct gt_join *join, struct gt_site site, char *out, size_t bytes)
{
	const struct gt_frame *frame = gt_site_frame(join, site);
	const char *file, *slash;
	size_t used;

	gt_site_function(join, site, out, bytes);
	if (!frame || !frame->line)
		return out;
	file = gt_symbols_text(&join->symbols, frame->file);
	slash = strrchr(file, '/');
	used = strlen(out);
	snprintf(out + used, bytes - used, " %s:%u", slash ? slash + 1 : file, frame->line);
	return out;
}

static const char *in_brackets(const struct gt_join *join, struct gt_site root, char *out, size_t bytes)
{
	size_t used;

	out[0] = '(';
	gt_site_function(join, root, out + 1, bytes - 2);
	used = strlen(out);
	memcpy(out + used, ")", sizeof(")"));
	return out;
}

const char *gt_stall_where(const struct gt_join *join, const struct gt_stall *stall, char *out, size_t bytes)
{
	if (stall->site.location == GT_NO_LOCATION && stall->root.location != GT_NO_LOCATION)
		return in_brackets(join, stall->root, out, bytes);
	return gt_site_line(join, stall->site, out, bytes);
}
