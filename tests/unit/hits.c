// SPDX-License-Identifier: GPL-2.0
/* Hits, wakes and windows: into the file, out of it, and in the order of time; hostile ones are refused. */
#include <errno.h>

#include "made.h"

#include "analysis/join.h"
#include "cli/strangers.h"
#include "go/probes.h"
#include "lib/hit.h"
#include "lib/hit_pack.h"
#include "lib/proc.h"

#define NR_HITS 3000

union any_hit {
	struct gtrace_event_hit hit;
	uint8_t bytes[GT_HIT_BYTES_MAX + 64];
};

/* xorshift: the same numbers in each run. */
static uint64_t random64(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	return *state ^= *state << 17;
}

/* Any shape; half of them like one of a few goroutines that came here before. */
static void fill_hit(union any_hit *any, uint64_t *state, uint64_t tsc)
{
	unsigned int values = random64(state) % (GTRACE_FETCHES_MAX + 1), branches = random64(state) % 33;
	unsigned int frames = random64(state) % (GTRACE_FRAMES_MAX + 1);
	struct gtrace_event_hit *hit = &any->hit;
	bool strange = random64(state) % 2;
	uint64_t like = random64(state) % 5;

	memset(any, 0, sizeof(*any));
	*hit = (struct gtrace_event_hit){
		.head = {.type = GTRACE_EVENT_HIT, .size = gt_hit_bytes(values, branches, frames), .tsc = tsc,
			 .flags = random64(state) % 8 ? 0 : GTRACE_EVENT_F_STACK_CUT | GTRACE_EVENT_F_GAP},
		.id = strange ? random64(state) : like, .tid = 4711 + like, .tgid = 4711,
		.missing = strange ? random64(state) : 0, .nr_values = values, .nr_branches = branches,
		.nr_frames = frames, .ip = strange ? random64(state) : 0x43a000 + like, .sp = 0xc000040000 + like * 4096,
	};
	for (unsigned int i = 0; i < values; i++)
		hit->values[i] = strange ? random64(state) >> random64(state) % 64 : 0xc000000000 + like * 448 + i;
	for (unsigned int i = 0; i < branches; i++)
		((struct gtrace_pebs_branch *)gt_hit_branches(hit))[i] = (struct gtrace_pebs_branch){
			.from = strange ? random64(state) | 1 : 0x401000 + i * 32,
			.to = strange ? random64(state) : 0x401010 + i * 32,
			.info = strange ? random64(state) : i * 7,
		};
	for (unsigned int i = 0; i < frames; i++)
		((__u64 *)gt_hit_frames(hit))[i] = strange ? random64(state) : 0x401005 + i * 64;
}

static struct gtrace_event_wake some_wake(unsigned int i)
{
	return (struct gtrace_event_wake){
		.head = {.type = GTRACE_EVENT_WAKE, .size = sizeof(struct gtrace_event_wake), .tsc = 500 + i * 3,
			 .flags = i % 100 ? 0 : GTRACE_EVENT_F_GAP},
		.tid = 4711 + i % 3, .tgid = 4711, .waker_tid = i % 5, .waker_tgid = i % 5, .in_interrupt = i % 2,
		.to_cpu = i % 7 ? (int)(i % 4) : -1,
	};
}

static void hits_and_wakes_survive(void **unused)
{
	const struct gtrace_event *event;
	uint64_t state = 1, again = 1;
	struct gt_recording *rec;
	unsigned int hits = 0, wakes = 0;
	struct gt_chunk chunk;
	union any_hit any;
	struct made made;
	int ret;

	(void)unused;
	made_begin(&made);
	for (unsigned int i = 0; i < NR_HITS; i++) {
		const struct gtrace_event_wake wake = some_wake(i);

		fill_hit(&any, &state, 1000 + i);
		/* Chunks of one, and of both kinds one behind the other. */
		if (i % 3) {
			struct {
				uint8_t bytes[sizeof(any) + sizeof(wake)] __attribute__((aligned(8)));
			} both;

			memcpy(both.bytes, &any, any.hit.head.size);
			memcpy(both.bytes + any.hit.head.size, &wake, sizeof(wake));
			assert_int_equal(gt_writer_events(made.writer, 1, both.bytes, any.hit.head.size + sizeof(wake)), 0);
		} else {
			made_event(&made, 1, &any);
			made_event(&made, 1, &wake);
		}
	}
	made_end(&made, NULL, 0);
	assert_int_equal(gt_recording_open(made.path, &rec), 0);
	while ((ret = gt_recording_next(rec, GT_CHUNKS(GT_CHUNK_EVENTS), &chunk)) > 0) {
		while ((ret = gt_chunk_event(rec, &event)) > 0) {
			if (event->type == GTRACE_EVENT_HIT) {
				fill_hit(&any, &again, 1000 + hits++);
				assert_int_equal(event->size, any.hit.head.size);
				assert_memory_equal(event, &any, event->size);
			} else {
				const struct gtrace_event_wake wake = some_wake(wakes++);

				assert_memory_equal(event, &wake, sizeof(wake));
			}
		}
		assert_int_equal(ret, 0);
	}
	assert_int_equal(hits, NR_HITS);
	assert_int_equal(wakes, NR_HITS);
	gt_recording_close(rec);
	made_free(&made);
}

/* The first hit of many goroutines, then the second of each: only time and thread are new. */
static void a_goroutine_that_blocks_again_is_small(void **unused)
{
	struct gt_hit_pack pack;
	uint8_t *out = malloc(GT_HIT_PACK_MAX), *end;
	uint64_t state = 3, branches[32];
	union any_hit any;

	(void)unused;
	for (unsigned int i = 0; i < 32; i++)
		branches[i] = 0x401000 + random64(&state) % (1 << 20);
	assert_int_equal(gt_hit_pack_init(&pack), 0);
	gt_hit_pack_reset(&pack);
	for (unsigned int round = 0; round < 2; round++) {
		for (uint64_t g = 0; g < 8; g++) {
			struct gtrace_event_hit *hit = &any.hit;

			memset(&any, 0, sizeof(any));
			*hit = (struct gtrace_event_hit){
				.head = {.type = GTRACE_EVENT_HIT, .size = gt_hit_bytes(11, 32, 12),
					 .tsc = 1u << 31 | (round * 8 + g) * 1500},
				.id = GT_GO_PROBE_PARK, .tid = 4711 + (g + round) % 3, .tgid = 4711, .nr_values = 11,
				.nr_branches = 32, .nr_frames = 12, .ip = 0x43a000, .sp = 0xc000040000 + g * 8192,
			};
			for (unsigned int i = 0; i < 11; i++)
				hit->values[i] = 0xc000000000 + (g * 11 + i) * 448;
			for (unsigned int i = 0; i < 32; i++)
				((struct gtrace_pebs_branch *)gt_hit_branches(hit))[i] =
					(struct gtrace_pebs_branch){branches[i], branches[(i + 1) % 32] - 20, i * 3};
			for (unsigned int i = 0; i < 12; i++)
				((__u64 *)gt_hit_frames(hit))[i] = 0x401005 + i * 640 + (i < 6 ? g * 64 : 0);
			end = gt_hit_pack(&pack, hit, out);
			if (round)
				assert_true(end - out <= 100);
		}
	}
	gt_hit_pack_fini(&pack);
	free(out);
}

/* Later modules make events longer; they are kept as they are. */
static void what_has_grown_is_kept(void **unused)
{
	struct {
		struct gtrace_event_hit hit;
		__u64 value, grown;
	} hit = {{{GTRACE_EVENT_HIT, sizeof(hit), 0, 10}, .id = 1, .nr_values = 1, .ip = 1}, 2, 3};
	struct {
		struct gtrace_event_wake wake;
		__u64 grown;
	} wake = {{{GTRACE_EVENT_WAKE, sizeof(wake), 0, 11}, .tid = 7}, 4};
	struct {
		struct gtrace_event_window window;
		__u64 grown;
	} window = {{{GTRACE_EVENT_WINDOW, sizeof(window), 0, 12}, .open = 1, .hits = 9}, 5};
	const struct gtrace_event *const all[] = {&hit.hit.head, &wake.wake.head, &window.window.head};
	const struct gtrace_event *event;
	struct gt_recording *rec;
	struct gt_chunk chunk;
	struct made made;

	(void)unused;
	made_begin(&made);
	for (unsigned int i = 0; i < 3; i++)
		made_event(&made, 0, all[i]);
	made_end(&made, NULL, 0);
	assert_int_equal(gt_recording_open(made.path, &rec), 0);
	for (unsigned int i = 0; i < 3; i++) {
		assert_int_equal(gt_recording_next(rec, GT_CHUNKS(GT_CHUNK_EVENTS), &chunk), 1);
		assert_int_equal(gt_chunk_event(rec, &event), 1);
		assert_memory_equal(event, all[i], all[i]->size);
	}
	gt_recording_close(rec);
	made_free(&made);
}

/* What leads out of the event is refused, whatever the checksum says. */
static void hostile_hits_are_refused(void **unused)
{
	const struct {
		uint16_t size;
		uint8_t values, branches, frames;
	} hostile[] = {
		{sizeof(struct gtrace_event_hit) - 8, 0, 0, 0}, /* shorter than its head */
		{gt_hit_bytes(1, 0, 0) - 8, 1, 0, 0},
		{gt_hit_bytes(1, 1, 0) - 8, 1, 1, 0},
		{gt_hit_bytes(1, 1, 1) - 8, 1, 1, 1},
		{GT_HIT_BYTES_MAX, 255, 255, 255},
		{GT_HIT_BYTES_MAX, GTRACE_FETCHES_MAX + 1, 0, 0}, /* fit, but more than there can be */
		{GT_HIT_BYTES_MAX, 0, GT_MAX_BRANCHES + 1, 0},
		{GT_HIT_BYTES_MAX, 0, 0, GTRACE_FRAMES_MAX + 1},
	};
	const struct gtrace_event_wake wake = {{GTRACE_EVENT_WAKE, sizeof(wake) - 8, 0, 5}, .tid = 1};
	const struct gtrace_event_window window = {{GTRACE_EVENT_WINDOW, sizeof(window) - 8, 0, 5}, .open = 1};
	const size_t count = sizeof(hostile) / sizeof(*hostile);
	const struct gtrace_event *event;
	struct gt_recording *rec;
	struct gt_chunk chunk;
	union any_hit any;
	struct made made;

	(void)unused;
	made_begin(&made);
	for (size_t i = 0; i < count; i++) {
		memset(&any, 0, sizeof(any));
		any.hit.head = (struct gtrace_event){GTRACE_EVENT_HIT, hostile[i].size, 0, 5};
		any.hit.nr_values = hostile[i].values;
		any.hit.nr_branches = hostile[i].branches;
		any.hit.nr_frames = hostile[i].frames;
		made_event(&made, 0, &any);
	}
	made_event(&made, 0, &wake);
	made_event(&made, 0, &window);
	made_end(&made, NULL, 0);
	assert_int_equal(gt_recording_open(made.path, &rec), 0);
	for (size_t i = 0; i < count + 2; i++) {
		assert_int_equal(gt_recording_next(rec, GT_CHUNKS(GT_CHUNK_EVENTS), &chunk), 1);
		assert_int_equal(gt_chunk_event(rec, &event), -EBADMSG);
	}
	gt_recording_close(rec);
	made_free(&made);
}

static void any_bytes_are_survived(void **unused)
{
	uint8_t *bytes = malloc(2 * GT_HIT_PACK_MAX);
	uint64_t state = 99;
	struct gt_hit_pack pack;
	union any_hit any;
	unsigned int read = 0;

	(void)unused;
	assert_int_equal(gt_hit_pack_init(&pack), 0);
	for (unsigned int round = 0; round < 20000; round++) {
		if (round % 16 == 0)
			gt_hit_pack_reset(&pack);
		for (size_t i = 0; i < 2 * GT_HIT_PACK_MAX; i++)
			bytes[i] = round % 2 ? random64(&state) : random64(&state) % 16 ? 0 : random64(&state) % 8;
		if (!gt_hit_unpack(&pack, bytes, &any.hit))
			continue;
		assert_true(gt_hit_sane(&any.hit));
		read++;
	}
	assert_true(read > 1000);
	gt_hit_pack_fini(&pack);
	free(bytes);
}

static void what_explains_hits_survives(void **unused)
{
	static const char many[200], reasons[] = "\0GC assist marking\0\0chan receive";
	const struct gt_go go = {.tsc = 5, .tgid = TGT, .version = "go1.26.1", .path = "/prog"};
	const struct gt_stranger_name strangers[] = {
		{.tsc = 9, .tid = 50, .tgid = 50, .comm = "sshd"},
		{.tsc = 9, .tid = 51, .tgid = 50, .comm = "sixteen bytes ab"},
		{.tsc = 99, .tid = 50, .tgid = 50, .comm = "later"},
	};
	const struct gt_program *program;
	struct gt_join *join;
	struct made made;

	(void)unused;
	made_begin(&made);
	assert_int_equal(gt_writer_go(made.writer, &go), 0);
	/* The last word counts. */
	assert_int_equal(gt_writer_probes(made.writer, &(struct gt_probes){.tsc = 5, .tgid = TGT, .planted = 1,
									   .nr_reasons = 200, .refusal = "",
									   .reasons = many}), 0);
	assert_int_equal(gt_writer_probes(made.writer, &(struct gt_probes){.tsc = 5, .tgid = TGT, .planted = 0xfe,
									   .nr_reasons = 4, .refusal = "no room",
									   .reasons = reasons}), 0);
	/* Of a process that is none: left out. */
	assert_int_equal(gt_writer_probes(made.writer, &(struct gt_probes){.tsc = 5, .tgid = 7, .refusal = "",
									   .reasons = ""}), 0);
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(gt_writer_stranger(made.writer, &strangers[i]), 0);
	made_end(&made, NULL, 0);
	assert_int_equal(gt_join_open(made.path, "", &join), 0);
	assert_int_equal(join->goroutines.nr_programs, 1);
	program = &join->goroutines.programs[0];
	assert_true(program->probed && program->refused);
	assert_int_equal(program->planted, 0xfe);
	assert_string_equal(program->words, "no room");
	assert_string_equal(program->reasons[0], "");
	assert_string_equal(program->reasons[1], "GC assist marking");
	assert_null(program->reasons[2]);
	assert_string_equal(program->reasons[3], "chan receive");
	assert_null(program->reasons[4]);
	assert_int_equal(join->goroutines.refused, 1);
	assert_string_equal(gt_join_stranger(join, 50), "sshd");
	assert_string_equal(gt_join_stranger(join, 51), "sixteen bytes a");
	assert_null(gt_join_stranger(join, 52));
	gt_join_close(join);
	made_free(&made);
}

/* One CPU publishes out of order, another has a gap; samples lie between. */
static void tell(struct made *made)
{
	const struct gtrace_event_window open = {{GTRACE_EVENT_WINDOW, sizeof(open), 0, 90}, .open = 1};
	struct gtrace_event_wake wake = some_wake(1);
	struct gtrace_event_task life = made_task(GTRACE_EVENT_FORK, 95, TGT + 1, TGT, TGT, 0, "prog");
	struct gtrace_event_hit hit = {{GTRACE_EVENT_HIT, sizeof(hit), 0, 0}, .id = 1, .tid = TGT, .tgid = TGT};

	made_event(made, 0, &open);
	made_event(made, 0, &life);
	made_switch(made, 0, 120, TGT, TGT, 1, 0);
	/* An interrupt, which stamped its events before the switch was stamped. */
	wake.head.flags = 0;
	wake.tid = TGT;
	wake.tgid = TGT;
	for (wake.head.tsc = 110; wake.head.tsc < 114; wake.head.tsc++)
		made_event(made, 0, &wake);
	hit.head.tsc = 130;
	made_event(made, 0, &hit);
	made_sample(made, 0, 100, 0x401000, 0, 0);
	made_sample(made, 0, 120, 0x401000, 0, 0);
	made_sample(made, 0, 140, 0x401000, 0, 0);
	made_switch(made, 1, 112, 50, 50, 0, 0);
	hit.head.tsc = 130;
	hit.head.flags = GTRACE_EVENT_F_GAP;
	made_event(made, 1, &hit);
	made_switch(made, 1, 135, 0, 0, 0, 0);
}

struct expected {
	enum gt_item_kind kind;
	uint32_t cpu;
	uint64_t tsc;
};

static void expect(struct gt_join *join, enum gt_order order, const struct expected *all, size_t count)
{
	struct gt_stream *stream;
	struct gt_item item;

	assert_int_equal(gt_stream_open(join, order, NULL, 0, &stream), 0);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(gt_stream_next(stream, &item), 1);
		assert_int_equal(item.tsc, all[i].tsc);
		assert_int_equal(item.kind, all[i].kind);
		assert_int_equal(item.cpu, all[i].cpu);
		if (item.kind == GT_ITEM_GAP)
			assert_int_equal(item.from, 112);
		if (item.kind >= GT_ITEM_SWITCH)
			assert_int_equal(item.event->tsc, item.tsc);
		if (item.kind == GT_ITEM_HIT || item.kind == GT_ITEM_WAKE)
			assert_true(item.tid == TGT && item.tgid == TGT && item.task != GT_NO_TASK && item.space);
		if (item.kind == GT_ITEM_SWITCH && item.cpu)
			assert_int_equal(item.task, GT_NO_TASK);
	}
	assert_int_equal(gt_stream_next(stream, &item), 0);
	gt_stream_close(stream);
}

static void events_come_in_the_order_of_time(void **unused)
{
	static const struct expected all[] = {
		{GT_ITEM_WINDOW, 0, 90}, {GT_ITEM_TASK, 0, 95},	   {GT_ITEM_SAMPLE, 0, 100}, {GT_ITEM_WAKE, 0, 110},
		{GT_ITEM_WAKE, 0, 111},	 {GT_ITEM_WAKE, 0, 112},   {GT_ITEM_SWITCH, 1, 112}, {GT_ITEM_WAKE, 0, 113},
		{GT_ITEM_SWITCH, 0, 120}, {GT_ITEM_SAMPLE, 0, 120}, {GT_ITEM_HIT, 0, 130},   {GT_ITEM_GAP, 1, 130},
		{GT_ITEM_HIT, 1, 130},	 {GT_ITEM_SWITCH, 1, 135}, {GT_ITEM_SAMPLE, 0, 140},
	};
	struct expected events[sizeof(all) / sizeof(*all)];
	struct gt_join *join;
	struct made made;
	size_t count = 0;

	(void)unused;
	made_begin(&made);
	tell(&made);
	made_end(&made, NULL, 0);
	assert_int_equal(gt_join_open(made.path, "", &join), 0);
	expect(join, GT_ORDER_ALL, all, sizeof(all) / sizeof(*all));
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (all[i].kind != GT_ITEM_SAMPLE)
			events[count++] = all[i];
	expect(join, GT_ORDER_EVENTS, events, count);
	gt_join_close(join);
	made_free(&made);
}

/* More than are looked at in advance: the order of each CPU's publication stays, and nothing is lost or told twice. */
static void long_recordings_are_told_whole(void **unused)
{
	struct gtrace_event_wake wake = some_wake(1);
	uint64_t state = 7, last = 0, sum = 0, told = 0;
	struct gt_stream *stream;
	struct gt_item item;
	struct gt_join *join;
	struct made made;

	(void)unused;
	made_begin(&made);
	for (unsigned int i = 0; i < 5000; i++) {
		/* Up to 40 events run back by up to 40. */
		wake.head.tsc = 1000 + i + random64(&state) % 40;
		wake.head.flags = 0;
		wake.waker_tid = i;
		sum += i;
		made_event(&made, i % 2, &wake);
	}
	made_end(&made, NULL, 0);
	assert_int_equal(gt_join_open(made.path, "", &join), 0);
	assert_int_equal(gt_stream_open(join, GT_ORDER_EVENTS, NULL, 0, &stream), 0);
	while (gt_stream_next(stream, &item) > 0) {
		assert_true(item.tsc >= last);
		last = item.tsc;
		sum -= item.wake->waker_tid;
		told++;
	}
	assert_int_equal(told, 5000);
	assert_int_equal(sum, 0);
	gt_stream_close(stream);
	gt_join_close(join);
	made_free(&made);
}

/* Each is asked for once; targets and the idle task never; those that are gone have no name. */
static void strangers_are_asked_for_their_names(void **unused)
{
	const uint32_t own = getpid(), target = 1, gone = 0x7ffffff0;
	struct gtrace_event_switch sw = {.head = {GTRACE_EVENT_SWITCH, sizeof(sw), 0, 5}};
	const struct gtrace_event_wake wake = {{GTRACE_EVENT_WAKE, sizeof(wake), 0, 6}, .tid = target, .tgid = target,
					       .waker_tid = own, .waker_tgid = own};
	const struct gtrace_event_task child = made_task(GTRACE_EVENT_FORK, 4, 2, 2, target, 7, "child");
	const uint32_t next[] = {target, 2, 0, gone, own, own};
	struct gt_strangers strangers = {};
	struct gt_stranger_name name;
	struct gt_recording *rec;
	struct gt_chunk chunk;
	struct made made;
	char comm[16];

	(void)unused;
	made_begin(&made);
	assert_int_equal(gt_strangers_target(&strangers, target), 0);
	assert_int_equal(gt_strangers_event(&strangers, &child.head, made.writer), 0);
	for (size_t i = 0; i < sizeof(next) / sizeof(*next); i++) {
		sw.next_tid = sw.next_tgid = next[i];
		assert_int_equal(gt_strangers_event(&strangers, &sw.head, made.writer), 0);
	}
	assert_int_equal(gt_strangers_event(&strangers, &wake.head, made.writer), 0);
	gt_strangers_free(&strangers);
	made_end(&made, NULL, 0);
	assert_int_equal(gt_recording_open(made.path, &rec), 0);
	assert_int_equal(gt_recording_next(rec, GT_CHUNKS(GT_CHUNK_STRANGERS), &chunk), 1);
	assert_int_equal(gt_chunk_stranger(rec, &name), 1);
	gt_proc_comm(own, comm);
	assert_int_equal(name.tid, own);
	assert_int_equal(name.tsc, 5);
	assert_string_equal(name.comm, comm);
	assert_int_equal(gt_chunk_stranger(rec, &name), 0);
	assert_int_equal(gt_recording_next(rec, GT_CHUNKS(GT_CHUNK_STRANGERS), &chunk), 0);
	gt_recording_close(rec);
	made_free(&made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hits_and_wakes_survive),
		cmocka_unit_test(a_goroutine_that_blocks_again_is_small),
		cmocka_unit_test(what_has_grown_is_kept),
		cmocka_unit_test(hostile_hits_are_refused),
		cmocka_unit_test(any_bytes_are_survived),
		cmocka_unit_test(what_explains_hits_survives),
		cmocka_unit_test(events_come_in_the_order_of_time),
		cmocka_unit_test(long_recordings_are_told_whole),
		cmocka_unit_test(strangers_are_asked_for_their_names),
	};

	return cmocka_run_group_tests_name("hits", tests, NULL, NULL);
}
