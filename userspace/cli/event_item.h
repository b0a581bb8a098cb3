/* SPDX-License-Identifier: GPL-2.0 */
/* Events that are just being recorded, as what steps are made of. */
#ifndef GT_CLI_EVENT_ITEM_H
#define GT_CLI_EVENT_ITEM_H

#include "analysis/join.h"

/* gt_event_item - what an event is called in a recording; false: no step comes of it. */
bool gt_event_item(const struct gtrace_event *event, uint32_t cpu, struct gt_item *item);

#endif
