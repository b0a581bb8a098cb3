/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TAP of a test program: one line a check, the plan at the end.
 */
#ifndef _GTRACE_TESTS_TAP_H
#define _GTRACE_TESTS_TAP_H

#include <stdbool.h>

void ok(bool good, const char *name);

/* A call gave `got` (0 or -1 and errno): it should have been this errno, 0 for success. */
void gives(int got, int want, const char *name);

/* Ends the report; the exit status. */
int plan(void);

#endif
