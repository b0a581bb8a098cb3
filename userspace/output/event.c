// SPDX-License-Identifier: GPL-2.0
#include "output/event.h"

#include <inttypes.h>

#include "analysis/cell.h"
#include "analysis/stack.h"
#include "go/probes.h"
#include "lib/hit.h"
#include "output/event_parts.h"
#include "output/sample.h"
#include "output/text.h"

static void put_goroutine(FILE *to, const struct gtrace_event_hit *hit, unsigned int goid)
{
	if (gt_event_misses(hit, goid) || !gt_hit_value(hit, goid))
		fputs("goroutine ?", to);
	else
		fprintf(to, "goroutine %" PRIu64, gt_hit_value(hit, goid));
}

static void put_park(FILE *to, struct gt_join *join, const struct gt_item *item)
{
	const struct gtrace_event_hit *hit = item->hit;
	const char *reason = gt_event_reason(join, item);

	put_goroutine(to, hit, GT_HIT_GOID);
	if (reason && *reason)
		fprintf(to, ", %s", reason);
	else if (gt_event_misses(hit, GT_PARK_REASON))
		fputs(", reason ?", to);
	else
		fprintf(to, ", reason %u", (uint8_t)gt_hit_value(hit, GT_PARK_REASON));
	if (gt_hit_value(hit, GT_PARK_LOCK))
		fprintf(to, ", lock %#" PRIx64, gt_hit_value(hit, GT_PARK_LOCK));
	if (gt_hit_value(hit, GT_PARK_CHAN))
		fprintf(to, ", channel %#" PRIx64, gt_hit_value(hit, GT_PARK_CHAN));
	if (hit->head.flags & GTRACE_EVENT_F_NO_LADDER)
		fputs(", branches lost", to);
	else if (hit->nr_branches)
		fprintf(to, ", %u branches", hit->nr_branches);
}

static void put_netpoll(FILE *to, const struct gtrace_event_hit *hit)
{
	const char *mode = gt_event_mode(hit);

	if (!gt_event_misses(hit, GT_NETPOLL_FD))
		fprintf(to, "descriptor %d ", (int)gt_hit_value(hit, GT_NETPOLL_FD));
	fprintf(to, "is ready (%s)", mode ? mode : "?");
	if (gt_event_waits(hit, GT_NETPOLL_RG)) {
		fputs(", reader ", to);
		put_goroutine(to, hit, GT_NETPOLL_RGOID);
	}
	if (gt_event_waits(hit, GT_NETPOLL_WG)) {
		fputs(", writer ", to);
		put_goroutine(to, hit, GT_NETPOLL_WGOID);
	}
}

static void put_hit(FILE *to, struct gt_join *join, const struct gt_item *item)
{
	const struct gtrace_event_hit *hit = item->hit;

	switch (hit->id) {
	case GTRACE_HIT_OFF:
	case GTRACE_HIT_WAKER:
		fprintf(to, "%s, g %#" PRIx64,
			hit->head.flags & GTRACE_EVENT_F_INTERRUPTED ? "interrupted" : "in a system call",
			gt_hit_value(hit, GT_OFF_G));
		return;
	case GT_GO_PROBE_PARK:
		put_park(to, join, item);
		return;
	case GT_GO_PROBE_READY:
		put_goroutine(to, hit, GT_ABOUT_GOID);
		if (gt_hit_value(hit, GT_HIT_CURGOID)) {
			fputs(" by ", to);
			put_goroutine(to, hit, GT_HIT_CURGOID);
		} else {
			fputs(" by the runtime", to);
		}
		return;
	case GT_GO_PROBE_NETPOLL:
		put_netpoll(to, hit);
		return;
	case GT_GO_PROBE_YIELD:
		put_goroutine(to, hit, GT_ABOUT_GOID);
		if (gt_hit_value(hit, GT_YIELD_PREEMPTED) & 0xff)
			fputs(", preempted", to);
		return;
	case GT_GO_PROBE_CORO:
		put_goroutine(to, hit, GT_ABOUT_GOID);
		fputs(" to ", to);
		put_goroutine(to, hit, GT_CORO_NEXT_GOID);
		return;
	case GT_GO_PROBE_EXECUTE:
	case GT_GO_PROBE_PREEMPT:
	case GT_GO_PROBE_RETURN:
	case GT_GO_PROBE_EXIT:
		put_goroutine(to, hit, GT_ABOUT_GOID);
		return;
	}
	fprintf(to, "probe %u at %#" PRIx64, hit->id, (uint64_t)hit->ip);
}

static void put_thread(FILE *to, struct gt_join *join, uint32_t tid, uint32_t tgid, uint64_t tsc)
{
	const char *comm = gt_event_comm(join, tid, tgid, tsc);

	gt_text_put(to, comm ? comm : "?");
	if (tid)
		fprintf(to, ":%u", tid);
}

static void put_wake(FILE *to, struct gt_join *join, const struct gtrace_event_wake *wake)
{
	fputs(wake->in_interrupt ? "by an interrupt on the time of " : "by ", to);
	put_thread(to, join, wake->waker_tid, wake->waker_tgid, wake->head.tsc);
	fprintf(to, ", ran last on CPU %d", wake->to_cpu);
}

static void put_switch(FILE *to, const struct gtrace_event_switch *sw)
{
	if (sw->head.flags & GTRACE_EVENT_F_RUNNING)
		fputs("found running", to);
	else if (!sw->prev_tid)
		fputs("after idle", to);
	else
		fprintf(to, "after %u%s", sw->prev_tid, sw->prev_state ? "" : " (preempted)");
}

static void put_window(const struct gt_terminal *to, struct gt_join *join, const struct gt_item *item)
{
	const struct gtrace_event_window *window = item->window;
	char hits[GT_UNITS_BYTES];

	gt_terminal_style(to, GT_DIM);
	fprintf(to->to, "# [%03u] ", item->cpu);
	gt_time_text(to->to, join, item->tsc);
	fprintf(to->to, ": probes %s; %s hits so far", window->open ? "record" : "pause",
		gt_text_count(hits, window->hits));
	if (window->ran)
		fprintf(to->to, ", they cost %.2f %%", 100.0 * window->cost / window->ran);
	gt_terminal_style(to, GT_PLAIN);
	fputc('\n', to->to);
}

static void put_frames(FILE *to, const struct gt_join *join, uint32_t location)
{
	const struct gt_location *at = &join->symbols.locations[location];
	char text[GT_CELL_BYTES];

	if (!at->nr_frames) {
		fputc('\t', to);
		gt_text_put(to, gt_cell_line(join, location, text));
		fputc('\n', to);
	}
	for (uint32_t i = 0; i < at->nr_frames; i++) {
		fputc('\t', to);
		gt_text_put(to, gt_cell_frame(join, at->first_frame + i, text));
		fputc('\n', to);
	}
}

static int put_stack(FILE *to, struct gt_join *join, const struct gt_item *item)
{
	const __u64 *frames = gt_hit_frames(item->hit);
	struct gt_stack stack;
	int err;

	if (join->nameless) {
		for (unsigned int i = 0; i < item->hit->nr_frames; i++)
			fprintf(to, "\t%#" PRIx64 "\n", (uint64_t)frames[i]);
		return 0;
	}
	err = gt_stack_read(&stack, join, item);
	for (uint32_t i = 0; !err && i < stack.count; i++)
		put_frames(to, join, stack.locations[i]);
	if (!err && stack.count && stack.cut)
		fputs("\t...\n", to);
	return err;
}

int gt_event_text(const struct gt_terminal *to, struct gt_join *join, const struct gt_item *item, bool branches)
{
	const char *comm = gt_event_comm(join, item->tid, item->tgid, item->tsc);

	if (item->kind == GT_ITEM_WINDOW) {
		put_window(to, join, item);
		return 0;
	}
	gt_task_text(to->to, comm ? comm : "?", item->tid);
	fprintf(to->to, "  [%03u]  ", item->cpu);
	gt_time_text(to->to, join, item->tsc);
	gt_terminal_style(to, GT_BOLD);
	fprintf(to->to, "  %s: ", gt_event_name(item));
	gt_terminal_style(to, GT_PLAIN);
	switch (item->kind) {
	case GT_ITEM_SWITCH:
		put_switch(to->to, item->sw);
		break;
	case GT_ITEM_WAKE:
		put_wake(to->to, join, item->wake);
		break;
	case GT_ITEM_TASK:
		gt_text_put(to->to, item->life->comm);
		fprintf(to->to, ":%u of process %u", item->life->tid, item->life->tgid);
		break;
	default:
		put_hit(to->to, join, item);
		if (branches && item->hit->nr_branches) {
			fputs("  ", to->to);
			gt_branches_text(to->to, gt_hit_branches(item->hit), item->hit->nr_branches);
		}
		break;
	}
	fputc('\n', to->to);
	return item->kind == GT_ITEM_HIT ? put_stack(to->to, join, item) : 0;
}

void gt_trigger_text(const struct gt_terminal *to, struct gt_join *join)
{
	gt_terminal_style(to, GT_YELLOW);
	fputs("# ", to->to);
	gt_time_text(to->to, join, join->info->fired_tsc);
	fputs(": trigger: ", to->to);
	gt_text_put(to->to, join->info->trigger);
	gt_terminal_style(to, GT_PLAIN);
	fputc('\n', to->to);
}
