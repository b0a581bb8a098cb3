// SPDX-License-Identifier: GPL-2.0
/* stalls-seeds DIR: the recording of the unit tests in which goroutines stop in every way, as a seed. */
#include "stops.h"

int main(int argc, char **argv)
{
	struct made made;
	char *copy;
	int status;

	if (argc != 2)
		return 2;
	made = make_stops();
	if (asprintf(&copy, "cp %s '%s/stops'", made.path, argv[1]) < 0)
		return 1;
	status = system(copy);
	free(copy);
	made_free(&made);
	return status != 0;
}
