/* SPDX-License-Identifier: GPL-2.0 */
/* One stall in full, as `gtrace stall N` shows it. */
#ifndef GT_OUTPUT_STALL_H
#define GT_OUTPUT_STALL_H

#include "analysis/incident.h"
#include "output/json.h"
#include "output/terminal.h"

/* As people read it, from what happened to what is not known. */
void gt_incident_text(const struct gt_terminal *to, const struct gt_incident *incident);

/* One object: {"type":"incident", the fields of a stall, "stack":[...], "ladder":{...}, "stores":[...], ...}. */
void gt_incident_json(struct gt_json *to, const struct gt_incident *incident);

/*
 * What is not known about it: sentence number `i`, from 0, in at most `bytes`; NULL: there are no more. Returns `out`.
 */
const char *gt_incident_unknown(const struct gt_incident *incident, unsigned int i, char *out, size_t bytes);

/* Core cycles as ns when the core runs at the TSC's rate; 0 = the rate is unknown. */
uint64_t gt_cycles_ns(const struct gt_join *join, uint64_t cycles);

#endif
