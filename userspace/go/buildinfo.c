// SPDX-License-Identifier: GPL-2.0
/*
 * The build info blob (Go's debug/buildinfo, cmd/link's (*Link).buildinfo):
 *
 *	0	"\xff Go buildinf:"
 *	14	pointer size, flags (bit 1: the strings follow in line; always so since 1.18)
 *	32	uvarint length, version text; uvarint length, module text
 */
#include "buildinfo.h"

#include <stdio.h>

#include "pclntab.h"

enum { MAGIC_SIZE = 14, FLAGS_AT = 15, STRINGS_AT = 32, INLINE_STRINGS = 2, ALIGNMENT = 16 };

static const uint8_t magic[MAGIC_SIZE] = "\xff Go buildinf:";

static const uint8_t *find(const struct gt_go_span *span)
{
	/* The linker aligns the blob, so an aligned search does not meet the same text inside a program's string. */
	for (size_t at = -span->vaddr % ALIGNMENT; at < span->size && span->size - at >= STRINGS_AT; at += ALIGNMENT)
		if (!memcmp(span->bytes + at, magic, MAGIC_SIZE))
			return span->bytes + at;
	return NULL;
}

static bool read_text(const struct gt_go_span *span, char text[GT_GO_VERSION_MAX])
{
	const uint8_t *blob = find(span), *end = span->bytes + span->size;
	uint32_t length;

	if (!blob || !(blob[FLAGS_AT] & INLINE_STRINGS))
		return false;
	blob += STRINGS_AT;
	if (!gt_go_uvarint(&blob, end, &length) || length > (size_t)(end - blob))
		return false;
	if (length >= GT_GO_VERSION_MAX)
		length = GT_GO_VERSION_MAX - 1;
	memcpy(text, blob, length);
	text[length] = '\0';
	return true;
}

void gt_go_buildinfo_version(const struct gt_go_image *image, char text[GT_GO_VERSION_MAX], int *major, int *minor)
{
	struct gt_go_span section;
	const char *numbers;
	bool found;

	text[0] = '\0';
	*major = *minor = 0;
	found = !gt_go_image_section(image, ".go.buildinfo", &section) && read_text(&section, text);
	for (size_t i = 0; !found && i < image->nr_segments; i++)
		found = (image->segments[i].flags & PF_W) && read_text(&image->segments[i].span, text);
	if (!found)
		return;
	/* "go1.26.3", "devel go1.28-abcdef Mon ...": the first "go" with a digit behind it. */
	for (numbers = strstr(text, "go"); numbers; numbers = strstr(numbers + 1, "go")) {
		if (sscanf(numbers, "go%4d.%4d", major, minor) == 2)
			return;
	}
	*major = *minor = 0;
}
