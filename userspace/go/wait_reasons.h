/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The runtime's own words for the numbers in g.waitreason: "chan receive", "select".
 *
 * The numbers change with releases, even with point releases (1.23.4) and forks. A binary has its own table of texts,
 * which a recording should carry along; the table of releases is for those whose texts cannot be found.
 */
#ifndef GT_GO_WAIT_REASONS_H
#define GT_GO_WAIT_REASONS_H

#include <stdint.h>

struct gt_go_binary;

#define GT_GO_WAIT_REASONS_MAX 128 /* 1.27 has 47 */
#define GT_GO_WAIT_REASON_SIZE 64  /* the longest text of 1.27 has 29 bytes */

struct gt_go_wait_reasons {
	uint32_t count;
	char texts[GT_GO_WAIT_REASONS_MAX][GT_GO_WAIT_REASON_SIZE]; /* by number; "" for reason 0 and those without */
};

/*
 * The texts of this binary: runtime.waitReasonStrings, stripped or not; when that is not where it has always been,
 * those of its release. -ENOENT: nor is the release known; count is 0 then.
 */
int gt_go_binary_wait_reasons(const struct gt_go_binary *binary, struct gt_go_wait_reasons *out);

/*
 * The text for a reason by release alone. minor: 26 for go1.26. "" for reason 0; NULL for a number or a release not
 * known. 1.23 is as from 1.23.4 on.
 */
const char *gt_go_wait_reason(int minor, uint8_t reason);

#endif
