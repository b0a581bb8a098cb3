// SPDX-License-Identifier: GPL-2.0
/* What --trigger takes, what it says of the rest, and how much of a stall counts for each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/cli.h"
#include "cli/record_options.h"
#include "cli/trigger.h"

static void conditions_have_all_units(void **unused)
{
	static const struct {
		const char *text;
		enum gt_trigger_what what;
		uint64_t ns;
	} cases[] = {
		{"stall>5ms", GT_TRIGGER_STALL, 5000000},     {"park>200us", GT_TRIGGER_PARK, 200000},
		{"park>200\u00b5s", GT_TRIGGER_PARK, 200000}, {"runq>80ns", GT_TRIGGER_RUNQ, 80},
		{"syscall>1.5s", GT_TRIGGER_SYSCALL, 1500000000},
		{"stall > 5ms", GT_TRIGGER_STALL, 5000000},   {"runq>  .5us", GT_TRIGGER_RUNQ, 500},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct gt_trigger trigger = {0};

		assert_null(gt_trigger_parse(cases[i].text, &trigger));
		assert_int_equal(trigger.what, cases[i].what);
		assert_int_equal(trigger.ns, cases[i].ns);
		assert_ptr_equal(trigger.text, cases[i].text);
	}
}

static void each_mistake_has_its_message(void **unused)
{
	static const char begins[] = "it begins with stall, park, runq or syscall",
			  follows[] = "no > follows, unquoted a shell takes it away",
			  time[] = "a time follows the >, with its unit: ns, us, ms or s",
			  zero[] = "everything takes longer than 0";
	static const struct {
		const char *text, *wrong;
	} cases[] = {
		{"", begins},		   {">5ms", begins},	     {"5ms", begins},	       {"stalls>5ms", begins},
		{"Stall>5ms", begins},	   {" stall>5ms", begins},   {"stal>5ms", begins},     {"gc>5ms", begins},
		{"stall", follows},	   {"stall<5ms", follows},   {"stall=5ms", follows},   {"stall 5ms", follows},
		{"park ", follows},	   {"stall>", time},	     {"stall>5", time},	       {"stall>ms", time},
		{"stall>>5ms", time},	   {"stall>=5ms", time},     {"stall>-5ms", time},     {"stall>5 ms", time},
		{"stall>5ms,park>5ms", time}, {"stall>5m", time},    {"stall>1e3us", time},    {"stall>99999999999s", time},
		{"stall>0", zero},	   {"runq>0ms", zero},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct gt_trigger trigger;
		const char *wrong = gt_trigger_parse(cases[i].text, &trigger);

		assert_non_null(wrong);
		assert_string_equal(wrong, cases[i].wrong);
	}
}

/*
 * begin 1000, ready 1600, end 2000.
 */
static void what_counts_of_a_stall(void **unused)
{
	static const struct {
		enum gt_stall_kind kind;
		uint64_t park, syscall;
	} cases[] = {
		{GT_STALL_PARK, 1000, 0}, {GT_STALL_SYSCALL, 0, 1000}, {GT_STALL_PREEMPTED, 0, 0},
		{GT_STALL_YIELD, 0, 0},	  {GT_STALL_ASYNC, 0, 0},      {GT_STALL_STOPPED, 0, 0},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct gt_stall stall = {.begin = 1000, .ready = 1600, .end = 2000, .kind = cases[i].kind};

		assert_int_equal(gt_trigger_ticks(GT_TRIGGER_STALL, &stall), 1000);
		assert_int_equal(gt_trigger_ticks(GT_TRIGGER_RUNQ, &stall), 400);
		assert_int_equal(gt_trigger_ticks(GT_TRIGGER_PARK, &stall), cases[i].park);
		assert_int_equal(gt_trigger_ticks(GT_TRIGGER_SYSCALL, &stall), cases[i].syscall);
	}
}

static int parse(struct gt_record_options *o, int argc, const char **argv)
{
	return gt_record_parse(argc, (char **)argv, o);
}

static void a_trigger_brings_what_it_needs(void **unused)
{
	struct gt_record_options o;

	(void)unused;
	assert_int_equal(parse(&o, 4, (const char *[]){"record", "--trigger", "stall>5ms", "true", NULL}), 0);
	assert_true(o.parks && o.flight);
	assert_int_equal(o.dumps.nr_triggers, 1);
	assert_int_equal(o.dumps.span_ns, 10000000000);
	assert_int_equal(o.dumps.bytes, 64 << 20);
	assert_string_equal(o.dumps.output, "gtrace.data");

	assert_int_equal(parse(&o, 6, (const char *[]){"record", "--flight=2.5", "--flight-size=1M", "-o", "x", "true", NULL}), 0);
	assert_true(!o.parks && o.flight && !o.dumps.nr_triggers);
	assert_int_equal(o.dumps.span_ns, 2500000000);
	assert_int_equal(o.dumps.bytes, 1 << 20);
	assert_string_equal(o.dumps.output, "x");

	assert_int_equal(parse(&o, 3, (const char *[]){"record", "--flight=500ms", "true", NULL}), 0);
	assert_int_equal(o.dumps.span_ns, 500000000);
}

static void nonsense_is_refused(void **unused)
{
	static const char *const lines[][3] = {
		{"--flight=0", NULL},	  {"--flight=0.05", NULL},	 {"--flight=x", NULL},
		{"--flight=-1", NULL},	  {"--flight=", NULL},		 {"--flight=10m", NULL},
		{"--flight-size=1M", NULL}, {"--flight", "--flight-size=0"}, {"--flight", "--flight-size=1X"},
		{"--flight", "-o-"},	  {"--trigger=stall", NULL},
	};
	struct gt_record_options o;

	(void)unused;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		const char *argv[] = {"record", lines[i][0], lines[i][1] ? lines[i][1] : "true", "true", NULL};

		assert_int_equal(parse(&o, 4, argv), GT_EXIT_USAGE);
	}
}

static void there_are_so_many_at_most(void **unused)
{
	const char *argv[GT_TRIGGERS_MAX + 4] = {"record"};
	struct gt_record_options o;

	(void)unused;
	for (int i = 1; i <= GT_TRIGGERS_MAX + 1; i++)
		argv[i] = "--trigger=park>1ms";
	argv[GT_TRIGGERS_MAX + 1] = "true";
	assert_int_equal(parse(&o, GT_TRIGGERS_MAX + 2, argv), 0);
	assert_int_equal(o.dumps.nr_triggers, GT_TRIGGERS_MAX);
	argv[GT_TRIGGERS_MAX + 1] = "--trigger=park>1ms";
	argv[GT_TRIGGERS_MAX + 2] = "true";
	assert_int_equal(parse(&o, GT_TRIGGERS_MAX + 3, argv), GT_EXIT_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conditions_have_all_units),
		cmocka_unit_test(each_mistake_has_its_message),
		cmocka_unit_test(what_counts_of_a_stall),
		cmocka_unit_test(a_trigger_brings_what_it_needs),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(there_are_so_many_at_most),
	};

	return cmocka_run_group_tests_name("trigger", tests, NULL, NULL);
}
