/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fuzz: what its parts share. One input is one system call, or a few, with arguments that a seed chooses; the world is what
 * came of those before. The world knows in which phase each session is, so it can tell what the contract
 * (include/uapi/gtrace.h) has a call answer: not only that errors are documented ones, but that they are the right ones.
 *
 *	fuzz.c			the world, the order of calls, two threads that race
 *	fuzz_structures.c	QUERY, CONFIG, PROBE: fields, sizes, memory that is not there
 *	fuzz_mappings.c		mmap and all that can be done to a mapping, tails
 *	fuzz_channels.c		system calls that files have, generic netlink, sysfs
 */
#ifndef _GTRACE_TESTS_FUZZ_H
#define _GTRACE_TESTS_FUZZ_H

#include <gtrace.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { SESSIONS = 4, MAPPINGS = 24, FILLERS = 64, SITES = 2, PLACES = SITES + FILLERS, PAGE = 4096 };

enum phase { CLOSED, NEW, CONFIGURED, STARTED, STOPPED };

struct session {
	int fd;				/* while not CLOSED */
	enum phase phase;
	struct gtrace_config config;	/* as CONFIG answered it */
	pid_t target;			/* 0: all, or one that does not end */
	bool planted[PLACES];
	unsigned int probes;
};

struct mapping {
	uint8_t *at;			/* NULL: none */
	size_t bytes;
	unsigned int region;
	uint64_t head;			/* CONTROL: sample_head when it was last looked at */
};

/* What is told of each call: how often it gave which errno. */
enum call { OPEN, QUERY, CONFIG, PROBE, START, STOP, FLUSH, UNKNOWN, MMAP, CALLS };

/* A set of answers: bit i = errno i, bit 0 = success. */
typedef struct { uint64_t low, high; } answers;

static inline answers answer(int error)
{
	return error < 64 ? (answers){ 1ull << error, 0 } : (answers){ 0, 1ull << (error - 64) };
}

static inline answers also(answers a, answers b)
{
	return (answers){ a.low | b.low, a.high | b.high };
}

static inline bool none(answers a)
{
	return !a.low && !a.high;
}

struct world {
	struct gtrace_caps caps;
	struct session session[SESSIONS];
	struct mapping mapping[MAPPINGS];
	pid_t target;			/* a child that stores and comes to the sites; there always is one */
	int program, filler;		/* files with places for probes: sites[] and FILLERS times `push %rbp` */
	int write_only, folder, pipe;	/* files without */
	int counting;			/* perf holds the counters by it; -1: it does not */
	int netlink, family;
	int epoll;
	bool root;			/* else CAP_PERFMON alone */
	unsigned long told[CALLS][128];
	uint64_t head;			/* the newest sample_head that was seen */
	unsigned long wrong;
	unsigned long samples, hits, lost;	/* of the sessions that were started, by sysfs */
};

/* A thread that makes inputs. */
struct fuzzer {
	struct world *world;
	uint64_t random;
	bool racing;			/* another one changes the world too: nothing is certain but the set of errors */
	unsigned long input;
	uint8_t *arena, *arena_alias;	/* see fuzz_structures.c */
};

/* Offsets in the program's file of the instructions that the target comes to. */
extern uint64_t fuzz_sites[SITES];

/* 0 .. n - 1; one of the arguments' count; true once in n times. */
uint64_t fuzz_random(struct fuzzer *fuzzer, uint64_t n);
#define fuzz_one_of(fuzzer, list)	((list)[fuzz_random(fuzzer, sizeof(list) / sizeof(*(list)))])

/*
 * A call has given `got`, -1 and errno for an error. It must be documented; unless somebody races it must be one of
 * `faults`, or success if there is none. True: it was success.
 */
bool fuzz_answered(struct fuzzer *fuzzer, enum call call, long got, answers faults);
void fuzz_wrong(struct fuzzer *fuzzer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Touches a mapping that may not be there, or not for this. False: SIGSEGV or SIGBUS ended it. */
bool fuzz_survives(void (*touch)(struct fuzzer *fuzzer, struct mapping *mapping), struct fuzzer *fuzzer, struct mapping *mapping);

/* Three times of four one in that phase, if there is one. */
struct session *fuzz_session(struct fuzzer *fuzzer, enum phase wanted);

/* The inputs. */
void fuzz_structures_init(struct fuzzer *fuzzer);
void fuzz_query(struct fuzzer *fuzzer);
void fuzz_config(struct fuzzer *fuzzer);
void fuzz_probe(struct fuzzer *fuzzer);
void fuzz_probes(struct fuzzer *fuzzer);
void fuzz_map(struct fuzzer *fuzzer);
void fuzz_unmap(struct fuzzer *fuzzer);
void fuzz_move(struct fuzzer *fuzzer);
void fuzz_tails(struct fuzzer *fuzzer);
void fuzz_look(struct fuzzer *fuzzer);
void fuzz_file(struct fuzzer *fuzzer);
void fuzz_netlink_init(struct world *world);
void fuzz_netlink(struct fuzzer *fuzzer);
void fuzz_sysfs(struct fuzzer *fuzzer);

#endif
