// SPDX-License-Identifier: GPL-2.0
#include "analysis/stalls.h"
#include "output/rows.h"
#include "output/stall.h"
#include "output/stalls.h"

static uint64_t span(const struct gt_incident *incident, uint64_t from, uint64_t until)
{
	return gt_clock_span_ns(&incident->join->clock, from, until);
}

static void put_stack(struct gt_json *to, const struct gt_join *join, const char *key, const struct gt_stack *stack)
{
	uint32_t i, frame, frames;

	gt_json_open(to, key, '[');
	for (i = 0; i < stack->count; i++) {
		frames = join->symbols.locations[stack->locations[i]].nr_frames;
		for (frame = 0; frame < frames || !frame; frame++) {
			gt_json_open(to, NULL, '{');
			gt_site_fields(to, join, (struct gt_site){.location = stack->locations[i], .frame = frame});
			gt_json_bool(to, "inlined", frame + 1 < frames);
			gt_json_close(to, '}');
		}
	}
	gt_json_close(to, ']');
}

static void put_place(struct gt_json *to, const struct gt_join *join, const char *key, uint64_t address,
		      uint32_t location)
{
	gt_json_open(to, key, '{');
	gt_json_hex(to, "address", address);
	gt_json_location(to, join, location);
	gt_json_close(to, '}');
}

static void put_ladder(struct gt_json *to, const struct gt_incident *incident)
{
	const struct gt_ladder *ladder = &incident->ladder;
	uint32_t i;

	if (!ladder->asked) {
		gt_json_null(to, "ladder");
		return;
	}
	gt_json_open(to, "ladder", '{');
	gt_json_bool(to, "lost", ladder->lost);
	gt_json_number(to, "recorded", ladder->recorded);
	if (ladder->ended_by)
		gt_json_string(to, "ended_by", ladder->ended_by);
	else
		gt_json_null(to, "ended_by");
	gt_json_number(to, "cycles", ladder->count ? ladder->branches[ladder->count - 1].before : 0);
	gt_json_open(to, "branches", '[');
	for (i = 0; i < ladder->count; i++) {
		const struct gt_branch *branch = &ladder->branches[i];

		gt_json_open(to, NULL, '{');
		put_place(to, incident->join, "from", branch->from, branch->from_location);
		put_place(to, incident->join, "to", branch->to, branch->to_location);
		gt_json_number(to, "cycles", branch->cycles);
		gt_json_number(to, "cycles_before", branch->before);
		gt_json_number(to, "ns_before", gt_cycles_ns(incident->join, branch->before));
		gt_json_bool(to, "saturated", branch->saturated);
		gt_json_bool(to, "mispredicted", branch->mispredicted);
		gt_json_close(to, '}');
	}
	gt_json_close(to, ']');
	gt_json_close(to, '}');
}

static void put_stores(struct gt_json *to, const struct gt_incident *incident)
{
	size_t i;

	gt_json_open(to, "stores", '[');
	for (i = 0; i < incident->nr_stores; i++) {
		const struct gt_incident_store *store = &incident->stores[i];

		gt_json_open(to, NULL, '{');
		gt_json_number(to, "ns_before", span(incident, store->tsc, incident->stall.begin));
		if (store->addressed)
			gt_json_hex(to, "addr", store->address);
		else
			gt_json_null(to, "addr");
		gt_json_location(to, incident->join, store->location);
		gt_json_close(to, '}');
	}
	gt_json_close(to, ']');
}

static void put_stop(struct gt_json *to, const struct gt_incident *incident, const char *key,
		     const struct gt_stall *stop)
{
	char reason[64];

	gt_json_open(to, key, '{');
	gt_json_string(to, "kind", gt_stall_kind_name(stop->kind));
	gt_json_string(to, "reason", gt_stall_reason(incident->join, stop, reason, sizeof(reason)));
	gt_site_fields(to, incident->join, stop->site);
	gt_json_close(to, '}');
}

static void put_next(struct gt_json *to, const struct gt_incident *incident)
{
	static const char *const what[] = {
		[GT_NEXT_RAN] = "ran",
		[GT_NEXT_SLEPT] = "slept",
		[GT_NEXT_LOST_CPU] = "lost-cpu",
	};
	static const char *const ends[] = {
		[GT_NEXT_ON] = "on",
		[GT_NEXT_STOPPED] = "stopped",
		[GT_NEXT_ENDED] = "ended",
		[GT_NEXT_OFF] = "off-cpu",
	};

	if (incident->next == GT_NEXT_UNKNOWN) {
		gt_json_null(to, "thread_next");
		return;
	}
	gt_json_open(to, "thread_next", '{');
	gt_json_string(to, "what", what[incident->next]);
	gt_json_number(to, "after_ns", span(incident, incident->stall.begin, incident->next_from));
	if (incident->next == GT_NEXT_RAN) {
		gt_json_number(to, "goid", incident->next_goid);
		gt_json_open(to, "goroutine", '{');
		gt_site_fields(to, incident->join, incident->next_root);
		gt_json_close(to, '}');
		gt_json_string(to, "until", ends[incident->next_end]);
		if (incident->next_end != GT_NEXT_ON)
			gt_json_number(to, "for_ns", span(incident, incident->next_from, incident->next_until));
		if (incident->next_end == GT_NEXT_STOPPED)
			put_stop(to, incident, "stop", &incident->next_stop);
	} else {
		gt_json_number(to, "cpu_to_tid", incident->next_task);
		gt_json_string(to, "cpu_to", gt_thread_comm(incident->join, incident->next_task, incident->next_from));
	}
	gt_json_close(to, '}');
}

static void put_begin(struct gt_json *to, const struct gt_incident *incident)
{
	const struct gt_stall *stall = &incident->stall;
	char reason[64];

	gt_json_number(to, "number", stall->number);
	gt_json_number(to, "tsc_begin", stall->begin);
	gt_json_string(to, "kind", gt_stall_kind_name(stall->kind));
	gt_json_string(to, "reason", gt_stall_reason(incident->join, stall, reason, sizeof(reason)));
	gt_json_number(to, "goid", stall->goid);
	gt_json_number(to, "pid", stall->tgid);
	gt_json_number(to, "tid", stall->tid);
	gt_json_number(to, "cpu", stall->cpu);
	gt_json_bool(to, "over", false);
	gt_json_bool(to, "began_before", gt_join_before(incident->join, stall->begin));
	gt_site_fields(to, incident->join, stall->site);
}

void gt_incident_json(struct gt_json *to, const struct gt_incident *incident)
{
	static const char *const chosen[] = {
		[GT_CHOSEN_NUMBER] = "number",
		[GT_CHOSEN_TRIGGER] = "trigger",
		[GT_CHOSEN_LONGEST] = "longest",
		[GT_CHOSEN_INSTEAD] = "longest-instead",
	};
	char text[1024];
	unsigned int i;

	gt_json_open(to, NULL, '{');
	gt_json_string(to, "type", "incident");
	gt_json_string(to, "chosen", chosen[incident->chosen]);
	if (gt_incident_timed(incident))
		gt_stall_fields(to, incident->join, &incident->stall);
	else
		put_begin(to, incident);
	if (!incident->over)
		gt_json_string(to, "unknown_end", gt_unknown_name(incident->why));
	if (incident->stall.ran_from)
		gt_json_number(to, "had_run_ns", span(incident, incident->stall.ran_from, incident->stall.begin));
	else
		gt_json_null(to, "had_run_ns");
	gt_json_open(to, "chans", '[');
	for (i = 0; i < GT_INCIDENT_CHANS; i++)
		if (incident->chans[i])
			gt_json_hex(to, NULL, incident->chans[i]);
	gt_json_close(to, ']');
	put_stack(to, incident->join, "stack", &incident->stack);
	gt_json_bool(to, "stack_cut", incident->stack.cut);
	put_ladder(to, incident);
	put_stores(to, incident);
	put_next(to, incident);
	put_stack(to, incident->join, "waker_stack", &incident->waker_stack);
	if (incident->again)
		put_stop(to, incident, "next_stop", &incident->again_stop);
	else
		gt_json_null(to, "next_stop");
	gt_json_open(to, "not_known", '[');
	for (i = 0; gt_incident_unknown(incident, i, text, sizeof(text)); i++)
		gt_json_string(to, NULL, text);
	gt_json_close(to, ']');
	gt_json_close(to, '}');
	gt_json_line(to);
}
