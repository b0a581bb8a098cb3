// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "flight_private.h"
#include "lib/kallsyms.h"

static uint64_t min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

struct file {
	int fd;
	uint32_t sequence;
	uint64_t bytes;
};

static int put(struct file *file, const void *bytes, size_t n)
{
	const uint8_t *at = bytes;

	while (n) {
		ssize_t done = write(file->fd, at, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done ? -errno : -EIO;
		at += done;
		n -= done;
		file->bytes += done;
	}
	return 0;
}

/* Chunks are numbered as they come. */
static int put_chunk(struct file *file, const struct gt_chunk_header *chunk)
{
	struct gt_chunk_header header = *chunk;
	int err;

	gt_chunk_number(&header, file->sequence++);
	err = put(file, &header, sizeof(header));
	return err ? err : put(file, chunk + 1, gt_chunk_size(chunk) - sizeof(*chunk));
}

/* A gt_write_fn. */
static int put_chunks(void *to, const void *bytes, size_t n)
{
	const uint8_t *at = bytes, *end = at + n;
	int err = 0;

	while (at < end && !err) {
		const struct gt_chunk_header *chunk = (const void *)at;

		err = put_chunk(to, chunk);
		at += gt_chunk_size(chunk);
	}
	return err;
}

static int put_list(struct file *file, const struct gt_kept_list *list)
{
	int err = 0;

	for (const struct gt_kept *kept = list->first; kept && !err; kept = kept->next)
		err = put_chunk(file, &kept->chunk);
	return err;
}

/* ---- what goes by way of the writer ------------------------------------------------------------------------------ */

/* Of what to write, in one piece. */
struct plan {
	const struct gt_flight_cause *cause;
	uint64_t begin_realtime_ns;
	uint64_t known;   /* TSC: all events from before that are in it */
	size_t nr_slices; /* the first ones */
};

static int put_beginning(struct gt_flight *flight, struct file *file, const struct plan *plan)
{
	struct gt_file_header header = {.version = GT_FILE_VERSION, .bytes = sizeof(header)};
	struct gt_recording_info info = flight->info;
	int err;

	memcpy(header.magic, GT_FILE_MAGIC, sizeof(header.magic));
	info.start_realtime_ns = plan->begin_realtime_ns;
	info.trigger = plan->cause->trigger;
	info.trigger_goid = plan->cause->goid;
	info.trigger_tsc = plan->cause->tsc;
	info.fired_tsc = plan->cause->fired;
	info.until_tsc = plan->known;
	info.standing_dropped = flight->standing.stopped.nr_bare;
	err = put(file, &header, sizeof(header));
	return err ? err : gt_writer_info(flight->writer, &info);
}

static int put_maps(struct gt_flight *flight)
{
	struct gt_events events = {0};
	int err = gt_standing_maps(&flight->standing, flight->from, &events);

	if (!err)
		err = gt_writer_events(flight->writer, GT_CPU_NONE, events.bytes, events.used);
	gt_events_free(&events);
	return err;
}

/* A gt_stopped_fn. */
static int put_stopped(void *writer, uint32_t cpu, const void *events, size_t bytes)
{
	return gt_writer_standing(writer, cpu, events, bytes);
}

/* How things stand when the window begins. When nothing was dropped the events themselves tell. */
static int put_standing(struct gt_flight *flight)
{
	const struct gt_cpu_states *cpus = &flight->standing.cpus;
	struct gt_events events = {0};
	int err = put_maps(flight);

	for (size_t i = 0; i < cpus->count && flight->from && !err; i++) {
		events.used = 0;
		err = gt_standing_cpu(&flight->standing, i, flight->from, &events);
		if (!err)
			err = gt_writer_events(flight->writer, cpus->all[i].cpu, events.bytes, events.used);
	}
	gt_events_free(&events);
	return err ? err : gt_stopped_write(&flight->standing.stopped, flight->from, put_stopped, flight->writer);
}

/* Of what is in the file alone, the first `nr_slices`. */
static void count(const struct gt_flight *flight, size_t nr_slices, uint32_t cpu, struct gt_total *total)
{
	const struct gt_cpu_state *state = gt_cpu_state_find(&flight->standing.cpus, cpu);
	const struct gt_total before = state ? state->total : (struct gt_total){.cpu = cpu};
	struct gt_total now = before;
	uint64_t samples = 0;

	for (size_t i = 0; i < nr_slices; i++) {
		state = gt_cpu_state_find(&flight->slices.all[i]->cpus, cpu);
		samples += state ? state->samples : 0;
		if (state && state->counted)
			now = state->total;
	}
	*total = (struct gt_total){
		.cpu = cpu,
		.samples = samples,
		.lost_full = now.lost_full - before.lost_full,
		.lost_event = now.lost_event - before.lost_event,
		.lost_overrun = now.lost_overrun - before.lost_overrun,
		.lost_offline = now.lost_offline - before.lost_offline,
		.events_dropped = now.events_dropped - before.events_dropped,
		.pmis = now.pmis - before.pmis,
		.spurious = now.spurious - before.spurious,
		.wakeups = now.wakeups - before.wakeups,
		.switches = now.switches - before.switches,
	};
}

static int put_totals(struct gt_flight *flight, size_t nr_slices, struct gt_flight_dump *dump)
{
	struct gt_total *totals = calloc(flight->nr_cpus + 1, sizeof(*totals));
	int err;

	if (!totals)
		return -ENOMEM;
	for (size_t i = 0; i < flight->nr_cpus; i++) {
		count(flight, nr_slices, flight->cpus[i].cpu, &totals[i]);
		dump->samples += totals[i].samples;
		dump->lost += totals[i].events_dropped;
	}
	err = gt_writer_finish(flight->writer, totals, flight->nr_cpus);
	free(totals);
	return err;
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

static int put_window(struct gt_flight *flight, struct file *file, size_t nr_slices)
{
	/* What is in the writer's buffer comes first. */
	int err = gt_writer_flush(flight->writer);

	if (!err)
		err = put_list(file, &flight->kept);
	if (!err)
		err = put_list(file, &flight->looks);
	for (size_t i = 0; i < nr_slices && !err; i++)
		err = put_list(file, &flight->slices.all[i]->chunks);
	return err;
}

static int put_all(struct gt_flight *flight, struct file *file, const struct plan *plan, struct gt_flight_dump *dump)
{
	int err = put_beginning(flight, file, plan);

	if (!err)
		err = put_standing(flight);
	if (!err)
		err = put_window(flight, file, plan->nr_slices);
	if (!err && (flight->info.flags & GTRACE_F_KERNEL))
		/* Hidden kernel addresses are told of at the begin. */
		err = gt_kallsyms_write(flight->writer) == -ENOMEM ? -ENOMEM : 0;
	return err ? err : put_totals(flight, plan->nr_slices, dump);
}

/* CLOCK_REALTIME when the TSC was so much, in ns. */
static uint64_t realtime_of(const struct gt_flight *flight, uint64_t tsc)
{
	uint64_t ago = __rdtsc() - tsc;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * UINT64_C(1000000000) + now.tv_nsec - (__uint128_t)ago * 1000000 / flight->info.tsc_khz;
}

int gt_flight_dump(struct gt_flight *flight, int fd, const struct gt_flight_cause *cause, uint64_t until,
		   uint64_t known, struct gt_flight_dump *dump)
{
	uint64_t begin = gt_flight_begin(flight), last = begin;
	struct plan plan = {cause, realtime_of(flight, begin), known, flight->slices.count};
	struct file file = {.fd = fd};
	int err, back;

	while (plan.nr_slices && flight->slices.all[plan.nr_slices - 1]->begin > until)
		plan.known = min(known, flight->slices.all[--plan.nr_slices]->begin);
	for (size_t i = 0; i < flight->nr_cpus; i++)
		if (flight->cpus[i].tsc > last)
			last = flight->cpus[i].tsc;
	if (plan.nr_slices)
		last = min(last, gt_slices_end(&flight->slices, plan.nr_slices - 1));
	*dump = (struct gt_flight_dump){
		.before = cause->fired > begin ? cause->fired - begin : 0,
		.after = last > cause->fired ? last - cause->fired : 0,
		.dropped = flight->standing.stopped.nr_bare,
		.cut = flight->cut && flight->cut == flight->from && begin + flight->options.span > cause->fired,
	};
	err = gt_writer_redirect(flight->writer, put_chunks, &file);
	if (!err)
		err = put_all(flight, &file, &plan, dump);
	back = gt_writer_redirect(flight->writer, gt_flight_keep, flight);
	dump->bytes = file.bytes;
	return err ? err : back;
}
