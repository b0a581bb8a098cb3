// SPDX-License-Identifier: GPL-2.0
/*
 * Parks counted from stores: made samples at the addresses of a real Go program, whose runtime.gopark says which
 * instruction writes g.waitreason. What is no such store, or not into R14's g, does not count.
 */
#include "made.h"

#include <errno.h>
#include <limits.h>

#include "analysis/park_profile.h"
#include "go/binary.h"
#include "go/park_store.h"
#include "go/wait_reasons.h"

#define PROGRAM "../../build/programs/parks"

enum { BIAS = 0x100000000, G7 = 0xc000001000, G8 = 0xc000002000, LOCK = 0xc000123450, PERIOD = 96 };

/* Where the instructions of gopark are, and what the release calls the numbers. */
struct code {
	char path[PATH_MAX];
	uint64_t entry, reason, other; /* runtime.gopark; its store of the reason; another instruction of it */
	uint64_t began, made;          /* a function and a go statement for goroutines */
	uint16_t offset;
	uint8_t receive, select;
};

static uint8_t number_of(struct gt_go_binary *binary, const char *text)
{
	unsigned int reason = 0;

	while (strcmp(gt_go_wait_reason(gt_go_binary_version(binary).minor, reason) ?: "", text))
		assert_true(++reason < 256);
	return reason;
}

static void read_code(struct code *code)
{
	struct gt_go_binary *binary;
	struct gt_go_function gopark, began;
	unsigned int stores = 0;
	uint16_t offset;

	if (!realpath(PROGRAM, code->path) || gt_go_binary_open(code->path, &binary))
		fail_msg(PROGRAM " is not there: make programs");
	assert_int_equal(gt_go_binary_function_named(binary, "runtime.gopark", &gopark), 0);
	assert_int_equal(gt_go_binary_function_named(binary, "main.pingpong", &began), 0);
	code->entry = gopark.entry;
	code->began = began.entry;
	code->made = began.entry + 1;
	for (uint64_t at = gopark.entry; at < gopark.end; at++) {
		if (gt_go_park_store(binary, at, &offset) != GT_GO_STORE_REASON)
			continue;
		code->reason = at;
		code->offset = offset;
		stores++;
		at += 6; /* without its REX prefix it is one, too, to another register */
	}
	assert_int_equal(stores, 1);
	assert_int_equal(gt_go_park_store(binary, began.entry, &offset), GT_GO_STORE_OTHER);
	code->receive = number_of(binary, "chan receive");
	code->select = number_of(binary, "select");
	gt_go_binary_close(binary);
}

static void store(struct made *made, uint64_t tsc, uint64_t ip, uint64_t g, uint64_t into, uint64_t bx, uint64_t cx)
{
	const struct gtrace_pebs_fixed record = {
		.real_ip = ip + BIAS, .tsc = tsc, .addr = g + into, .r14 = g, .bx = bx, .cx = cx, .status = 1};

	assert_int_equal(gt_writer_samples(made->writer, 0, &record, 1), 0);
}

/* A program with goroutines 7 and 8, which a look before and one behind all samples know. */
static const struct gt_look_thread thread = {.m = 0xc000100000, .g0 = 0xc0000a0000, .curg = G7, .tid = TGT};

static void look(struct made *made, const struct code *code, uint64_t tsc, bool complete)
{
	const struct gt_look_goroutine goroutines[] = {
		{.g = G7, .goid = 7, .gopc = BIAS + code->made + 1, .startpc = BIAS + code->began, .status = 2},
		{.g = G8, .goid = 8, .gopc = BIAS + code->made + 1, .startpc = BIAS + code->began, .status = 2},
	};
	const struct gt_look look = {.tsc_begin = tsc, .tsc_end = tsc + 10, .tgid = TGT, .nr_goroutines = 2,
				     .nr_threads = 1, .complete = complete};

	assert_int_equal(gt_writer_look(made->writer, &look, goroutines, &thread), 0);
}

static void begin(struct made *made, const struct code *code, const struct gt_recording_info *info)
{
	const struct gt_go go = {
		.tsc = 50, .tgid = TGT, .load_bias = BIAS, .version = "go1.26.1", .path = code->path};
	struct gtrace_event_task task = made_task(GTRACE_EVENT_FORK, 60, TGT, TGT, 0, 0, "parks");

	made_begin_as(made, info);
	made_map(made, GT_CPU_NONE, 60, TGT, 0, BIAS + 0x401000, BIAS + 0x900000, 0x1000, code->path);
	made_event(made, GT_CPU_NONE, &task);
	assert_int_equal(gt_writer_go(made->writer, &go), 0);
	look(made, code, 80, true);
	made_clock(made, 0, 100, 1000, 100);
	made_switch(made, 0, 100, TGT, TGT, 0, 0);
}

static void end(struct made *made, const struct code *code)
{
	const struct gt_total total = {.cpu = 0};

	made_clock(made, 0, 1000100, 1001000, 1000100); /* a millisecond later */
	look(made, code, 1000200, false);
	made_end(made, &total, 1);
}

/* Six parks: goroutine 7 waits thrice in a receive and once in a select, 8 twice in a receive on another channel. */
static void make(struct made *made, const struct code *code, uint64_t fields)
{
	struct gt_recording_info info = made_info;

	info.period = PERIOD;
	info.fields = fields;
	begin(made, code, &info);
	for (unsigned int i = 0; i < 3; i++)
		store(made, 110 + i, code->reason, G7, code->offset, LOCK, 0xabcdef00u | code->receive);
	store(made, 120, code->reason, G7, code->offset, 0, code->select);
	store(made, 121, code->reason, G8, code->offset, LOCK + 64, code->receive);
	store(made, 122, code->reason, G8, code->offset, LOCK + 64, code->receive);
	/* Not these: another field, another g, another instruction of gopark, another function. */
	store(made, 130, code->reason, G7, code->offset + 1, LOCK, code->receive);
	store(made, 131, code->reason, G7, G8 - G7 + code->offset, LOCK, code->receive);
	store(made, 132, code->entry, G7, code->offset, LOCK, code->receive);
	store(made, 133, code->began, G7, code->offset, LOCK, code->receive);
	end(made, code);
}

static void find(struct gt_park_profile *profile, const struct made *made, enum gt_parks_by by, int result)
{
	static const struct gt_filter all;
	struct gt_join *join;

	*profile = (struct gt_park_profile){.by = by, .filter = &all};
	assert_int_equal(gt_join_open(made->path, "", &join), 0);
	assert_int_equal(gt_park_profile_find(profile, join), result);
}

static void forget(struct gt_park_profile *profile)
{
	struct gt_join *join = profile->join;

	gt_park_profile_free(profile);
	gt_join_close(join);
}

static const char *text(const struct gt_park_profile *profile, uint32_t string)
{
	return gt_symbols_text(&profile->join->symbols, string);
}

static void parks_are_counted(void **unused)
{
	struct gt_park_profile profile;
	struct code code;
	struct made made;

	(void)unused;
	read_code(&code);
	make(&made, &code, GT_FIELDS_DEFAULT);

	find(&profile, &made, GT_PARKS_BY_REASON, 0);
	assert_int_equal(profile.samples, 6);
	assert_int_equal(profile.copies + profile.unknown + profile.unread, 0);
	assert_int_equal(profile.count, 2);
	assert_string_equal(text(&profile, profile.rows[0].reason), "chan receive");
	assert_int_equal(profile.rows[0].samples, 5);
	assert_string_equal(text(&profile, profile.rows[1].reason), "select");
	assert_int_equal(profile.rows[0].parks, 5 * (PERIOD + 1));
	assert_int_equal(profile.parks, 6 * (PERIOD + 1));
	assert_false(gt_park_profile_by_chance(&profile));
	assert_true(gt_park_profile_error(100) == 0.1);
	/* 582 parks in a millisecond. */
	assert_true(gt_park_profile_rate(&profile, profile.parks) == 582000);
	forget(&profile);

	find(&profile, &made, GT_PARKS_BY_GOROUTINE, 0);
	assert_int_equal(profile.count, 2);
	assert_int_equal(profile.rows[0].samples, 4);
	assert_int_equal(profile.rows[0].certain, 4);
	assert_int_equal(profile.join->goroutines.goroutines[profile.rows[0].goroutine].goid, 7);
	assert_int_equal(profile.join->goroutines.goroutines[profile.rows[1].goroutine].goid, 8);
	assert_string_equal(text(&profile, profile.rows[1].function), "main.pingpong");
	forget(&profile);

	find(&profile, &made, GT_PARKS_BY_LOCK, 0);
	assert_int_equal(profile.count, 3);
	assert_int_equal(profile.rows[0].lock, LOCK);
	assert_int_equal(profile.rows[1].lock, LOCK + 64);
	assert_int_equal(profile.rows[2].lock, 0);
	forget(&profile);

	find(&profile, &made, GT_PARKS_BY_KIND, 0);
	assert_int_equal(profile.count, 2);
	forget(&profile);
	find(&profile, &made, GT_PARKS_BY_FUNCTION, 0);
	assert_int_equal(profile.count, 1);
	forget(&profile);
	made_free(&made);
}

/* Three samples of the select weigh more than four of the receive. */
static void parks_are_weighed(void **unused)
{
	struct gt_recording_info info = made_info;
	struct gt_park_profile profile;
	struct code code;
	struct made made;

	(void)unused;
	read_code(&code);
	info.period = PERIOD;
	info.jitter = 500;
	begin(&made, &code, &info);
	for (unsigned int i = 0; i < 4; i++)
		store(&made, 110 + i, code.reason, G7, code.offset, LOCK, code.receive);
	for (unsigned int i = 0; i < 16; i++) {
		const struct gtrace_event_period period = {
			{GTRACE_EVENT_PERIOD, sizeof(period), 0, 200 + i}, .sample_index = i ? 4 + i / 4 : 3, .period = 128 + i};

		made_event(&made, 0, &period);
	}
	for (unsigned int i = 0; i < 3; i++)
		store(&made, 210 + i, code.reason, G8, code.offset, 0, code.select);
	end(&made, &code);
	find(&profile, &made, GT_PARKS_BY_REASON, 0);
	assert_int_equal(profile.count, 2);
	assert_string_equal(text(&profile, profile.rows[0].reason), "select");
	assert_int_equal(profile.rows[0].samples, 3);
	assert_int_equal(profile.rows[0].parks, 129 + 132 + 136);
	assert_int_equal(profile.rows[1].parks, 4 * (PERIOD + 1));
	assert_int_equal(profile.samples, 7);
	assert_int_equal(profile.parks, profile.rows[0].parks + profile.rows[1].parks);
	assert_true(gt_park_profile_by_chance(&profile));
	forget(&profile);
	made_free(&made);
}

static void recordings_without_the_registers_are_refused(void **unused)
{
	struct gt_park_profile profile;
	struct code code;
	struct made made;

	(void)unused;
	read_code(&code);
	make(&made, &code, GT_FIELDS_DEFAULT & ~GT_FIELDS_OWN_G);
	find(&profile, &made, GT_PARKS_BY_REASON, -ENODATA);
	forget(&profile);
	made_free(&made);
}

static void all_registers_tell_the_same(void **unused)
{
	struct gt_park_profile profile;
	struct code code;
	struct made made;

	(void)unused;
	read_code(&code);
	make(&made, &code, GT_FIELDS_DEFAULT | GT_FIELDS_REGS);
	find(&profile, &made, GT_PARKS_BY_REASON, 0);
	assert_int_equal(profile.samples, 6);
	forget(&profile);
	made_free(&made);
}

static void a_file_that_is_gone_is_told(void **unused)
{
	struct gt_park_profile profile;
	struct code code;
	struct made made;

	(void)unused;
	read_code(&code);
	strcpy(code.path, "/no/such/program");
	make(&made, &code, GT_FIELDS_DEFAULT);
	find(&profile, &made, GT_PARKS_BY_REASON, 0);
	assert_int_equal(profile.samples, 0);
	/* All stores into the own g. */
	assert_int_equal(profile.unread, 9);
	forget(&profile);
	made_free(&made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parks_are_counted),
		cmocka_unit_test(parks_are_weighed),
		cmocka_unit_test(recordings_without_the_registers_are_refused),
		cmocka_unit_test(all_registers_tell_the_same),
		cmocka_unit_test(a_file_that_is_gone_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
