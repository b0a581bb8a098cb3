/* SPDX-License-Identifier: GPL-2.0 */
/* Stalls as `gtrace stalls` shows them: a line each, or a line a group; below it how they are spread. */
#ifndef GT_OUTPUT_STALLS_H
#define GT_OUTPUT_STALLS_H

#include "analysis/stalls.h"
#include "output/json.h"
#include "output/terminal.h"

/* As people read it: the list or the groups, how long they took, what was left out and why. */
void gt_stalls_text(const struct gt_terminal *to, const struct gt_stalls *stalls);

/*
 * An object a line: {"type":"stall", ...} or {"type":"group", ...}, then {"type":"distribution", ...} for each reason
 * and phase, at last {"type":"stalls", ...}.
 */
void gt_stalls_json(struct gt_json *to, const struct gt_stalls *stalls);

/* The fields of a stall, into an open object. */
void gt_stall_fields(struct gt_json *to, struct gt_join *join, const struct gt_stall *stall);

/* "function", "file", "line" of a site; null when unknown. */
void gt_site_fields(struct gt_json *to, const struct gt_join *join, struct gt_site site);

/* Name of a thread, target or not; "?" when nobody told it. */
const char *gt_thread_comm(struct gt_join *join, uint32_t tid, uint64_t tsc);

#endif
