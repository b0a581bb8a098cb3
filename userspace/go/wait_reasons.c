// SPDX-License-Identifier: GPL-2.0
/*
 * The runtime's own words for the numbers in g.waitreason.
 *
 * A stripped binary has no symbol for runtime.waitReasonStrings, but still the function that indexes it, always
 * compiled to the same instructions:
 *
 *	runtime.waitReason.String	cmp $COUNT,%al; jb 1f; (a constant for numbers out of range); ret
 *				1:	movzbl %al,%ecx; shl $4,%rcx; lea waitReasonStrings(%rip),%rdx; ...
 */
#include "wait_reasons.h"

#include <errno.h>
#include <string.h>

#include "binary.h"
#include "image.h"

enum { FIRST_RELEASE = 18, RELEASES = 10, NONE = 0xff };

static const struct {
	uint8_t numbers[RELEASES];
	const char *text;
} of_releases[] = {
#define WAIT_REASON(v18, v19, v20, v21, v22, v23, v24, v25, v26, v27, text) \
	{{v18, v19, v20, v21, v22, v23, v24, v25, v26, v27}, text},
#include "wait_reasons.def"
#undef WAIT_REASON
};

const char *gt_go_wait_reason(int minor, uint8_t reason)
{
	int release = minor - FIRST_RELEASE;

	if (release < 0 || release >= RELEASES || reason == NONE)
		return NULL;
	for (size_t i = 0; i < sizeof(of_releases) / sizeof(*of_releases); i++)
		if (of_releases[i].numbers[release] == reason)
			return of_releases[i].text;
	return NULL;
}

/* A Go string: pointer and length. */
struct string {
	uint64_t text, length;
};

/* Finds the array: its vaddr and its number of strings. */
static bool find_array(const struct gt_go_binary *binary, uint64_t *vaddr, uint32_t *count)
{
	enum { CMP = 0x3c, JB = 0x72, LEA_SIZE = 7 };
	static const uint8_t index[] = {0x0f, 0xb6, 0xc8, 0x48, 0xc1, 0xe1, 0x04, 0x48, 0x8d, 0x15};
	struct gt_go_function function;
	const uint8_t *code;
	uint64_t size, at;

	if (gt_go_binary_function_named(binary, "runtime.waitReason.String", &function))
		return false;
	size = function.end - function.entry;
	code = gt_go_image_at(gt_go_binary_image(binary), function.entry, size);
	if (!code || size < 4 || code[0] != CMP || code[2] != JB)
		return false;
	at = 4 + (uint64_t)code[3];
	if (size < at + sizeof(index) + 4 || memcmp(code + at, index, sizeof(index)))
		return false;
	*count = code[1];
	at += sizeof(index);
	*vaddr = function.entry + at + 4 + (uint64_t)(int64_t)(int32_t)gt_go_u32(code + at);
	return true;
}

static bool copy_text(const struct gt_go_image *image, const struct string *from, char *to)
{
	const uint8_t *text;

	*to = '\0';
	if (!from->length)
		return true;
	if (from->length >= GT_GO_WAIT_REASON_SIZE)
		return false;
	text = gt_go_image_at(image, from->text, from->length);
	if (!text)
		return false;
	for (uint64_t i = 0; i < from->length; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	memcpy(to, text, from->length);
	to[from->length] = '\0';
	return true;
}

static bool read_array(const struct gt_go_binary *binary, struct gt_go_wait_reasons *out)
{
	const struct gt_go_image *image = gt_go_binary_image(binary);
	struct string strings[GT_GO_WAIT_REASONS_MAX];
	const uint8_t *bytes;
	uint64_t vaddr;
	size_t size;

	if (!find_array(binary, &vaddr, &out->count) || !out->count || out->count > GT_GO_WAIT_REASONS_MAX)
		return false;
	size = out->count * sizeof(*strings);
	bytes = gt_go_image_at(image, vaddr, size);
	if (!bytes)
		return false;
	memcpy(strings, bytes, size);
	gt_go_image_relocate(image, vaddr, (uint8_t *)strings, size);
	for (uint32_t i = 0; i < out->count; i++)
		if (!copy_text(image, &strings[i], out->texts[i]))
			return false;
	return true;
}

int gt_go_binary_wait_reasons(const struct gt_go_binary *binary, struct gt_go_wait_reasons *out)
{
	struct gt_go_version version = gt_go_binary_version(binary);
	const char *text;

	if (read_array(binary, out))
		return 0;
	*out = (struct gt_go_wait_reasons){0};
	for (unsigned int reason = 0; version.major == 1 && reason < GT_GO_WAIT_REASONS_MAX; reason++) {
		text = gt_go_wait_reason(version.minor, (uint8_t)reason);
		if (!text)
			continue;
		strcpy(out->texts[reason], text);
		out->count = reason + 1;
	}
	return out->count ? 0 : -ENOENT;
}
