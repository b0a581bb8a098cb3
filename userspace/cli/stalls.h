/* SPDX-License-Identifier: GPL-2.0 */
/* What `gtrace stalls` and `gtrace stall` share. */
#ifndef GT_CLI_STALLS_H
#define GT_CLI_STALLS_H

#include "cli/view.h"

/* Why the stalls of a recording cannot be told; `err` of gt_stalls_find(). */
void gt_complain_stalls(const struct gt_view *view, int err);

#endif
