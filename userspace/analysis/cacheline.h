/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cache lines that several threads write, and not because one goroutine moved: who writes which bytes of them, and
 * whether that is false sharing.
 *
 * Two threads that write different bytes of one line make its cache line travel between their CPUs although neither
 * wants the other's data: false sharing. Two that write the same bytes share for real. Samples show the stores that
 * retired, one in period + 1 or thereabouts, so the order of a line's samples over all CPUs (by TSC) tells how the
 * writers interleave, not how often the line travelled.
 */
#ifndef GT_ANALYSIS_CACHELINE_H
#define GT_ANALYSIS_CACHELINE_H

#include "analysis/filter.h"
#include "analysis/join.h"

#define GT_CACHELINE_BYTES 64

/* With fewer samples a line's pattern may be chance: there is no verdict then. */
#define GT_CACHELINE_SAMPLES 16

enum gt_sharing {
	GT_SHARING_FALSE,       /* nearly every offset has one writer of its own */
	GT_SHARING_TRUE,        /* the writers write the same offsets */
	GT_SHARING_MIXED,       /* some offsets are shared, some are not */
	GT_SHARING_HANDED_OVER, /* no sharing: one writer stopped before the next began, as with memory used again */
};

/* "false sharing", "true sharing", "mixed sharing", "handed over" */
const char *gt_sharing_name(enum gt_sharing sharing);

/* Stores by one writer and instruction to one offset. The writer is a g in Go code and a thread elsewhere. */
struct gt_line_site {
	uint32_t line;      /* index into lines */
	uint8_t offset;     /* into the cache line, of the first byte written */
	bool likely;        /* `goroutine` is not certain of all of them (~) */
	bool other_threads; /* the goroutine ran on others than `task`, too */
	uint32_t location, task;
	uint32_t goroutine; /* GT_NO_GOROUTINE: a g that no look knows, or the thread is the writer */
	uint64_t writer;    /* equal = the same one */
	enum gt_class class;
	uint64_t samples;
	uint64_t stores; /* that they stand for */
};

struct gt_cacheline {
	const struct gt_space *space;
	uint64_t address; /* of the line's first byte */
	uint64_t samples;
	uint64_t stores;         /* that they stand for */
	uint64_t cpu_changes;    /* consecutive samples of the line from different CPUs */
	uint64_t writer_changes; /* ... and by different writers */
	uint64_t expected;       /* writer_changes if the order of the samples were chance */
	uint64_t minority;       /* samples of all writers but the one with most */
	uint64_t overlap;        /* samples at an offset of which another writer has more */
	uint32_t writers, threads, cpus, offsets;
	uint32_t last_cpu;
	uint64_t last_writer;
	uint64_t near_stack; /* samples whose address is just above the stack pointer */
	enum gt_sharing sharing;
	size_t first_site, nr_sites; /* in sites; by offset, then most samples first */
	uint64_t *cpu_seen;          /* bits; private */
};

struct gt_cachelines {
	struct gt_cacheline *lines; /* shared before handed over; most contended first: by cpu_changes, then minority */
	size_t count, room;
	struct gt_line_site *sites;
	size_t nr_sites, sites_room;
	uint64_t samples; /* with a data address, of the whole selection */
	uint64_t stores;  /* that they stand for */
	uint64_t written; /* different lines that those wrote */
	/* Of those, with several threads writing and yet not in `lines`: */
	uint64_t moved; /* one goroutine that moved between threads */
	uint64_t few;   /* fewer samples than GT_CACHELINE_SAMPLES */
};

static inline bool gt_cacheline_shared(const struct gt_cacheline *line)
{
	return line->sharing != GT_SHARING_HANDED_OVER;
}

/* Two passes over the samples. 0, -ENODATA (the recording has no data addresses), -ENOMEM, -errno. */
int gt_cachelines_find(struct gt_cachelines *lines, struct gt_join *join, const struct gt_filter *filter);
void gt_cachelines_free(struct gt_cachelines *lines);

/*
 * What lies at a line: "main.counters+0x40", "data of server", "heap", "stack or heap" (most stores to it were close
 * above their stack pointers). Texts are cut to `bytes`.
 */
const char *gt_cacheline_place(struct gt_join *join, const struct gt_cacheline *line, char *out, size_t bytes);

#endif
