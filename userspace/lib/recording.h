/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reading a recording, the file gtrace.data. Its bytes are described in docs/gtrace.data.md.
 *
 *	struct gt_recording *rec;
 *	struct gt_chunk chunk;
 *
 *	err = gt_recording_open("gtrace.data", &rec);
 *	while ((err = gt_recording_next(rec, GT_CHUNKS_ALL, &chunk)) > 0)
 *		switch (chunk.type) {
 *		case GT_CHUNK_EVENTS:
 *			while ((err = gt_chunk_event(rec, &event)) > 0) ...
 *		case GT_CHUNK_SAMPLES:
 *			while ((err = gt_chunk_sample(rec, &sample)) > 0) ...
 *		}
 *	gt_recording_close(rec);
 *
 * The file is read in order with constant memory (one chunk at a time, at most GT_CHUNK_MAX bytes). Per CPU, events
 * come before the samples they tag: when a SAMPLES chunk of CPU n is read, every SWITCH event of CPU n up to its last
 * sample has been read. Several passes: gt_recording_rewind() and another type mask; chunks of other types are
 * skipped without reading them.
 *
 * The file is outside input. Damage is stepped over, never guessed at: a chunk that fails its checksum is left out
 * and counted in gt_recording_damage(), and the next chunk has `gap` set. Nothing here prints.
 */
#ifndef GT_LIB_RECORDING_H
#define GT_LIB_RECORDING_H

#include <stdbool.h>
#include <stdint.h>

#include "sample.h"

/* The numbers are part of the file format. */
enum gt_chunk_type {
	GT_CHUNK_INFO = 1,       /* first: read with gt_recording_info() */
	GT_CHUNK_MAPS = 2,       /* gt_chunk_event(): what existed at START, read from /proc: executable mappings as
				  * MAP events, threads as FORK events (tid, tgid, comm); tsc = when it was read */
	GT_CHUNK_FILES = 3,      /* gt_chunk_file(): identity of mapped files */
	GT_CHUNK_GO = 4,         /* gt_chunk_go(): a target process is a Go program */
	GT_CHUNK_LOOK = 5,       /* gt_chunk_look(), _goroutine(), _thread(): a look at the Go runtime */
	GT_CHUNK_EVENTS = 6,     /* gt_chunk_event(): events of one CPU */
	GT_CHUNK_SAMPLES = 7,    /* gt_chunk_sample(): samples of one CPU */
	GT_CHUNK_KERNEL = 8,     /* gt_chunk_symbol(): kernel symbols */
	GT_CHUNK_FINISH = 9,     /* gt_chunk_total(): totals per CPU; last. Absent = the recorder was killed */
	GT_CHUNK_PROBES = 10,    /* gt_chunk_probes(): what was planted in a Go process, and how to read its hits */
	GT_CHUNK_STRANGERS = 11, /* gt_chunk_stranger(): names of threads that are no target's */
	GT_CHUNK_STANDING = 12, /* gt_chunk_event(): events of one CPU from before a dump of the flight recorder begins:
				 * how what stood still then had come to */
	GT_CHUNK_VDSO = 13,     /* gt_chunk_vdso(): functions of the vDSO */
};

#define GT_CHUNKS(type) (1u << (type))
#define GT_CHUNKS_ALL   (~0u)

/*
 * In a STANDING chunk, of a HIT of a coroutine's switch: it tells who got the thread, and still runs there. Without it
 * such a hit tells who stopped.
 */
#define GT_STANDING_F_RUNS GTRACE_EVENT_F_RUNNING

#define GT_CHUNK_MAX (1u << 20) /* bytes of payload */
#define GT_CPU_NONE  0xffffffffu

/*
 * struct gt_recording_info - what was recorded, where, how. Strings live as long as the recording; never NULL, ""
 * = unknown.
 */
struct gt_recording_info {
	const char *version;        /* gtrace that wrote the file */
	const char *host;           /* uname -n */
	const char *kernel;         /* uname -r */
	const char *cpu;            /* "model name" of /proc/cpuinfo */
	const char *command;        /* the command line of gtrace record, quoted for a shell */
	uint64_t start_realtime_ns; /* CLOCK_REALTIME when recording began */
	uint32_t abi_version;
	uint32_t pebs_format;
	uint32_t cpu_family, cpu_model, cpu_stepping;
	uint32_t nr_cpus;
	uint32_t tsc_khz;      /* 0 = unknown: use the CLOCK events */
	uint32_t lbr_depth;    /* branches a sample carries, 0 = none */
	uint32_t data;         /* GTRACE_DATA_* the hardware records carried */
	uint32_t flags;        /* GTRACE_F_* of the session */
	uint32_t count;        /* GTRACE_COUNT_* */
	uint32_t sample_bytes; /* ring sizes per CPU */
	uint32_t event_bytes;
	int32_t target;  /* tgid, GTRACE_TARGET_ALL */
	uint64_t period; /* records are period + 1 events apart */
	uint32_t jitter; /* ... or so much more or less, in 1/1000 of it: PERIOD events tell; 0 = never */
	uint64_t fields; /* GT_FIELD_BIT()s kept in the file */
	bool attached;   /* recording joined a process that ran already (-p) */
	/*
	 * Of a dump of the flight recorder, which holds the time before something happened: what. "" = not a dump. When
	 * a stall was it, its goroutine and when it began; otherwise 0. When it fired: as soon as the stall had taken
	 * too long, or when somebody asked for a dump, or when the recording ended. And up to when the dump has all
	 * events that there were: what happened later may be in it or not. And how many goroutines stood still when it
	 * begins of which STANDING does not tell, because there was no room to remember them.
	 */
	const char *trigger;
	uint64_t trigger_goid, trigger_tsc;
	uint64_t fired_tsc, until_tsc;
	uint64_t standing_dropped;
};

/* struct gt_chunk - head of the chunk that gt_recording_next() found. */
struct gt_chunk {
	enum gt_chunk_type type;
	uint32_t cpu;    /* EVENTS, SAMPLES, STANDING; otherwise GT_CPU_NONE */
	uint32_t count;  /* items in it, as the writer counted them */
	uint32_t bytes;  /* of payload */
	uint64_t offset; /* of its header in the file */
	bool gap;        /* damaged chunks were left out just before this one: for EVENTS and SAMPLES the task
			  * tags of the CPU are unknown until its next SWITCH event */
};

/* struct gt_damage - what could not be read so far. All zero = the file is whole as far as it was read. */
struct gt_damage {
	uint64_t chunks;       /* chunks left out because their checksum did not match */
	uint64_t samples;      /* samples that those said they held */
	uint64_t bytes;        /* bytes stepped over, an incomplete tail included */
	uint64_t first_offset; /* where in the file the first damage lies */
	bool truncated;        /* the file ends inside a chunk */
	bool unfinished;       /* no FINISH chunk: the recorder did not end regularly (known at the end of a pass) */
};

struct gt_recording; /* opaque, one reader at a time; several may be open on the same file */

/*
 * gt_recording_open - open a file and read its INFO chunk.
 * Returns 0; -errno of open/read; -EBADMSG: not a gtrace recording (or its first chunk is damaged); -EPROTONOSUPPORT:
 * written by a newer gtrace whose format this one does not know; -EISDIR: a directory; -ESPIPE: neither that nor a
 * regular file.
 */
int gt_recording_open(const char *path, struct gt_recording **rec);
void gt_recording_close(struct gt_recording *rec); /* NULL is fine */

/*
 * gt_recording_detached - a reader of events without a file: its chunks are in memory, as the writer made them. 0 or
 * -ENOMEM.
 */
int gt_recording_detached(struct gt_recording **rec);

struct gt_chunk_header;

/*
 * gt_recording_enter - of one of those: go to that EVENTS chunk, whose payload follows it, and is copied. `skim`: hits
 * come without branches and frames, as gt_hit_skim() has it.
 */
void gt_recording_enter(struct gt_recording *rec, const struct gt_chunk_header *header, bool skim);

const struct gt_recording_info *gt_recording_info(const struct gt_recording *rec);
const struct gt_damage *gt_recording_damage(const struct gt_recording *rec);
uint64_t gt_recording_bytes(const struct gt_recording *rec); /* size of the file */

/*
 * gt_recording_next - go to the next undamaged chunk whose type is in `types` (GT_CHUNKS() bits).
 * Returns 1 and fills `chunk`, 0 at the end, -errno when reading the file fails. Chunk types from the future are
 * stepped over silently.
 */
int gt_recording_next(struct gt_recording *rec, unsigned int types, struct gt_chunk *chunk);

/*
 * gt_recording_only_cpu - from now on step over EVENTS, SAMPLES and STANDING of other CPUs without reading them; a
 * reader per CPU is how the CPUs of a recording are merged by time. GT_CPU_NONE: those of all CPUs again.
 */
void gt_recording_only_cpu(struct gt_recording *rec, uint32_t cpu);

/* gt_recording_rewind - start another pass at the first chunk. Damage is counted anew. */
void gt_recording_rewind(struct gt_recording *rec);

/*
 * The items of the current chunk. Each returns 1 and fills its last argument, 0 after the last item, -EBADMSG when
 * the payload passes its checksum and is nonsense all the same (a hostile file), -EINVAL when the current chunk is of
 * another type. What is returned is valid until the next call of any function on `rec`.
 */
int gt_chunk_sample(struct gt_recording *rec, struct gt_sample *sample);

/*
 * Never PAD. size and type are checked: the event is as long as its type needs, a MAP's path is NUL-terminated, a HIT's
 * arrays (lib/hit.h) lie in it.
 */
int gt_chunk_event(struct gt_recording *rec, const struct gtrace_event **event);

/* struct gt_file - identity of a mapped file at the time it was mapped. */
struct gt_file {
	const char *path;
	uint64_t ino;
	uint32_t dev_major, dev_minor;
	uint64_t size;           /* bytes */
	uint64_t mtime_ns;       /* CLOCK_REALTIME */
	uint32_t build_id_bytes; /* 0 = it has none */
	uint8_t build_id[64];    /* NT_GNU_BUILD_ID */
};
int gt_chunk_file(struct gt_recording *rec, struct gt_file *file);

/* struct gt_go - a process found to run the Go runtime. A process that execs again gets another. */
struct gt_go {
	uint64_t tsc; /* true from here on */
	uint32_t tgid;
	uint64_t load_bias;  /* run-time address minus link-time address of the binary */
	const char *version; /* "go1.26.1" */
	const char *path;    /* of the binary, as mapped */
};
int gt_chunk_go(struct gt_recording *rec, struct gt_go *go);

#define GT_WAIT_REASONS_MAX 256 /* a wait reason is one byte of a runtime.g */

/*
 * struct gt_probes - probes in the executable of a Go process; for each gt_go of a recording with parks, behind it. Of
 * several the last counts: it may turn out later that the runtime is not what the probes were made for. Which probe an
 * id is and what its values are: go/probes.h.
 */
struct gt_probes {
	uint64_t tsc; /* that of the process's gt_go */
	uint32_t tgid;
	uint32_t planted;    /* bit i: the probe with id i */
	uint32_t nr_reasons; /* at most GT_WAIT_REASONS_MAX */
	const char *refusal; /* one sentence; "" = nothing is amiss. planted 0: why hits are not to be had or believed;
			      * else what is not seen */
	/*
	 * The runtime's words for wait reasons 0, 1 ... nr_reasons - 1, one NUL-terminated string behind the other; ""
	 * for a number that the release does not use.
	 */
	const char *reasons;
};
int gt_chunk_probes(struct gt_recording *rec, struct gt_probes *probes);

/* struct gt_stranger_name - a thread that took a CPU from a target's, or woke one, and is none of the target. */
struct gt_stranger_name {
	uint64_t tsc; /* when it was asked */
	uint32_t tid, tgid;
	char comm[16];
};
int gt_chunk_stranger(struct gt_recording *rec, struct gt_stranger_name *stranger);

/*
 * A look at the runtime's table of goroutines. Looks of one process come in time order. A look lists only what
 * changed since the look of the same process before it (the first, and one after GO, lists everything), so the
 * state of a g that a look does not list is the one last listed.
 *
 * A look too big for one chunk goes on in the next LOOK chunk, with the same times and without `complete`.
 *
 * A g address is reused: it belongs to a goid for certain at time t only when the last look that ended before t and the
 * first that began after t agree on its goid, and the one before does not call it dead: a dead g keeps the goid of its
 * last owner until the next.
 */
struct gt_look {
	uint64_t tsc_begin; /* before the first byte was read ... */
	uint64_t tsc_end;   /* ... and after the last */
	uint32_t tgid;
	uint32_t nr_goroutines; /* listed here */
	uint32_t nr_threads;    /* listed here */
	bool complete;          /* lists everything: forget what looks of this process before it said */
};

/* struct gt_look_goroutine - one runtime.g. Times and stacks are not read. */
struct gt_look_goroutine {
	uint64_t g;       /* address of the runtime.g, what R14 holds */
	uint64_t goid;    /* its owner, or (status dead) its last one; 0 = it never had one */
	uint64_t gopc;    /* return address of the go statement that made it */
	uint64_t startpc; /* entry of its function */
	uint32_t status;  /* g.atomicstatus without the scan bit, of the binary's Go version */
	uint32_t reserved;
};

/* struct gt_look_thread - one runtime.m: which g's are its scheduler and signal stacks. */
struct gt_look_thread {
	uint64_t m;       /* address of the runtime.m */
	uint64_t g0;      /* the g of its scheduler stack */
	uint64_t gsignal; /* the g of its signal stack, 0 = none */
	uint64_t curg;    /* the user g it ran during the look, 0 = none */
	uint32_t tid;     /* thread id in the initial PID namespace; 0 = not started yet */
	uint32_t reserved;
};

/* gt_chunk_look - first, once a chunk; then the goroutines, then the threads. */
int gt_chunk_look(struct gt_recording *rec, struct gt_look *look);
int gt_chunk_goroutine(struct gt_recording *rec, struct gt_look_goroutine *goroutine);
int gt_chunk_thread(struct gt_recording *rec, struct gt_look_thread *thread);

/* struct gt_kernel_symbol - a line of /proc/kallsyms. In ascending order over all KERNEL chunks. */
struct gt_kernel_symbol {
	uint64_t addr;
	const char *name; /* "ksys_write", "pmi [gtrace]" */
};
int gt_chunk_symbol(struct gt_recording *rec, struct gt_kernel_symbol *symbol);

/* struct gt_vdso_function - of 64-bit processes. In ascending order over all VDSO chunks. */
struct gt_vdso_function {
	uint64_t offset; /* from the beginning of the vDSO */
	uint32_t bytes;
	const char *name; /* "__vdso_clock_gettime" */
};
int gt_chunk_vdso(struct gt_recording *rec, struct gt_vdso_function *function);

/* struct gt_total - what one CPU counted from START to STOP: fields of struct gtrace_control, and what was written. */
struct gt_total {
	uint32_t cpu;
	uint32_t reserved;
	uint64_t samples; /* in this file */
	uint64_t lost_full, lost_event, lost_overrun, lost_offline;
	uint64_t events_dropped;
	uint64_t pmis, spurious, wakeups, switches;
};
int gt_chunk_total(struct gt_recording *rec, struct gt_total *total);

#endif
