// SPDX-License-Identifier: GPL-2.0
/* Where a function opens its frame: every form that Go's compilers write, and near misses, which are refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "go/prologue.h"

#define CMP_RSP       0x49, 0x3b, 0x66, 0x10
#define CMP_RSP_G0    0x49, 0x3b, 0x66, 0x18
#define CMP_R12       0x4d, 0x3b, 0x66, 0x10
#define LEA_8(n)      0x4c, 0x8d, 0x64, 0x24, (n)
#define LEA_32(b, hi) 0x4c, 0x8d, 0xa4, 0x24, (b), (hi), (hi), (hi)
#define JBE_8(n)      0x76, (n)
#define JBE_32(n)     0x0f, 0x86, (n), 0, 0, 0
#define PUSH          0x55
#define MOV           0x48, 0x89, 0xe5
#define SUB(n)        0x48, 0x83, 0xec, (n)
#define SUB_32        0x48, 0x81, 0xec, 0x18, 1, 0, 0
#define SAVE(n)       0x48, 0x89, 0x6c, 0x24, (n)

enum { FUNCTION = 64 };

/* The answer for a function of FUNCTION bytes that begins so: offset of the push, or an error. */
static int begin(const uint8_t *bytes, size_t size)
{
	uint8_t code[FUNCTION];
	size_t at = 12345;
	int error;

	memset(code, 0x90, sizeof(code));
	memcpy(code, bytes, size);
	error = gt_go_prologue(code, sizeof(code), &at);
	return error ? error : (int)at;
}

#define BEGIN(...) begin((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

static void forms_of_the_compiler(void **state)
{
	(void)state;
	assert_int_equal(BEGIN(PUSH, MOV), 0);
	assert_int_equal(BEGIN(CMP_RSP, JBE_8(20), PUSH, MOV), 6);
	assert_int_equal(BEGIN(CMP_RSP, JBE_32(20), PUSH, MOV), 10);
	assert_int_equal(BEGIN(CMP_RSP_G0, JBE_32(20), PUSH, MOV), 10);
	assert_int_equal(BEGIN(LEA_8(0xc0), CMP_R12, JBE_8(20), PUSH, MOV), 11);
	assert_int_equal(BEGIN(LEA_32(0x80, 0xff), CMP_R12, JBE_32(20), PUSH, MOV), 18);
}

static void forms_before_go_1_21(void **state)
{
	(void)state;
	assert_int_equal(BEGIN(SUB(0x18), SAVE(0x10)), 0);
	assert_int_equal(BEGIN(CMP_RSP, JBE_32(20), SUB(0x18), SAVE(0x10)), 10);
	assert_int_equal(BEGIN(LEA_8(0xc0), CMP_R12, JBE_32(20), SUB(0x78), SAVE(0x70)), 15);
}

static void another_prologue_is_refused(void **state)
{
	(void)state;
	assert_int_equal(BEGIN(0x90, PUSH, MOV), -ENOENT);
	assert_int_equal(BEGIN(0xf3, 0x0f, 0x1e, 0xfa, PUSH, MOV), -ENOENT);
	assert_int_equal(BEGIN(0xcc, MOV), -ENOENT);
	assert_int_equal(BEGIN(PUSH, 0x48, 0x89, 0xe3), -ENOENT);
	assert_int_equal(BEGIN(0x41, 0x55, MOV), -ENOENT);
	assert_int_equal(BEGIN(PUSH, 0x53, MOV), -ENOENT);
	assert_int_equal(BEGIN(CMP_RSP, JBE_32(20), SUB_32, 0x48, 0x89, 0xac, 0x24, 0x10, 1, 0, 0), -ENOENT);
	assert_int_equal(BEGIN(SUB(0x18), MOV), -ENOENT);
	assert_int_equal(BEGIN(SUB(0x18), 0x90, SAVE(0x10)), -ENOENT);
	assert_int_equal(BEGIN(CMP_RSP, 0x90, JBE_8(20), PUSH, MOV), -ENOENT);
	assert_int_equal(BEGIN(CMP_RSP, PUSH, MOV), -ENOENT);
	assert_int_equal(BEGIN(CMP_R12, JBE_8(20), PUSH, MOV), -ENOENT);
	assert_int_equal(BEGIN(LEA_8(0xc0), CMP_RSP, JBE_8(20), PUSH, MOV), -ENOENT);
	assert_int_equal(BEGIN(LEA_8(0xc0), PUSH, MOV), -ENOENT);
	assert_int_equal(BEGIN(LEA_8(0xc0), CMP_R12, JBE_8(20), LEA_8(0xc0), CMP_R12, JBE_8(20), PUSH, MOV), -ENOENT);
}

static void odd_operands_are_refused(void **state)
{
	(void)state;
	assert_int_equal(BEGIN(0x49, 0x3b, 0x66, 0x20, JBE_8(20), PUSH, MOV), -ENOENT);
	assert_int_equal(BEGIN(0x49, 0x3b, 0xa6, 0x10, 0, 0, 0, JBE_8(20), PUSH, MOV), -ENOENT);
	assert_int_equal(BEGIN(LEA_8(0x40), CMP_R12, JBE_8(20), PUSH, MOV), -ENOENT);
	assert_int_equal(BEGIN(LEA_32(0x80, 0), CMP_R12, JBE_8(20), PUSH, MOV), -ENOENT);
	assert_int_equal(BEGIN(SUB(0x18), SAVE(0x18)), -ENOENT);
	assert_int_equal(BEGIN(SUB(0x80), SAVE(0x78)), -ENOENT);
	assert_int_equal(BEGIN(SUB(0), SAVE(0xf8)), -ENOENT);
	/* Backwards, to the next instruction, behind the function's end; above or equal. */
	assert_int_equal(BEGIN(CMP_RSP, JBE_8(0xf0), PUSH, MOV), -ENOENT);
	assert_int_equal(BEGIN(CMP_RSP, JBE_8(0), PUSH, MOV), -ENOENT);
	assert_int_equal(BEGIN(CMP_RSP, JBE_8(FUNCTION - 6), PUSH, MOV), -ENOENT);
	assert_int_equal(BEGIN(CMP_RSP, JBE_8(FUNCTION - 7), PUSH, MOV), 6);
	assert_int_equal(BEGIN(CMP_RSP, 0x0f, 0x86, 0xff, 0xff, 0xff, 0x7f, PUSH, MOV), -ENOENT);
	assert_int_equal(BEGIN(CMP_RSP, 0x73, 20, PUSH, MOV), -ENOENT);
}

/* Functions that end anywhere inside their prologue, each in memory of its own size. */
static void truncated(void **state)
{
	static const uint8_t small[] = { CMP_RSP, JBE_8(7), PUSH, MOV, 0x90, 0x90, 0x90, 0x90 };
	static const uint8_t large[] = { LEA_32(0x80, 0xff), CMP_R12, JBE_32(5), PUSH, MOV, 0x90, 0x90 };
	static const struct {
		const uint8_t *bytes;
		size_t size;
	} functions[] = { { small, sizeof(small) }, { large, sizeof(large) } };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		for (size_t size = 0; size <= functions[i].size; size++) {
			uint8_t *code = malloc(size ? size : 1);
			size_t at;

			assert_non_null(code);
			memcpy(code, functions[i].bytes, size);
			assert_int_equal(gt_go_prologue(code, size, &at), size == functions[i].size ? 0 : -ENOENT);
			free(code);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms_of_the_compiler),       cmocka_unit_test(forms_before_go_1_21),
		cmocka_unit_test(another_prologue_is_refused), cmocka_unit_test(odd_operands_are_refused),
		cmocka_unit_test(truncated),
	};

	return cmocka_run_group_tests_name("prologue", tests, NULL, NULL);
}
