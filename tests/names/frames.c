// SPDX-License-Identifier: GPL-2.0
/*
 * frames BINARY sample COUNT	prints COUNT addresses of the binary's Go text, one a line
 * frames BINARY lookup	prints the frames of each address read from stdin:
 *				ADDRESS FUNCTION FILE LINE of the innermost frame first, tabs between, all in one line
 * frames BINARY about		prints version, number of functions, whether inlined frames are known
 *
 * The sample is the same for the same binary: of every eight addresses one begins a function, one is the byte after
 * its first, one is the last before the next function; the rest lie anywhere, mostly in the middle of instructions.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "go/binary.h"

static uint64_t shuffle(uint64_t *state)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return *state >> 33;
}

static int sample(const struct gt_go_binary *binary, unsigned long count)
{
	uint64_t state = 1, start, end;

	gt_go_binary_text(binary, &start, &end);
	for (unsigned long i = 0; i < count;) {
		uint64_t vaddr = start + shuffle(&state) % (end - start);
		struct gt_go_function function;

		if (gt_go_binary_function_at(binary, vaddr, &function))
			continue;
		switch (i++ % 8) {
		case 0:
			vaddr = function.entry;
			break;
		case 1:
			vaddr = function.entry + 1 < function.end ? function.entry + 1 : function.entry;
			break;
		case 2:
			vaddr = function.end - 1;
			break;
		}
		printf("0x%" PRIx64 "\n", vaddr);
	}
	return 0;
}

static int lookup(const struct gt_go_binary *binary)
{
	char text[64];

	while (fgets(text, sizeof(text), stdin)) {
		struct gt_go_frame frames[GT_GO_FRAMES_MAX];
		uint64_t vaddr = strtoull(text, NULL, 0);
		int count = gt_go_binary_frames(binary, vaddr, frames, GT_GO_FRAMES_MAX);

		printf("0x%" PRIx64, vaddr);
		for (int i = 0; i < count; i++)
			printf("\t%s\t%s\t%" PRIu32, frames[i].function, frames[i].file, frames[i].line);
		if (count < 0 && count != -ENOENT)
			printf("\t%s\t?\t0", strerror(-count));
		putchar('\n');
	}
	return 0;
}

static int about(const struct gt_go_binary *binary)
{
	struct gt_go_version version = gt_go_binary_version(binary);

	printf("%d.%d\t%s\t%zu\t%s\n", version.major, version.minor, version.text,
	       gt_go_binary_function_count(binary), gt_go_binary_has_inlines(binary) ? "inlines" : "no inlines");
	return 0;
}

int main(int argc, char **argv)
{
	struct gt_go_binary *binary;
	int error;

	if (argc < 3) {
		fprintf(stderr, "usage: frames BINARY sample COUNT | lookup | about\n");
		return 2;
	}
	error = gt_go_binary_open(argv[1], &binary);
	if (error) {
		fprintf(stderr, "frames: %s: %s\n", argv[1], gt_go_binary_explain(error));
		return 1;
	}
	if (!strcmp(argv[2], "sample"))
		error = sample(binary, argc > 3 ? strtoul(argv[3], NULL, 0) : 10000);
	else if (!strcmp(argv[2], "lookup"))
		error = lookup(binary);
	else
		error = about(binary);
	gt_go_binary_close(binary);
	return error != 0;
}
