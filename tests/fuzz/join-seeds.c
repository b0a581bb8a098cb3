// SPDX-License-Identifier: GPL-2.0
/* join-seeds DIR: the recording of the unit tests, in which every class of sample happens, as a seed. */
#include "story.h"

int main(int argc, char **argv)
{
	struct made made;
	char *copy;
	int status;

	if (argc != 2)
		return 2;
	make(&made);
	if (asprintf(&copy, "cp %s '%s/story'", made.path, argv[1]) < 0)
		return 1;
	status = system(copy);
	free(copy);
	made_free(&made);
	return status ? 1 : 0;
}
