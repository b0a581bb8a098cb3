// SPDX-License-Identifier: GPL-2.0
/* Which goroutine an R14 names: a recording with five looks, and a table of questions with their answers. */
#include "made.h"

#include "analysis/goroutine.h"
#include "go/runtime.h"

/* Addresses of runtime.g; what each look says of them is in looks[] below. */
enum {
	STEADY = 0xc000001000, /* goroutine 7 in all looks */
	BORN = 0xc000002000,   /* free in look 0, goroutine 8 from look 1 on */
	SHORT = 0xc000006000,  /* not listed in look 0, dead in look 1: was 14; dead in look 2: was 15 */
	DIES = 0xc000003000,   /* goroutine 9 up to look 1, dead from look 2 on */
	REUSED = 0xc000004000, /* goroutine 10, then 11, made by the same go statement */
	OTHER = 0xc000005000,  /* goroutine 12, then 13, made by different ones */
	G0 = 0xc0000a0000,     /* of thread 101; its M runs STEADY in looks 0 to 2, nothing in look 3 */
	GSIGNAL = 0xc0000b0000,
	STRANGER = 0xc0000f0000,
};

#define LINE(address, id, made, began, state) \
	{.g = address, .goid = id, .gopc = made, .startpc = began, .status = state}
#define M(running) {.m = 0xc000100000, .g0 = G0, .gsignal = GSIGNAL, .curg = running, .tid = 101}

static const struct {
	uint64_t begin, end;
	bool complete;
	struct gt_look_goroutine goroutines[8];
	unsigned int nr_goroutines;
	struct gt_look_thread threads[2];
	unsigned int nr_threads;
} looks[] = {
	{100, 110, true, {
		LINE(STEADY, 7, 0x401000, 0x402000, GT_GO_RUNNING), LINE(BORN, 0, 0, 0, GT_GO_DEAD),
		LINE(DIES, 9, 0x401000, 0x402000, GT_GO_WAITING), LINE(REUSED, 10, 0x401500, 0x402500, GT_GO_RUNNING),
		LINE(OTHER, 12, 0x401600, 0x402600, GT_GO_RUNNING),
	}, 5, {M(STEADY)}, 1},
	{200, 210, false, {
		LINE(BORN, 8, 0x401000, 0x402000, GT_GO_RUNNING), LINE(REUSED, 11, 0x401500, 0x402500, GT_GO_RUNNING),
		LINE(OTHER, 13, 0x401700, 0x402700, GT_GO_RUNNING), LINE(SHORT, 14, 0x401000, 0x402000, GT_GO_DEAD),
	}, 4},
	{300, 310, false, {
		LINE(DIES, 9, 0x401000, 0x402000, GT_GO_DEAD), LINE(SHORT, 15, 0x401000, 0x402000, GT_GO_DEAD),
	}, 2},
	{400, 410, false, {}, 0, {M(0)}, 1},
	/* After an exec of the same program: nothing of before counts. */
	{500, 510, true, {LINE(STEADY, 20, 0x401000, 0x402000, GT_GO_RUNNING)}, 1},
};
#define NR_LOOKS (sizeof(looks) / sizeof(*looks))

static const struct {
	const char *name;
	uint64_t tsc, r14;
	uint32_t tid;
	enum gt_class class;
	uint64_t goid; /* 0 = none, or one of several */
	bool some;     /* ... but its go statement is known */
} questions[] = {
	{"agree before and after", 150, STEADY, 101, GT_CLASS_CERTAIN, 7, true},
	{"before the first look, just in reach (looks are 90 apart)", 10, STEADY, 101, GT_CLASS_LIKELY, 7, true},
	{"... and just not", 9, STEADY, 101, GT_CLASS_UNKNOWN_G, 0, false},
	{"after the last look, just in reach", 600, STEADY, 101, GT_CLASS_LIKELY, 20, true},
	{"... and just not", 601, STEADY, 101, GT_CLASS_UNKNOWN_G, 0, false},
	{"... over a look that does not list it", 250, STEADY, 102, GT_CLASS_CERTAIN, 7, true},
	{"before the first look: one side", 50, STEADY, 101, GT_CLASS_LIKELY, 7, true},
	{"while a look is read: the looks around it", 205, STEADY, 101, GT_CLASS_CERTAIN, 7, true},
	{"while the first look is read", 105, STEADY, 101, GT_CLASS_LIKELY, 7, true},
	{"free before, alive after", 150, BORN, 101, GT_CLASS_LIKELY, 8, true},
	{"... certain once both see it", 250, BORN, 101, GT_CLASS_CERTAIN, 8, true},
	{"alive before, dead after and not reused", 250, DIES, 101, GT_CLASS_CERTAIN, 9, true},
	{"born and dead between two looks", 150, SHORT, 101, GT_CLASS_LIKELY, 14, true},
	{"dead on both sides, of different goids", 250, SHORT, 101, GT_CLASS_LIKELY, 15, true},
	{"dead in the only look before", 550, DIES, 101, GT_CLASS_UNKNOWN_G, 0, false},
	{"dead on both sides", 350, DIES, 101, GT_CLASS_UNKNOWN_G, 0, false},
	{"reused by the same go statement", 150, REUSED, 101, GT_CLASS_LIKELY, 0, true},
	{"reused by another go statement", 150, OTHER, 101, GT_CLASS_UNKNOWN_G, 0, false},
	{"an address no look knows", 150, STRANGER, 101, GT_CLASS_UNKNOWN_G, 0, false},
	{"zero", 150, 0, 101, GT_CLASS_UNKNOWN_G, 0, false},
	{"g0, its M runs the same in both looks", 150, G0, 101, GT_CLASS_G0, 7, true},
	{"gsignal likewise", 250, GSIGNAL, 101, GT_CLASS_G0, 7, true},
	{"g0 of another thread is no live R14", 150, G0, 102, GT_CLASS_UNKNOWN_G, 0, false},
	{"g0, its M runs another in the look after", 350, G0, 101, GT_CLASS_SCHEDULER, 0, false},
	{"g0 with a look on one side only", 50, G0, 101, GT_CLASS_SCHEDULER, 0, false},
	{"another goid after, of the same go statement", 450, STEADY, 101, GT_CLASS_LIKELY, 0, true},
	{"a complete look does not list it: free after", 450, BORN, 101, GT_CLASS_LIKELY, 8, true},
	{"... and what it does not list is free", 550, BORN, 101, GT_CLASS_UNKNOWN_G, 0, false},
	{"after the last look: one side", 550, STEADY, 101, GT_CLASS_LIKELY, 20, true},
};

static void make(struct made *made)
{
	const struct gt_go go = {.tsc = 90, .tgid = TGT, .version = "go1.26.1", .path = "/prog"};
	size_t i;

	made_begin(made);
	assert_int_equal(gt_writer_go(made->writer, &go), 0);
	for (i = 0; i < NR_LOOKS; i++) {
		const struct gt_look look = {
			.tsc_begin = looks[i].begin, .tsc_end = looks[i].end, .tgid = TGT, .complete = looks[i].complete,
			.nr_goroutines = looks[i].nr_goroutines, .nr_threads = looks[i].nr_threads,
		};

		assert_int_equal(gt_writer_look(made->writer, &look, looks[i].goroutines, looks[i].threads), 0);
	}
	made_end(made, NULL, 0);
}

static void read_looks(struct gt_goroutines *goroutines, const char *path, uint32_t forget_before)
{
	struct gt_recording *rec;
	struct gt_chunk chunk;
	struct gt_go go;
	uint32_t look = 0;

	assert_int_equal(gt_recording_open(path, &rec), 0);
	while (gt_recording_next(rec, GT_CHUNKS_ALL, &chunk) > 0) {
		if (chunk.type == GT_CHUNK_GO) {
			assert_int_equal(gt_chunk_go(rec, &go), 1);
			assert_int_equal(gt_goroutines_program(goroutines, &go), 0);
		}
		if (chunk.type == GT_CHUNK_LOOK) {
			if (forget_before && look == forget_before)
				gt_goroutines_forget(goroutines);
			assert_int_equal(gt_goroutines_look(goroutines, rec), 0);
			look++;
		}
	}
	gt_recording_close(rec);
	assert_int_equal(look, NR_LOOKS);
	assert_int_equal(goroutines->refused, 0);
	goroutines->reach = 60;
}

static struct gt_answer ask(struct gt_goroutines *goroutines, uint64_t tsc, uint64_t r14, uint32_t tid)
{
	struct gt_answer answer;
	uint64_t until;
	uint32_t program = gt_goroutines_at(goroutines, TGT, tsc, &until);

	assert_int_equal(program, 1);
	assert_int_equal(gt_goroutines_ask(goroutines, 0, gt_goroutines_gap(goroutines, 0, tsc, &until), r14, tid, &answer), 0);
	return answer;
}

static void check(void **state)
{
	unsigned int which = (uintptr_t)*state, again;
	struct gt_goroutines goroutines = {};
	struct made made;

	make(&made);
	read_looks(&goroutines, made.path, 0);
	/* Twice: the second answer is a remembered one. */
	for (again = 0; again < 2; again++) {
		struct gt_answer answer = ask(&goroutines, questions[which].tsc, questions[which].r14, questions[which].tid);

		assert_string_equal(gt_class_name(answer.class), gt_class_name(questions[which].class));
		assert_int_equal(answer.goroutine != GT_NO_GOROUTINE, questions[which].some);
		assert_int_equal(goroutines.goroutines[answer.goroutine].goid, questions[which].goid);
		/* Another gap, another thread in between: what is remembered belongs to its question. */
		ask(&goroutines, 590, questions[which].r14, 999);
	}
	gt_goroutines_free(&goroutines);
	made_free(&made);
}

/* Part of the file is gone before look 2: what it does not list may have changed in what is missing. */
static void damage_forgets(void **state)
{
	struct gt_goroutines goroutines = {};
	struct made made;

	(void)state;
	make(&made);
	read_looks(&goroutines, made.path, 2);
	assert_int_equal(ask(&goroutines, 150, STEADY, 101).class, GT_CLASS_CERTAIN);
	assert_int_equal(ask(&goroutines, 250, STEADY, 101).class, GT_CLASS_LIKELY);
	assert_int_equal(ask(&goroutines, 350, STEADY, 101).class, GT_CLASS_UNKNOWN_G);
	gt_goroutines_free(&goroutines);
	made_free(&made);
}

static void other_processes_are_none(void **state)
{
	struct gt_goroutines goroutines = {};
	struct made made;
	uint64_t until;

	(void)state;
	make(&made);
	read_looks(&goroutines, made.path, 0);
	assert_int_equal(gt_goroutines_at(&goroutines, TGT + 1, 150, &until), 0);
	gt_goroutines_free(&goroutines);
	made_free(&made);
}

int main(void)
{
	enum { OWN = 2, COUNT = sizeof(questions) / sizeof(*questions) };
	struct CMUnitTest tests[COUNT + OWN] = {
		cmocka_unit_test(damage_forgets),
		cmocka_unit_test(other_processes_are_none),
	};
	size_t i;

	for (i = 0; i < COUNT; i++)
		tests[i + OWN] = (struct CMUnitTest){
			.name = questions[i].name, .test_func = check, .initial_state = (void *)(uintptr_t)i};
	return cmocka_run_group_tests_name("goroutine", tests, NULL, NULL);
}
