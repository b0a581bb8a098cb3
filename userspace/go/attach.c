// SPDX-License-Identifier: GPL-2.0
/* Attaching to a living Go process: where its fields lie, and the proof that they do. */
#include "live.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

enum { TRIES = 4, GOIDS_LOOKED_AT = 512, TID_MAX = 1 << 22 };

/* Bytes of a structure up to the end of its last field of interest. */
static void measure(struct gt_go_runtime *runtime)
{
#define FIELD(name, structure, path)                                              \
	if (runtime->offsets.name != GT_GO_NO_FIELD &&                            \
	    runtime->structure##_size < runtime->offsets.name + sizeof(uint64_t)) \
		runtime->structure##_size = runtime->offsets.name + sizeof(uint64_t);
	GT_GO_LOOK_OFFSETS(FIELD)
#undef FIELD
}

static bool lives(const struct gt_go_g *g)
{
	return g->goid && g->status != GT_GO_IDLE && g->status != GT_GO_DEAD && g->status != GT_GO_DEADEXTRA;
}

static int ascending(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

/* No two goroutines share a goid. Some hundred tell. */
static bool goids_differ(const struct gt_go_look *look)
{
	uint64_t goids[GOIDS_LOOKED_AT];
	size_t count = 0;

	for (size_t i = 0; i < look->nr_gs && count < GOIDS_LOOKED_AT; i++)
		if (lives(&look->gs[i]))
			goids[count++] = look->gs[i].goid;
	qsort(goids, count, sizeof(*goids), ascending);
	for (size_t i = 1; i < count; i++)
		if (goids[i] == goids[i - 1])
			return false;
	return true;
}

/* Some goroutine begins in Go code and was made there. Not each need: a plugin's begin in the plugin. */
static bool begin_in_text(const struct gt_go_runtime *runtime, const struct gt_go_look *look)
{
	bool alive = false, start_seen = false, creator_seen = false;
	uint64_t start, end;

	gt_go_binary_text(runtime->binary, &start, &end);
	for (size_t i = 0; i < look->nr_gs; i++) {
		uint64_t first = look->gs[i].startpc - runtime->load_bias;
		uint64_t creator = look->gs[i].gopc - runtime->load_bias;

		if (!lives(&look->gs[i]))
			continue;
		alive = true;
		start_seen |= first >= start && first < end;
		creator_seen |= creator >= start && creator < end;
	}
	return !alive || (start_seen && creator_seen);
}

/* Threads have ids that Linux gives, and run Gs. */
static bool threads_make_sense(struct gt_go_runtime *runtime, const struct gt_go_look *look)
{
	bool started = false;
	struct gt_go_g g;

	for (size_t i = 0; i < look->nr_ms; i++) {
		const struct gt_go_m *m = &look->ms[i];

		if (m->procid > TID_MAX || (m->curg && gt_go_runtime_g(runtime, m->curg, &g) == -ENOENT))
			return false;
		started |= m->procid;
	}
	return started;
}

/* Does a look at the process bear out the offsets? */
static int judge(struct gt_go_runtime *runtime, const struct gt_go_look *look, const char **why)
{
	if (!look->nr_gs && !look->nr_refused) {
		*why = "its Go runtime has not started yet: try again";
		return -EAGAIN;
	}
	if (look->nr_refused > look->nr_gs / 16 || !goids_differ(look) || !threads_make_sense(runtime, look)) {
		*why = "its goroutines are not laid out as this Go release lays them out: is the runtime modified?";
		return -EPROTO;
	}
	if (!begin_in_text(runtime, look)) {
		*why = "its goroutines do not begin in this program's code: is this the file that the process runs?";
		return -EPROTO;
	}
	if (!gt_go_live_waiters_agree(runtime, look)) {
		*why = "its goroutines do not wait as this Go release lets them wait: is the runtime modified?";
		return -EPROTO;
	}
	return 0;
}

/*
 * The proof that binary, bias and offsets are right: every G of a look points to itself and has a goid of its own,
 * goroutines begin in Go code and were made there, every M owns its g0 and runs a true G, those who wait are queued. A
 * process that is just starting may be met half way: it gets a few tries, and time between them, for it may have this
 * CPU only.
 */
static int prove(struct gt_go_runtime *runtime, const char **why)
{
	static const struct timespec moment = {.tv_nsec = 1000000};
	struct gt_go_look look = {0};
	int error = -EPROTO;

	for (int i = 0; i < TRIES && error == -EPROTO; i++) {
		if (i)
			nanosleep(&moment, NULL);
		*why = "its list of goroutines makes no sense: is this the file that the process runs?";
		error = gt_go_runtime_look(runtime, &look);
		if (!error)
			error = judge(runtime, &look, why);
	}
	gt_go_look_free(&look);
	return error;
}

/*
 * The table of releases first: reading DWARF takes a thousand times as long, and samples are lost meanwhile. Whichever
 * it is, it is believed only when the process proves it; a runtime that was changed may still have a truthful DWARF.
 */
static int find_layout(struct gt_go_runtime *runtime, const char **why)
{
	struct gt_go_version version = gt_go_binary_version(runtime->binary);
	int error = gt_go_offsets_of_release(version.major, version.minor, &runtime->offsets);

	if (error) {
		error = -EOPNOTSUPP;
		*why = "its Go release is not known: build it with DWARF (without -ldflags=-w) and try again";
	} else {
		measure(runtime);
		error = prove(runtime, why);
	}
	if ((error != -EOPNOTSUPP && error != -EPROTO) ||
	    gt_go_offsets_from_dwarf(gt_go_binary_image(runtime->binary), &runtime->offsets))
		return error;
	measure(runtime);
	return prove(runtime, why);
}

int gt_go_runtime_attach(pid_t pid, const struct gt_go_binary *binary, uint64_t load_bias, struct gt_go_runtime **out,
			 const char **why)
{
	struct gt_go_runtime *runtime = calloc(1, sizeof(*runtime));
	const char *ignored;
	int error;

	if (!why)
		why = &ignored;
	*why = "out of memory";
	if (!runtime)
		return -ENOMEM;
	runtime->pid = pid;
	runtime->binary = binary;
	runtime->load_bias = load_bias;
	/* Without any texts its reasons are numbers: no cause to refuse it. */
	gt_go_binary_wait_reasons(binary, &runtime->wait_reasons);
	if (gt_go_globals_find(binary, &runtime->globals)) {
		error = -ENOENT;
		*why = "the list of goroutines cannot be found: build it with symbols (without -ldflags=-s)";
	} else {
		error = find_layout(runtime, why);
	}
	if (error) {
		gt_go_runtime_detach(runtime);
		return error;
	}
	*out = runtime;
	return 0;
}

bool gt_go_runtime_confirms_probes(const struct gt_go_runtime *runtime)
{
	struct gt_go_version version = gt_go_binary_version(runtime->binary);
	struct gt_go_offsets table;

	return gt_go_offsets_of_release(version.major, version.minor, &table) ||
	       !memcmp(&table, &runtime->offsets, sizeof(table));
}

void gt_go_runtime_detach(struct gt_go_runtime *runtime)
{
	free(runtime);
}
