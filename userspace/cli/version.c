// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "lib/format.h"
#include "lib/session.h"

static int run(int argc, char **argv)
{
	bool verbose = argc > 1 && (!strcmp(argv[1], "-v") || !strcmp(argv[1], "--verbose"));
	struct gt_session session;

	if (argc > 1 + verbose)
		return gt_usage_error("version", "version takes no '%s'", argv[1 + verbose]);
	puts("gtrace " GT_VERSION);
	if (!verbose)
		return GT_EXIT_OK;
	printf("module ABI     %u\n", GTRACE_ABI_VERSION);
	printf("file format    %u\n", GT_FILE_VERSION);
	printf("PEBS formats   3 (fixed), 4 (adaptive)\n");
	printf("Go releases    1.18 to 1.27\n");
	if (gt_session_open(&session)) {
		puts("module         not to be asked; type: gtrace check");
		return GT_EXIT_OK;
	}
	printf("module         loaded, ABI %u, %s\n", session.caps.abi_version,
	       session.caps.source == GTRACE_SOURCE_PEBS ? "source pebs" : "machine refused");
	gt_session_close(&session);
	return GT_EXIT_OK;
}

static const char help[] = "usage: gtrace version [-v]\n"
			   "\n"
			   "EXAMPLES\n"
			   "  gtrace version -v\n";

const struct gt_command gt_command_version = {
	.name = "version",
	.summary = "version of this program; -v: of the module, formats",
	.run = run,
	.help = help,
};
