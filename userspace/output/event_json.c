// SPDX-License-Identifier: GPL-2.0
#include "analysis/cell.h"
#include "analysis/stack.h"
#include "go/probes.h"
#include "lib/hit.h"
#include "output/event.h"
#include "output/event_parts.h"

static void number_json(struct gt_json *to, const char *key, const struct gtrace_event_hit *hit, unsigned int value)
{
	if (gt_event_misses(hit, value))
		gt_json_null(to, key);
	else
		gt_json_number(to, key, gt_hit_value(hit, value));
}

/* 0 is nobody. */
static void goid_json(struct gt_json *to, const char *key, const struct gtrace_event_hit *hit, unsigned int value)
{
	if (gt_hit_value(hit, value))
		number_json(to, key, hit, value);
	else
		gt_json_null(to, key);
}

static void address_json(struct gt_json *to, const char *key, const struct gtrace_event_hit *hit, unsigned int value)
{
	if (gt_event_misses(hit, value))
		gt_json_null(to, key);
	else
		gt_json_hex(to, key, gt_hit_value(hit, value));
}

/* 0 is none. */
static void pointer_json(struct gt_json *to, const char *key, const struct gtrace_event_hit *hit, unsigned int value)
{
	if (gt_hit_value(hit, value))
		address_json(to, key, hit, value);
	else
		gt_json_null(to, key);
}

static void text_json(struct gt_json *to, const char *key, const char *text)
{
	if (text)
		gt_json_string(to, key, text);
	else
		gt_json_null(to, key);
}

static void park_json(struct gt_json *to, struct gt_join *join, const struct gt_item *item)
{
	static const unsigned int channels[] = {GT_PARK_CHAN, GT_PARK_CHAN2, GT_PARK_CHAN3};
	const struct gtrace_event_hit *hit = item->hit;

	goid_json(to, "goid", hit, GT_HIT_GOID);
	address_json(to, "g", hit, GT_HIT_G);
	text_json(to, "reason", gt_event_reason(join, item));
	if (gt_event_misses(hit, GT_PARK_REASON))
		gt_json_null(to, "reason_number");
	else
		gt_json_number(to, "reason_number", (uint8_t)gt_hit_value(hit, GT_PARK_REASON));
	address_json(to, "lock", hit, GT_PARK_LOCK);
	address_json(to, "chan", hit, GT_PARK_CHAN);
	gt_json_open(to, "channels", '[');
	for (size_t i = 0; i < sizeof(channels) / sizeof(*channels); i++)
		if (gt_hit_value(hit, channels[i]))
			gt_json_hex(to, NULL, gt_hit_value(hit, channels[i]));
	gt_json_close(to, ']');
}

static void netpoll_json(struct gt_json *to, const struct gtrace_event_hit *hit)
{
	text_json(to, "mode", gt_event_mode(hit));
	if (gt_event_misses(hit, GT_NETPOLL_FD))
		gt_json_null(to, "fd");
	else
		gt_json_signed(to, "fd", (int)gt_hit_value(hit, GT_NETPOLL_FD));
	if (gt_event_waits(hit, GT_NETPOLL_RG))
		goid_json(to, "reader_goid", hit, GT_NETPOLL_RGOID);
	else
		gt_json_null(to, "reader_goid");
	if (gt_event_waits(hit, GT_NETPOLL_WG))
		goid_json(to, "writer_goid", hit, GT_NETPOLL_WGOID);
	else
		gt_json_null(to, "writer_goid");
}

/* One goroutine, and what the kind adds. */
static void about_json(struct gt_json *to, const struct gtrace_event_hit *hit)
{
	goid_json(to, "goid", hit, GT_ABOUT_GOID);
	address_json(to, "g", hit, GT_ABOUT_GP);
	if (hit->id != GT_GO_PROBE_EXIT)
		pointer_json(to, "pc", hit, GT_ABOUT_PC);
	if (hit->id == GT_GO_PROBE_READY) {
		goid_json(to, "by_goid", hit, GT_HIT_CURGOID);
		pointer_json(to, "by_g", hit, GT_HIT_CURG);
	}
	if (hit->id == GT_GO_PROBE_CORO) {
		goid_json(to, "to_goid", hit, GT_CORO_NEXT_GOID);
		pointer_json(to, "to_g", hit, GT_CORO_NEXT);
	}
	if (hit->id == GT_GO_PROBE_YIELD && !gt_event_misses(hit, GT_YIELD_PREEMPTED))
		gt_json_bool(to, "preempted", gt_hit_value(hit, GT_YIELD_PREEMPTED) & 0xff);
}

static void branches_json(struct gt_json *to, const struct gtrace_event_hit *hit)
{
	const struct gtrace_pebs_branch *branches = gt_hit_branches(hit);

	gt_json_string(to, "ladder", gt_event_ladder(hit));
	gt_json_open(to, "branches", '[');
	for (unsigned int i = 0; i < hit->nr_branches; i++) {
		gt_json_open(to, NULL, '{');
		gt_json_hex(to, "from", branches[i].from);
		gt_json_hex(to, "to", branches[i].to);
		gt_json_number(to, "cycles", branches[i].info & 0xffff);
		gt_json_bool(to, "mispredicted", branches[i].info >> 63);
		gt_json_close(to, '}');
	}
	gt_json_close(to, ']');
}

static int stack_json(struct gt_json *to, struct gt_join *join, const struct gt_item *item)
{
	const __u64 *frames = gt_hit_frames(item->hit);
	char text[GT_CELL_BYTES];
	struct gt_stack stack;
	int err;

	gt_json_bool(to, "stack_cut", item->hit->head.flags & GTRACE_EVENT_F_STACK_CUT);
	gt_json_open(to, "frames", '[');
	for (unsigned int i = 0; i < item->hit->nr_frames; i++)
		gt_json_hex(to, NULL, frames[i]);
	gt_json_close(to, ']');
	if (join->nameless)
		return 0;
	err = gt_stack_read(&stack, join, item);
	if (err)
		return err;
	gt_json_open(to, "stack", '[');
	for (uint32_t i = 0; i < stack.count; i++) {
		const struct gt_location *at = &join->symbols.locations[stack.locations[i]];

		if (!at->nr_frames)
			gt_json_string(to, NULL, gt_cell_line(join, stack.locations[i], text));
		for (uint32_t frame = 0; frame < at->nr_frames; frame++)
			gt_json_string(to, NULL, gt_cell_frame(join, at->first_frame + frame, text));
	}
	gt_json_close(to, ']');
	return 0;
}

static int hit_json(struct gt_json *to, struct gt_join *join, const struct gt_item *item)
{
	const struct gtrace_event_hit *hit = item->hit;

	gt_json_number(to, "probe", hit->id);
	gt_json_hex(to, "ip", hit->ip);
	gt_json_hex(to, "sp", hit->sp);
	switch (hit->id) {
	case GTRACE_HIT_OFF:
	case GTRACE_HIT_WAKER:
		address_json(to, "g", hit, GT_OFF_G);
		gt_json_bool(to, "interrupted", hit->head.flags & GTRACE_EVENT_F_INTERRUPTED);
		break;
	case GT_GO_PROBE_PARK:
		park_json(to, join, item);
		break;
	case GT_GO_PROBE_NETPOLL:
		netpoll_json(to, hit);
		break;
	case GT_GO_PROBE_READY:
	case GT_GO_PROBE_EXECUTE:
	case GT_GO_PROBE_YIELD:
	case GT_GO_PROBE_PREEMPT:
	case GT_GO_PROBE_RETURN:
	case GT_GO_PROBE_CORO:
	case GT_GO_PROBE_EXIT:
		about_json(to, hit);
		break;
	}
	if (hit->id == GT_GO_PROBE_PARK || hit->nr_branches)
		branches_json(to, hit);
	return stack_json(to, join, item);
}

static void wake_json(struct gt_json *to, struct gt_join *join, const struct gtrace_event_wake *wake)
{
	gt_json_number(to, "waker_tid", wake->waker_tid);
	gt_json_number(to, "waker_tgid", wake->waker_tgid);
	text_json(to, "waker_comm", gt_event_comm(join, wake->waker_tid, wake->waker_tgid, wake->head.tsc));
	gt_json_bool(to, "in_interrupt", wake->in_interrupt);
	gt_json_signed(to, "to_cpu", wake->to_cpu);
}

static void switch_json(struct gt_json *to, const struct gtrace_event_switch *sw)
{
	gt_json_number(to, "prev_tid", sw->prev_tid);
	gt_json_number(to, "prev_state", sw->prev_state);
	gt_json_bool(to, "running", sw->head.flags & GTRACE_EVENT_F_RUNNING);
}

static void life_json(struct gt_json *to, const struct gtrace_event_task *life)
{
	gt_json_bool(to, "thread", life->head.flags & GTRACE_EVENT_F_THREAD);
	gt_json_number(to, "parent_tid", life->parent_tid);
	gt_json_number(to, "parent_tgid", life->parent_tgid);
}

static void window_json(struct gt_json *to, const struct gtrace_event_window *window)
{
	gt_json_bool(to, "open", window->open);
	gt_json_number(to, "hits", window->hits);
	gt_json_number(to, "cost", window->cost);
	gt_json_number(to, "ran", window->ran);
}

static void time_json(struct gt_json *to, struct gt_join *join, uint64_t tsc)
{
	gt_json_number(to, "tsc", tsc);
	if (gt_clock_known(&join->clock))
		gt_json_number(to, "time_ns", gt_clock_ns(&join->clock, tsc));
	else
		gt_json_null(to, "time_ns");
}

void gt_trigger_json(struct gt_json *to, struct gt_join *join)
{
	const struct gt_recording_info *info = join->info;

	gt_json_open(to, NULL, '{');
	gt_json_string(to, "type", "trigger");
	time_json(to, join, info->fired_tsc);
	gt_json_string(to, "text", info->trigger);
	if (info->trigger_tsc) {
		gt_json_number(to, "goid", info->trigger_goid);
		gt_json_number(to, "stall_tsc", info->trigger_tsc);
	} else {
		gt_json_null(to, "goid");
		gt_json_null(to, "stall_tsc");
	}
	gt_json_close(to, '}');
	gt_json_line(to);
}

int gt_event_json(struct gt_json *to, struct gt_join *join, const struct gt_item *item)
{
	int err = 0;

	gt_json_open(to, NULL, '{');
	gt_json_string(to, "type", "event");
	gt_json_string(to, "event", gt_event_name(item));
	gt_json_number(to, "cpu", item->cpu);
	time_json(to, join, item->tsc);
	if (gt_join_before(join, item->tsc))
		gt_json_bool(to, "before_recording", true);
	if (item->kind != GT_ITEM_WINDOW) {
		gt_json_number(to, "tid", item->tid);
		gt_json_number(to, "tgid", item->tgid);
		text_json(to, "comm", gt_event_comm(join, item->tid, item->tgid, item->tsc));
	}
	switch (item->kind) {
	case GT_ITEM_SWITCH:
		switch_json(to, item->sw);
		break;
	case GT_ITEM_TASK:
		life_json(to, item->life);
		break;
	case GT_ITEM_WAKE:
		wake_json(to, join, item->wake);
		break;
	case GT_ITEM_WINDOW:
		window_json(to, item->window);
		break;
	default:
		err = hit_json(to, join, item);
		break;
	}
	gt_json_close(to, '}');
	gt_json_line(to);
	return err;
}
