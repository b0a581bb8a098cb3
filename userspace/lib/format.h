/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The bytes of gtrace.data, shared by the writer and the reader. docs/gtrace.data.md is the description; a change here
 * is a change there. Everything is little endian; a chunk's payload is padded with zeroes to 8 bytes.
 */
#ifndef GT_LIB_FORMAT_H
#define GT_LIB_FORMAT_H

#include <stdint.h>

#include <uapi/gtrace.h>

#define GT_FILE_MAGIC   "gtrace\r\n" /* a transfer in text mode breaks it */
#define GT_FILE_VERSION 1u

struct gt_file_header {
	char magic[8];
	uint32_t version;
	uint32_t bytes; /* of this header: where the first chunk begins */
};

#define GT_CHUNK_MAGIC 0x4b435447u /* "GTCK" */
#define GT_CHUNK_ALIGN 8u

struct gt_chunk_header {
	uint32_t magic;
	uint16_t type;     /* enum gt_chunk_type */
	uint16_t reserved; /* 0 */
	uint32_t cpu;
	uint32_t count;
	uint32_t bytes;       /* of payload, padding not counted */
	uint32_t sequence;    /* 0, 1, 2 ... over the file */
	uint32_t payload_crc; /* CRC-32 of zlib over `bytes` bytes */
	uint32_t header_crc;  /* CRC-32 of zlib over the 28 bytes before it */
};

/* gt_chunk_number - the chunk becomes number `number` of its file. (recording_writer.c) */
void gt_chunk_number(struct gt_chunk_header *chunk, uint32_t number);

_Static_assert(sizeof(struct gt_file_header) == 16, "on disk");
_Static_assert(sizeof(struct gt_chunk_header) == 32, "on disk");

/* EVENTS, MAPS, STANDING: each item begins with one of these bytes. */
#define GT_EVENT_RAW    0 /* an event as in uapi/gtrace.h follows */
#define GT_EVENT_SWITCH 1 /* a row of gt_pack with the columns below follows */
#define GT_EVENT_HIT    2 /* a row, a branch stack (branch_pack.h), a call stack (frame_pack.h) */
#define GT_EVENT_WAKE   3 /* a row */
#define GT_EVENT_PERIOD 4 /* a row */

enum gt_switch_column {
	GT_SWITCH_TSC,
	GT_SWITCH_SAMPLE_INDEX,
	GT_SWITCH_NEXT_TID, /* sequential; the last is the key */
	GT_SWITCH_NEXT_TGID,
	GT_SWITCH_PREV_TID,
	GT_SWITCH_PREV_STATE,
	GT_SWITCH_FLAGS,
	GT_NR_SWITCH_COLUMNS,
};
#define GT_SWITCH_SEQUENTIAL 3

enum gt_hit_column {
	GT_HIT_COL_TSC,
	GT_HIT_COL_KEY, /* sequential; the last is the key: the first value plus the id */
	GT_HIT_COL_ID,
	GT_HIT_COL_TID,
	GT_HIT_COL_TGID,
	GT_HIT_COL_FLAGS,
	GT_HIT_COL_SHAPE, /* `missing` in bits 15:0, nr_values in 23:16 */
	GT_HIT_COL_IP,
	GT_HIT_COL_SP,
	GT_HIT_COL_VALUES, /* all but the first */
	GT_NR_HIT_COLUMNS = GT_HIT_COL_VALUES + GTRACE_FETCHES_MAX - 1,
};
#define GT_HIT_SEQUENTIAL 2

enum gt_wake_column {
	GT_WAKE_TSC,
	GT_WAKE_TID, /* sequential; the last is the key */
	GT_WAKE_TGID,
	GT_WAKE_WAKER_TID,
	GT_WAKE_WAKER_TGID,
	GT_WAKE_IN_INTERRUPT,
	GT_WAKE_TO_CPU,
	GT_WAKE_FLAGS,
	GT_NR_WAKE_COLUMNS,
};
#define GT_WAKE_SEQUENTIAL 2

enum gt_period_column {
	GT_PERIOD_TSC, /* all sequential */
	GT_PERIOD_SAMPLE_INDEX,
	GT_PERIOD_PERIOD,
	GT_PERIOD_FLAGS,
	GT_NR_PERIOD_COLUMNS,
};
#define GT_PERIOD_SEQUENTIAL GT_NR_PERIOD_COLUMNS

/* FILES: followed by the path, `path_bytes` with its NUL. */
struct gt_file_record {
	uint64_t ino, size, mtime_ns;
	uint32_t dev_major, dev_minor;
	uint32_t build_id_bytes;
	uint32_t path_bytes;
	uint8_t build_id[64];
};

/* GO: followed by the version and the path, with their NULs. */
struct gt_go_record {
	uint64_t tsc, load_bias;
	uint32_t tgid;
	uint16_t version_bytes, path_bytes;
};

/* LOOK: followed by nr_goroutines rows, then nr_threads rows of gt_pack (columns: the fields of gt_look_*). */
struct gt_look_record {
	uint64_t tsc_begin, tsc_end;
	uint32_t tgid;
	uint32_t flags; /* GT_LOOK_* */
	uint32_t nr_goroutines, nr_threads;
};
#define GT_LOOK_COMPLETE     (1u << 0)
#define GT_GOROUTINE_COLUMNS 5 /* g, goid, gopc, startpc, status */
#define GT_THREAD_COLUMNS    5 /* m, g0, gsignal, curg, tid */

/* PROBES: followed by the refusal and nr_reasons strings, all with their NULs, `string_bytes` together. */
struct gt_probes_record {
	uint64_t tsc;
	uint32_t tgid;
	uint32_t planted;
	uint32_t nr_reasons;
	uint32_t string_bytes;
};

/* STRANGERS */
struct gt_stranger_record {
	uint64_t tsc;
	uint32_t tid, tgid;
	char comm[16];
};

/* KERNEL: u64 address, u16 bytes of the name with its NUL, the name; not aligned. */
#define GT_SYMBOL_HEAD 10

/* VDSO: u64 offset, u32 bytes of the function, u16 bytes of the name with its NUL, the name; not aligned. */
#define GT_VDSO_HEAD 14

#endif
