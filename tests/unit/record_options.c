// SPDX-License-Identifier: GPL-2.0
/* What `gtrace record` makes of a command line, and what it then asks the module for. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/cli.h"
#include "cli/record_options.h"
#include "cli/seen.h"

#define MAX_WORDS 8

/* The words after "record"; complaints go nowhere, their text is the business of the end-to-end tests. */
static int parse(const char *const *words, struct gt_record_options *options)
{
	static char *argv[MAX_WORDS + 2];	/* options point into it */
	int argc = 1, status, terminal = dup(STDERR_FILENO), nowhere = open("/dev/null", O_WRONLY);

	memset(argv, 0, sizeof(argv));
	argv[0] = "record";
	while (words[argc - 1]) {
		argv[argc] = (char *)words[argc - 1];
		argc++;
	}
	dup2(nowhere, STDERR_FILENO);
	status = gt_record_parse(argc, argv, options);
	dup2(terminal, STDERR_FILENO);
	close(terminal);
	close(nowhere);
	return status;
}

static void nonsense_is_refused(void **unused)
{
	static const char *const lines[][MAX_WORDS] = {
		{NULL},
		{"--"},
		{"-p", "1", "true"},
		{"-p", "1", "-a"},
		{"-p"},
		{"-c", "0", "true"},
		{"-c", "-5", "true"},
		{"-c", "12x", "true"},
		{"-c", "99999999999999999999", "true"},
		{"-c", "", "true"},
		{"-F", "99", "true"},
		{"-Z", "true"},
		{"--nonsense", "true"},
		{"-e", "loads", "true"},
		{"-e", "store", "true"},
		{"-e", "storesx:u", "true"},
		{"-e", "stores:", "true"},
		{"-e", "stores:x", "true"},
		{"-m", "0", "true"},
		{"-m", "3G", "true"},
		{"-m", "1M,", "true"},
		{"-m", "1Mx", "true"},
		{"-m", "99999999999999999999", "true"},
		{"--intr-regs=rax", "true"},
	};
	struct gt_record_options o;

	(void)unused;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_int_equal(parse(lines[i], &o), GT_EXIT_USAGE);
}

static void letters_mean_what_they_mean_in_perf(void **unused)
{
	struct gt_record_options o;

	(void)unused;
	assert_int_equal(parse((const char *[]){"ls", "-a", "-p", NULL}, &o), 0);
	assert_string_equal(o.command[0], "ls");
	assert_string_equal(o.command[2], "-p");
	assert_false(o.all);
	assert_null(o.pid);
	assert_string_equal(o.output, "gtrace.data");
	assert_int_equal(o.period, 20011);
	assert_int_equal(o.flags, GTRACE_F_INHERIT);

	assert_int_equal(parse((const char *[]){"-c", "997", "-I", "-b", "-o", "x", "--", "-q", NULL}, &o), 0);
	assert_int_equal(o.period, 997);
	assert_true(o.registers && o.branches && !o.xmm && !o.quiet);
	assert_string_equal(o.output, "x");
	assert_string_equal(o.command[0], "-q");

	assert_int_equal(parse((const char *[]){"-p", "shop", "-i", "-q", "-v", "-d", "--intr-regs=xmm", NULL}, &o), 0);
	assert_string_equal(o.pid, "shop");
	assert_true(o.quiet && o.verbose && o.registers && o.xmm);
	assert_int_equal(o.flags, 0);
	assert_null(o.command);

	assert_int_equal(parse((const char *[]){"-a", "sleep", "1", NULL}, &o), 0);
	assert_true(o.all);
	assert_string_equal(o.command[0], "sleep");
}

static void events_choose_rings(void **unused)
{
	static const struct {
		const char *event;
		uint32_t flags;
	} cases[] = {
		{"stores", 0},
		{"stores:u", 0},
		{"stores:k", GTRACE_F_KERNEL | GTRACE_F_NO_USER},
		{"stores:uk", GTRACE_F_KERNEL},
		{"stores:ku", GTRACE_F_KERNEL},
	};
	struct gt_record_options o;

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(parse((const char *[]){"-e", cases[i].event, "true", NULL}, &o), 0);
		assert_int_equal(o.flags, cases[i].flags | GTRACE_F_INHERIT);
	}
	assert_int_equal(parse((const char *[]){"-e", "stores:k", "-e", "stores", "true", NULL}, &o), 0);
	assert_int_equal(o.flags, GTRACE_F_INHERIT);
}

static void sizes_are_pages_or_have_units(void **unused)
{
	static const struct {
		const char *text;
		uint32_t samples, events;
	} cases[] = {
		{"64", 256 << 10, 0},	     {"1M", 1 << 20, 0},	      {"3M", 4 << 20, 0},
		{"1", 16 << 10, 0},	     {"256K,16K", 256 << 10, 16 << 10}, {"1G,1", 1 << 30, 4096},
		{"4096B,8", 16 << 10, 32768},
	};
	struct gt_record_options o;

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(parse((const char *[]){"-m", cases[i].text, "true", NULL}, &o), 0);
		assert_int_equal(o.sample_bytes, cases[i].samples);
		assert_int_equal(o.event_bytes, cases[i].events);
	}
}

static void a_session_is_what_was_asked_for(void **unused)
{
	struct gtrace_caps caps = {.nr_cpus = 2};
	struct gtrace_config config;
	struct gt_record_options o;

	(void)unused;
	assert_int_equal(parse((const char *[]){"true", NULL}, &o), 0);
	config = gt_record_config(&o, &caps, 42, true);
	assert_int_equal(config.target, 42);
	assert_int_equal(config.flags, GTRACE_F_INHERIT | GTRACE_F_ENABLE_ON_EXEC);
	assert_int_equal(config.data, GTRACE_DATA_MEM | GTRACE_DATA_GPR);
	assert_int_equal(config.sample_bytes, 1 << 20);
	assert_int_equal(config.event_bytes, 256 << 10);

	/* Many CPUs do not mean much memory, unless it was asked for. */
	caps.nr_cpus = 256;
	assert_int_equal(gt_record_config(&o, &caps, 42, true).sample_bytes, 128 << 10);
	caps.nr_cpus = 8192;
	assert_int_equal(gt_record_config(&o, &caps, 42, true).sample_bytes, 16 << 10);
	assert_int_equal(parse((const char *[]){"-m", "4M", "-I", "-b", "-p", "42", NULL}, &o), 0);
	config = gt_record_config(&o, &caps, 42, false);
	assert_int_equal(config.sample_bytes, 4 << 20);
	assert_int_equal(config.flags, GTRACE_F_INHERIT);
	assert_int_equal(config.data, GTRACE_DATA_MEM | GTRACE_DATA_GPR | GTRACE_DATA_LBR);

	assert_int_equal(parse((const char *[]){"-a", "true", NULL}, &o), 0);
	config = gt_record_config(&o, &caps, 42, true);
	assert_int_equal(config.target, GTRACE_TARGET_ALL);
	assert_int_equal(config.flags, 0);
}

static void only_changes_count(void **unused)
{
	struct gt_seen seen = {0};

	(void)unused;
	for (uint64_t round = 0; round < 3; round++)
		for (uint64_t i = 1; i <= 10000; i++)
			/* Every third object is another in each round. */
			assert_int_equal(gt_seen_change(&seen, i * 448, i % 3 ? i : i + round), !round || i % 3 == 0);
	gt_seen_free(&seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(letters_mean_what_they_mean_in_perf),
		cmocka_unit_test(events_choose_rings),
		cmocka_unit_test(sizes_are_pages_or_have_units),
		cmocka_unit_test(a_session_is_what_was_asked_for),
		cmocka_unit_test(only_changes_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
