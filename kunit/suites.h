/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One suite for each file of the module that needs no machine.
 */
#ifndef _GTRACE_KUNIT_SUITES_H
#define _GTRACE_KUNIT_SUITES_H

#include <kunit/test.h>

extern struct kunit_suite sample_ring_suite, event_ring_suite, period_suite, jitter_suite;
extern struct kunit_suite targets_suite, caps_suite, plan_suite;
extern struct kunit_suite recipe_suite, fetch_suite, budget_suite, seen_suite;

#endif
