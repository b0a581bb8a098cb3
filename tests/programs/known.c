// SPDX-License-Identifier: GPL-2.0
/*
 * known [-t THREADS] [-r ROUNDS] [-w]: stores whose function, source line, address range and thread are known by
 * construction. Prints, when done, one line for each kind of store it made:
 *
 *	store function=fill_words line=42 start=0x4c6300 end=0x4c8300 tid=123 count=1024000
 *	thread tid=124 stack=0x7f12a0000000-0x7f12a0800000
 *
 * A sample whose data address lies in [start, end) must carry that function, line and tid, and no other. -w waits for
 * a newline on stdin before the first store (a profiler attaches meanwhile); it then says "ready TGID" first.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORDS	1024
#define MAX_THREADS 16

/* A page apart, so that no two kinds of store share a cache line. */
struct ground {
	_Alignas(4096) volatile uint64_t words[WORDS];
	_Alignas(4096) volatile uint32_t halves[WORDS];
	_Alignas(4096) volatile uint8_t bytes[WORDS];
	_Alignas(4096) volatile uint64_t sum;
	int words_line, halves_line, bytes_line, sum_line;
	pid_t tid;
	void *stack;
	size_t stack_size;
};

static struct ground grounds[MAX_THREADS];
static unsigned long rounds = 200;

#define NOINLINE __attribute__((noinline))

/* Each store stands on the line above the one that notes it. */
static NOINLINE void fill_words(struct ground *g, uint64_t seed)
{
	for (unsigned int i = 0; i < WORDS; i++)
		g->words[i] = seed ^ i;
	g->words_line = __LINE__ - 1;
}

static NOINLINE void fill_halves(struct ground *g, uint32_t seed)
{
	for (unsigned int i = 0; i < WORDS; i++)
		g->halves[i] = seed + i;
	g->halves_line = __LINE__ - 1;
}

/* Inlined into its caller on purpose: the sample's innermost frame is put_byte, the next one fill_bytes. */
static inline __attribute__((always_inline)) void put_byte(struct ground *g, unsigned int i, uint8_t value)
{
	g->bytes[i] = value;
	g->bytes_line = __LINE__ - 1;
}

static NOINLINE void fill_bytes(struct ground *g, uint8_t seed)
{
	for (unsigned int i = 0; i < WORDS; i++)
		put_byte(g, i, seed);
}

/* Read-modify-write: one instruction, one store. */
static NOINLINE void add_up(struct ground *g)
{
	for (unsigned int i = 0; i < WORDS; i++)
		g->sum += i;
	g->sum_line = __LINE__ - 1;
}

static void *worker(void *arg)
{
	struct ground *g = arg;
	pthread_attr_t attr;

	g->tid = gettid();
	if (!pthread_getattr_np(pthread_self(), &attr)) {
		pthread_attr_getstack(&attr, &g->stack, &g->stack_size);
		pthread_attr_destroy(&attr);
	}
	for (unsigned long r = 0; r < rounds; r++) {
		fill_words(g, r);
		fill_halves(g, r);
		fill_bytes(g, r);
		add_up(g);
	}
	return NULL;
}

static void tell(const char *function, int line, const volatile void *start, size_t bytes, const struct ground *g)
{
	printf("store function=%s line=%d start=0x%lx end=0x%lx tid=%d count=%lu\n", function, line,
	       (unsigned long)start, (unsigned long)start + bytes, g->tid, rounds * WORDS);
}

int main(int argc, char **argv)
{
	pthread_t thread[MAX_THREADS];
	unsigned int threads = 1;
	int opt, wait = 0;

	while ((opt = getopt(argc, argv, "t:r:w")) != -1) {
		switch (opt) {
		case 't':
			threads = atoi(optarg);
			break;
		case 'r':
			rounds = strtoul(optarg, NULL, 10);
			break;
		case 'w':
			wait = 1;
			break;
		default:
			threads = 0;
		}
	}
	if (!threads || threads > MAX_THREADS || !rounds || optind != argc) {
		fprintf(stderr, "usage: known [-t THREADS (1..%d)] [-r ROUNDS] [-w]\n", MAX_THREADS);
		return 2;
	}
	if (wait) {
		printf("ready %d\n", getpid());
		fflush(stdout);
		if (getchar() == EOF)
			return 1;
	}

	/* The first ground belongs to the main thread. */
	for (unsigned int i = 1; i < threads; i++) {
		int err = pthread_create(&thread[i], NULL, worker, &grounds[i]);

		if (err) {
			fprintf(stderr, "known: pthread_create: %s\n", strerror(err));
			return 1;
		}
	}
	worker(&grounds[0]);
	for (unsigned int i = 1; i < threads; i++)
		pthread_join(thread[i], NULL);

	for (unsigned int i = 0; i < threads; i++) {
		struct ground *g = &grounds[i];

		tell("fill_words", g->words_line, g->words, sizeof(g->words), g);
		tell("fill_halves", g->halves_line, g->halves, sizeof(g->halves), g);
		tell("put_byte", g->bytes_line, g->bytes, sizeof(g->bytes), g);
		tell("add_up", g->sum_line, &g->sum, sizeof(g->sum), g);
		printf("thread tid=%d stack=0x%lx-0x%lx\n", g->tid, (unsigned long)g->stack,
		       (unsigned long)g->stack + g->stack_size);
	}
	return 0;
}
