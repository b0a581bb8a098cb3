/* SPDX-License-Identifier: GPL-2.0 */
/* Parks that stores tell of: gtrace report --parks. */
#ifndef GT_OUTPUT_PARK_PROFILE_H
#define GT_OUTPUT_PARK_PROFILE_H

#include "analysis/park_profile.h"
#include "output/json.h"
#include "output/terminal.h"

/* What the numbers rest on, then a table of at most `limit` rows (0 = all). 120 columns. */
void gt_park_profile_text(const struct gt_terminal *to, const struct gt_park_profile *profile, uint64_t limit);

/* {"type":"parks", ...}, then an object a row: {"type":"row","samples":..,"estimated_parks":..}. */
void gt_park_profile_json(struct gt_json *to, const struct gt_park_profile *profile, uint64_t limit);

#endif
