/* SPDX-License-Identifier: GPL-2.0 */
/*
 * JSON, one object a line. Keys are the program's own and need no escapes; strings are outside bytes: control
 * characters and what is not UTF-8 are escaped, so that a line stays a line.
 */
#ifndef GT_OUTPUT_JSON_H
#define GT_OUTPUT_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct gt_json {
	FILE *to;
	bool comma; /* something stands before in this object or array */
};

/* `key` NULL = an element of an array, or the line's object itself. */
void gt_json_open(struct gt_json *json, const char *key, char bracket); /* '{' or '[' */
void gt_json_close(struct gt_json *json, char bracket);                 /* '}' or ']' */
void gt_json_line(struct gt_json *json);                                /* end of the line */
void gt_json_string(struct gt_json *json, const char *key, const char *value);
void gt_json_number(struct gt_json *json, const char *key, uint64_t value);
void gt_json_signed(struct gt_json *json, const char *key, int64_t value);
void gt_json_fraction(struct gt_json *json, const char *key, double value); /* six decimals */
void gt_json_hex(struct gt_json *json, const char *key, uint64_t value);    /* "0x1f" */
void gt_json_bool(struct gt_json *json, const char *key, bool value);
void gt_json_null(struct gt_json *json, const char *key);

#endif
