/* SPDX-License-Identifier: GPL-2.0 */
/* Text that came from outside, and numbers with units. */
#ifndef GT_OUTPUT_TEXT_H
#define GT_OUTPUT_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Bytes of the UTF-8 character at `at` (NUL-terminated); 0 = it is none. */
size_t gt_utf8_bytes(const unsigned char *at);

/* Columns that gt_text_put() of it takes on a terminal; every character counts as one. */
size_t gt_text_width(const char *text);

/* Writes text so that a terminal cannot be told anything by it: control characters and bytes that are no text as \xNN.
 */
void gt_text_put(FILE *to, const char *text);

enum gt_cut {
	GT_CUT_BEGIN, /* where a package's path stands */
	GT_CUT_END,
};

/* Writes text in exactly so many columns, at least 2: padded behind, or cut, with ".." for what is left out. */
void gt_text_column(FILE *to, const char *text, size_t columns, enum gt_cut cut);

#define GT_UNITS_BYTES 32

/* "1,234,567" */
const char *gt_text_count(char *out, uint64_t value);
/* "12.4 MB", "830 B": powers of 1000 */
const char *gt_text_bytes(char *out, uint64_t bytes);
/* Of 1/1000: "10", "2.5", in percent */
const char *gt_text_percent(char *out, uint32_t thousandths);
/* "38 ns", "1.500 ms", "10.002 s" */
const char *gt_text_ns(char *out, uint64_t ns);

#endif
