// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzzes the reader of a living Go process: the input is the memory of the process, a page range at a fixed address
 * that begins with allgs and allm. The process is this one. Layout of Go 1.27; memory-seed.pl writes the seed.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "go/live.h"

#define MEMORY ((uint8_t *)0x10000000)

enum { MEMORY_SIZE = 1 << 14, ALLGS = 0, ALLM = 24 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gt_go_runtime runtime = {
		.pid = getpid(), .load_bias = (uintptr_t)MEMORY, .globals = { .allgs = ALLGS, .allm = ALLM },
		.g_size = 320, .m_size = 360,
	};
	struct gt_go_look look = { 0 };
	struct gt_go_g g;
	bool on_g0;

	/* No mapping beyond the input: what lies behind it is not there, as behind the heap of a real process. */
	if (size > MEMORY_SIZE || gt_go_offsets_of_release(1, 27, &runtime.offsets) ||
	    mmap(MEMORY, size ? size : 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
		    MEMORY)
		return 0;
	memcpy(MEMORY, data, size);
	if (!gt_go_runtime_look(&runtime, &look)) {
		for (size_t i = 0; i < look.nr_gs; i++)
			if (!gt_go_runtime_goroutine(&runtime, look.gs[i].addr, &g, &on_g0) && g.stack_lo > g.stack_hi)
				abort();
		for (size_t i = 0; i < look.nr_ms; i++)
			gt_go_runtime_goroutine(&runtime, look.ms[i].g0, &g, &on_g0);
	}
	gt_go_look_free(&look);
	munmap(MEMORY, size ? size : 1);
	return 0;
}
