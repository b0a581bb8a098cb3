// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of looking at a Go process that is in the middle of something (userspace/go/look.c). The process is this
 * one; its memory has the layout of Go 1.27.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "go/live.h"

enum { STRUCTURE = 1024, GS = 4, MS = 3, THREAD = 100 };

/* The process: allgs leads to gs[], allm to ms[0], which links to ms[1] ...; each M has its g0. */
struct process {
	uint64_t allgs[3], allm;
	uint64_t array[GS];
	uint8_t gs[GS][STRUCTURE], ms[MS][STRUCTURE], g0s[MS][STRUCTURE];
};

static void put(uint8_t *structure, uint16_t offset, uint64_t word)
{
	memcpy(structure + offset, &word, sizeof(word));
}

static struct gt_go_runtime make(struct process *process)
{
	struct gt_go_runtime runtime = {
		.pid = getpid(),
		.load_bias = (uintptr_t)process,
		.globals = {.allgs = offsetof(struct process, allgs), .allm = offsetof(struct process, allm)},
		.g_size = STRUCTURE,
		.m_size = STRUCTURE,
	};
	const struct gt_go_offsets *at = &runtime.offsets;

	assert_int_equal(gt_go_offsets_of_release(1, 27, &runtime.offsets), 0);
	memset(process, 0, sizeof(*process));
	process->allgs[0] = (uintptr_t)process->array;
	process->allgs[1] = process->allgs[2] = GS;
	process->allm = (uintptr_t)process->ms[0];
	for (int i = 0; i < GS; i++) {
		process->array[i] = (uintptr_t)process->gs[i];
		put(process->gs[i], at->g_self, (uintptr_t)process->gs[i]);
		put(process->gs[i], at->g_status, GT_GO_WAITING);
		put(process->gs[i], at->g_goid, (uint64_t)i + 1);
	}
	for (int i = 0; i < MS; i++) {
		put(process->ms[i], at->m_g0, (uintptr_t)process->g0s[i]);
		put(process->ms[i], at->m_procid, (uint64_t)(THREAD + i));
		put(process->ms[i], at->m_alllink, i + 1 < MS ? (uintptr_t)process->ms[i + 1] : 0);
		put(process->g0s[i], at->g_m, (uintptr_t)process->ms[i]);
		put(process->g0s[i], at->g_self, (uintptr_t)process->g0s[i]);
	}
	return runtime;
}

static void expect(struct gt_go_runtime *runtime, size_t gs, size_t ms, size_t refused)
{
	struct gt_go_look look = {0};

	assert_int_equal(gt_go_runtime_look(runtime, &look), 0);
	assert_int_equal(look.nr_gs, gs);
	assert_int_equal(look.nr_ms, ms);
	assert_int_equal(look.nr_refused, refused);
	gt_go_look_free(&look);
}

static void expect_nonsense(struct gt_go_runtime *runtime)
{
	struct gt_go_look look = {0};

	assert_int_equal(gt_go_runtime_look(runtime, &look), -EPROTO);
	assert_int_equal(look.nr_gs + look.nr_ms, 0);
	gt_go_look_free(&look);
}

/* A thread that is being made is on the list before it has a g0, and that has no M at first: it is left out. */
static void a_thread_in_the_making(void **state)
{
	struct process process;
	struct gt_go_runtime runtime = make(&process);
	struct gt_go_m m;

	(void)state;
	expect(&runtime, GS, MS, 0);
	put(process.ms[0], runtime.offsets.m_procid, 0);
	put(process.g0s[0], runtime.offsets.g_m, 0);
	expect(&runtime, GS, MS - 1, 0);
	put(process.ms[0], runtime.offsets.m_g0, 0);
	expect(&runtime, GS, MS - 1, 0);
	assert_int_equal(gt_go_runtime_m(&runtime, (uintptr_t)process.ms[0], &m), -ENOENT);
	/* Several of them in a circle are no list. */
	put(process.ms[1], runtime.offsets.m_procid, 0);
	put(process.ms[1], runtime.offsets.m_g0, 0);
	put(process.ms[1], runtime.offsets.m_alllink, (uintptr_t)process.ms[0]);
	expect_nonsense(&runtime);
}

/* Without a g0, or with another one's, a thread that runs is none. */
static void a_thread_that_is_none(void **state)
{
	struct process process;
	struct gt_go_runtime runtime = make(&process);

	(void)state;
	put(process.ms[1], runtime.offsets.m_g0, 0);
	expect_nonsense(&runtime);
	put(process.ms[1], runtime.offsets.m_g0, (uintptr_t)process.g0s[0]);
	expect_nonsense(&runtime);
	put(process.ms[1], runtime.offsets.m_g0, (uintptr_t)process.g0s[1]);
	expect(&runtime, GS, MS, 0);
	put(process.g0s[1], runtime.offsets.g_m, 0);
	expect_nonsense(&runtime);
}

/* A goroutine that is being made is dead and does not point to itself yet. Any other one that does not is none. */
static void a_goroutine_in_the_making(void **state)
{
	struct process process;
	struct gt_go_runtime runtime = make(&process);

	(void)state;
	put(process.gs[GS - 1], runtime.offsets.g_self, 0);
	expect(&runtime, GS - 1, MS, 1);
	put(process.gs[GS - 1], runtime.offsets.g_status, GT_GO_DEAD);
	expect(&runtime, GS - 1, MS, 0);
	put(process.gs[GS - 1], runtime.offsets.g_self, (uintptr_t)process.gs[0]);
	expect(&runtime, GS - 1, MS, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_thread_in_the_making),
		cmocka_unit_test(a_thread_that_is_none),
		cmocka_unit_test(a_goroutine_in_the_making),
	};

	return cmocka_run_group_tests_name("look", tests, NULL, NULL);
}
