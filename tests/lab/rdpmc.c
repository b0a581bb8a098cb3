// SPDX-License-Identifier: GPL-2.0
/* rdpmc INDEX (hexadecimal): executes RDPMC in user mode; prints the value or "fault" (#GP). */
#include <setjmp.h>
#include <signal.h>

#include "msr.h"

static sigjmp_buf back;

static void fault(int signal)
{
	siglongjmp(back, signal);
}

int main(int argc, char **argv)
{
	unsigned int low, high;

	if (argc != 2)
		return 2;
	signal(SIGSEGV, fault);
	if (sigsetjmp(back, 1)) {
		puts("fault");
		return 0;
	}
	__asm__ volatile("rdpmc" : "=a"(low), "=d"(high) : "c"((unsigned int)strtoul(argv[1], NULL, 16)));
	printf("%lx\n", (uint64_t)high << 32 | low);
	return 0;
}
