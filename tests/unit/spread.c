// SPDX-License-Identifier: GPL-2.0
/* Durations spread: count, sum, maximum exact, quantiles against those of the sorted values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "analysis/spread.h"

#define VALUES 20000

static int ascending(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return left < right ? -1 : left > right;
}

/* xorshift: the same numbers in each run. */
static uint64_t random64(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	return *state ^= *state << 17;
}

static void quantiles_are_near(void **unused)
{
	static const double shares[] = {0, 0.001, 0.25, 0.5, 0.9, 0.99, 0.9999, 1};
	uint64_t *values = calloc(VALUES, sizeof(*values)), state = 5, sum = 0, octaves[GT_SPREAD_OCTAVES], all = 0;
	struct gt_spread spread = {};

	(void)unused;
	for (size_t i = 0; i < VALUES; i++) {
		/* All sizes from 0 to 2^40. */
		values[i] = random64(&state) >> (24 + random64(&state) % 40);
		sum += values[i];
		assert_int_equal(gt_spread_add(&spread, values[i]), 0);
	}
	qsort(values, VALUES, sizeof(*values), ascending);
	assert_int_equal(spread.count, VALUES);
	assert_int_equal(spread.sum, sum);
	assert_int_equal(spread.max, values[VALUES - 1]);
	for (size_t i = 0; i < sizeof(shares) / sizeof(*shares); i++) {
		size_t at = shares[i] * VALUES;
		uint64_t is = values[at ? at - 1 : 0], got = gt_spread_quantile(&spread, shares[i]);

		assert_true(got >= is - is / 128 && got <= is + is / 128 + (is > 128));
	}
	gt_spread_octaves(&spread, octaves);
	for (size_t i = 0; i < GT_SPREAD_OCTAVES; i++) {
		uint64_t in = 0;

		for (size_t at = 0; at < VALUES; at++)
			in += values[at] >= (i ? 1ull << i : 0) && (i == 63 || values[at] < 2ull << i);
		assert_int_equal(octaves[i], in);
		all += in;
	}
	assert_int_equal(all, VALUES);
	gt_spread_free(&spread);
	free(values);
}

static void the_ends_of_the_range(void **unused)
{
	static const uint64_t ends[] = {0, 1, 63, 64, 65, 127, 128, 1ull << 62, UINT64_MAX};

	(void)unused;
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		struct gt_spread spread = {};

		assert_int_equal(gt_spread_add(&spread, ends[i]), 0);
		/* Never above what was put in. */
		assert_true(gt_spread_quantile(&spread, 1) <= ends[i]);
		assert_true(gt_spread_quantile(&spread, 0.5) >= ends[i] - ends[i] / 128);
		gt_spread_free(&spread);
	}
}

static void nothing_is_nothing(void **unused)
{
	struct gt_spread spread = {};

	(void)unused;
	assert_int_equal(gt_spread_quantile(&spread, 0.5), 0);
	assert_int_equal(spread.max, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quantiles_are_near),
		cmocka_unit_test(the_ends_of_the_range),
		cmocka_unit_test(nothing_is_nothing),
	};

	return cmocka_run_group_tests_name("spread", tests, NULL, NULL);
}
