// SPDX-License-Identifier: GPL-2.0
#include "output/text.h"

#include <string.h>

size_t gt_utf8_bytes(const unsigned char *at)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t bytes = *at < 0x80 ? 1 : *at >= 0xc2 && *at < 0xe0 ? 2 : *at >= 0xe0 && *at < 0xf0 ? 3 : 0, i;
	uint32_t code;

	if (*at >= 0xf0 && *at < 0xf5)
		bytes = 4;
	if (bytes < 2)
		return bytes;
	code = *at & (0x7f >> bytes);
	for (i = 1; i < bytes; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (at[i] & 0x3f);
	}
	/* Overlong forms, surrogates, what is beyond Unicode; C1 control characters are for terminals, not for text. */
	if (code < least[bytes] || (code >= 0xd800 && code < 0xe000) || code > 0x10ffff || code < 0xa0)
		return 0;
	return bytes;
}

static int plain(const unsigned char *at, size_t bytes)
{
	return bytes && *at >= 0x20 && *at != 0x7f;
}

size_t gt_text_width(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t width = 0;

	while (*at) {
		size_t bytes = gt_utf8_bytes(at);

		width += plain(at, bytes) ? 1 : 4;
		at += plain(at, bytes) ? bytes : 1;
	}
	return width;
}

void gt_text_put(FILE *to, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	while (*at) {
		size_t bytes = gt_utf8_bytes(at);

		if (plain(at, bytes)) {
			fwrite_unlocked(at, 1, bytes, to);
			at += bytes;
		} else {
			fprintf(to, "\\x%02x", *at++);
		}
	}
}

void gt_text_column(FILE *to, const char *text, size_t columns, enum gt_cut cut)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t width = gt_text_width(text), bytes;

	if (width <= columns) {
		gt_text_put(to, text);
		fprintf(to, "%*s", (int)(columns - width), "");
		return;
	}
	if (cut == GT_CUT_BEGIN) {
		while (gt_text_width((const char *)at) > columns - 2)
			at += gt_utf8_bytes(at) ?: 1;
		fputs_unlocked("..", to);
		gt_text_put(to, (const char *)at);
		fprintf(to, "%*s", (int)(columns - 2 - gt_text_width((const char *)at)), "");
		return;
	}
	/* Byte by byte what is no text would be wider than its rest: it ends there. */
	for (width = 0; width < columns - 2; width++, at += bytes) {
		bytes = gt_utf8_bytes(at);
		if (!plain(at, bytes))
			break;
		fwrite_unlocked(at, 1, bytes, to);
	}
	fprintf(to, "..%*s", (int)(columns - 2 - width), "");
}

const char *gt_text_count(char *out, uint64_t value)
{
	char digits[24];
	int count = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)value), i;
	char *at = out;

	for (i = 0; i < count; i++) {
		if (i && (count - i) % 3 == 0)
			*at++ = ',';
		*at++ = digits[i];
	}
	*at = '\0';
	return out;
}

const char *gt_text_bytes(char *out, uint64_t bytes)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
	double value = bytes;
	size_t unit = 0;

	for (; value >= 999.95 && unit + 1 < sizeof(units) / sizeof(*units); unit++)
		value /= 1000;
	snprintf(out, GT_UNITS_BYTES, unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
	return out;
}

const char *gt_text_percent(char *out, uint32_t thousandths)
{
	snprintf(out, GT_UNITS_BYTES, "%.*f", thousandths % 10 != 0, thousandths / 10.0);
	return out;
}

const char *gt_text_ns(char *out, uint64_t ns)
{
	if (ns < 1000)
		snprintf(out, GT_UNITS_BYTES, "%llu ns", (unsigned long long)ns);
	else if (ns < 1000000)
		snprintf(out, GT_UNITS_BYTES, "%.3f us", ns / 1e3);
	else if (ns < 1000000000)
		snprintf(out, GT_UNITS_BYTES, "%.3f ms", ns / 1e6);
	else
		snprintf(out, GT_UNITS_BYTES, "%.3f s", ns / 1e9);
	return out;
}
