// SPDX-License-Identifier: GPL-2.0
/*
 * Where a Go function opens its frame (cmd/internal/obj/x86/obj6.go: stacksplit, preprocess).
 *
 * Instructions are compared whole, with their operands: what is not known is refused, a byte 0x55 inside another
 * instruction is never taken for a push.
 */
#include "prologue.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum { STACKGUARD0 = 0x10, STACKGUARD1 = 0x18 };

struct cursor {
	const uint8_t *code;
	size_t size, at;
};

static bool take(struct cursor *cursor, const uint8_t *bytes, size_t size)
{
	if (cursor->size - cursor->at < size || memcmp(cursor->code + cursor->at, bytes, size))
		return false;
	cursor->at += size;
	return true;
}

#define TAKE(cursor, ...) take(cursor, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

/* A signed little-endian operand of one or four bytes. */
static bool operand(struct cursor *cursor, size_t size, int64_t *value)
{
	int32_t four = 0;

	if (cursor->size - cursor->at < size)
		return false;
	if (size == sizeof(four))
		memcpy(&four, cursor->code + cursor->at, sizeof(four));
	else
		four = (int8_t)cursor->code[cursor->at];
	cursor->at += size;
	*value = four;
	return true;
}

/* cmp 0x10(%r14),%rsp or %r12: the bytes before the displacement, which is stackguard0 or stackguard1. */
static bool compare(struct cursor *cursor, uint8_t rex, uint8_t modrm)
{
	int64_t guard;

	return TAKE(cursor, rex, 0x3b, modrm) && operand(cursor, 1, &guard) &&
	       (guard == STACKGUARD0 || guard == STACKGUARD1);
}

/* jbe to a later place of the function: there it calls morestack and jumps back to the beginning. */
static bool jump(struct cursor *cursor)
{
	int64_t distance;

	if (TAKE(cursor, 0x76) ? !operand(cursor, 1, &distance)
			       : !TAKE(cursor, 0x0f, 0x86) || !operand(cursor, 4, &distance))
		return false;
	return distance > 0 && (uint64_t)distance < cursor->size - cursor->at;
}

/* The stack check, when there is one. False: something that begins like one and is none. */
static bool check(struct cursor *cursor)
{
	int64_t frame;

	/* lea -N(%rsp),%r12 */
	if (TAKE(cursor, 0x4c, 0x8d, 0x64, 0x24) ? operand(cursor, 1, &frame)
						 : TAKE(cursor, 0x4c, 0x8d, 0xa4, 0x24) && operand(cursor, 4, &frame))
		return frame < 0 && compare(cursor, 0x4d, 0x66) && jump(cursor);
	if (cursor->at)
		return false;
	if (cursor->size >= 3 && !memcmp(cursor->code, "\x49\x3b\x66", 3))
		return compare(cursor, 0x49, 0x66) && jump(cursor);
	return true;
}

int gt_go_prologue(const uint8_t *code, size_t size, size_t *at)
{
	struct cursor cursor = {code, size, 0};
	int64_t frame, saved;

	if (!check(&cursor))
		return -ENOENT;
	*at = cursor.at;
	/* push %rbp; mov %rsp,%rbp */
	if (TAKE(&cursor, 0x55, 0x48, 0x89, 0xe5))
		return 0;
	/* sub $frame,%rsp; mov %rbp,saved(%rsp) */
	if (TAKE(&cursor, 0x48, 0x83, 0xec) && operand(&cursor, 1, &frame) && TAKE(&cursor, 0x48, 0x89, 0x6c, 0x24) &&
	    operand(&cursor, 1, &saved) && saved >= 0 && frame == saved + 8)
		return 0;
	return -ENOENT;
}
