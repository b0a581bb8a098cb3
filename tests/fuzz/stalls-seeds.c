// SPDX-License-Identifier: GPL-2.0
/* stalls-seeds DIR: the recording of the unit tests in which goroutines stop in every way, and a dump of it, as seeds. */
#include "stops.h"

static int seed(struct made made, const char *directory, const char *name)
{
	char *copy;
	int status;

	if (asprintf(&copy, "cp %s '%s/%s'", made.path, directory, name) < 0)
		return 1;
	status = system(copy);
	free(copy);
	made_free(&made);
	return status != 0;
}

int main(int argc, char **argv)
{
	struct gt_recording_info dump = made_info;

	if (argc != 2)
		return 2;
	dump.trigger = "park>20us: goroutine 9, 20 us";
	dump.trigger_goid = 9;
	dump.trigger_tsc = 230000;
	dump.fired_tsc = 250001;
	dump.until_tsc = UINT64_MAX;
	return seed(make_stops(), argv[1], "stops") || seed(make_stops_as(&dump, "go1.26.1", 0x1fe), argv[1], "dump");
}
