// SPDX-License-Identifier: GPL-2.0
#include "tap.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int tests, failures;

void ok(bool good, const char *name)
{
	printf("%sok %d - %s\n", good ? "" : "not ", ++tests, name);
	failures += !good;
	fflush(stdout);
}

void gives(int got, int want, const char *name)
{
	int is = got < 0 ? errno : 0;

	ok(is == want, name);
	if (is != want)
		printf("# errno %d (%s), not %d (%s)\n", is, strerror(is), want, strerror(want));
}

int plan(void)
{
	printf("1..%d\n", tests);
	return failures != 0;
}
