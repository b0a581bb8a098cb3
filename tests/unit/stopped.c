// SPDX-License-Identifier: GPL-2.0
/*
 * What a dump of the flight recorder tells of stalls that began before its window is what a recording of all of it tells:
 * the same ones, stopped by the same hit, with the same stack and branches, made runnable by the same event. What it cannot
 * know it does not tell. The program is one by chance, see world.h.
 */
#include <errno.h>
#include <string.h>

#include "analysis/incident.h"
#include "analysis/stalls.h"
#include "cli/flight.h"
#include "cli/stopped.h"
#include "world.h"

enum { BEGIN_TSC = 1000, WINDOW_TICKS = 4000, STEPS = 3000, ROUND = 200, EVENTS_MAX = 3 * STEPS };

/* Of both the flight recorder and the recording of all. */
struct twin {
	struct world world;
	struct made made; /* where the recorder's own header goes */
	struct gt_flight *flight;
	struct { uint32_t cpu; struct gtrace_event *event; } events[EVENTS_MAX];
	size_t count, brought;
};

static const char reasons[] = "\0chan receive\0sleep\0IO wait\0wait for GC cycle";

static void take_event(void *to, uint32_t cpu, const void *event)
{
	struct twin *twin = to;
	size_t bytes = ((const struct gtrace_event *)event)->size;

	assert_true(twin->count < EVENTS_MAX);
	twin->events[twin->count].cpu = cpu;
	twin->events[twin->count].event = malloc(bytes);
	memcpy(twin->events[twin->count++].event, event, bytes);
}

static void write_program(struct gt_writer *writer)
{
	const struct gt_go go = {.tsc = 50, .tgid = TGT, .version = "go1.26.1", .path = "/no/such/shop"};
	const struct gt_probes probes = {
		.tsc = 50, .tgid = TGT, .planted = 0x1fe, .nr_reasons = 5, .refusal = "", .reasons = reasons};

	assert_int_equal(gt_writer_go(writer, &go), 0);
	assert_int_equal(gt_writer_probes(writer, &probes), 0);
	for (unsigned int i = 0; i < NR_FUNCTIONS; i++)
		assert_int_equal(gt_writer_symbol(writer, &(struct gt_kernel_symbol){CODE + i * 0x100, names[i]}), 0);
	assert_int_equal(gt_writer_flush(writer), 0);
}

static struct twin *begin(uint32_t seed, size_t bytes)
{
	const struct gt_flight_options options = {.span = WINDOW_TICKS, .bytes = bytes, .remember = true};
	const struct gtrace_event_window open = {
		.head = {.type = GTRACE_EVENT_WINDOW, .size = sizeof(open), .tsc = BEGIN_TSC}, .open = 1};
	const struct gtrace_event_clock clock = {
		.head = {.type = GTRACE_EVENT_CLOCK, .size = sizeof(clock), .tsc = BEGIN_TSC}, .monotonic_ns = 5000000000,
		.tsc_after = BEGIN_TSC + 2};
	struct twin *twin = calloc(1, sizeof(*twin));
	struct gt_decoder decoder;

	assert_non_null(twin);
	assert_int_equal(gt_decoder_init(&decoder, 3, made_info.data, 0, sizeof(struct gtrace_pebs_fixed)), 0);
	made_begin(&twin->made);
	twin->flight = gt_flight_new(&options, &made_info, &decoder, twin->made.writer, BEGIN_TSC);
	assert_non_null(twin->flight);
	write_program(twin->made.writer);
	world_begin(&twin->world, seed, BEGIN_TSC + 10);
	twin->world.event = take_event;
	twin->world.to = twin;
	take_event(twin, 0, &open);
	take_event(twin, 0, &clock);
	for (uint32_t i = 0; i < THREADS; i++) {
		const struct gtrace_event_task fork =
			made_task(GTRACE_EVENT_FORK, BEGIN_TSC + 5, TID + i, TGT, TGT, 0, "shop");

		take_event(twin, 0, &fork);
	}
	return twin;
}

static void end(struct twin *twin)
{
	gt_flight_free(twin->flight);
	gt_writer_free(twin->made.writer);
	close(twin->made.fd);
	made_free(&twin->made);
	for (size_t i = 0; i < twin->count; i++)
		free(twin->events[i].event);
	free(twin);
}

/* As the recorder reads: CPU after CPU. */
static void bring(struct twin *twin)
{
	for (uint32_t cpu = 0; cpu < CPUS; cpu++)
		for (size_t i = twin->brought; i < twin->count; i++)
			if (twin->events[i].cpu == cpu)
				assert_int_equal(gt_flight_events(twin->flight, cpu, twin->events[i].event,
								  twin->events[i].event->size), 0);
	twin->brought = twin->count;
	assert_int_equal(gt_flight_trim(twin->flight, twin->world.tsc), 0);
}

static struct gt_join *dump(struct twin *twin, char *path, struct gt_flight_dump *told)
{
	const struct gt_flight_cause cause = {.trigger = "asked for", .fired = twin->world.tsc};
	struct gt_join *join;
	int fd = mkstemp(path);

	assert_int_equal(gt_flight_dump(twin->flight, fd, &cause, twin->world.tsc, twin->world.tsc, told), 0);
	close(fd);
	assert_int_equal(gt_join_open(path, "", &join), 0);
	return join;
}

/* All of it, up to the same end. */
static struct gt_join *record(struct twin *twin, struct made *made)
{
	struct gt_recording_info info = made_info;
	struct gt_join *join;

	info.trigger = "asked for";
	info.fired_tsc = info.until_tsc = twin->world.tsc;
	made_begin_as(made, &info);
	write_program(made->writer);
	for (size_t i = 0; i < twin->count; i++)
		made_event(made, twin->events[i].cpu, twin->events[i].event);
	made_end(made, NULL, 0);
	assert_int_equal(gt_join_open(made->path, "", &join), 0);
	return join;
}

/* ---- the same stall ---------------------------------------------------------------------------------------------- */

static const struct gt_stall *find_in(const struct gt_stall_list *list, const struct gt_stall *stall)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->all[i].begin == stall->begin && list->all[i].goid == stall->goid)
			return &list->all[i];
	return NULL;
}

static void assert_place(struct gt_join *a, struct gt_site left, struct gt_join *b, struct gt_site right)
{
	char one[256], other[256];

	assert_string_equal(gt_site_function(a, left, one, sizeof(one)), gt_site_function(b, right, other, sizeof(other)));
}

static void assert_evidence(struct gt_join *a, const struct gt_stall *left, struct gt_join *b, const struct gt_stall *right)
{
	struct gt_incident one, other;

	assert_int_equal(gt_incident_find(&one, a, left->number), 0);
	assert_int_equal(gt_incident_find(&other, b, right->number), 0);
	assert_int_equal(one.hit, other.hit);
	assert_int_equal(one.stack.count, other.stack.count);
	for (uint32_t i = 0; i < one.stack.count; i++)
		assert_place(a, (struct gt_site){.location = one.stack.locations[i]}, b,
			     (struct gt_site){.location = other.stack.locations[i]});
	assert_int_equal(one.waker_stack.count, other.waker_stack.count);
	assert_int_equal(one.ladder.recorded, other.ladder.recorded);
	assert_int_equal(one.ladder.count, other.ladder.count);
	for (uint32_t i = 0; i < one.ladder.count; i++) {
		assert_int_equal(one.ladder.branches[i].from, other.ladder.branches[i].from);
		assert_int_equal(one.ladder.branches[i].cycles, other.ladder.branches[i].cycles);
	}
	/* What its thread did next may be missing, and nothing else is said instead. */
	if (other.next != GT_NEXT_UNKNOWN) {
		assert_int_equal(other.next, one.next);
		assert_int_equal(other.next_from, one.next_from);
	}
	gt_incident_free(&one);
	gt_incident_free(&other);
}

static void assert_same(struct gt_join *a, const struct gt_stall *all, struct gt_join *b, const struct gt_stall *dumped,
			bool evidence, bool breaks)
{
	assert_int_equal(all->kind, dumped->kind);
	assert_int_equal(all->end, dumped->end);
	assert_int_equal(all->ready, dumped->ready);
	assert_int_equal(all->open, dumped->open);
	assert_int_equal(all->requeued, dumped->requeued);
	assert_int_equal(all->reason, dumped->reason);
	assert_int_equal(all->lock, dumped->lock);
	assert_int_equal(all->task_state, dumped->task_state);
	assert_int_equal(all->tid, dumped->tid);
	assert_int_equal(all->cpu, dumped->cpu);
	assert_int_equal(all->end_tid, dumped->end_tid);
	assert_int_equal(all->end_cpu, dumped->end_cpu);
	assert_int_equal(all->waker, dumped->waker);
	assert_int_equal(all->waker_tid, dumped->waker_tid);
	if (dumped->waker_goid)
		assert_int_equal(all->waker_goid, dumped->waker_goid);
	/*
	 * Waits for a CPU that were over before the window are not known; and a gap and a pause that touch are one gap for
	 * those who read all of it: what threads did meanwhile is forgotten.
	 */
	if (gt_join_before(b, dumped->ready))
		assert_true(breaks || dumped->kernel <= all->kernel);
	else
		assert_true(breaks || dumped->kernel == all->kernel);
	assert_place(a, all->site, b, dumped->site);
	if (dumped->ran_from)
		assert_int_equal(all->ran_from, dumped->ran_from);
	if (evidence)
		assert_evidence(a, all, b, dumped);
}

struct seen {
	uint64_t earlier, open, evidence;
};

/* Each stall of `all` that ends in the dump's window or later is in the dump, and no other. */
static void compare(struct gt_join *a, struct gt_join *b, struct seen *seen, bool breaks)
{
	struct gt_stalls all = {.system = true}, dumped = {.system = true};
	uint64_t from = b->first_tsc, expected = 0;
	size_t i;
	int err;

	assert_int_equal(gt_stalls_find(&all, a), 0);
	err = gt_stalls_find(&dumped, b);
	/* A pause all through the window. */
	assert_true(!err || err == -ENODATA);
	assert_true(dumped.unknown[GT_UNKNOWN_UNSEEN] <= all.unknown[GT_UNKNOWN_UNSEEN]);
	for (i = 0; i < dumped.over.count; i++) {
		const struct gt_stall *one = find_in(&all.over, &dumped.over.all[i]);

		assert_non_null(one);
		assert_true(dumped.over.all[i].begin >= from);
		assert_same(a, one, b, &dumped.over.all[i], false, breaks);
	}
	for (i = 0; i < dumped.earlier.count; i++) {
		const struct gt_stall *one = find_in(&all.over, &dumped.earlier.all[i]);

		assert_non_null(one);
		assert_true(dumped.earlier.all[i].begin < from);
		assert_same(a, one, b, &dumped.earlier.all[i], ++seen->evidence % 64 == 0, breaks);
	}
	for (i = 0; i < dumped.open.count; i++) {
		const struct gt_stall *one = find_in(&all.open, &dumped.open.all[i]);

		assert_non_null(one);
		assert_same(a, one, b, &dumped.open.all[i], ++seen->evidence % 64 == 0, breaks);
	}
	for (i = 0; i < all.over.count; i++)
		expected += all.over.all[i].end >= from;
	assert_int_equal(dumped.over.count + dumped.earlier.count, expected);
	/* What was open when the probes paused for good is not known to be so later. */
	assert_int_equal(dumped.open.count, err ? 0 : all.open.count);
	/* Only what began in the window counts. */
	assert_int_equal(dumped.ns.count, dumped.over.count);
	seen->earlier += dumped.earlier.count;
	for (i = 0; i < dumped.open.count; i++)
		seen->open += dumped.open.all[i].begin < from;
	gt_stalls_free(&all);
	gt_stalls_free(&dumped);
}

static void check_seeds(uint32_t first, uint32_t last, bool breaks)
{
	struct seen seen = {};

	for (uint32_t seed = first; seed <= last; seed++) {
		struct twin *twin = begin(seed, 4 << 20);
		uint64_t round = 0;

		twin->world.breaks = breaks;

		for (int i = 0; i < STEPS; i++) {
			char path[] = "/tmp/gtrace-unit-XXXXXX";
			struct gt_flight_dump told;
			struct gt_join *a, *b;
			struct made made;

			world_step(&twin->world);
			if (i + 1 < STEPS && twin->world.tsc < round + ROUND)
				continue;
			round = twin->world.tsc;
			bring(twin);
			if (i < STEPS / 3 || (i + 1 < STEPS && i % 7))
				continue;
			a = record(twin, &made);
			b = dump(twin, path, &told);
			assert_int_equal(told.dropped, 0);
			compare(a, b, &seen, breaks);
			gt_join_close(a);
			gt_join_close(b);
			made_free(&made);
			unlink(path);
		}
		end(twin);
	}
	/* It happens at all. */
	assert_true(seen.earlier > 50);
	assert_true(seen.open > 50);
	assert_true(seen.evidence > 128);
}

static void as_if_they_had_begun_inside(void **unused)
{
	(void)unused;
	check_seeds(1, 14, false);
}

/* What pauses and gaps end is not known in either. */
static void also_where_something_is_missing(void **unused)
{
	(void)unused;
	check_seeds(21, 44, true);
}

/* ---- no room ----------------------------------------------------------------------------------------------------- */

struct stops {
	size_t count;
	uint64_t first; /* TSC */
};

/* A gt_stopped_fn. */
static int count_stops(void *to, uint32_t cpu, const void *events, size_t bytes)
{
	struct stops *stops = to;

	assert_int_equal(cpu, 0);
	stops->first = ((const struct gtrace_event *)events)->tsc;
	for (size_t at = 0; at < bytes; at += ((const struct gtrace_event *)((const char *)events + at))->size)
		stops->count++;
	return 0;
}

static void park(struct gt_stopped *stopped, uint64_t tsc, uint64_t goid)
{
	union {
		struct gtrace_event_hit hit;
		uint8_t bytes[GT_HIT_BYTES_MAX];
	} any = {};

	any.hit = (struct gtrace_event_hit){
		.head = {.type = GTRACE_EVENT_HIT, .size = gt_hit_bytes(GT_PARK_NR, 0, 20), .tsc = tsc},
		.id = GT_GO_PROBE_PARK, .tid = TID, .tgid = TGT, .nr_values = GT_PARK_NR, .nr_frames = 20};
	any.hit.values[GT_HIT_G] = g_of(goid);
	any.hit.values[GT_HIT_GOID] = goid;
	assert_int_equal(gt_stopped_event(stopped, 0, &any.hit.head, (struct gt_place){}), 0);
}

/* 100 goroutines stop at TSC 1001, 1002 ... */
static void stop_all(struct gt_stopped *stopped, size_t limit)
{
	gt_stopped_init(stopped, limit, 100);
	stopped->open = true;
	for (uint64_t i = 1; i <= 100; i++)
		park(stopped, 1000 + i, i);
}

/* Those that stopped last keep how. */
static void what_has_no_room_is_counted(void **unused)
{
	const size_t limit = 40 << 10;
	struct gt_stopped stopped;
	struct stops stops = {};

	(void)unused;
	stop_all(&stopped, limit);
	assert_true(stopped.bytes <= limit && stopped.bytes > limit - 1024);
	assert_int_equal(gt_stopped_write(&stopped, 2000, count_stops, &stops), 0);
	assert_true(stops.count > 10 && stops.count < 90);
	assert_int_equal(stops.count + stopped.nr_bare, 100);
	assert_int_equal(stops.first, 1101 - stops.count);
	/* It runs, and stops again: now there is room for it. */
	park(&stopped, 1500, 1);
	stops.count = 0;
	assert_int_equal(gt_stopped_write(&stopped, 2000, count_stops, &stops), 0);
	assert_int_equal(stops.count + stopped.nr_bare, 100);
	gt_stopped_free(&stopped);
	assert_int_equal(stopped.bytes, 0);
}

static void what_comes_late_is_counted(void **unused)
{
	const struct gtrace_event_clock clock = {
		.head = {.type = GTRACE_EVENT_CLOCK, .size = sizeof(clock), .tsc = 900}};
	const struct gtrace_event_switch late = {
		.head = {.type = GTRACE_EVENT_SWITCH, .size = sizeof(late), .tsc = 900}};
	struct gt_stopped stopped;
	struct stops stops = {};

	(void)unused;
	stop_all(&stopped, 1 << 20);
	/* It tells of nobody who stands still. */
	gt_stopped_late(&stopped, &clock.head);
	assert_int_equal(gt_stopped_write(&stopped, 2000, count_stops, &stops), 0);
	assert_int_equal(stops.count, 100);
	gt_stopped_late(&stopped, &late.head);
	stops.count = 0;
	assert_int_equal(gt_stopped_write(&stopped, 2000, count_stops, &stops), 0);
	assert_int_equal(stops.count, 0);
	assert_int_equal(stopped.nr_bare, 100);
	gt_stopped_free(&stopped);
	assert_int_equal(stopped.bytes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_if_they_had_begun_inside),
		cmocka_unit_test(what_has_no_room_is_counted),
		cmocka_unit_test(what_comes_late_is_counted),
		cmocka_unit_test(also_where_something_is_missing),
	};

	return cmocka_run_group_tests_name("stopped", tests, NULL, NULL);
}
