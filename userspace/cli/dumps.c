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
#define ASKERS_MAX  8

struct gt_dumps {
	struct gt_dumps_options options;
	struct gt_flight *flight;
	struct gt_watch *watch; /* NULL = no triggers */
	struct gt_writer *writer;
	uint32_t khz;
	unsigned int count;  /* dumps written */
	uint64_t fires_from; /* TSC: what ended before does not fire */
	bool due;
	uint64_t due_ns, due_tsc;
	char trigger[256]; /* of the dump that is due */
	uint64_t goid, tsc;
	pid_t askers[ASKERS_MAX];
	unsigned int nr_askers;
};

struct gt_dumps *gt_dumps_new(const struct gt_dumps_options *options, const struct gt_recording_info *info,
			      struct gt_writer *writer, uint32_t khz)
{
	struct gt_dumps *dumps = calloc(1, sizeof(*dumps));

	if (!dumps)
		return NULL;
	dumps->options = *options;
	dumps->writer = writer;
	dumps->khz = khz;
	if (options->nr_triggers)
		dumps->watch = gt_watch_new(options->triggers, options->nr_triggers, khz);
	if (!options->nr_triggers || dumps->watch)
		dumps->flight = gt_flight_new(&options->flight, info, writer);
	if (dumps->flight)
		return dumps;
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
	int err = gt_flight_events(dumps->flight, events, bytes);

	return err || !dumps->watch ? err : gt_watch_events(dumps->watch, cpu, events, bytes);
}

/* ---- what is due ------------------------------------------------------------------------------------------------- */

static void become_due(struct gt_dumps *dumps, uint64_t now_ns)
{
	dumps->due = true;
	dumps->due_ns = now_ns;
	dumps->due_tsc = __rdtsc();
}

static void fire(struct gt_dumps *dumps, const struct gt_fired *fired, uint64_t now_ns)
{
	char took[GT_UNITS_BYTES], limit[GT_UNITS_BYTES];

	gt_text_ns(took, (__uint128_t)fired->ticks * 1000000 / dumps->khz);
	gt_text_ns(limit, fired->trigger.ns);
	snprintf(dumps->trigger, sizeof(dumps->trigger), "%s>%s: goroutine %" PRIu64 "%s%.128s%s, %s",
		 gt_trigger_name(fired->trigger.what), limit, fired->stall.goid, fired->root ? " (" : "",
		 fired->root ? fired->root : "", fired->root ? ")" : "", took);
	dumps->goid = fired->stall.goid;
	dumps->tsc = fired->stall.begin;
	become_due(dumps, now_ns);
}

void gt_dumps_ask(struct gt_dumps *dumps, pid_t asker, uint64_t now_ns)
{
	if (asker && dumps->nr_askers < ASKERS_MAX)
		dumps->askers[dumps->nr_askers++] = asker;
	if (dumps->due)
		return;
	snprintf(dumps->trigger, sizeof(dumps->trigger), "asked for");
	dumps->goid = dumps->tsc = 0;
	become_due(dumps, now_ns);
}

int gt_dumps_round(struct gt_dumps *dumps, uint64_t tsc, uint64_t now_ns)
{
	/* Looks come from a thread of their own; when no ring had anything they are in the buffer still. */
	int ret = gt_writer_flush(dumps->writer);
	struct gt_fired fired;

	if (!ret)
		ret = gt_flight_trim(dumps->flight, now_ns);
	if (!ret && dumps->watch)
		ret = gt_watch_round(dumps->watch, tsc, dumps->fires_from, &fired);
	if (ret > 0 && !dumps->due)
		fire(dumps, &fired, now_ns);
	if (ret < 0 || !dumps->due)
		return ret < 0 ? ret : 0;
	return gt_flight_looked(dumps->flight) > dumps->due_tsc || now_ns - dumps->due_ns > PATIENCE_NS;
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

static void answer_all(struct gt_dumps *dumps, const char *path, int err)
{
	char full[PATH_MAX], why[128];

	snprintf(why, sizeof(why), "it cannot be written: %s", strerror(-err));
	for (unsigned int i = 0; i < dumps->nr_askers; i++)
		gt_dumps_answer(dumps->askers[i], err ? '-' : '+', err ? why : realpath(path, full) ? full : path);
	dumps->nr_askers = 0;
}

static void say(const struct gt_dumps *dumps, const char *path, const struct gt_flight_dump *dump)
{
	char size[GT_UNITS_BYTES], span[GT_UNITS_BYTES], asked[GT_UNITS_BYTES], samples[GT_UNITS_BYTES];

	if (dumps->options.quiet)
		return;
	fprintf(stderr, "[ %s; wrote %s: %s, the last %s, %s samples", dumps->trigger, path,
		gt_text_bytes(size, dump->bytes), gt_text_ns(span, dump->span_ns),
		gt_text_count(samples, dump->samples));
	if (dump->cut)
		fprintf(stderr, "; not %s: more does not fit into --flight-size %s",
			gt_text_ns(asked, dumps->options.flight.span_ns),
			gt_text_bytes(size, dumps->options.flight.bytes));
	fputs(" ]\n", stderr);
}

int gt_dumps_write(struct gt_dumps *dumps, uint64_t now_ns)
{
	const struct gt_flight_cause cause = {dumps->trigger, dumps->goid, dumps->tsc};
	struct gt_flight_dump dump;
	char path[PATH_MAX];
	int fd, err;

	if (dumps->count)
		snprintf(path, sizeof(path), "%s.%u", dumps->options.output, dumps->count);
	else
		snprintf(path, sizeof(path), "%s", dumps->options.output);
	fd = err = gt_output_open(path);
	if (fd >= 0) {
		err = gt_flight_dump(dumps->flight, fd, now_ns, &cause, &dump);
		if (close(fd) && !err)
			err = -errno;
	}
	dumps->due = false;
	dumps->fires_from = __rdtsc() + (__uint128_t)dumps->options.flight.span_ns * dumps->khz / 1000000;
	answer_all(dumps, path, err);
	if (err == -ENOMEM)
		return err;
	if (err) {
		gt_complain("%s; cannot write %s: %s. Free some space; the next dump will try again", dumps->trigger,
			    path, strerror(-err));
		return 0;
	}
	dumps->count++;
	say(dumps, path, &dump);
	return 0;
}

int gt_dumps_end(struct gt_dumps *dumps, uint64_t now_ns)
{
	if (!dumps->due && dumps->count)
		return 0;
	if (!dumps->due) {
		snprintf(dumps->trigger, sizeof(dumps->trigger), "recording ended");
		dumps->goid = dumps->tsc = 0;
	}
	return gt_dumps_write(dumps, now_ns);
}
