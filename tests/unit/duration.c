// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/duration.h"

static const struct {
	const char *text;
	int error;
	uint64_t ns;
} cases[] = {
	{"5ms", 0, 5000000},
	{"200us", 0, 200000},
	{"200\u00b5s", 0, 200000},
	{"1.5s", 0, 1500000000},
	{"80ns", 0, 80},
	{"0", 0, 0},
	{"0s", 0, 0},
	{".5us", 0, 500},
	{"5", -EINVAL, 0},
	{"", -EINVAL, 0},
	{"ms", -EINVAL, 0},
	{"-1ms", -EINVAL, 0},
	{" 1ms", -EINVAL, 0},
	{"1 ms", -EINVAL, 0},
	{"1e3ms", -EINVAL, 0},
	{"0x10ms", -EINVAL, 0},
	{"inf", -EINVAL, 0},
	{"1.2.3s", -EINVAL, 0},
	{"1m", -EINVAL, 0},
	{"99999999999s", -EINVAL, 0},
};

static void check(void **state)
{
	unsigned int which = (uintptr_t)*state;
	uint64_t ns = 0;

	assert_int_equal(gt_duration_parse(cases[which].text, &ns), cases[which].error);
	assert_int_equal(ns, cases[which].ns);
}

int main(void)
{
	enum { COUNT = sizeof(cases) / sizeof(*cases) };
	struct CMUnitTest tests[COUNT];
	size_t i;

	for (i = 0; i < COUNT; i++)
		tests[i] = (struct CMUnitTest){.name = *cases[i].text ? cases[i].text : "(nothing)",
					       .test_func = check, .initial_state = (void *)(uintptr_t)i};
	return cmocka_run_group_tests_name("duration", tests, NULL, NULL);
}
