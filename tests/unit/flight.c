// SPDX-License-Identifier: GPL-2.0
/*
 * The window of the flight recorder: what is dropped, what is kept, and how things stand at its begin. Events and samples
 * go in as the recorder brings them, and a dump is read back as any recording.
 */
#include <errno.h>
#include <string.h>

#include "cli/flight.h"
#include "lib/recording.h"
#include "made.h"

/* 32 slices of 100 ticks. */
#define SPAN	(31 * 100 + 68)
#define SLICE	100
#define EVENTS_MAX 8192

struct fixture {
	struct made made; /* where the writer's own header goes */
	struct gt_flight *flight;
	/* Of the dump that was read last, in the order of the file. */
	struct gtrace_event_switch switches[EVENTS_MAX];
	uint32_t switch_cpu[EVENTS_MAX];
	size_t nr_switches;
	uint64_t samples[EVENTS_MAX]; /* TSC */
	size_t nr_samples;
	struct gtrace_event_period periods[4];
	size_t nr_periods;
	struct gtrace_event_window window;
	uint32_t tids[16]; /* of MAPS */
	size_t nr_tids;
	size_t nr_gos, nr_looks, nr_functions;
	struct gt_total totals[4];
	size_t nr_totals;
	char trigger[64];
	uint64_t fired;
	struct gt_flight_dump dump;
};

static struct fixture *begin(size_t bytes)
{
	const struct gt_flight_options options = {.span = SPAN, .bytes = bytes};
	struct fixture *f = calloc(1, sizeof(*f));
	struct gt_decoder decoder;

	assert_non_null(f);
	assert_int_equal(gt_decoder_init(&decoder, 3, made_info.data, 0, sizeof(struct gtrace_pebs_fixed)), 0);
	made_begin(&f->made);
	f->flight = gt_flight_new(&options, &made_info, &decoder, f->made.writer, 1000);
	assert_non_null(f->flight);
	return f;
}

static void end(struct fixture *f)
{
	gt_flight_free(f->flight);
	gt_writer_free(f->made.writer);
	close(f->made.fd);
	made_free(&f->made);
	free(f);
}

/* ---- what the recorder brings ------------------------------------------------------------------------------------ */

static void bring(struct fixture *f, uint32_t cpu, const void *event)
{
	assert_int_equal(gt_flight_events(f->flight, cpu, event, ((const struct gtrace_event *)event)->size), 0);
}

static struct gtrace_event_switch to(uint64_t tsc, uint32_t tid)
{
	return (struct gtrace_event_switch){
		.head = {.type = GTRACE_EVENT_SWITCH, .size = sizeof(struct gtrace_event_switch), .tsc = tsc},
		.next_tid = tid, .next_tgid = TGT,
	};
}

/* A SWITCH each `step` ticks of [from, until), in one drain; thread = TSC. */
static void bring_switches(struct fixture *f, uint32_t cpu, uint64_t from, uint64_t until, uint64_t step)
{
	struct gtrace_event_switch *all = calloc((until - from) / step + 1, sizeof(*all));
	size_t n = 0;

	for (uint64_t tsc = from; tsc < until; tsc += step)
		all[n++] = to(tsc, tsc);
	assert_int_equal(gt_flight_events(f->flight, cpu, all, n * sizeof(*all)), 0);
	free(all);
}

static void bring_samples(struct fixture *f, uint32_t cpu, uint64_t from, uint64_t until, uint64_t step)
{
	struct gtrace_pebs_fixed *all = calloc((until - from) / step + 1, sizeof(*all));
	size_t n = 0;

	for (uint64_t tsc = from; tsc < until; tsc += step)
		all[n++] = (struct gtrace_pebs_fixed){.tsc = tsc, .real_ip = 0x401000, .addr = tsc * 8};
	assert_int_equal(gt_flight_samples(f->flight, cpu, all, n), 0);
	free(all);
}

static void bring_task(struct fixture *f, uint32_t cpu, uint16_t type, uint64_t tsc, uint32_t tid, uint32_t flags)
{
	const struct gtrace_event_task task = {
		.head = {.type = type, .size = sizeof(task), .flags = flags, .tsc = tsc},
		.tid = tid, .tgid = flags ? TGT : tid, .parent_tid = TGT, .parent_tgid = TGT, .comm = "prog",
	};

	bring(f, cpu, &task);
}

static void bring_period(struct fixture *f, uint64_t tsc, uint64_t sample_index, uint64_t period)
{
	const struct gtrace_event_period event = {
		.head = {.type = GTRACE_EVENT_PERIOD, .size = sizeof(event), .tsc = tsc},
		.sample_index = sample_index, .period = period,
	};

	bring(f, 0, &event);
}

static void trim(struct fixture *f, uint64_t tsc)
{
	assert_int_equal(gt_flight_trim(f->flight, tsc), 0);
}

/* ---- what a dump says -------------------------------------------------------------------------------------------- */

static void take_event(struct fixture *f, const struct gt_chunk *chunk, const struct gtrace_event *event)
{
	switch (event->type) {
	case GTRACE_EVENT_SWITCH:
		assert_true(f->nr_switches < EVENTS_MAX);
		f->switch_cpu[f->nr_switches] = chunk->cpu;
		memcpy(&f->switches[f->nr_switches++], event, sizeof(f->switches[0]));
		break;
	case GTRACE_EVENT_PERIOD:
		assert_true(f->nr_periods < 4);
		memcpy(&f->periods[f->nr_periods++], event, sizeof(f->periods[0]));
		break;
	case GTRACE_EVENT_WINDOW:
		memcpy(&f->window, event, sizeof(f->window));
		break;
	case GTRACE_EVENT_FORK:
		if (chunk->type == GT_CHUNK_MAPS)
			f->tids[f->nr_tids++] = ((const struct gtrace_event_task *)event)->tid;
		break;
	}
}

static void take_chunk(struct fixture *f, struct gt_recording *rec, const struct gt_chunk *chunk)
{
	const struct gtrace_event *event;
	struct gt_sample sample;
	struct gt_total total;
	int ret = 0;

	switch (chunk->type) {
	case GT_CHUNK_MAPS:
	case GT_CHUNK_EVENTS:
		while ((ret = gt_chunk_event(rec, &event)) > 0)
			take_event(f, chunk, event);
		break;
	case GT_CHUNK_SAMPLES:
		while ((ret = gt_chunk_sample(rec, &sample)) > 0)
			f->samples[f->nr_samples++] = sample.tsc;
		break;
	case GT_CHUNK_FINISH:
		while ((ret = gt_chunk_total(rec, &total)) > 0)
			f->totals[f->nr_totals++] = total;
		break;
	case GT_CHUNK_GO:
		f->nr_gos++;
		break;
	case GT_CHUNK_LOOK:
		f->nr_looks++;
		break;
	case GT_CHUNK_VDSO:
		f->nr_functions += chunk->count;
		break;
	default:
		break;
	}
	assert_int_equal(ret, 0);
}

static void dump(struct fixture *f, uint64_t fired, uint64_t until)
{
	const struct gt_flight_cause cause = {.trigger = "asked for", .fired = fired};
	char path[] = "/tmp/gtrace-unit-XXXXXX";
	struct gt_recording *rec;
	struct gt_chunk chunk;
	int fd = mkstemp(path), ret;

	f->nr_switches = f->nr_samples = f->nr_periods = f->nr_tids = f->nr_totals = f->nr_gos = f->nr_looks = 0;
	f->nr_functions = 0;
	assert_int_equal(gt_flight_dump(f->flight, fd, &cause, until, until, &f->dump), 0);
	close(fd);
	assert_int_equal(gt_recording_open(path, &rec), 0);
	snprintf(f->trigger, sizeof(f->trigger), "%s", gt_recording_info(rec)->trigger);
	f->fired = gt_recording_info(rec)->fired_tsc;
	while ((ret = gt_recording_next(rec, GT_CHUNKS_ALL, &chunk)) > 0)
		take_chunk(f, rec, &chunk);
	assert_int_equal(ret, 0);
	assert_int_equal(gt_recording_damage(rec)->bytes, 0);
	assert_false(gt_recording_damage(rec)->unfinished);
	assert_int_equal(f->dump.bytes, gt_recording_bytes(rec));
	gt_recording_close(rec);
	unlink(path);
}

/* That of one CPU: the state first, then all its switches of [from, until) each `step` ticks. */
static void assert_switches(const struct fixture *f, uint32_t cpu, uint64_t from, uint64_t until, uint64_t step)
{
	uint64_t next = from;
	bool state = false;

	for (size_t i = 0; i < f->nr_switches; i++) {
		if (f->switch_cpu[i] != cpu)
			continue;
		if (!state) {
			assert_int_equal(f->switches[i].head.flags, GTRACE_EVENT_F_RUNNING);
			assert_int_equal(f->switches[i].head.tsc, from);
			assert_int_equal(f->switches[i].next_tid, from - step);
			state = true;
			continue;
		}
		assert_int_equal(f->switches[i].head.tsc, next);
		next += step;
	}
	assert_true(state);
	assert_int_equal(next, until);
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

static void all_is_kept_until_it_is_too_old(void **unused)
{
	struct fixture *f = begin(1 << 20);

	(void)unused;
	bring_switches(f, 0, 1010, 3000, 10);
	trim(f, 3000);
	assert_int_equal(gt_flight_begin(f->flight), 1000);
	dump(f, 3000, 3000);
	assert_int_equal(f->nr_switches, 199);
	assert_int_equal(f->switches[0].head.flags, 0);
	assert_int_equal(f->dump.before, 2000);
	assert_int_equal(f->dump.after, 0);
	assert_false(f->dump.cut);
	assert_string_equal(f->trigger, "asked for");
	assert_int_equal(f->fired, 3000);
	end(f);
}

/* Both CPUs have the same window, although they are read one after the other and late. */
static void the_window_is_cut_by_time_stamps(void **unused)
{
	struct fixture *f = begin(1 << 20);
	const uint64_t until = 20000, begins = 16800;

	(void)unused;
	bring_switches(f, 0, 10000, until, 10);
	bring_switches(f, 1, 10000, until, 20);
	trim(f, until);
	/* The latest begin of a slice that leaves at least SPAN. */
	assert_int_equal(gt_flight_begin(f->flight), begins);
	assert_true(until - begins >= SPAN && until - begins < SPAN + SLICE);
	dump(f, until, until);
	assert_switches(f, 0, begins, until, 10);
	assert_switches(f, 1, begins, until, 20);
	assert_int_equal(f->dump.before, until - begins);

	/* One tick more, one slice less. */
	trim(f, begins + SLICE + SPAN - 1);
	assert_int_equal(gt_flight_begin(f->flight), begins);
	trim(f, begins + SLICE + SPAN);
	assert_int_equal(gt_flight_begin(f->flight), begins + SLICE);
	end(f);
}

/* A drain each 10 ticks is the same as one. */
static void how_often_the_rings_are_read_does_not_matter(void **unused)
{
	struct fixture *f = begin(1 << 20);

	(void)unused;
	for (uint64_t tsc = 10000; tsc < 20000; tsc += 10) {
		bring_switches(f, 0, tsc, tsc + 10, 10);
		trim(f, tsc);
	}
	trim(f, 20000);
	dump(f, 20000, 20000);
	assert_switches(f, 0, 16800, 20000, 10);
	end(f);
}

/* The hardware shows samples late: they go where they belong, and what is too old is gone. */
static void late_samples_find_their_place(void **unused)
{
	struct fixture *f = begin(1 << 20);
	size_t before = (16800 - 10005) / 50 + 1;

	(void)unused;
	bring_switches(f, 0, 10000, 20000, 10);
	bring_samples(f, 0, 10005, 12005, 50);
	trim(f, 20000);
	bring_samples(f, 0, 12005, 20000, 50);
	dump(f, 20000, 20000);
	assert_int_equal(f->nr_samples, (20000 - 10005 + 49) / 50 - before);
	for (size_t i = 0; i < f->nr_samples; i++)
		assert_int_equal(f->samples[i], 10005 + (before + i) * 50);
	/* Which one of its CPU the first one is. */
	assert_int_equal(f->switches[0].sample_index, before);
	assert_int_equal(f->totals[0].samples, f->nr_samples);
	assert_int_equal(f->dump.samples, f->nr_samples);
	end(f);
}

static void a_dump_ends_where_it_must(void **unused)
{
	struct fixture *f = begin(1 << 20);

	(void)unused;
	bring_switches(f, 0, 10000, 20000, 10);
	trim(f, 15000);
	assert_int_equal(gt_flight_begin(f->flight), 11800);
	/* To the end of the slice that holds 15250. */
	dump(f, 15000, 15250);
	assert_switches(f, 0, 11800, 15300, 10);
	assert_int_equal(f->dump.after, 300);
	/* The window stays: the next dump has the rest. */
	trim(f, 20000);
	dump(f, 20000, 30000);
	assert_switches(f, 0, 16800, 20000, 10);
	end(f);
}

static void it_fits_into_memory(void **unused)
{
	const size_t room = 64 << 10;
	struct fixture *f = begin(room);
	size_t most = 0;

	(void)unused;
	bring_switches(f, 0, 10000, 10010, 10);
	for (uint64_t tsc = 10000; tsc < 40000; tsc += 20) {
		/* One at a time they cannot be packed. */
		for (uint64_t i = 0; i < 20; i++)
			bring_samples(f, 0, tsc + i, tsc + i + 1, 1);
		trim(f, tsc + 20);
		if (gt_flight_bytes(f->flight) > most)
			most = gt_flight_bytes(f->flight);
	}
	assert_true(most <= room);
	/* It is used: a slice is a 32nd of it, and the one that is being filled may be as large. */
	assert_true(gt_flight_bytes(f->flight) > room - 3 * room / 32);
	dump(f, 40000, 40000);
	assert_true(f->dump.cut);
	assert_int_equal(f->dump.before, 40000 - gt_flight_begin(f->flight));
	assert_true(f->dump.before < SPAN);
	assert_int_equal(f->samples[0], gt_flight_begin(f->flight));
	/* Calm for a window's length: it is whole again. */
	trim(f, 50000);
	dump(f, 50000, 50000);
	assert_false(f->dump.cut);
	assert_int_equal(f->nr_samples, 0);
	assert_int_equal(f->dump.before, SPAN);
	end(f);
}

static void who_lives_is_told_in_the_order_of_time(void **unused)
{
	struct fixture *f = begin(1 << 20);

	(void)unused;
	/* CPU 0 is read first: there thread 102 ends, which begins on CPU 1 before. */
	bring_task(f, 0, GTRACE_EVENT_FORK, 10010, 101, GTRACE_EVENT_F_THREAD);
	bring_task(f, 0, GTRACE_EVENT_EXIT, 10090, 102, GTRACE_EVENT_F_THREAD);
	bring_task(f, 1, GTRACE_EVENT_FORK, 10050, 102, GTRACE_EVENT_F_THREAD);
	bring_task(f, 1, GTRACE_EVENT_FORK, 19000, 103, GTRACE_EVENT_F_THREAD);
	trim(f, 20000);
	dump(f, 20000, 20000);
	assert_int_equal(f->nr_tids, 1);
	assert_int_equal(f->tids[0], 101);
	end(f);
}

static void windows_and_periods_in_force_are_told(void **unused)
{
	const struct gtrace_event_window open = {
		.head = {.type = GTRACE_EVENT_WINDOW, .size = sizeof(open), .tsc = 10500}, .open = 1, .hits = 7,
	};
	struct fixture *f = begin(1 << 20);

	(void)unused;
	bring_switches(f, 0, 10000, 10010, 10);
	bring(f, 0, &open);
	bring_period(f, 10600, 3, 900);
	bring_period(f, 10700, 5, 1100);
	bring_samples(f, 0, 10510, 10910, 50);
	bring_switches(f, 0, 19000, 19010, 10);
	trim(f, 20000);
	dump(f, 20000, 20000);
	assert_int_equal(f->window.head.tsc, gt_flight_begin(f->flight));
	assert_int_equal(f->window.open, 1);
	assert_int_equal(f->window.hits, 7);
	/* Record 8 is the first in the file, and is not the one after the change. */
	assert_int_equal(f->nr_periods, 1);
	assert_int_equal(f->periods[0].period, 1100);
	assert_int_equal(f->periods[0].sample_index, 5);
	assert_int_equal(f->periods[0].head.tsc, gt_flight_begin(f->flight));
	end(f);
}

/* The first record in the file is still at the distance that was in force before the last change. */
static void a_period_that_is_not_in_force_yet_comes_with_the_one_before(void **unused)
{
	struct fixture *f = begin(1 << 20);

	(void)unused;
	bring_samples(f, 0, 10510, 10610, 50);
	bring_period(f, 10620, 1, 900);
	bring_period(f, 10700, 2, 1100);
	trim(f, 20000);
	bring_switches(f, 0, 20000, 20010, 10);
	dump(f, 20010, 20010);
	assert_int_equal(f->nr_periods, 2);
	assert_int_equal(f->periods[0].period, 900);
	assert_int_equal(f->periods[1].period, 1100);
	end(f);
}

static void losses_are_those_of_the_window(void **unused)
{
	struct gt_total total = {.cpu = 0, .events_dropped = 5};
	struct fixture *f = begin(1 << 20);

	(void)unused;
	bring_switches(f, 0, 10000, 10010, 10);
	assert_int_equal(gt_flight_count(f->flight, &total), 0);
	bring_switches(f, 0, 18000, 18010, 10);
	total.events_dropped = 12;
	assert_int_equal(gt_flight_count(f->flight, &total), 0);
	trim(f, 18010);
	dump(f, 18010, 18010);
	assert_int_equal(f->dump.lost, 7);
	assert_int_equal(f->totals[0].events_dropped, 7);
	trim(f, 30000);
	dump(f, 30000, 30000);
	assert_int_equal(f->dump.lost, 0);
	end(f);
}

static void bring_program(struct fixture *f, uint32_t tgid, uint64_t tsc, bool complete)
{
	const struct gt_go go = {.tsc = tsc, .tgid = tgid, .version = "go1.26.1", .path = "/prog"};
	const struct gt_look look = {.tsc_begin = tsc, .tsc_end = tsc + 1, .tgid = tgid, .complete = complete, .nr_goroutines = 1};
	const struct gt_look_goroutine g = {.g = 0xc000002000, .goid = 1};

	if (complete)
		assert_int_equal(gt_writer_go(f->made.writer, &go), 0);
	assert_int_equal(gt_writer_look(f->made.writer, &look, &g, NULL), 0);
	assert_int_equal(gt_writer_flush(f->made.writer), 0);
}

static void the_dead_are_forgotten(void **unused)
{
	const struct gt_vdso_function function = {.offset = 16, .bytes = 4, .name = "__vdso_time"};
	struct fixture *f = begin(1 << 20);

	(void)unused;
	assert_int_equal(gt_writer_vdso(f->made.writer, &function), 0);
	bring_task(f, 0, GTRACE_EVENT_FORK, 10000, 200, 0);
	bring_task(f, 0, GTRACE_EVENT_FORK, 10000, 300, 0);
	bring_program(f, 200, 10010, true);
	bring_program(f, 300, 10020, true);
	bring_program(f, 300, 10030, false);
	assert_int_equal(gt_flight_looked(f->flight), 10030);
	bring_task(f, 0, GTRACE_EVENT_EXIT, 15000, 200, 0);
	trim(f, 15500);
	dump(f, 15500, 15500);
	/* Process 200 ended within the window. */
	assert_int_equal(f->nr_gos, 2);
	assert_int_equal(f->nr_looks, 3);
	trim(f, 19000);
	dump(f, 19000, 19000);
	assert_int_equal(f->nr_gos, 1);
	assert_int_equal(f->nr_looks, 2);
	/* A complete look says all that those before it did. */
	bring_program(f, 300, 19100, true);
	trim(f, 22000);
	dump(f, 22000, 22000);
	assert_int_equal(f->nr_looks, 3);
	trim(f, 23000);
	dump(f, 23000, 23000);
	assert_int_equal(f->nr_looks, 1);
	/* The vDSO outlives them all. */
	assert_int_equal(f->nr_functions, 1);
	end(f);
}

static void nonsense_is_no_event(void **unused)
{
	struct fixture *f = begin(1 << 20);
	struct gtrace_event_switch event = to(10000, 1);

	(void)unused;
	event.head.size = 0;
	assert_int_equal(gt_flight_events(f->flight, 0, &event, sizeof(event)), -EBADMSG);
	event.head.size = sizeof(event) + 8;
	assert_int_equal(gt_flight_events(f->flight, 0, &event, sizeof(event)), -EBADMSG);
	event.head.size = 12;
	assert_int_equal(gt_flight_events(f->flight, 0, &event, sizeof(event)), -EBADMSG);
	end(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_kept_until_it_is_too_old),
		cmocka_unit_test(the_window_is_cut_by_time_stamps),
		cmocka_unit_test(how_often_the_rings_are_read_does_not_matter),
		cmocka_unit_test(late_samples_find_their_place),
		cmocka_unit_test(a_dump_ends_where_it_must),
		cmocka_unit_test(it_fits_into_memory),
		cmocka_unit_test(who_lives_is_told_in_the_order_of_time),
		cmocka_unit_test(windows_and_periods_in_force_are_told),
		cmocka_unit_test(a_period_that_is_not_in_force_yet_comes_with_the_one_before),
		cmocka_unit_test(losses_are_those_of_the_window),
		cmocka_unit_test(the_dead_are_forgotten),
		cmocka_unit_test(nonsense_is_no_event),
	};

	return cmocka_run_group_tests_name("flight", tests, NULL, NULL);
}
