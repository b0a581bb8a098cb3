/* SPDX-License-Identifier: GPL-2.0 */
/* What the fuzzers of Go binaries share: asking an opened binary everything. */
#ifndef GT_FUZZ_GO_H
#define GT_FUZZ_GO_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "go/binary.h"
#include "go/probes.h"

/* Every string that is handed out must be readable to its end: the sanitizer looks on. */
static inline size_t read_whole(const char *text)
{
	return strlen(text);
}

/*
 * Asks where `image`, the file of the binary, is probed: where a frame is opened and nowhere else. And what its wait reasons are called.
 */
static inline size_t ask_probes(const struct gt_go_binary *binary, const uint8_t *image, size_t size)
{
	struct gtrace_probe probes[GT_GO_PROBES_MAX];
	struct gt_go_wait_reasons reasons;
	const char *why;
	int count = gt_go_probes(binary, probes, GT_GO_PROBES_MAX, &why);
	size_t sum = read_whole(why);

	for (int i = 0; i < count; i++) {
		const uint8_t *code = image + probes[i].offset;
		size_t left = probes[i].offset < size ? size - probes[i].offset : 0;

		if (!left || (*code != 0x55 && (left < 4 || memcmp(code, "\x48\x83\xec", 3))) ||
		    probes[i].nr_fetches > GTRACE_FETCHES_MAX)
			abort();
		sum += read_whole(gt_go_probe_name(probes[i].id));
	}
	if (!gt_go_binary_wait_reasons(binary, &reasons))
		for (uint32_t i = 0; i < reasons.count; i++)
			sum += read_whole(reasons.texts[i]);
	return sum;
}

/* Asks for names and frames all over the text; returns something that depends on every answer. */
static inline size_t ask_everything(const struct gt_go_binary *binary)
{
	struct gt_go_function function;
	size_t sum = read_whole(gt_go_binary_version(binary).text) + gt_go_binary_has_inlines(binary);
	uint64_t start, end, step;

	gt_go_binary_text(binary, &start, &end);
	step = (end - start) / 256 + 1;
	for (unsigned int i = 0; i < 256; i++) {
		struct gt_go_frame frames[GT_GO_FRAMES_MAX];
		uint64_t vaddr = start + i * step;
		int count = gt_go_binary_frames(binary, vaddr, frames, i % GT_GO_FRAMES_MAX + 1);

		for (int j = 0; j < count; j++)
			sum += read_whole(frames[j].function) + read_whole(frames[j].file) + frames[j].line;
		if (!gt_go_binary_function_at(binary, vaddr, &function)) {
			/* What an address belongs to has it. */
			if (vaddr < function.entry || vaddr >= function.end)
				abort();
			sum += read_whole(function.name);
		}
	}
	if (!gt_go_binary_function_named(binary, "runtime.memequal", &function))
		sum += function.entry;
	return sum;
}

#endif
