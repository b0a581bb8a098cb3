// SPDX-License-Identifier: GPL-2.0
#include <kunit/test.h>

#include "suites.h"

kunit_test_suites(&sample_ring_suite, &event_ring_suite, &period_suite, &jitter_suite, &targets_suite, &caps_suite,
		  &plan_suite, &recipe_suite, &fetch_suite, &budget_suite, &seen_suite);

MODULE_LICENSE("GPL");
