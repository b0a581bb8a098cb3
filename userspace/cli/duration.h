/* SPDX-License-Identifier: GPL-2.0 */
#ifndef GT_CLI_DURATION_H
#define GT_CLI_DURATION_H

#include <stdint.h>

/* "5ms", "200us", "1.5s", "80ns": nanoseconds. A unit is needed but for 0. -EINVAL: it is no such text, or too long. */
int gt_duration_parse(const char *text, uint64_t *ns);

#endif
