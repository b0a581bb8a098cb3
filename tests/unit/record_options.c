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
#include "cli/record_config.h"
#include "cli/seen.h"
#include "cli/tally.h"

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
		{"--jitter=0", "true"},
		{"--jitter=", "true"},
		{"--jitter=-1", "true"},
		{"--jitter=50.1", "true"},
		{"--jitter=0.05", "true"},
		{"--jitter=10%", "true"},
		{"--no-jitter=1", "true"},
		{"--overhead=2", "true"},
		{"--shared-probes", "true"},
		{"--parks", "--overhead=", "true"},
		{"--parks", "--overhead=-1", "true"},
		{"--parks", "--overhead=2%", "true"},
		{"--parks", "--overhead=0.05", "true"},
		{"--parks", "--overhead=1.", "true"},
		{"--parks", "--overhead=.5", "true"},
		{"--parks", "--overhead=100.1", "true"},
		{"--parks", "--overhead=99999999999999999999", "true"},
		{"--parks=yes", "true"},
		{"--parks"},
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

static void periods_stray(void **unused)
{
	static const struct {
		const char *period, *jitter;
		uint32_t asked, had;
	} cases[] = {
		{"2003", "--jitter", 100, 100},
		{"2003", "--jitter=2.5", 25, 25},
		{"2003", "--jitter=50", 500, 500},
		{"2003", "--no-jitter", 0, 0},
		/* Within 16 to 2^20. */
		{"20", "--jitter=50", 500, 200},
		{"17", "--jitter", 100, 0},	/* 58 of 1000: less than one store */
		{"16", "--jitter", 100, 0},
		{"1048575", "--jitter", 100, 0},
		{"1000000", "--jitter", 100, 48},
		{"15", "--jitter", 100, 0},
		{"18446744073709551615", "--jitter", 100, 0},
	};
	const struct gtrace_caps caps = {.source = GTRACE_SOURCE_PEBS, .nr_cpus = 1, .period_min = 16,
					 .period_max = 1 << 20};
	struct gt_record_options o;

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(parse((const char *[]){"-c", cases[i].period, cases[i].jitter, "true", NULL}, &o), 0);
		assert_int_equal(o.jitter, cases[i].asked);
		assert_int_equal(gt_record_config(&o, &caps, 1, true).jitter, cases[i].had);
		/* A period that is out of bounds itself is the module's to refuse. */
		assert_int_equal(gt_record_possible(&o, &caps) != 0,
				 cases[i].had < cases[i].asked && o.period >= 16 && o.period <= 1 << 20);
	}
	/* The default; the last one counts; less than was not asked for is no error. */
	assert_int_equal(parse((const char *[]){"-c", "20", "true", NULL}, &o), 0);
	assert_int_equal(gt_record_config(&o, &caps, 1, true).jitter, 100);
	assert_int_equal(parse((const char *[]){"-c", "17", "true", NULL}, &o), 0);
	assert_int_equal(gt_record_config(&o, &caps, 1, true).jitter, 0);
	assert_int_equal(gt_record_possible(&o, &caps), 0);
	assert_int_equal(parse((const char *[]){"-c", "999", "--no-jitter", "--jitter=3", "true", NULL}, &o), 0);
	assert_int_equal(gt_record_config(&o, &caps, 1, true).jitter, 30);
	/* Without samples there is no period. */
	assert_int_equal(parse((const char *[]){"-n", "--jitter", "true", NULL}, &o), 0);
	assert_int_equal(gt_record_config(&o, &caps, 1, true).jitter, 0);
	assert_int_equal(gt_record_possible(&o, &caps), 0);
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

static void parks_choose_probes_and_rings(void **unused)
{
	static const struct {
		const char *percent;
		uint32_t thousandths;
	} cases[] = {
		{"2", 20}, {"0", 0}, {"0.5", 5}, {"0.50", 5}, {"100", 1000}, {"100.0", 1000}, {"0.1", 1}, {"12.3", 123},
	};
	struct gtrace_caps caps = {.nr_cpus = 2, .lbr_depth = 32};
	struct gtrace_config config;
	struct gt_record_options o;

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(parse((const char *[]){"--parks", "--overhead", cases[i].percent, "true", NULL}, &o), 0);
		assert_int_equal(gt_record_config(&o, &caps, 42, true).overhead, cases[i].thousandths);
	}

	/* Two percent unless told otherwise; branches where there is an LBR; the first window needs room at once. */
	assert_int_equal(parse((const char *[]){"--parks", "true", NULL}, &o), 0);
	config = gt_record_config(&o, &caps, 42, true);
	assert_int_equal(config.overhead, 20);
	assert_int_equal(config.flags,
			 GTRACE_F_INHERIT | GTRACE_F_ENABLE_ON_EXEC | GTRACE_F_WAKES | GTRACE_F_BRANCHES);
	assert_int_equal(config.data, GTRACE_DATA_MEM | GTRACE_DATA_GPR);
	assert_int_equal(config.event_bytes, 8 << 20);
	assert_int_equal(config.sample_bytes, 1 << 20);
	caps.lbr_depth = 0;
	assert_int_equal(gt_record_config(&o, &caps, 42, false).flags, GTRACE_F_INHERIT | GTRACE_F_WAKES);
	caps.nr_cpus = 128;
	assert_int_equal(gt_record_config(&o, &caps, 42, false).event_bytes, 2 << 20);
	caps.nr_cpus = 8192;
	assert_int_equal(gt_record_config(&o, &caps, 42, false).event_bytes, 256 << 10);
	assert_int_equal(parse((const char *[]){"--parks", "-m", "1M,64K", "true", NULL}, &o), 0);
	assert_int_equal(gt_record_config(&o, &caps, 42, false).event_bytes, 64 << 10);

	/* Without samples their ring is as small as it may be. */
	caps.nr_cpus = 2;
	assert_int_equal(parse((const char *[]){"--parks", "-n", "--shared-probes", "-p", "42", NULL}, &o), 0);
	config = gt_record_config(&o, &caps, 42, false);
	assert_true(o.shared_probes);
	assert_int_equal(config.flags, GTRACE_F_INHERIT | GTRACE_F_WAKES | GTRACE_F_NO_SAMPLES);
	assert_int_equal(config.sample_bytes, 16 << 10);

	/* And nothing of all this without --parks. */
	assert_int_equal(parse((const char *[]){"true", NULL}, &o), 0);
	assert_int_equal(gt_record_config(&o, &caps, 42, false).overhead, 0);
}

/* Openings and closings come from all CPUs in any order. */
static void tally(struct gt_tally *t, uint64_t tsc, uint32_t open, uint64_t cost, uint64_t ran)
{
	const struct gtrace_event_window window = {
		.head = {.type = GTRACE_EVENT_WINDOW, .size = sizeof(window), .tsc = tsc}, .open = open, .cost = cost, .ran = ran,
	};

	assert_int_equal(gt_tally_event(t, &window.head), 0);
}

static void the_last_line_tells_what_was_measured(void **unused)
{
	const struct gtrace_event_hit whole = {.head = {GTRACE_EVENT_HIT, sizeof(whole), 0, 1}, .id = 1},
		lost = {.head = {GTRACE_EVENT_HIT, sizeof(lost), GTRACE_EVENT_F_NO_LADDER, 2}, .id = 1},
		ready = {.head = {GTRACE_EVENT_HIT, sizeof(ready), GTRACE_EVENT_F_NO_LADDER, 3}, .id = 2};
	struct gt_tally t = {0};
	double percent;

	(void)unused;
	assert_false(gt_tally_cost(&t, &percent));
	assert_false(gt_tally_open(&t, 1000, &percent));
	gt_tally_event(&t, &whole.head);
	gt_tally_event(&t, &lost.head);
	gt_tally_event(&t, &ready.head);
	assert_int_equal(t.parks, 2);
	assert_int_equal(t.ladders_lost, 1);

	/* Open 1000..1200 and from 1500 on: 700 of 1000. */
	tally(&t, 1500, 1, 20, 900);
	tally(&t, 1000, 1, 0, 0);
	tally(&t, 1200, 0, 15, 500);
	assert_true(gt_tally_open(&t, 2000, &percent));
	assert_true(percent > 69.99 && percent < 70.01);
	tally(&t, 1600, 0, 30, 1000);
	assert_true(gt_tally_open(&t, 2000, &percent));
	assert_true(percent > 29.99 && percent < 30.01);
	assert_true(gt_tally_cost(&t, &percent));
	assert_true(percent > 2.99 && percent < 3.01);

	/* The session's end closes what is closed already, and later than it was asked for. */
	tally(&t, 5000, 0, 36, 1200);
	assert_true(gt_tally_open(&t, 2000, &percent));
	assert_true(percent > 29.99 && percent < 30.01);
	assert_true(gt_tally_cost(&t, &percent));
	assert_true(percent > 2.99 && percent < 3.01);

	/* A closing that found no room in its ring: then it is not known. */
	tally(&t, 1100, 1, 1, 1);
	assert_false(gt_tally_open(&t, 2000, &percent));
	gt_tally_free(&t);
}

static void only_changes_count(void **unused)
{
	struct gt_seen seen = {0};

	(void)unused;
	for (uint64_t round = 0; round < 3; round++)
		for (uint64_t i = 1; i <= 10000; i++)
			/* Every third object is another in each round. */
			assert_int_equal(gt_seen_change(&seen, i * 448, i % 3 ? i : i + round), !round || i % 3 == 0);
	assert_true(gt_seen_has(&seen, 448));
	assert_false(gt_seen_has(&seen, 449));
	gt_seen_free(&seen);
	assert_false(gt_seen_has(&seen, 448));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(letters_mean_what_they_mean_in_perf),
		cmocka_unit_test(events_choose_rings),
		cmocka_unit_test(sizes_are_pages_or_have_units),
		cmocka_unit_test(periods_stray),
		cmocka_unit_test(a_session_is_what_was_asked_for),
		cmocka_unit_test(parks_choose_probes_and_rings),
		cmocka_unit_test(the_last_line_tells_what_was_measured),
		cmocka_unit_test(only_changes_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
