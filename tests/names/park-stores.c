// SPDX-License-Identifier: GPL-2.0
/* park-stores BINARY	prints for each line of stdin, a vaddr in hexadecimal: other | reason OFFSET | copy OFFSET | unknown */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "go/binary.h"
#include "go/park_store.h"

int main(int argc, char **argv)
{
	struct gt_go_binary *binary;
	char line[64];
	int error;

	if (argc != 2) {
		fprintf(stderr, "usage: park-stores BINARY\n");
		return 2;
	}
	error = gt_go_binary_open(argv[1], &binary);
	if (error) {
		fprintf(stderr, "park-stores: %s: %s\n", argv[1], gt_go_binary_explain(error));
		return 1;
	}
	while (fgets(line, sizeof(line), stdin)) {
		uint16_t offset = 0;

		switch (gt_go_park_store(binary, strtoull(line, NULL, 16), &offset)) {
		case GT_GO_STORE_OTHER:
			puts("other");
			break;
		case GT_GO_STORE_REASON:
			printf("reason %u\n", offset);
			break;
		case GT_GO_STORE_COPY:
			printf("copy %u\n", offset);
			break;
		case GT_GO_STORE_UNKNOWN:
			puts("unknown");
			break;
		}
	}
	gt_go_binary_close(binary);
	return 0;
}
