// SPDX-License-Identifier: GPL-2.0
/* The assembly of the runtime that goes from one stack to another (runtime/asm_amd64.s, sys_linux_amd64.s). */
#include "probes.h"

#include <string.h>

bool gt_go_is_stack_switch(const char *name)
{
	/* Local symbols (gogo<>) have no package in the function table. */
	static const char *const names[] = {
		"runtime.mcall",
		"runtime.gogo",
		"gogo", /* goroutine to g0 and back */
		"runtime.systemstack",
		"runtime.systemstack_switch", /* to g0 for one call */
		"gosave_systemstack_switch",  /* part of that and of asmcgocall */
		"runtime.morestack",
		"runtime.morestack_noctxt", /* to g0, and back on another stack */
		"runtime.goexit",
		"runtime.mstart",
		"runtime.rt0_go", /* where stacks begin */
		"runtime.asmcgocall",
		"runtime.asmcgocall_landingpad", /* to the C stack and back */
		"runtime.cgocallback",
		"crosscall2",
		"crosscall1", /* from C to a goroutine */
		"runtime.sigtramp",
		"runtime.cgoSigtramp", /* where the kernel enters the signal stack ... */
		"runtime.sigreturn",
		"runtime.sigreturn__sigaction", /* ... and leaves it */
	};
	static const char abi0[] = ".abi0"; /* ELF symbols of assembly have it */
	size_t length = strlen(name);

	if (length > strlen(abi0) && !strcmp(name + length - strlen(abi0), abi0))
		length -= strlen(abi0);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strlen(names[i]) == length && !memcmp(names[i], name, length))
			return true;
	return false;
}
