/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The windows of a session's probes. All with probes->lock held, but for gt_window_init(). May sleep.
 */
#ifndef _GTRACE_WINDOWS_H
#define _GTRACE_WINDOWS_H

#include "probes.h"

void gt_window_init(struct gt_probes *probes);

/* Plants all, then records; on an error nothing is planted. The other way round; hits go on until all are pulled. */
int gt_window_open(struct gt_session *session);
void gt_window_close(struct gt_session *session);

/* One more, in an open window. */
int gt_window_plant(struct gt_probes *probes, struct gt_probe *probe);

/* Looks from now on whether the budget says otherwise, until `started` is false. */
void gt_window_watch(struct gt_probes *probes);

/*
 * Whoever wants the stacks of those that block wants them of those that block in the kernel, too: after a probe was
 * added, or a window turned.
 */
void gt_window_stands(const struct gt_probes *probes);

/* A closing event with the totals of the session, which may have paused since the last one. */
void gt_window_total(struct gt_session *session);

#endif
