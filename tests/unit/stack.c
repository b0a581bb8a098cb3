// SPDX-License-Identifier: GPL-2.0
/* Which functions are the machinery of waiting, and which are the ones to name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "analysis/stack.h"

static const struct {
	const char *name;
	bool machinery;
} cases[] = {
	{"runtime.gopark", true},
	{"runtime.(*timer).unlockAndRun", true},
	{"internal/runtime/maps.(*Iter).Next", true},
	{"internal/runtime/syscall/linux.Syscall6", true},
	{"runtime/internal/syscall.Syscall6", true},
	{"sync.(*Mutex).Lock", true},
	{"internal/sync.(*HashTrieMap[go.shape.string,go.shape.int]).Load", true},
	{"internal/poll.(*FD).Read", true},
	{"syscall.Syscall", true},
	{"internal/syscall/unix.GetRandom", true},
	{"golang.org/x/sys/unix.EpollWait", true},
	{"os.(*File).Read", true},
	{"os/signal.signal_recv", true},
	{"net.(*conn).Read", true},
	{"time.Sleep", true},
	{"reflect.Select", true},
	{"iter.Pull[go.shape.int].func2", true},
	{"main.main", false},
	{"main.(*runtime).gopark", false},
	{"runtimes.start", false},
	{"example.com/runtime.Start", false},
	{"os/exec.(*Cmd).Wait", false},
	{"net/http.(*conn).serve", false},
	{"bufio.(*Reader).fill", false},
	{"internal/runtime.x", false},
	{"golang.org/x/sync/errgroup.(*Group).Wait", false},
	{"timeutil.Sleep", false},
	{"__mprotect", false},
	{"", false},
};

static void check(void **state)
{
	unsigned int which = (uintptr_t)*state;

	assert_int_equal(gt_is_machinery(cases[which].name), cases[which].machinery);
}

int main(void)
{
	enum { COUNT = sizeof(cases) / sizeof(*cases) };
	struct CMUnitTest tests[COUNT];
	size_t i;

	for (i = 0; i < COUNT; i++)
		tests[i] = (struct CMUnitTest){.name = *cases[i].name ? cases[i].name : "(no name)",
					       .test_func = check, .initial_state = (void *)(uintptr_t)i};
	return cmocka_run_group_tests_name("stack", tests, NULL, NULL);
}
