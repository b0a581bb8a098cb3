// SPDX-License-Identifier: GPL-2.0
/* Fuzzes the reader of ELF files: the input is the whole file. */
#include "go.h"

#include "go/globals.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gt_go_binary *binary;
	struct gt_go_globals globals;
	/* A copy of its own size, so that a byte read beyond it is noticed. */
	uint8_t *image = malloc(size ? size : 1);

	if (!image)
		return 0;
	memcpy(image, data, size);
	if (!gt_go_binary_open_image(image, size, &binary)) {
		ask_everything(binary);
		ask_probes(binary, image, size);
		gt_go_globals_find(binary, &globals);
		gt_go_binary_close(binary);
	}
	free(image);
	return 0;
}
