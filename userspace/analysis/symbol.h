/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of code and data addresses. Each file is opened once, each (file, vaddr) looked up once.
 *
 * A recording tells what every mapped file was: build id, else size and time. A file that is gone or is another one
 * today gives no names; gt_object.problem says so. Names are never taken from a file that may be the wrong one.
 */
#ifndef GT_ANALYSIS_SYMBOL_H
#define GT_ANALYSIS_SYMBOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/hash.h"
#include "analysis/strings.h"
#include "lib/recording.h"

enum gt_code {
	GT_CODE_UNKNOWN, /* nothing is known about the address, not even a file */
	GT_CODE_GO,
	GT_CODE_NATIVE,
	GT_CODE_KERNEL,
};

struct gt_frame {
	uint32_t function, file; /* string ids; of file 0 ("") = unknown */
	uint32_t line;           /* 0 = unknown */
	bool inlined;            /* into the next frame's function */
};

/* One address in one file (or in the kernel). */
struct gt_location {
	uint64_t address;     /* vaddr in the file; the address itself in the kernel and where no file is known */
	uint32_t object;      /* index into objects; object 0 = no file */
	uint32_t first_frame; /* index into frames, innermost first */
	uint16_t nr_frames;   /* 0 = it has no name */
	uint8_t code;         /* enum gt_code */
};

struct gt_elf;
struct gt_go_binary;

/* One mapped file. */
struct gt_object {
	uint32_t path; /* string id */
	uint64_t ino;
	bool identified; /* the recording tells size, time and build id */
	uint64_t size, mtime_ns;
	uint32_t build_id_bytes;
	uint8_t build_id[64];
	bool opened; /* opening was tried; with success when elf is set */
	struct gt_elf *elf;
	struct gt_go_binary *go; /* NULL = no Go code in it */
	char *problem;           /* why it gives no names, one line; NULL = it gives names */
};

/* Functions that the recording itself names. */
struct gt_functions {
	struct gt_function {
		uint64_t address; /* in the kernel; in the vDSO the offset from its beginning */
		uint64_t bytes;
		uint32_t name; /* string id */
	} * all;               /* ascending */
	size_t count, room;
};

struct gt_symbols {
	struct gt_strings strings; /* functions, files, paths; 0 is "" */
	char *root;                /* prefix of every path, "" = none */
	struct gt_object *objects;
	size_t nr_objects, objects_room;
	struct gt_hash object_of; /* (path, inode) -> index + 1 */
	struct gt_location *locations;
	size_t nr_locations, locations_room;
	struct gt_hash location_of; /* (object, address) -> index + 1 */
	struct gt_frame *frames;
	size_t nr_frames, frames_room;
	struct gt_functions kernel, vdso;
};

/* `root`: a folder that has the recorded machine's files, "" = this machine. Returns 0 or -ENOMEM. */
int gt_symbols_init(struct gt_symbols *symbols, const char *root);
void gt_symbols_free(struct gt_symbols *symbols);

/* Index of the object; -ENOMEM. */
int64_t gt_symbols_object(struct gt_symbols *symbols, const char *path, uint64_t ino);

/* An item of FILES, KERNEL and VDSO. Return 0 or -ENOMEM. */
int gt_symbols_identify(struct gt_symbols *symbols, const struct gt_file *file);
int gt_symbols_kernel_symbol(struct gt_symbols *symbols, const struct gt_kernel_symbol *symbol);
int gt_symbols_vdso_function(struct gt_symbols *symbols, const struct gt_vdso_function *function);

/* Index of the location; -ENOMEM. By offset into an object's file, of an address in the kernel, or in no file. */
int64_t gt_symbols_code(struct gt_symbols *symbols, uint32_t object, uint64_t offset);
int64_t gt_symbols_kernel(struct gt_symbols *symbols, uint64_t address);
int64_t gt_symbols_nowhere(struct gt_symbols *symbols, uint64_t address);

/*
 * The variable at `address` of a process that has `offset` of the object mapped at `start`: its name, and how far into
 * it the address lies. NULL: the object's segments do not cover the address, or no symbol does (then *covered).
 */
const char *gt_symbols_variable(struct gt_symbols *symbols, uint32_t object, uint64_t start, uint64_t offset,
				uint64_t address, uint64_t *into, bool *covered);

static inline const char *gt_symbols_text(const struct gt_symbols *symbols, uint32_t string)
{
	return gt_strings_text(&symbols->strings, string);
}

#endif
