/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TAP of a test program: one line a check, the plan at the end.
 */
#ifndef _GTRACE_TESTS_TAP_H
#define _GTRACE_TESTS_TAP_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tests, failures;

static inline void ok(bool good, const char *name)
{
	printf("%sok %d - %s\n", good ? "" : "not ", ++tests, name);
	failures += !good;
	fflush(stdout);
}

/* A call gave `got` (0 or -1 and errno): it should have been this errno, 0 for success. */
static inline void gives(int got, int want, const char *name)
{
	int is = got < 0 ? errno : 0;

	ok(is == want, name);
	if (is != want)
		printf("# errno %d (%s), not %d (%s)\n", is, strerror(is), want, strerror(want));
}

/* Ends the report; the exit status. */
static inline int plan(void)
{
	printf("1..%d\n", tests);
	return failures != 0;
}

#endif
