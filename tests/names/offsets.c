// SPDX-License-Identifier: GPL-2.0
/*
 * offsets BINARY...	compares the table of releases with the DWARF of each binary, field by field; TAP on stdout
 */
#include <stdio.h>
#include <string.h>

#include "go/binary.h"
#include "go/globals.h"
#include "go/offsets.h"

static bool compare(const char *path, char *text, size_t size)
{
	struct gt_go_offsets dwarf, table;
	struct gt_go_version version;
	struct gt_go_binary *binary;
	bool same = true;
	int error = gt_go_binary_open(path, &binary);

	if (error) {
		printf("# %s: %s\n", path, gt_go_binary_explain(error));
		return false;
	}
	version = gt_go_binary_version(binary);
	snprintf(text, size, "%s", version.text);
	if (gt_go_offsets_from_dwarf(gt_go_binary_image(binary), &dwarf)) {
		printf("# %s: no DWARF that describes runtime.g and runtime.m\n", path);
		same = false;
	} else if (gt_go_offsets_of_release(version.major, version.minor, &table)) {
		printf("# %s: no table for %s\n", path, version.text);
		same = false;
	} else {
#define FIELD(name, letter, path)								\
		if (dwarf.name != table.name) {							\
			printf("# " #letter "." path ": DWARF %u, table %u\n", dwarf.name, table.name);	\
			same = false;								\
		}
		GT_GO_OFFSETS(FIELD)
#undef FIELD
	}
	gt_go_binary_close(binary);
	return same;
}

int main(int argc, char **argv)
{
	int failed = 0;

	printf("1..%d\n", argc - 1);
	for (int i = 1; i < argc; i++) {
		char version[64] = "no Go binary";
		bool same = compare(argv[i], version, sizeof(version));

		failed += !same;
		printf("%sok %d - %s: the table of releases is what the DWARF says\n", same ? "" : "not ", i, version);
	}
	return failed != 0;
}
