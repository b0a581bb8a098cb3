// SPDX-License-Identifier: GPL-2.0
/* Who a thread was, and what lay at its addresses, over FORK, EXEC, MAP and what /proc told. */
#include "made.h"

#include "analysis/task.h"

enum { NONE = 0, SHELL = 1, LIBC, PROG, LIBX, LIBY };

/* Address of each file's mapping in every test: one page each, but LIBY, which covers LIBX and more. */
static const struct {
	uint64_t start, end;
} where[] = {
	[SHELL] = {0x1000, 0x2000}, [LIBC] = {0x7000, 0x8000}, [PROG] = {0x1000, 0x3000},
	[LIBX] = {0x9000, 0xa000}, [LIBY] = {0x9000, 0xc000},
};

static void event(struct gt_tasks *tasks, uint16_t type, uint64_t tsc, uint32_t tid, uint32_t tgid, uint32_t parent,
		  uint64_t mm, const char *comm)
{
	const struct gtrace_event_task task = made_task(type, tsc, tid, tgid, parent, mm, comm);

	assert_int_equal(gt_tasks_event(tasks, &task), 0);
}

static void map(struct gt_tasks *tasks, uint64_t tsc, uint32_t tgid, uint64_t mm, uint32_t file, bool existing)
{
	const struct gtrace_event_map mapping = {
		.head = {.type = GTRACE_EVENT_MAP, .size = sizeof(mapping), .tsc = tsc},
		.tid = tgid, .tgid = tgid, .mm = mm, .start = where[file].start, .end = where[file].end,
	};

	assert_int_equal(gt_tasks_map(tasks, &mapping, file, existing), 0);
}

static uint32_t file_at(struct gt_tasks *tasks, uint32_t tgid, uint64_t tsc, uint64_t address)
{
	const struct gt_mapping *mapping;
	const struct gt_space *space;
	uint64_t until;
	int64_t at = gt_tasks_process(tasks, tgid, tsc, &until);

	assert_true(at >= 0);
	space = tasks->processes[at].space;
	mapping = gt_space_find(space, gt_space_epoch(space, tsc), address);
	return mapping ? mapping->file : NONE;
}

static const char *comm_at(struct gt_tasks *tasks, uint32_t tid, uint64_t tsc)
{
	uint64_t until;
	int64_t at = gt_tasks_at(tasks, tid, tid, tsc, &until);

	assert_true(at >= 0);
	return tasks->tasks[at].comm;
}

/* MAP events of the new program come before its EXEC, under the new space's id. */
static void exec_replaces(void **state)
{
	struct gt_tasks tasks = {};

	(void)state;
	event(&tasks, GTRACE_EVENT_EXEC, 50, TGT, TGT, 0, 8, "prog");
	map(&tasks, 0, TGT, 0, SHELL, true);
	map(&tasks, 45, TGT, 8, PROG, false);
	map(&tasks, 46, TGT, 8, LIBC, false);
	assert_int_equal(file_at(&tasks, TGT, 49, 0x1800), SHELL);
	assert_int_equal(file_at(&tasks, TGT, 49, 0x7800), NONE);
	assert_int_equal(file_at(&tasks, TGT, 50, 0x1800), PROG);
	assert_int_equal(file_at(&tasks, TGT, 50, 0x2fff), PROG);
	assert_int_equal(file_at(&tasks, TGT, 50, 0x3000), NONE);
	assert_int_equal(file_at(&tasks, TGT, 99, 0x7000), LIBC);
	assert_string_equal(comm_at(&tasks, TGT, 49), "");
	assert_string_equal(comm_at(&tasks, TGT, 50), "prog");
	gt_tasks_free(&tasks);
}

/* A space that existed at START has no id in /proc: the first thread's FORK names it, and its MAP events belong there. */
static void existing_space_gets_its_id(void **state)
{
	struct gt_tasks tasks = {};

	(void)state;
	event(&tasks, GTRACE_EVENT_FORK, 30, 101, TGT, TGT, 5, "worker");
	map(&tasks, 10, TGT, 0, PROG, true);
	map(&tasks, 40, TGT, 5, LIBX, false);
	assert_int_equal(file_at(&tasks, TGT, 5, 0x1800), PROG);
	assert_int_equal(file_at(&tasks, TGT, 60, 0x1800), PROG);
	assert_int_equal(file_at(&tasks, TGT, 60, 0x9800), LIBX);
	assert_int_equal(tasks.spaces.count, 1);
	gt_tasks_free(&tasks);
}

/* Without any thread's FORK the first MAP names it. */
static void map_names_existing_space(void **state)
{
	struct gt_tasks tasks = {};

	(void)state;
	map(&tasks, 10, TGT, 0, PROG, true);
	map(&tasks, 40, TGT, 5, LIBX, false);
	map(&tasks, 41, TGT, 5, LIBC, false);
	assert_int_equal(file_at(&tasks, TGT, 60, 0x9800), LIBX);
	assert_int_equal(file_at(&tasks, TGT, 60, 0x7800), LIBC);
	assert_int_equal(file_at(&tasks, TGT, 60, 0x1800), PROG);
	assert_int_equal(tasks.spaces.count, 1);
	gt_tasks_free(&tasks);
}

static void fork_copies_as_of_then(void **state)
{
	struct gt_tasks tasks = {};

	(void)state;
	event(&tasks, GTRACE_EVENT_FORK, 30, 200, 200, TGT, 6, "child");
	map(&tasks, 10, TGT, 0, PROG, true);
	map(&tasks, 20, TGT, 5, LIBX, false);
	map(&tasks, 40, TGT, 5, LIBC, false);
	map(&tasks, 50, 200, 6, LIBY, false);
	assert_int_equal(file_at(&tasks, 200, 35, 0x1800), PROG);
	assert_int_equal(file_at(&tasks, 200, 35, 0x9800), LIBX);
	assert_int_equal(file_at(&tasks, 200, 60, 0x9800), LIBY);
	assert_int_equal(file_at(&tasks, 200, 60, 0x7800), NONE);
	assert_int_equal(file_at(&tasks, TGT, 60, 0x9800), LIBX);
	assert_int_equal(file_at(&tasks, TGT, 60, 0x7800), LIBC);
	gt_tasks_free(&tasks);
}

/* vfork: the child's FORK names the parent's space; what it execs is its own. */
static void vfork_shares(void **state)
{
	struct gt_tasks tasks = {};

	(void)state;
	event(&tasks, GTRACE_EVENT_FORK, 20, 101, TGT, TGT, 5, "worker");
	event(&tasks, GTRACE_EVENT_FORK, 30, 200, 200, TGT, 5, "child");
	event(&tasks, GTRACE_EVENT_EXEC, 50, 200, 200, 0, 9, "ls");
	map(&tasks, 10, TGT, 0, PROG, true);
	map(&tasks, 45, 200, 9, SHELL, false);
	assert_int_equal(file_at(&tasks, 200, 35, 0x2800), PROG);
	assert_int_equal(file_at(&tasks, 200, 55, 0x1800), SHELL);
	assert_int_equal(file_at(&tasks, 200, 55, 0x2800), NONE);
	assert_int_equal(file_at(&tasks, TGT, 55, 0x2800), PROG);
	gt_tasks_free(&tasks);
}

/* dlclose is not told: a library at the same place takes it over, from then on, and begins an epoch. */
static void covering_begins_an_epoch(void **state)
{
	struct gt_tasks tasks = {};
	const struct gt_space *space;
	uint64_t until;

	(void)state;
	map(&tasks, 20, TGT, 5, LIBX, false);
	map(&tasks, 60, TGT, 5, LIBY, false);
	map(&tasks, 61, TGT, 5, LIBY, false);
	assert_int_equal(file_at(&tasks, TGT, 59, 0x9800), LIBX);
	assert_int_equal(file_at(&tasks, TGT, 59, 0xb800), NONE);
	assert_int_equal(file_at(&tasks, TGT, 60, 0x9800), LIBY);
	assert_int_equal(file_at(&tasks, TGT, 99, 0xb800), LIBY);
	space = tasks.processes[gt_tasks_process(&tasks, TGT, 0, &until)].space;
	assert_int_equal(space->nr_epochs, 2);
	assert_int_equal(space->count, 2);
	assert_int_equal(gt_space_epoch(space, 59)->until, 60);
	assert_int_not_equal(gt_space_epoch(space, 59)->id, gt_space_epoch(space, 60)->id);
	gt_tasks_free(&tasks);
}

static void ids_are_used_again(void **state)
{
	struct gt_tasks tasks = {};
	uint64_t until;
	int64_t at;

	(void)state;
	event(&tasks, GTRACE_EVENT_FORK, 80, 300, 300, TGT, 7, "second");
	event(&tasks, GTRACE_EVENT_FORK, 20, 300, 300, TGT, 6, "first");
	event(&tasks, GTRACE_EVENT_EXIT, 30, 300, 300, 0, 0, "first");
	at = gt_tasks_at(&tasks, 300, 300, 25, &until);
	assert_string_equal(tasks.tasks[at].comm, "first");
	assert_int_equal(until, 80);
	at = gt_tasks_at(&tasks, 300, 300, 80, &until);
	assert_string_equal(tasks.tasks[at].comm, "second");
	assert_true(until == UINT64_MAX);
	gt_tasks_free(&tasks);
}

/* /proc is read after START: a thread that FORK told of meanwhile is not there since START. */
static void proc_tells_names(void **state)
{
	struct gt_tasks tasks = {};
	const struct gtrace_event_task
		old = made_task(GTRACE_EVENT_FORK, 15, 101, TGT, 0, 0, "old"),
		young = made_task(GTRACE_EVENT_FORK, 15, 102, TGT, 0, 0, "renamed");

	(void)state;
	event(&tasks, GTRACE_EVENT_FORK, 12, 102, TGT, TGT, 5, "young");
	assert_int_equal(gt_tasks_existing(&tasks, &old), 0);
	assert_int_equal(gt_tasks_existing(&tasks, &young), 0);
	assert_string_equal(comm_at(&tasks, 101, 0), "old");
	assert_string_equal(comm_at(&tasks, 102, 13), "young");
	assert_true(gt_tasks_known(&tasks, TGT));
	assert_false(gt_tasks_known(&tasks, 4711));
	gt_tasks_free(&tasks);
}

static void nonsense_is_counted(void **state)
{
	struct gt_tasks tasks = {};
	struct gtrace_event_map bad = {
		.head = {.type = GTRACE_EVENT_MAP, .size = sizeof(bad), .tsc = 5}, .tgid = TGT, .start = 9, .end = 9};

	(void)state;
	assert_int_equal(gt_tasks_map(&tasks, &bad, SHELL, false), 0);
	bad.end = 99;
	bad.pgoff = UINT64_MAX - 10;
	assert_int_equal(gt_tasks_map(&tasks, &bad, SHELL, false), 0);
	assert_int_equal(tasks.refused, 2);
	assert_int_equal(file_at(&tasks, TGT, 10, 50), NONE);
	assert_int_equal(file_at(&tasks, TGT, 10, UINT64_MAX), NONE);
	gt_tasks_free(&tasks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exec_replaces),
		cmocka_unit_test(existing_space_gets_its_id),
		cmocka_unit_test(map_names_existing_space),
		cmocka_unit_test(fork_copies_as_of_then),
		cmocka_unit_test(vfork_shares),
		cmocka_unit_test(covering_begins_an_epoch),
		cmocka_unit_test(ids_are_used_again),
		cmocka_unit_test(proc_tells_names),
		cmocka_unit_test(nonsense_is_counted),
	};

	return cmocka_run_group_tests_name("task", tests, NULL, NULL);
}
