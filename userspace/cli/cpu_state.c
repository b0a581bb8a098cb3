// SPDX-License-Identifier: GPL-2.0
#include "cpu_state.h"

#include <string.h>

#include "lib/array.h"

const struct gt_cpu_state *gt_cpu_state_find(const struct gt_cpu_states *states, uint32_t cpu)
{
	for (size_t i = 0; i < states->count; i++)
		if (states->all[i].cpu == cpu)
			return &states->all[i];
	return NULL;
}

struct gt_cpu_state *gt_cpu_state_at(struct gt_cpu_states *states, uint32_t cpu)
{
	const struct gt_cpu_state *found = gt_cpu_state_find(states, cpu);

	if (found)
		return &states->all[found - states->all];
	if (gt_array_room(&states->all, states->count, &states->room))
		return NULL;
	states->all[states->count] = (struct gt_cpu_state){.cpu = cpu};
	return &states->all[states->count++];
}

void gt_cpu_state_event(struct gt_cpu_state *state, const struct gtrace_event *event)
{
	switch (event->type) {
	case GTRACE_EVENT_SWITCH:
		memcpy(&state->has, event, sizeof(state->has));
		break;
	case GTRACE_EVENT_PERIOD:
		state->period_before = state->period;
		memcpy(&state->period, event, sizeof(state->period));
		break;
	}
}

void gt_cpu_state_pass(struct gt_cpu_state *state, const struct gt_cpu_state *later)
{
	if (later->has.head.type)
		state->has = later->has;
	if (later->period.head.type) {
		state->period_before = later->period_before.head.type ? later->period_before : state->period;
		state->period = later->period;
	}
	state->samples += later->samples;
	if (later->counted) {
		state->counted = true;
		state->total = later->total;
	}
}

void gt_cpu_states_free(struct gt_cpu_states *states)
{
	free(states->all);
	*states = (struct gt_cpu_states){0};
}
