// SPDX-License-Identifier: GPL-2.0
/*
 * probes BINARY sites	prints a line for each probe of the binary: NAME OFFSET, tabs between
 * probes BINARY reasons	prints a line for each wait reason: NUMBER TEXT TEXT-OF-RELEASE ("-" = none), tabs between
 * probes BINARY copies	prints a line for each function that has a copy of a probed one in it: FUNCTION WITHIN
 * probes BINARY copies-of NAME	the same for any function
 * probes BINARY signatures	prints a line for each probed function that takes what it is expected to take: FUNCTION NAMES
 * probes switches		prints each line of stdin that is the name of a function that switches stacks
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "go/binary.h"
#include "go/image.h"
#include "go/probes.h"
#include "go/signatures.h"

static int sites(const struct gt_go_binary *binary)
{
	struct gtrace_probe probes[GT_GO_PROBES_MAX];
	const char *why;
	int count = gt_go_probes(binary, probes, GT_GO_PROBES_MAX, &why);

	if (count < 0) {
		fprintf(stderr, "probes: %s: %s\n", strerror(-count), why);
		return 1;
	}
	for (int i = 0; i < count; i++)
		printf("%s\t%" PRIu64 "\n", gt_go_probe_name(probes[i].id), (uint64_t)probes[i].offset);
	return 0;
}

static int reasons(const struct gt_go_binary *binary)
{
	struct gt_go_wait_reasons reasons;
	int error = gt_go_binary_wait_reasons(binary, &reasons);

	if (error) {
		fprintf(stderr, "probes: wait reasons: %s\n", strerror(-error));
		return 1;
	}
	for (uint32_t i = 0; i < reasons.count; i++) {
		const char *text = gt_go_wait_reason(gt_go_binary_version(binary).minor, i);

		printf("%u\t%s\t%s\n", i, reasons.texts[i], text ? text : "-");
	}
	return 0;
}

static int copies(const struct gt_go_binary *binary)
{
	struct gt_go_copy copies[64];
	size_t count = gt_go_probe_copies(binary, copies, 64);

	for (size_t i = 0; i < count && i < 64; i++)
		printf("%s\t%s\n", copies[i].function, copies[i].within);
	return 0;
}

static int copies_of(const struct gt_go_binary *binary, const char *name)
{
	struct gt_go_function within;
	size_t at = 0;

	while (!gt_go_binary_next_copy(binary, &name, 1, &at, &within))
		printf("%s\t%s\n", name, within.name);
	return 0;
}

static int signatures(const struct gt_go_binary *binary)
{
	struct gt_go_signature all[GT_GO_SIGNATURES_MAX];
	size_t count = gt_go_probe_signatures(gt_go_binary_version(binary).minor, all);

	for (size_t i = 0; i < count; i++)
		if (!gt_go_signatures_differ(gt_go_binary_image(binary), &all[i], 1))
			printf("%s\t%s\n", all[i].function, all[i].parameters);
	return 0;
}

static int switches(void)
{
	char name[4096];

	while (fgets(name, sizeof(name), stdin)) {
		name[strcspn(name, "\n")] = '\0';
		if (gt_go_is_stack_switch(name))
			puts(name);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct gt_go_binary *binary;
	int error;

	if (argc == 2 && !strcmp(argv[1], "switches"))
		return switches();
	if (argc != 3 && argc != 4) {
		fprintf(stderr, "usage: probes BINARY sites | BINARY reasons | BINARY copies | BINARY signatures | BINARY copies-of NAME | switches\n");
		return 2;
	}
	error = gt_go_binary_open(argv[1], &binary);
	if (error) {
		fprintf(stderr, "probes: %s: %s\n", argv[1], gt_go_binary_explain(error));
		return 1;
	}
	if (argc == 4)
		error = copies_of(binary, argv[3]);
	else if (!strcmp(argv[2], "copies"))
		error = copies(binary);
	else if (!strcmp(argv[2], "signatures"))
		error = signatures(binary);
	else
		error = strcmp(argv[2], "reasons") ? sites(binary) : reasons(binary);
	gt_go_binary_close(binary);
	return error;
}
