// SPDX-License-Identifier: GPL-2.0
/* join-seeds DIR: the recordings of the unit tests, with every class of sample and every kind of event, as seeds. */
#include "story.h"

static int keep(struct made *made, const char *folder, const char *name)
{
	char *copy;
	int status;

	if (asprintf(&copy, "cp %s '%s/%s'", made->path, folder, name) < 0)
		return 1;
	status = system(copy);
	free(copy);
	made_free(made);
	return status != 0;
}

int main(int argc, char **argv)
{
	struct made made;
	int status;

	if (argc != 2)
		return 2;
	make(&made);
	status = keep(&made, argv[1], "story");
	make_as(&made, 100);
	status |= keep(&made, argv[1], "jitter");
	make_parks(&made);
	return keep(&made, argv[1], "parks") || status;
}
