// SPDX-License-Identifier: GPL-2.0
#include "record_options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "duration.h"

/*
 * One record costs the target 200-300 ns. At one store a nanosecond, which no program keeps up, this period takes
 * 50,000 records a second, about 1 % of a core. A prime, so that without jitter few loops keep step with it.
 */
#define DEFAULT_PERIOD   20011
#define DEFAULT_JITTER   100 /* 10 % */
#define DEFAULT_OVERHEAD 20  /* 2 % */
#define UNSET            UINT32_MAX

/* "64" pages, or "256K", "4M": bytes rounded up to a power of two pages, as perf does. 0 = not a size. */
static uint32_t parse_size(const char *text, char **end)
{
	static const char units[] = "BKMG";
	uint64_t page = sysconf(_SC_PAGESIZE), bytes = strtoull(text, end, 10), size = page;
	const char *unit = **end ? strchr(units, **end) : NULL;

	if (*end == text || bytes > 1u << 30)
		return 0;
	if (unit) {
		bytes <<= 10 * (unit - units);
		++*end;
	} else {
		bytes *= page;
	}
	if (!bytes || bytes > 1u << 30)
		return 0;
	while (size < bytes)
		size *= 2;
	return size;
}

static int parse_rings(const char *text, struct gt_record_options *o)
{
	char *end;

	o->sample_bytes = parse_size(text, &end);
	if (o->sample_bytes && *end == ',')
		o->event_bytes = parse_size(end + 1, &end);
	if (!o->sample_bytes || *end || (strchr(text, ',') && !o->event_bytes))
		return gt_usage_error("record",
				      "-m takes PAGES or a size such as 4M, with ,SIZE for the event ring; "
				      "not '%s'",
				      text);
	if (o->sample_bytes < GT_SAMPLE_BYTES_MIN)
		o->sample_bytes = GT_SAMPLE_BYTES_MIN;
	return 0;
}

static int parse_event(const char *text, struct gt_record_options *o)
{
	const char *rest = text + strcspn(text, ":");

	o->flags &= ~(GTRACE_F_KERNEL | GTRACE_F_NO_USER);
	if (strncmp(text, "stores", rest - text) || rest - text != strlen("stores"))
		return gt_usage_error("record",
				      "there is no event '%s'; -e takes stores, stores:u, stores:k or stores:uk", text);
	if (!*rest || !strcmp(rest, ":u"))
		return 0;
	if (!strcmp(rest, ":uk") || !strcmp(rest, ":ku")) {
		o->flags |= GTRACE_F_KERNEL;
		return 0;
	}
	if (!strcmp(rest, ":k")) {
		o->flags |= GTRACE_F_KERNEL | GTRACE_F_NO_USER;
		return 0;
	}
	return gt_usage_error("record", "'%s': after the colon stand u (user), k (kernel) or both", text);
}

static int parse_period(const char *text, struct gt_record_options *o)
{
	char *end;

	errno = 0;
	o->period = strtoull(text, &end, 10);
	if (errno || *end || end == text || *text == '-' || !o->period)
		return gt_usage_error("record", "-c takes the number of stores between two samples, not '%s'", text);
	return 0;
}

/* "2", "0.5": percent to thousandths. Finer is refused: it would be rounded, to 0 at worst. 0 or -EINVAL. */
static int parse_percent(const char *text, uint32_t most, uint32_t *thousandths)
{
	unsigned long whole, tenth = 0;
	char *end;

	errno = 0;
	whole = strtoul(text, &end, 10);
	if (end != text && *end == '.' && end[1] >= '0' && end[1] <= '9') {
		tenth = end[1] - '0';
		end += 2 + strspn(end + 2, "0");
	}
	if (errno || end == text || *end || *text < '0' || *text > '9' || whole > 100 || whole * 10 + tenth > most)
		return -EINVAL;
	*thousandths = whole * 10 + tenth;
	return 0;
}

static int parse_overhead(const char *text, struct gt_record_options *o)
{
	if (parse_percent(text, 1000, &o->overhead))
		return gt_usage_error(
			"record",
			"--overhead takes percent of the program's CPU time in steps of 0.1 (0 = no limit), "
			"not '%s'",
			text);
	return 0;
}

static int parse_jitter(const char *text, struct gt_record_options *o)
{
	o->jitter_asked = true;
	o->jitter = DEFAULT_JITTER;
	if (!text)
		return 0;
	if (parse_percent(text, GTRACE_JITTER_MAX, &o->jitter) || !o->jitter)
		return gt_usage_error("record",
				      "--jitter takes percent of the period in steps of 0.1, up to %u, not '%s'; for a "
				      "fixed period type --no-jitter",
				      GTRACE_JITTER_MAX / 10, text);
	return 0;
}

#define FLIGHT_NS    (UINT64_C(10) * 1000000000)
#define FLIGHT_BYTES (UINT64_C(64) << 20)

/* "10", "2.5", "500ms" */
static int parse_flight(const char *text, struct gt_record_options *o)
{
	char seconds[32];

	o->flight = true;
	if (!text)
		return 0;
	snprintf(seconds, sizeof(seconds), "%ss", text);
	if ((gt_duration_parse(text, &o->dumps.span_ns) && gt_duration_parse(seconds, &o->dumps.span_ns)) ||
	    o->dumps.span_ns < 100000000)
		return gt_usage_error("record", "--flight takes seconds, at least 0.1, not '%s'", text);
	return 0;
}

static int parse_trigger(const char *text, struct gt_record_options *o)
{
	const char *wrong;

	if (o->dumps.nr_triggers == GT_TRIGGERS_MAX)
		return gt_usage_error("record", "more than %d triggers", GT_TRIGGERS_MAX);
	wrong = gt_trigger_parse(text, &o->dumps.triggers[o->dumps.nr_triggers++]);
	if (wrong)
		return gt_usage_error("record", "--trigger '%s': %s; as in --trigger 'stall>5ms'", text, wrong);
	/* It is about what --parks sees, and something to write when it fires. */
	o->parks = o->flight = true;
	return 0;
}

static int parse_flight_size(const char *text, struct gt_record_options *o)
{
	char *end;

	o->dumps.bytes = parse_size(text, &end);
	if (!o->dumps.bytes || *end)
		return gt_usage_error("record", "--flight-size takes a size such as 64M, not '%s'", text);
	return 0;
}

enum {
	OPTION_PARKS = 256,
	OPTION_FLIGHT,
	OPTION_FLIGHT_SIZE,
	OPTION_TRIGGER,
	OPTION_OVERHEAD,
	OPTION_SHARED_PROBES,
	OPTION_JITTER,
	OPTION_NO_JITTER,
};

static const struct option long_options[] = {
	{"pid", required_argument, NULL, 'p'},
	{"all-cpus", no_argument, NULL, 'a'},
	{"count", required_argument, NULL, 'c'},
	{"jitter", optional_argument, NULL, OPTION_JITTER},
	{"no-jitter", no_argument, NULL, OPTION_NO_JITTER},
	{"event", required_argument, NULL, 'e'},
	{"output", required_argument, NULL, 'o'},
	{"mmap-pages", required_argument, NULL, 'm'},
	{"intr-regs", optional_argument, NULL, 'I'},
	{"branch-any", no_argument, NULL, 'b'},
	{"data", no_argument, NULL, 'd'},
	{"no-inherit", no_argument, NULL, 'i'},
	{"no-samples", no_argument, NULL, 'n'},
	{"parks", no_argument, NULL, OPTION_PARKS},
	{"overhead", required_argument, NULL, OPTION_OVERHEAD},
	{"shared-probes", no_argument, NULL, OPTION_SHARED_PROBES},
	{"flight", optional_argument, NULL, OPTION_FLIGHT},
	{"flight-size", required_argument, NULL, OPTION_FLIGHT_SIZE},
	{"trigger", required_argument, NULL, OPTION_TRIGGER},
	{"quiet", no_argument, NULL, 'q'},
	{"verbose", no_argument, NULL, 'v'},
	{0},
};

static const char letters[] = "+:p:ac:e:o:m:IbdinqvF:";

static int parse_option(int letter, struct gt_record_options *o, char **argv)
{
	switch (letter) {
	case 'p':
		o->pid = optarg;
		return 0;
	case 'a':
		o->all = true;
		return 0;
	case 'c':
		return parse_period(optarg, o);
	case OPTION_JITTER:
		return parse_jitter(optarg, o);
	case OPTION_NO_JITTER:
		o->jitter = 0;
		o->jitter_asked = false;
		return 0;
	case 'e':
		return parse_event(optarg, o);
	case 'o':
		o->output = optarg;
		return 0;
	case 'm':
		return parse_rings(optarg, o);
	case 'b':
		o->branches = true;
		return 0;
	case 'd':
		return 0; /* a store sample has its data address */
	case 'i':
		o->flags &= ~GTRACE_F_INHERIT;
		return 0;
	case 'n':
		o->flags |= GTRACE_F_NO_SAMPLES;
		return 0;
	case OPTION_PARKS:
		o->parks = true;
		return 0;
	case OPTION_OVERHEAD:
		return parse_overhead(optarg, o);
	case OPTION_SHARED_PROBES:
		o->shared_probes = true;
		return 0;
	case OPTION_FLIGHT:
		return parse_flight(optarg, o);
	case OPTION_FLIGHT_SIZE:
		return parse_flight_size(optarg, o);
	case OPTION_TRIGGER:
		return parse_trigger(optarg, o);
	case 'q':
		o->quiet = true;
		return 0;
	case 'v':
		o->verbose = true;
		return 0;
	case 'I':
		o->registers = true;
		if (optarg && strcmp(optarg, "xmm"))
			return gt_usage_error("record",
					      "--intr-regs keeps all general registers, --intr-regs=xmm also "
					      "the XMM registers; it knows no '%s'",
					      optarg);
		o->xmm = optarg != NULL;
		return 0;
	case 'F':
		return gt_usage_error("record", "stores are sampled by count, not by frequency: use -c COUNT");
	}
	return gt_option_error("record", letter, letters, argv);
}

/* The rest of what the flight recorder is to do. */
static int flight_of(struct gt_record_options *o)
{
	if (!o->flight && o->dumps.bytes)
		return gt_usage_error("record", "--flight-size is about the flight recorder: it needs --flight");
	if (o->flight && !strcmp(o->output, "-"))
		return gt_usage_error("record", "--flight writes files, not standard output: name one with -o");
	if (!o->dumps.span_ns)
		o->dumps.span_ns = FLIGHT_NS;
	if (!o->dumps.bytes)
		o->dumps.bytes = FLIGHT_BYTES;
	o->dumps.output = o->output;
	o->dumps.quiet = o->quiet;
	return 0;
}

int gt_record_parse(int argc, char **argv, struct gt_record_options *o)
{
	int letter, status;

	*o = (struct gt_record_options){.output = "gtrace.data",
					.period = DEFAULT_PERIOD,
					.jitter = DEFAULT_JITTER,
					.flags = GTRACE_F_INHERIT,
					.overhead = UNSET};
	optind = 1;
	opterr = 0;
	while ((letter = getopt_long(argc, argv, letters, long_options, NULL)) != -1) {
		status = parse_option(letter, o, argv);
		if (status)
			return status;
	}
	if (optind < argc)
		o->command = argv + optind;
	if (!o->pid && !o->command && !o->all)
		return gt_usage_error("record", "record what? Give a COMMAND, -p PID, or -a for every process");
	if (o->pid && (o->command || o->all))
		return gt_usage_error("record", "-p PID stands alone: no COMMAND and no -a with it");
	if (!o->parks && (o->overhead != UNSET || o->shared_probes))
		return gt_usage_error("record", "%s is about probes: it needs --parks",
				      o->shared_probes ? "--shared-probes" : "--overhead");
	if (o->overhead == UNSET)
		o->overhead = DEFAULT_OVERHEAD;
	return flight_of(o);
}
