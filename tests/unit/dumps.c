// SPDX-License-Identifier: GPL-2.0
/*
 * When the flight recorder writes: what fires, when it is armed again, what a dump is about. Events go in as the recorder
 * brings them; one tick is one nanosecond.
 */
#include <dirent.h>
#include <sys/stat.h>
#include <x86intrin.h>

#include "cli/dumps.h"
#include "go/probes.h"
#include "lib/hit.h"
#include "made.h"

#define US 1000ull
#define MS (1000 * US)
#define SPAN (10 * MS)
#define LIMIT MS
/* What takes longer fires at this tick. */
#define MET (LIMIT + 1)
/* Longer than dumps.c waits for a look, and than events may be on their way into the ring. */
#define PATIENCE (101 * MS)
#define UNTOLD MS
#define G7 0xc000001000ull

struct fixture {
	struct made made; /* where the writer's own header goes */
	struct gt_dumps *dumps;
	char directory[32], output[48];
	uint64_t begun; /* TSC */
	uint64_t now_ns;
};

static struct fixture *begin(const char *trigger)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct gt_dumps_options options = {.span_ns = SPAN, .bytes = 1 << 20, .quiet = true};
	struct gt_decoder decoder;
	const struct gtrace_event_window open = {
		.head = {.type = GTRACE_EVENT_WINDOW, .size = sizeof(open)}, .open = 1};
	struct gtrace_event_window first;

	assert_non_null(f);
	strcpy(f->directory, "/tmp/gtrace-unit-XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	snprintf(f->output, sizeof(f->output), "%s/x.data", f->directory);
	options.output = f->output;
	if (trigger) {
		assert_null(gt_trigger_parse(trigger, options.triggers));
		options.nr_triggers = 1;
	}
	made_begin(&f->made);
	assert_int_equal(gt_decoder_init(&decoder, 3, made_info.data, 0, sizeof(struct gtrace_pebs_fixed)), 0);
	f->dumps = gt_dumps_new(&options, &made_info, &decoder, f->made.writer);
	assert_non_null(f->dumps);
	f->begun = __rdtsc();
	first = open;
	first.head.tsc = f->begun;
	assert_int_equal(gt_dumps_events(f->dumps, 0, &first, sizeof(first)), 0);
	return f;
}

static void end(struct fixture *f)
{
	char path[80];

	gt_dumps_free(f->dumps);
	gt_writer_free(f->made.writer);
	close(f->made.fd);
	made_free(&f->made);
	for (unsigned int i = 0; i < 8; i++) {
		snprintf(path, sizeof(path), i ? "%s.%u" : "%s", f->output, i);
		unlink(path);
	}
	assert_int_equal(rmdir(f->directory), 0);
	free(f);
}

static void hit_as(struct fixture *f, uint64_t tsc, uint32_t id, uint32_t flags)
{
	union {
		struct gtrace_event_hit hit;
		uint8_t bytes[GT_HIT_BYTES_MAX];
	} any = {};
	bool park = id == GT_GO_PROBE_PARK;

	any.hit = (struct gtrace_event_hit){
		.head = {.type = GTRACE_EVENT_HIT, .flags = flags, .tsc = f->begun + tsc},
		.id = id, .tid = TGT, .tgid = TGT, .nr_values = park ? GT_PARK_NR : GT_ABOUT_NR,
	};
	any.hit.head.size = gt_hit_bytes(any.hit.nr_values, 0, 0);
	any.hit.values[GT_HIT_G] = park ? G7 : 0xc0000a0000;
	any.hit.values[GT_HIT_GOID] = any.hit.values[GT_HIT_CURGOID] = park ? 7 : 0;
	any.hit.values[GT_HIT_CURG] = park ? G7 : 0;
	if (!park) {
		any.hit.values[GT_ABOUT_GP] = G7;
		any.hit.values[GT_ABOUT_GOID] = 7;
	}
	assert_int_equal(gt_dumps_events(f->dumps, 0, &any, any.hit.head.size), 0);
}

static void hit(struct fixture *f, uint64_t tsc, uint32_t id)
{
	hit_as(f, tsc, id, 0);
}

/* Goroutine 7 waits until `tsc` of the session, for so long, and then it runs. */
static void stall(struct fixture *f, uint64_t tsc, uint64_t ns)
{
	hit(f, tsc - ns, GT_GO_PROBE_PARK);
	hit(f, tsc, GT_GO_PROBE_EXECUTE);
}

/* A round of the recorder that begins at `tsc` of the session, and the next one; how many dumps they wrote. */
static unsigned int rounds(struct fixture *f, uint64_t tsc)
{
	unsigned int written = 0;
	int due = gt_dumps_round(f->dumps, f->begun + tsc, f->now_ns);

	assert_int_equal(due, 0);
	f->now_ns += PATIENCE;
	while ((due = gt_dumps_round(f->dumps, f->begun + tsc, f->now_ns)) > 0) {
		assert_int_equal(gt_dumps_write(f->dumps, f->begun + tsc), 0);
		written++;
	}
	assert_int_equal(due, 0);
	return written;
}

static unsigned int files(const struct fixture *f)
{
	DIR *directory = opendir(f->directory);
	unsigned int count = 0;
	struct dirent *entry;

	assert_non_null(directory);
	while ((entry = readdir(directory)))
		count += *entry->d_name != '.';
	closedir(directory);
	return count;
}

/* What dump number `i` is about, in the session's time; and where it begins. */
static void assert_dump(const struct fixture *f, unsigned int i, const char *trigger, uint64_t stall_begin,
			uint64_t fired, uint64_t *begins)
{
	const struct gt_recording_info *info;
	const struct gtrace_event *event;
	struct gt_recording *rec;
	struct gt_chunk chunk;
	char path[80];

	snprintf(path, sizeof(path), i ? "%s.%u" : "%s", f->output, i);
	assert_int_equal(gt_recording_open(path, &rec), 0);
	info = gt_recording_info(rec);
	assert_string_equal(info->trigger, trigger);
	assert_int_equal(info->trigger_goid, stall_begin ? 7 : 0);
	assert_int_equal(info->trigger_tsc, stall_begin ? f->begun + stall_begin : 0);
	if (fired)
		assert_int_equal(info->fired_tsc, f->begun + fired);
	assert_int_equal(gt_recording_next(rec, GT_CHUNKS(GT_CHUNK_EVENTS), &chunk), 1);
	assert_int_equal(gt_chunk_event(rec, &event), 1);
	*begins = event->tsc - f->begun;
	gt_recording_close(rec);
}

static void what_is_longer_fires(void **unused)
{
	struct fixture *f = begin("park>1ms");
	uint64_t begins;

	(void)unused;
	stall(f, 20 * MS, LIMIT);
	assert_int_equal(rounds(f, 20 * MS + UNTOLD), 0);
	stall(f, 30 * MS, LIMIT + 1);
	assert_int_equal(rounds(f, 30 * MS + UNTOLD), 1);
	assert_dump(f, 0, "park>1ms: goroutine 7, 1.000 ms", 30 * MS - LIMIT - 1, 30 * MS, &begins);
	assert_true(begins <= 20 * MS && begins > 20 * MS - SPAN / 32 - 1);
	assert_int_equal(files(f), 1);
	end(f);
}

/* Nobody ends it, and nothing else happens: it fires, and only once. */
static void what_never_ends_fires(void **unused)
{
	struct fixture *f = begin("park>1ms");
	uint64_t begins;

	(void)unused;
	hit(f, 20 * MS, GT_GO_PROBE_PARK);
	assert_int_equal(rounds(f, 20 * MS + MET + UNTOLD - 1), 0);
	assert_int_equal(rounds(f, 20 * MS + MET + UNTOLD), 1);
	assert_dump(f, 0, "park>1ms: goroutine 7, 1.000 ms", 20 * MS, 20 * MS + MET, &begins);
	assert_int_equal(rounds(f, 900 * MS), 0);
	hit(f, 950 * MS, GT_GO_PROBE_EXECUTE);
	assert_int_equal(rounds(f, 960 * MS), 0);
	assert_int_equal(gt_dumps_end(f->dumps, f->begun + 970 * MS), 0);
	assert_int_equal(files(f), 1);
	end(f);
}

/* Its end is stamped before the limit, and comes into the ring after it. */
static void what_the_rings_may_still_hold_waits(void **unused)
{
	struct fixture *f = begin("park>1ms");

	(void)unused;
	hit(f, 20 * MS, GT_GO_PROBE_PARK);
	assert_int_equal(rounds(f, 20 * MS + MET + UNTOLD - 1), 0);
	hit(f, 20 * MS + MET - 1, GT_GO_PROBE_EXECUTE);
	assert_int_equal(rounds(f, 40 * MS), 0);
	end(f);
}

static void count_dropped(struct fixture *f, uint64_t events)
{
	assert_int_equal(gt_flight_count(gt_dumps_flight(f->dumps), &(struct gt_total){.events_dropped = events}), 0);
}

/* A ring without room may have lost the end of the stall: nothing is claimed until an event has come through. */
static void what_a_full_ring_lost_may_have_been_its_end(void **unused)
{
	struct fixture *f = begin("park>1ms");

	(void)unused;
	hit(f, 20 * MS, GT_GO_PROBE_PARK);
	count_dropped(f, 3);
	assert_int_equal(rounds(f, 40 * MS), 0);
	/* The next event tells of the gap, and nothing is known of what went on before. */
	hit_as(f, 50 * MS, GT_GO_PROBE_EXECUTE, GTRACE_EVENT_F_GAP);
	hit(f, 60 * MS, GT_GO_PROBE_PARK);
	count_dropped(f, 3);
	assert_int_equal(rounds(f, 60 * MS + MET + UNTOLD - 1), 0);
	assert_int_equal(rounds(f, 60 * MS + MET + UNTOLD), 1);
	end(f);
}

/* The recorder sleeps until the next one is due, and no longer than it would without. */
static void it_sleeps_until_something_is_due(void **unused)
{
	struct fixture *f = begin("park>10ms");

	(void)unused;
	assert_int_equal(gt_dumps_patience(f->dumps, f->begun), 20);
	hit(f, 20 * MS, GT_GO_PROBE_PARK);
	assert_int_equal(rounds(f, 21 * MS), 0);
	assert_int_equal(gt_dumps_patience(f->dumps, f->begun + 21 * MS), 9 + 1 + 1);
	assert_int_equal(gt_dumps_patience(f->dumps, f->begun + 29 * MS + 999 * US), 1 + 1);
	assert_int_equal(gt_dumps_patience(f->dumps, f->begun + 40 * MS), 2);
	/* While it is not armed nothing is. */
	assert_int_equal(rounds(f, 40 * MS), 1);
	hit(f, 41 * MS - 1, GT_GO_PROBE_EXECUTE);
	hit(f, 41 * MS, GT_GO_PROBE_PARK);
	assert_int_equal(rounds(f, 42 * MS), 0);
	assert_int_equal(gt_dumps_patience(f->dumps, f->begun + 42 * MS), 9 + 1 + 1);
	end(f);
	f = begin(NULL);
	assert_int_equal(gt_dumps_patience(f->dumps, f->begun), 20);
	end(f);
}

static void look(struct fixture *f, uint64_t tsc)
{
	const struct gt_look look = {.tsc_begin = f->begun + tsc, .tsc_end = f->begun + tsc + 1, .tgid = TGT};

	assert_int_equal(gt_writer_look(f->made.writer, &look, NULL, NULL), 0);
}

/* A dump tells how the stall ended when that is known soon, and does not wait for what never comes. */
static void it_waits_for_the_end_of_the_stall(void **unused)
{
	struct fixture *f = begin("park>1ms");
	uint64_t known = f->begun + 22 * MS;

	(void)unused;
	hit(f, 20 * MS, GT_GO_PROBE_PARK);
	assert_int_equal(gt_dumps_round(f->dumps, known, f->now_ns), 0);
	look(f, 23 * MS);
	assert_int_equal(gt_dumps_round(f->dumps, known + 2 * MS, f->now_ns + 2 * MS), 0);
	hit(f, 25 * MS, GT_GO_PROBE_EXECUTE);
	assert_int_equal(gt_dumps_round(f->dumps, known + 4 * MS, f->now_ns + 4 * MS), 1);
	assert_int_equal(gt_dumps_write(f->dumps, known + 4 * MS), 0);
	hit(f, 60 * MS, GT_GO_PROBE_PARK);
	look(f, 80 * MS);
	assert_int_equal(gt_dumps_round(f->dumps, f->begun + 90 * MS, f->now_ns + 90 * MS), 0);
	assert_int_equal(gt_dumps_round(f->dumps, f->begun + 91 * MS, f->now_ns + 90 * MS + PATIENCE), 1);
	assert_int_equal(gt_dumps_write(f->dumps, f->begun + 91 * MS), 0);
	end(f);
}

static void it_is_armed_again_after_a_window(void **unused)
{
	struct fixture *f = begin("park>1ms");
	uint64_t first = 20 * MS, begins;

	(void)unused;
	stall(f, first, 2 * MS);
	assert_int_equal(rounds(f, first + UNTOLD), 1);
	stall(f, first + SPAN - 1, 2 * MS);
	assert_int_equal(rounds(f, first + SPAN + UNTOLD), 0);
	end(f);

	f = begin("park>1ms");
	stall(f, first, 2 * MS);
	assert_int_equal(rounds(f, first + UNTOLD), 1);
	stall(f, first + SPAN, 2 * MS);
	assert_int_equal(rounds(f, first + SPAN + UNTOLD), 1);
	assert_dump(f, 1, "park>1ms: goroutine 7, 1.000 ms", first + SPAN - 2 * MS, first + SPAN - 2 * MS + MET, &begins);
	end(f);
}

/* A recorder so late that it reads of two at once writes both, each with its own window. */
static void lateness_loses_none(void **unused)
{
	uint64_t times[] = {20 * MS, 35 * MS, 50 * MS}, begins;
	struct fixture *f = begin("park>1ms");

	(void)unused;
	for (size_t i = 0; i < 3; i++)
		stall(f, times[i], 2 * MS);
	assert_int_equal(rounds(f, 300 * MS), 3);
	for (size_t i = 0; i < 3; i++) {
		assert_dump(f, i, "park>1ms: goroutine 7, 1.000 ms", times[i] - 2 * MS, times[i] - 2 * MS + MET, &begins);
		/* From the first event on when there is nothing older. */
		assert_true(begins <= times[i] - 2 * MS);
		assert_true(!i || begins > times[i] - 2 * MS + MET - SPAN - SPAN / 32 - 1);
	}
	end(f);
}

static void who_asks_gets_one(void **unused)
{
	struct fixture *f = begin("park>1ms");
	uint64_t begins;

	(void)unused;
	gt_dumps_ask(f->dumps, 0, f->now_ns);
	gt_dumps_ask(f->dumps, 0, f->now_ns);
	assert_int_equal(rounds(f, 20 * MS), 1);
	assert_dump(f, 0, "asked for", 0, 0, &begins);
	/* That does not disarm the trigger. */
	stall(f, 30 * MS, 2 * MS);
	assert_int_equal(rounds(f, 30 * MS + UNTOLD), 1);
	assert_dump(f, 1, "park>1ms: goroutine 7, 1.000 ms", 28 * MS, 28 * MS + MET, &begins);
	end(f);
}

static void the_end_writes_what_nobody_asked_for(void **unused)
{
	struct fixture *f = begin(NULL);
	uint64_t begins;

	(void)unused;
	assert_int_equal(rounds(f, 20 * MS), 0);
	assert_int_equal(gt_dumps_end(f->dumps, __rdtsc()), 0);
	assert_dump(f, 0, "recording ended", 0, 0, &begins);
	end(f);

	/* But not once there is one, and not when a trigger should have fired. */
	f = begin(NULL);
	gt_dumps_ask(f->dumps, 0, f->now_ns);
	assert_int_equal(rounds(f, 20 * MS), 1);
	assert_int_equal(gt_dumps_end(f->dumps, __rdtsc()), 0);
	assert_int_equal(files(f), 1);
	end(f);
	f = begin("park>1ms");
	stall(f, 20 * MS, LIMIT);
	assert_int_equal(rounds(f, 20 * MS + UNTOLD), 0);
	assert_int_equal(gt_dumps_end(f->dumps, __rdtsc()), 0);
	assert_int_equal(files(f), 0);
	end(f);
}

static void what_cannot_be_written_does_not_end_it(void **unused)
{
	struct fixture *f = begin("park>1ms");
	uint64_t begins;

	(void)unused;
	assert_int_equal(rmdir(f->directory), 0);
	stall(f, 20 * MS, 2 * MS);
	assert_int_equal(rounds(f, 20 * MS + UNTOLD), 1);
	assert_int_equal(mkdir(f->directory, 0700), 0);
	stall(f, 40 * MS, 2 * MS);
	assert_int_equal(rounds(f, 40 * MS + UNTOLD), 1);
	assert_dump(f, 0, "park>1ms: goroutine 7, 1.000 ms", 38 * MS, 38 * MS + MET, &begins);
	end(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_longer_fires),
		cmocka_unit_test(what_never_ends_fires),
		cmocka_unit_test(what_the_rings_may_still_hold_waits),
		cmocka_unit_test(what_a_full_ring_lost_may_have_been_its_end),
		cmocka_unit_test(it_sleeps_until_something_is_due),
		cmocka_unit_test(it_waits_for_the_end_of_the_stall),
		cmocka_unit_test(it_is_armed_again_after_a_window),
		cmocka_unit_test(lateness_loses_none),
		cmocka_unit_test(who_asks_gets_one),
		cmocka_unit_test(the_end_writes_what_nobody_asked_for),
		cmocka_unit_test(what_cannot_be_written_does_not_end_it),
	};

	return cmocka_run_group_tests_name("dumps", tests, NULL, NULL);
}
