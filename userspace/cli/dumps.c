// SPDX-License-Identifier: GPL-2.0
#include "dumps.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <x86intrin.h>

#include "cli.h"
#include "output/text.h"
#include "output_file.h"
#include "watch.h"

#define PATIENCE_NS UINT64_C(100000000)
/* What fires is found a moment later; the window reaches back from there. */
#define LATE_NS UINT64_C(100000000)
/* Rounds come so often at least, and at most. */
#define CALM_MS    20
#define HURRY_MS   2
#define ASKERS_MAX 8
#define DUES_MAX   8

struct due {
	char trigger[256];
	uint64_t goid, begin; /* of the stall that fired; 0 = somebody asked */
	uint64_t fired;       /* TSC: where the window ends */
	uint64_t since_ns;    /* known */
	bool over;            /* so is how the stall ended, or that it will not be */
	pid_t askers[ASKERS_MAX];
	unsigned int nr_askers;
};

struct gt_dumps {
	struct gt_dumps_options options;
	struct gt_flight *flight;
	struct gt_watch *watch; /* NULL = no triggers */
	struct gt_writer *writer;
	uint32_t khz;
	unsigned int count; /* dumps written */
	uint64_t armed;     /* TSC: what would fire before does not */
	uint64_t passed;    /* so often that happened */
	uint64_t now_ns;    /* of this round */
	struct due dues[DUES_MAX];
	unsigned int nr_dues;
};

static uint64_t ticks(const struct gt_dumps *dumps, uint64_t ns)
{
	return (__uint128_t)ns * dumps->khz / 1000000;
}

static uint64_t ns_of(const struct gt_dumps *dumps, uint64_t ticks)
{
	return (__uint128_t)ticks * 1000000 / dumps->khz;
}

/* ---- what is due ------------------------------------------------------------------------------------------------- */

static struct due *add_due(struct gt_dumps *dumps, uint64_t fired, uint64_t now_ns)
{
	struct due *due = &dumps->dues[dumps->nr_dues++];

	*due = (struct due){.fired = fired, .since_ns = now_ns, .over = true};
	return due;
}

/* A gt_fired_fn. */
static void fire(void *to, const struct gt_fired *fired)
{
	char took[GT_UNITS_BYTES];
	struct gt_dumps *dumps = to;
	struct due *due;

	if (fired->stall.end < dumps->armed || dumps->nr_dues == DUES_MAX) {
		dumps->passed++;
		return;
	}
	due = add_due(dumps, fired->stall.end, dumps->now_ns);
	dumps->armed = due->fired + ticks(dumps, dumps->options.span_ns);
	due->goid = fired->stall.goid;
	due->begin = fired->stall.begin;
	due->over = false;
	gt_text_ns(took, ns_of(dumps, fired->stall.end - fired->stall.begin));
	snprintf(due->trigger, sizeof(due->trigger), "%.64s: goroutine %" PRIu64 "%s%.128s%s, %s", fired->trigger.text,
		 fired->stall.goid, fired->root ? " (" : "", fired->root ? fired->root : "", fired->root ? ")" : "",
		 took);
}

/* A gt_over_fn. */
static void note_end(void *to, const struct gt_stall *stall)
{
	struct gt_dumps *dumps = to;

	for (unsigned int i = 0; i < dumps->nr_dues; i++)
		if (dumps->dues[i].begin == stall->begin && dumps->dues[i].goid == stall->goid)
			dumps->dues[i].over = true;
}

void gt_dumps_ask(struct gt_dumps *dumps, pid_t asker, uint64_t now_ns)
{
	struct due *due = dumps->nr_dues ? &dumps->dues[dumps->nr_dues - 1] : NULL;

	/* Who asks while others wait for the same gets that one. */
	if (!due || (due->begin && dumps->nr_dues < DUES_MAX)) {
		due = add_due(dumps, __rdtsc(), now_ns);
		snprintf(due->trigger, sizeof(due->trigger), "asked for");
	}
	if (asker && due->nr_askers < ASKERS_MAX)
		due->askers[due->nr_askers++] = asker;
}

/* A stall that fires may begin before the dump does. When somebody asks for a dump, nobody knows what for. */
static bool is_short(const struct gt_dumps_options *options)
{
	for (unsigned int i = 0; i < options->nr_triggers; i++)
		if (options->triggers[i].ns >= options->span_ns)
			return true;
	return !options->nr_triggers;
}

/* Such a stall begins before the dump does, which has how it began, and not what led to it. */
static void say_short(const struct gt_dumps_options *options)
{
	char span[GT_UNITS_BYTES];

	for (unsigned int i = 0; i < options->nr_triggers && !options->quiet; i++)
		if (options->triggers[i].ns > options->span_ns)
			fprintf(stderr,
				"[ %s is longer than --flight=%s: of its begin a dump will have the stack and the "
				"branches, but not what others did then ]\n",
				options->triggers[i].text, gt_text_ns(span, options->span_ns));
}

struct gt_dumps *gt_dumps_new(const struct gt_dumps_options *options, const struct gt_recording_info *info,
			      const struct gt_decoder *decoder, struct gt_writer *writer)
{
	struct gt_dumps *dumps = calloc(1, sizeof(*dumps));
	struct gt_flight_options flight = {.bytes = options->bytes, .remember = is_short(options)};

	if (!dumps)
		return NULL;
	dumps->options = *options;
	dumps->writer = writer;
	dumps->khz = info->tsc_khz;
	flight.span = ticks(dumps, options->span_ns);
	if (options->nr_triggers)
		dumps->watch = gt_watch_new(options->triggers, options->nr_triggers, dumps->khz, fire, note_end, dumps);
	if (!options->nr_triggers || dumps->watch)
		dumps->flight = gt_flight_new(&flight, info, decoder, writer, __rdtsc());
	if (dumps->flight) {
		say_short(options);
		return dumps;
	}
	gt_dumps_free(dumps);
	return NULL;
}

void gt_dumps_free(struct gt_dumps *dumps)
{
	if (!dumps)
		return;
	gt_flight_free(dumps->flight);
	gt_watch_free(dumps->watch);
	free(dumps);
}

struct gt_flight *gt_dumps_flight(struct gt_dumps *dumps)
{
	return dumps->flight;
}

int gt_dumps_events(struct gt_dumps *dumps, uint32_t cpu, const void *events, size_t bytes)
{
	int err = gt_flight_events(dumps->flight, cpu, events, bytes);

	return err || !dumps->watch ? err : gt_watch_events(dumps->watch, cpu, events, bytes);
}

int gt_dumps_round(struct gt_dumps *dumps, uint64_t tsc, uint64_t now_ns)
{
	/* Looks come from a thread of their own; when no ring had anything they are in the buffer still. */
	int err = gt_writer_flush(dumps->writer);
	const struct due *due = dumps->dues;

	dumps->now_ns = now_ns;
	if (!err && dumps->watch)
		err = gt_watch_round(dumps->watch, tsc, gt_flight_known(dumps->flight, tsc));
	if (dumps->nr_dues && due->fired < tsc)
		tsc = due->fired;
	if (!err)
		err = gt_flight_trim(dumps->flight, tsc - ticks(dumps, LATE_NS));
	if (err || !dumps->nr_dues)
		return err;
	return (due->over && gt_flight_looked(dumps->flight) > due->fired) || now_ns - due->since_ns > PATIENCE_NS;
}

int gt_dumps_patience(const struct gt_dumps *dumps, uint64_t tsc)
{
	uint64_t due = dumps->watch ? gt_watch_due(dumps->watch) : UINT64_MAX, ms;

	if (due == UINT64_MAX || due < dumps->armed)
		return CALM_MS;
	ms = due > tsc ? (due - tsc) / dumps->khz : 0;
	ms += GT_FLIGHT_LATE_US / 1000 + 1;
	return ms > CALM_MS ? CALM_MS : ms < HURRY_MS ? HURRY_MS : (int)ms;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

socklen_t gt_dumps_address(pid_t asker, struct sockaddr_un *address)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	/* A NUL before it: a name that is no file. */
	return offsetof(struct sockaddr_un, sun_path) + 1 +
	       snprintf(address->sun_path + 1, sizeof(address->sun_path) - 1, "gtrace-dump-%d", asker);
}

void gt_dumps_answer(pid_t asker, char sign, const char *text)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char answer[PATH_MAX + 256];
	struct sockaddr_un to;
	socklen_t size = gt_dumps_address(asker, &to);
	int n = snprintf(answer, sizeof(answer), "%c%s", sign, text);

	if (fd < 0)
		return;
	/* Nobody is there: kill -USR2 does not wait. */
	sendto(fd, answer, n < (int)sizeof(answer) ? n : (int)sizeof(answer) - 1, MSG_DONTWAIT, (void *)&to, size);
	close(fd);
}

static void answer_all(const struct due *due, const char *path, int err)
{
	char full[PATH_MAX], why[128];

	snprintf(why, sizeof(why), "it cannot be written: %s", strerror(-err));
	for (unsigned int i = 0; i < due->nr_askers; i++)
		gt_dumps_answer(due->askers[i], err ? '-' : '+', err ? why : realpath(path, full) ? full : path);
}

static void say(const struct gt_dumps *dumps, const struct due *due, const char *path,
		const struct gt_flight_dump *dump)
{
	char text[GT_UNITS_BYTES], size[GT_UNITS_BYTES];

	if (dumps->options.quiet)
		return;
	fprintf(stderr, "[ %s; wrote %s: %s, ", due->trigger, path, gt_text_bytes(text, dump->bytes));
	fprintf(stderr, "%s before", gt_text_ns(text, ns_of(dumps, dump->before)));
	fprintf(stderr, " and %s after, ", gt_text_ns(text, ns_of(dumps, dump->after)));
	fprintf(stderr, "%s samples", gt_text_count(text, dump->samples));
	if (dump->cut) {
		fprintf(stderr, "; not %s: more does not fit into", gt_text_ns(text, dumps->options.span_ns));
		fprintf(stderr, " --flight-size %s", gt_text_bytes(text, dumps->options.bytes));
	}
	if (dump->lost)
		fprintf(stderr, "; %s events of it lost: the recorder could not keep pace",
			gt_text_count(text, dump->lost));
	if (dump->dropped)
		fprintf(stderr, "; how %s goroutines came to stand still before: no room left in --flight-size %s",
			gt_text_count(text, dump->dropped), gt_text_bytes(size, dumps->options.bytes));
	fputs(" ]\n", stderr);
}

static int write_file(struct gt_dumps *dumps, const struct due *due, const char *path, uint64_t tsc,
		      struct gt_flight_dump *dump)
{
	const struct gt_flight_cause cause = {due->trigger, due->goid, due->begin, due->fired};
	int fd = gt_output_open(path), err;

	if (fd < 0)
		return fd;
	err = gt_flight_trim(dumps->flight, due->fired);
	if (!err)
		err = gt_flight_dump(dumps->flight, fd, &cause, due->fired + ticks(dumps, PATIENCE_NS),
				     gt_flight_known(dumps->flight, tsc), dump);
	if (close(fd) && !err)
		err = -errno;
	/* Its end is missing, which is what it was about. */
	if (err)
		unlink(path);
	return err;
}

int gt_dumps_write(struct gt_dumps *dumps, uint64_t tsc)
{
	struct due due = dumps->dues[0];
	struct gt_flight_dump dump;
	char path[PATH_MAX];
	int err;

	memmove(dumps->dues, dumps->dues + 1, --dumps->nr_dues * sizeof(*dumps->dues));
	if (dumps->count)
		snprintf(path, sizeof(path), "%s.%u", dumps->options.output, dumps->count);
	else
		snprintf(path, sizeof(path), "%s", dumps->options.output);
	err = write_file(dumps, &due, path, tsc, &dump);
	/* The line of progress may stand there. */
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	answer_all(&due, path, err);
	if (err == -ENOMEM)
		return err;
	if (err) {
		gt_complain("%s; cannot write %s: %s. Free some space; the next dump will try again", due.trigger, path,
			    strerror(-err));
		return 0;
	}
	dumps->count++;
	say(dumps, &due, path, &dump);
	return 0;
}

static void say_end(const struct gt_dumps *dumps)
{
	char times[GT_UNITS_BYTES], span[GT_UNITS_BYTES];

	if (dumps->options.quiet)
		return;
	if (dumps->passed)
		fprintf(stderr, "[   fired %s times more, each less than %s after a dump: not written ]\n",
			gt_text_count(times, dumps->passed), gt_text_ns(span, dumps->options.span_ns));
	if (!dumps->count && dumps->watch)
		fputs("[ nothing fired: nothing was written ]\n", stderr);
}

int gt_dumps_end(struct gt_dumps *dumps, uint64_t tsc)
{
	uint64_t known = gt_flight_known(dumps->flight, tsc);
	int err = dumps->watch ? gt_watch_round(dumps->watch, __rdtsc(), known) : 0;

	if (!err && !dumps->nr_dues && !dumps->count && !dumps->watch)
		snprintf(add_due(dumps, __rdtsc(), 0)->trigger, sizeof(dumps->dues->trigger), "recording ended");
	while (dumps->nr_dues && !err)
		err = gt_dumps_write(dumps, tsc);
	say_end(dumps);
	return err;
}
