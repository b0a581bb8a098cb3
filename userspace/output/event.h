/* SPDX-License-Identifier: GPL-2.0 */
/* One line (a hit with its stack: one more for each frame), or one JSON object, for each event. */
#ifndef GT_OUTPUT_EVENT_H
#define GT_OUTPUT_EVENT_H

#include "analysis/join.h"
#include "output/json.h"
#include "output/terminal.h"

/* "switch", "fork", "park", "ready", "off-cpu", "wake", "window" ...; "hit" of a probe that has no name here. */
const char *gt_event_name(const struct gt_item *item);

/* With `branches` the branches of hits too, as perf writes them. */
int gt_event_text(const struct gt_terminal *to, struct gt_join *join, const struct gt_item *item, bool branches);

/*
 * {"type":"event","event":"park","cpu":..,"tsc":..,"time_ns":..,"tid":..,"tgid":..,"comm":..} and what the event tells;
 * docs/man/gtrace.1 lists it. Null = the recording does not know.
 */
int gt_event_json(struct gt_json *to, struct gt_join *join, const struct gt_item *item);

/*
 * In a dump of the flight recorder: what it was made for, where that happened.
 * {"type":"trigger","tsc":..,"time_ns":..,"text":"park>5ms: ...","goid":..,"stall_tsc":..}; goid and stall_tsc (when
 * the stall began) null = it was no stall.
 */
void gt_trigger_text(const struct gt_terminal *to, struct gt_join *join);
void gt_trigger_json(struct gt_json *to, struct gt_join *join);

#endif
