// SPDX-License-Identifier: GPL-2.0
/* The packers: what goes in comes out, in the bytes promised, and bytes that nobody wrote do no harm. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/branch_pack.h"
#include "lib/pack.h"
#include "lib/sample_pack.h"

/* xorshift64: the same numbers on every machine. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Numbers of every length, small ones most: what differences look like. */
static uint64_t some_number(uint64_t *state)
{
	uint64_t r = next_random(state);

	return next_random(state) >> (r % 64) & -(r >> 40 & 1);
}

static void rows_survive(void **unused)
{
	(void)unused;
	for (unsigned int columns = 1; columns <= GT_PACK_MAX_COLUMNS; columns++) {
		unsigned int sequential = 1 + columns % 3 < columns ? 1 + columns % 3 : 1;
		uint64_t state = 88172645463325252ull + columns, rows[200][GT_PACK_MAX_COLUMNS];
		uint8_t bytes[200 * GT_PACK_ROW_MAX], *out = bytes;
		const uint8_t *in = bytes;
		struct gt_pack writer, reader;

		assert_int_equal(gt_pack_init(&writer, columns, sequential), 0);
		assert_int_equal(gt_pack_init(&reader, columns, sequential), 0);
		for (int i = 0; i < 200; i++) {
			for (unsigned int c = 0; c < columns; c++)
				rows[i][c] = some_number(&state);
			rows[i][sequential - 1] = next_random(&state) % 300;	/* keys meet again, and collide */
			uint8_t *end = gt_pack_row(&writer, rows[i], out);

			assert_in_range(end - out, (columns + 7) / 8, GT_PACK_ROW_MAX);
			out = end;
		}
		for (int i = 0; i < 200; i++) {
			const uint64_t *row;

			in = gt_unpack_row(&reader, in, &row);
			assert_non_null(in);
			assert_memory_equal(row, rows[i], columns * sizeof(*row));
		}
		assert_ptr_equal(in, out);
		gt_pack_fini(&writer);
		gt_pack_fini(&reader);
	}
}

static void a_row_like_the_last_with_its_key_is_small(void **unused)
{
	/* Two instructions in turn, far apart in everything; each finds its own row again. */
	const uint64_t a[] = { 0, 0x401000, 0xc000123000, 0x7ffe12345678, 42 };
	const uint64_t b[] = { 0, 0x7f0000002000, 0x1000, 3, 0xffffffffffffffff };
	uint8_t bytes[GT_PACK_ROW_MAX];
	struct gt_pack pack;
	uint8_t *end = NULL;

	(void)unused;
	assert_int_equal(gt_pack_init(&pack, 5, 2), 0);
	for (int i = 0; i < 4; i++)
		end = gt_pack_row(&pack, i % 2 ? b : a, bytes);
	assert_int_equal(end - bytes, 1 + 1 + 6);	/* bitmap, one length, the ip's difference */
	gt_pack_fini(&pack);
}

static void bad_layouts_are_refused(void **unused)
{
	struct gt_pack pack;
	struct gt_sample_pack samples;

	(void)unused;
	assert_int_equal(gt_pack_init(&pack, 0, 0), -EINVAL);
	assert_int_equal(gt_pack_init(&pack, 4, 0), -EINVAL);
	assert_int_equal(gt_pack_init(&pack, 4, 5), -EINVAL);
	assert_int_equal(gt_pack_init(&pack, 65, 1), -EINVAL);
	assert_int_equal(gt_sample_pack_init(&samples, GT_FIELD_BIT(GT_FIELD_IP), false), -EINVAL);
	assert_int_equal(gt_sample_pack_init(&samples, ~0ull, false), -EINVAL);
}

static void lengths_no_writer_makes_are_refused(void **unused)
{
	uint8_t bytes[GT_PACK_ROW_MAX] = { 0x01, 0x08 };	/* one column differs, by 9 bytes */
	const uint64_t *row;
	struct gt_pack pack;

	(void)unused;
	assert_int_equal(gt_pack_init(&pack, 3, 1), 0);
	assert_null(gt_unpack_row(&pack, bytes, &row));
	bytes[0] = 0x08;					/* a fourth column of three */
	assert_null(gt_unpack_row(&pack, bytes, &row));
	bytes[0] = 0x06;					/* two columns, the second length bad */
	bytes[1] = 0x80;
	assert_null(gt_unpack_row(&pack, bytes, &row));
	gt_pack_fini(&pack);
}

static void fill_stack(uint64_t *state, struct gtrace_pebs_branch *stack, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		uint64_t r = next_random(state);

		stack[i].from = 0x401000 + (r % 7) * 16;
		stack[i].to = 0x401000 + (r >> 8) % 5 * 64;
		stack[i].info = (r >> 16) % 3 ? 5 : (r >> 20) % 200 | (r & 1ull << 63);
		if (!((r >> 32) % 50))
			stack[i] = (struct gtrace_pebs_branch){ next_random(state), next_random(state),
								next_random(state) };
	}
}

static void branch_stacks_survive(void **unused)
{
	static struct gt_branch_pack writer, reader;
	uint64_t state = 1234567;

	(void)unused;
	gt_branch_pack_reset(&writer);
	gt_branch_pack_reset(&reader);
	for (unsigned int round = 0; round < 1000; round++) {
		struct gtrace_pebs_branch stack[GT_MAX_BRANCHES], back[GT_MAX_BRANCHES];
		unsigned int n = round % (GT_MAX_BRANCHES + 1), got;
		uint8_t bytes[GT_BRANCH_PACK_MAX], *end;

		memset(bytes, 0, sizeof(bytes));
		fill_stack(&state, stack, n);
		end = gt_branch_pack(&writer, 0x401000 + round % 5, stack, n, bytes);
		assert_in_range(end - bytes, 1, GT_BRANCH_PACK_MAX - 8);
		assert_ptr_equal(gt_branch_unpack(&reader, 0x401000 + round % 5, bytes, back, &got), end);
		assert_int_equal(got, n);
		assert_memory_equal(back, stack, n * sizeof(*stack));
	}
}

static void a_branch_from_nowhere_ends_the_stack(void **unused)
{
	struct gtrace_pebs_branch stack[GT_MAX_BRANCHES] = { { 1, 2, 3 }, { 4, 0, 0 }, { 0, 5, 6 }, { 7, 8, 9 } };
	static struct gt_branch_pack writer, reader;
	struct gtrace_pebs_branch back[GT_MAX_BRANCHES];
	uint8_t bytes[GT_BRANCH_PACK_MAX] = { 0 };
	unsigned int got;

	(void)unused;
	gt_branch_pack_reset(&writer);
	gt_branch_pack_reset(&reader);
	gt_branch_pack(&writer, 9, stack, GT_MAX_BRANCHES, bytes);
	assert_non_null(gt_branch_unpack(&reader, 9, bytes, back, &got));
	assert_int_equal(got, 2);
	assert_memory_equal(back, stack, 2 * sizeof(*stack));
}

static void a_loop_costs_little(void **unused)
{
	struct gtrace_pebs_branch stack[GT_MAX_BRANCHES];
	static struct gt_branch_pack pack;
	uint8_t bytes[GT_BRANCH_PACK_MAX], *end = NULL;

	(void)unused;
	for (unsigned int i = 0; i < GT_MAX_BRANCHES; i++)
		stack[i] = (struct gtrace_pebs_branch){ 0x401010 + i % 4 * 32, 0x401000 + i % 4 * 32, 7 };
	gt_branch_pack_reset(&pack);
	for (int i = 0; i < 2; i++)
		end = gt_branch_pack(&pack, 0x401008, stack, GT_MAX_BRANCHES, bytes);
	assert_int_equal(end - bytes, 1 + 4 + 4);
}

/* BX and CX of stores elsewhere are not known and cost nothing, unless all registers are asked for. */
static void two_registers_are_of_stores_into_the_own_g(void **unused)
{
	enum { G = 0x10000, BX = 0xc000123450, CX = 0x13 };
	static const struct {
		uint64_t addr;
		bool own;
	} stores[] = {{G + GT_OWN_G_BYTES - 1, true}, {G + GT_OWN_G_BYTES, false}, {G - 1, false}, {G, true}, {0, false}};
	static struct gt_sample_pack writer, reader;

	(void)unused;
	for (int all = 0; all < 2; all++) {
		uint64_t fields = GT_FIELDS_DEFAULT | (all ? GT_FIELDS_REGS : 0);

		assert_int_equal(gt_sample_pack_init(&writer, fields, false), 0);
		assert_int_equal(gt_sample_pack_init(&reader, fields, false), 0);
		gt_sample_pack_reset(&writer);
		gt_sample_pack_reset(&reader);
		for (size_t i = 0; i < sizeof(stores) / sizeof(*stores); i++) {
			struct gt_sample sample = { .ip = 0x401000 + i, .addr = stores[i].addr }, back = { 0 };
			bool kept = all || stores[i].own;
			uint8_t bytes[GT_SAMPLE_PACK_MAX] = { 0 }, *end;

			sample.regs[GT_REG_R14] = G;
			sample.regs[GT_REG_BX] = BX;
			sample.regs[GT_REG_CX] = CX;
			end = gt_sample_pack(&writer, &sample, bytes);
			assert_ptr_equal(gt_sample_unpack(&reader, bytes, &back), end);
			assert_true((back.fields & GT_FIELDS_OWN_G) == (kept ? GT_FIELDS_OWN_G : 0));
			assert_int_equal(back.fields | GT_FIELDS_OWN_G, fields);
			assert_int_equal(back.regs[GT_REG_BX], kept ? BX : 0);
			assert_int_equal(back.regs[GT_REG_CX], kept ? CX : 0);
			assert_int_equal(back.regs[GT_REG_R14], G);
		}
		gt_sample_pack_fini(&writer);
		gt_sample_pack_fini(&reader);
	}
}

static void any_bytes_are_survived(void **unused)
{
	uint64_t fields = GT_FIELDS_DEFAULT | GT_FIELDS_REGS | GT_FIELDS_XMM, state = 42;
	struct gt_sample_pack *pack = malloc(sizeof(*pack));
	uint8_t *bytes = malloc(GT_SAMPLE_PACK_MAX);

	(void)unused;
	assert_int_equal(gt_sample_pack_init(pack, fields, true), 0);
	gt_sample_pack_reset(pack);
	for (int round = 0; round < 20000; round++) {
		struct gt_sample sample;
		const uint8_t *end;

		for (unsigned int i = 0; i < GT_SAMPLE_PACK_MAX; i++)
			bytes[i] = next_random(&state) & (round % 2 ? 0x77 : 0xff);
		end = gt_sample_unpack(pack, bytes, &sample);
		if (end)
			assert_in_range(end - bytes, 1, GT_SAMPLE_PACK_MAX);
	}
	gt_sample_pack_fini(pack);
	free(bytes);
	free(pack);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_survive),
		cmocka_unit_test(a_row_like_the_last_with_its_key_is_small),
		cmocka_unit_test(bad_layouts_are_refused),
		cmocka_unit_test(lengths_no_writer_makes_are_refused),
		cmocka_unit_test(branch_stacks_survive),
		cmocka_unit_test(a_branch_from_nowhere_ends_the_stack),
		cmocka_unit_test(a_loop_costs_little),
		cmocka_unit_test(two_registers_are_of_stores_into_the_own_g),
		cmocka_unit_test(any_bytes_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
