// SPDX-License-Identifier: GPL-2.0
/*
 * What reading costs: writes a recording as a busy Go server leaves it, then runs the commands that read it and takes
 * their CPU time and peak memory.
 *
 * The recording: ten million samples on 4 CPUs, stores at 4,096 addresses of a real Go binary (the few first ones get
 * most), 400 goroutines on 24 threads, a task switch and another period every 200 samples, a look at the goroutines
 * every 100,000, one in eight instructions to memory that all goroutines write, the others to their own. Nothing in it is
 * told to the reader in another way than gtrace record tells it.
 */
#include <fcntl.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "go/binary.h"
#include "lib/recording_writer.h"

#define NR_SAMPLES    10000000ull
#define NR_CPUS	      4
#define NR_SITES      4096
#define NR_GOROUTINES 400
#define NR_THREADS    24
#define PER_SWITCH    200
#define PER_LOOK      100000
#define PERIOD	      2003
#define BATCH	      2600 /* records a drain finds: half a ring of 1 MiB */
#define TGID	      1000
#define TSC_STEP      2000

struct cpu {
	struct gtrace_pebs_fixed batch[BATCH];
	struct {
		struct gtrace_event_switch sw;
		struct gtrace_event_period period;
	} switches[BATCH / PER_SWITCH + 2];
	size_t count, nr_switches;
	uint64_t index, tsc;
	uint32_t thread, goroutine;
};

static uint64_t random_state = 88172645463325252ull;

static uint64_t next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static void die(const char *what, int err)
{
	fprintf(stderr, "bench/reader: %s: %s\n", what, strerror(-err));
	exit(1);
}

static uint64_t g_address(uint32_t goroutine)
{
	return 0xc000006000 + goroutine * 0x1c0ull;
}

/* Addresses of code, spread over all functions of the binary. */
static void find_sites(const char *path, uint64_t *sites, uint64_t *start, uint64_t *end)
{
	struct gt_go_binary *binary;
	struct gt_go_function function;
	int err = gt_go_binary_open(path, &binary);
	size_t i;

	if (err)
		die(path, err);
	gt_go_binary_text(binary, start, end);
	for (i = 0; i < NR_SITES;) {
		uint64_t at = *start + next_random() % (*end - *start);

		if (!gt_go_binary_function_at(binary, at, &function))
			sites[i++] = at;
	}
	gt_go_binary_close(binary);
}

static void write_file(struct gt_writer *writer, const char *path, uint64_t text, uint64_t text_end)
{
	uint64_t bytes[(sizeof(struct gtrace_event_map) + 4096) / 8] = {};
	struct gtrace_event_map *map = (void *)bytes;
	struct gt_go go = {.tsc = 1, .tgid = TGID, .version = "go1.26", .path = path};
	struct gt_file file = {.path = path};
	struct stat st;

	if (stat(path, &st))
		die(path, -1);
	file.ino = st.st_ino;
	file.size = st.st_size;
	file.mtime_ns = st.st_mtim.tv_sec * 1000000000ull + st.st_mtim.tv_nsec;
	strcpy(map->path, path);
	/* A static Go binary: its text segment begins with the file, at 0x400000. */
	map->head = (struct gtrace_event){
		.type = GTRACE_EVENT_MAP, .size = sizeof(*map) + ((strlen(path) + 8) & ~7ul), .tsc = 1};
	map->tid = map->tgid = TGID;
	map->start = text & ~0xfffull;
	map->end = (text_end + 0xfff) & ~0xfffull;
	map->pgoff = map->start - 0x400000;
	map->ino = st.st_ino;
	gt_writer_events(writer, GT_CPU_NONE, map, map->head.size);
	gt_writer_file(writer, &file);
	gt_writer_go(writer, &go);
}

/* The first look lists all goroutines, later ones the few that ended and were replaced. */
static void write_look(struct gt_writer *writer, uint64_t tsc, uint64_t *goid, const uint64_t *sites)
{
	static struct gt_look_goroutine lines[NR_GOROUTINES];
	struct gt_look look = {.tsc_begin = tsc, .tsc_end = tsc + 500, .tgid = TGID, .complete = !*goid};
	uint32_t first = look.complete ? 0 : next_random() % (NR_GOROUTINES - 4), i;

	look.nr_goroutines = look.complete ? NR_GOROUTINES : 4;
	for (i = 0; i < look.nr_goroutines; i++)
		lines[i] = (struct gt_look_goroutine){.g = g_address(first + i), .goid = ++*goid, .status = 2,
						      .gopc = sites[(first + i) % 16], .startpc = sites[16 + (first + i) % 32]};
	gt_writer_look(writer, &look, lines, NULL);
}

static void take_switch(struct cpu *cpu)
{
	cpu->thread = next_random() % NR_THREADS;
	cpu->goroutine = next_random() % NR_GOROUTINES;
	cpu->switches[cpu->nr_switches].sw = (struct gtrace_event_switch){
		.head = {.type = GTRACE_EVENT_SWITCH, .size = sizeof(struct gtrace_event_switch), .tsc = cpu->tsc + 1},
		.next_tid = TGID + cpu->thread, .next_tgid = TGID, .sample_index = cpu->index + cpu->count};
	cpu->switches[cpu->nr_switches++].period = (struct gtrace_event_period){
		.head = {.type = GTRACE_EVENT_PERIOD, .size = sizeof(struct gtrace_event_period), .tsc = cpu->tsc + 2},
		.sample_index = cpu->index + cpu->count, .period = PERIOD - PERIOD / 10 + next_random() % (PERIOD / 5)};
}

static void take_sample(struct cpu *cpu, const uint64_t *sites)
{
	uint64_t r = next_random(), site = r % NR_SITES & (r >> 32) % NR_SITES & (r >> 48);

	if ((cpu->index + cpu->count) % PER_SWITCH == 0)
		take_switch(cpu);
	cpu->tsc += TSC_STEP + r % 500;
	cpu->batch[cpu->count++] = (struct gtrace_pebs_fixed){
		.tsc = cpu->tsc, .real_ip = sites[site], .status = 1, .source = r % 30 == 0,
		.addr = site % 8 ? 0xc100000000 + cpu->goroutine * 0x10000ull + site * 8 : 0xc200000000 + site * 8,
		.sp = 0xc300000000 + cpu->goroutine * 0x8000ull + site % 7 * 64, .r14 = g_address(cpu->goroutine)};
}

/* CLOCK events come about once a second; here each drain brings one. */
static void drain(struct gt_writer *writer, uint32_t number, struct cpu *cpu)
{
	const struct gtrace_event_clock clock = {
		.head = {.type = GTRACE_EVENT_CLOCK, .size = sizeof(clock), .tsc = cpu->tsc},
		.monotonic_ns = cpu->tsc / 2, .tsc_after = cpu->tsc + 60};

	gt_writer_events(writer, number, &clock, sizeof(clock));
	gt_writer_events(writer, number, cpu->switches, cpu->nr_switches * sizeof(*cpu->switches));
	gt_writer_samples(writer, number, cpu->batch, cpu->count);
	cpu->index += cpu->count;
	cpu->count = cpu->nr_switches = 0;
}

static void write_recording(const char *path, const char *binary)
{
	const struct gt_recording_info info = {
		.version = "bench", .host = "bench", .kernel = "6.1", .cpu = "made up",
		.command = "bench/reader.bench", .pebs_format = 3, .nr_cpus = NR_CPUS,
		.abi_version = GTRACE_ABI_VERSION, .tsc_khz = 2000000, .data = GTRACE_DATA_MEM | GTRACE_DATA_GPR,
		.target = TGID, .period = PERIOD, .jitter = 100, .fields = GT_FIELDS_DEFAULT};
	static struct cpu cpus[NR_CPUS];
	static uint64_t sites[NR_SITES];
	struct gt_total totals[NR_CPUS] = {};
	struct gt_decoder decoder;
	struct gt_writer *writer;
	uint64_t i, goid = 0, text, text_end;
	char real[PATH_MAX];
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600), err;

	if (fd < 0 || !realpath(binary, real))
		die(fd < 0 ? path : binary, -ENOENT);
	find_sites(binary, sites, &text, &text_end);
	err = gt_decoder_init(&decoder, 3, info.data, 0, sizeof(struct gtrace_pebs_fixed));
	if (!err)
		err = gt_writer_new(fd, &info, &decoder, &writer);
	if (err)
		die(path, err);
	write_file(writer, real, text, text_end);
	for (i = 0; i < NR_SAMPLES; i++) {
		struct cpu *cpu = &cpus[i / 64 % NR_CPUS];

		take_sample(cpu, sites);
		if (cpu->count == BATCH)
			drain(writer, i / 64 % NR_CPUS, cpu);
		if (i % PER_LOOK == 0)
			write_look(writer, cpu->tsc, &goid, sites);
	}
	for (i = 0; i < NR_CPUS; i++) {
		drain(writer, i, &cpus[i]);
		totals[i] = (struct gt_total){.cpu = i, .samples = cpus[i].index};
	}
	err = gt_writer_finish(writer, totals, NR_CPUS);
	if (err)
		die(path, err);
	gt_writer_free(writer);
	close(fd);
}

struct cost {
	double seconds; /* CPU, user and kernel */
	long peak_kb;
};

static struct cost run(char *const *argv)
{
	struct rusage usage;
	pid_t pid = fork();
	int status;

	if (!pid) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, STDOUT_FILENO);
		execv(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) < 0 || status) {
		fprintf(stderr, "bench/reader: %s %s failed\n", argv[0], argv[1]);
		exit(1);
	}
	return (struct cost){
		.seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6,
		.peak_kb = usage.ru_maxrss};
}

/* The best of three: what others did to this machine's caches is not ours. */
static struct cost fastest(char *const *argv)
{
	struct cost best = run(argv);

	for (int i = 1; i < 3; i++) {
		struct cost cost = run(argv);

		if (cost.seconds < best.seconds)
			best = cost;
	}
	return best;
}

static void metric(const char *name, const char *unit, double value, double limit, const char *how)
{
	printf("{\"bench\":\"reader\",\"metric\":\"%s\",\"unit\":\"%s\",\"gtrace\":%.4g,", name, unit, value);
	if (limit)
		printf("\"limit\":%.4g,", limit);
	printf("\"peer\":null,\"peer_value\":null,\"ratio\":null,\"how\":\"%s\"}\n", how);
	fflush(stdout);
}

static void measure(const char *data, const char *gtrace)
{
	static const struct {
		const char *name;
		const char *argv[6];
		double limit; /* samples per second */
	} commands[] = {
		{"report", {"report"}, 5e6},
		{"report --by function", {"report", "--by", "function"}, 5e6},
		{"report --sort goid,function,line,thread,cpu", {"report", "--sort", "goid,function,line,thread,cpu"}, 0},
		{"report --by cacheline", {"report", "--by", "cacheline"}, 0},
		{"script --raw", {"script", "--raw"}, 0},
		{"script --json", {"script", "--json"}, 0},
	};
	size_t i, j;

	for (i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		char name[128], *argv[16] = {(char *)gtrace};
		struct cost best;

		for (j = 0; j < 6 && commands[i].argv[j]; j++)
			argv[1 + j] = (char *)commands[i].argv[j];
		argv[1 + j] = "-i";
		argv[2 + j] = (char *)data;
		best = fastest(argv);
		snprintf(name, sizeof(name), "%s", commands[i].name);
		metric(name, "samples per second", NR_SAMPLES / best.seconds, commands[i].limit,
		       "10,000,000 samples / CPU time (user + kernel) of one process, best of 3");
		snprintf(name, sizeof(name), "%s, peak memory", commands[i].name);
		metric(name, "MB", best.peak_kb / 1000.0, 0, "ru_maxrss");
	}
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "write")) {
		write_recording(argv[2], argv[3]);
	} else if (argc == 4 && !strcmp(argv[1], "run")) {
		measure(argv[2], argv[3]);
	} else if (argc > 2 && !strcmp(argv[1], "time")) {
		printf("%.6f\n", fastest(argv + 2).seconds);
	} else {
		fprintf(stderr, "usage: reader write RECORDING GO-BINARY | reader run RECORDING GTRACE | reader time PROGRAM...\n");
		return 2;
	}
	return 0;
}
