// SPDX-License-Identifier: GPL-2.0
#include "output/json.h"

#include <inttypes.h>

#include "output/text.h"

static void begin(struct gt_json *json, const char *key)
{
	if (json->comma)
		putc_unlocked(',', json->to);
	json->comma = true;
	if (!key)
		return;
	putc_unlocked('"', json->to);
	fputs_unlocked(key, json->to);
	fputs_unlocked("\":", json->to);
}

void gt_json_open(struct gt_json *json, const char *key, char bracket)
{
	begin(json, key);
	putc_unlocked(bracket, json->to);
	json->comma = false;
}

void gt_json_close(struct gt_json *json, char bracket)
{
	putc_unlocked(bracket, json->to);
	json->comma = true;
}

void gt_json_line(struct gt_json *json)
{
	putc_unlocked('\n', json->to);
	json->comma = false;
}

void gt_json_string(struct gt_json *json, const char *key, const char *value)
{
	const unsigned char *at = (const unsigned char *)value;

	begin(json, key);
	putc_unlocked('"', json->to);
	while (*at) {
		size_t bytes = gt_utf8_bytes(at);

		if (*at == '"' || *at == '\\')
			putc_unlocked('\\', json->to);
		if (!bytes || *at < 0x20 || *at == 0x7f) {
			/* A byte that is no text stands for itself as the code point of its value. */
			fprintf(json->to, "\\u%04x", *at++);
			continue;
		}
		while (bytes--)
			putc_unlocked(*at++, json->to);
	}
	putc_unlocked('"', json->to);
}

static void put_digits(FILE *to, uint64_t value, unsigned int base)
{
	char digits[24], *at = digits + sizeof(digits);

	do {
		*--at = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	fwrite_unlocked(at, 1, digits + sizeof(digits) - at, to);
}

void gt_json_number(struct gt_json *json, const char *key, uint64_t value)
{
	begin(json, key);
	put_digits(json->to, value, 10);
}

void gt_json_signed(struct gt_json *json, const char *key, int64_t value)
{
	begin(json, key);
	fprintf(json->to, "%" PRId64, value);
}

void gt_json_fraction(struct gt_json *json, const char *key, double value)
{
	begin(json, key);
	fprintf(json->to, "%.6f", value);
}

void gt_json_hex(struct gt_json *json, const char *key, uint64_t value)
{
	begin(json, key);
	fputs_unlocked("\"0x", json->to);
	put_digits(json->to, value, 16);
	putc_unlocked('"', json->to);
}

void gt_json_bool(struct gt_json *json, const char *key, bool value)
{
	begin(json, key);
	fputs_unlocked(value ? "true" : "false", json->to);
}

void gt_json_null(struct gt_json *json, const char *key)
{
	begin(json, key);
	fputs_unlocked("null", json->to);
}
