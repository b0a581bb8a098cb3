// SPDX-License-Identifier: GPL-2.0
/*
 * live PID BINARY BIAS		one look at the process, one line a goroutine or thread:
 *				g GOID STATUS REASON PARENT START CREATOR LINE AGAIN (tabs between): START and CREATOR are
 *				functions, LINE is that of the go statement, AGAIN "same" when a second look agrees
 *				m PROCID GOID-OF-CURG GOID-BEHIND-G0, checked through the single-G functions
 *				probes "confirmed" or "not confirmed": the layout is the one that probes take
 * live PID BINARY BIAS FIELD	whether the goroutines that wait bear the layout out when FIELD lies 8 bytes further on
 *				than it does: "agree" or "contradict"
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "go/binary.h"
#include "go/live.h"

static const char *function(const struct gt_go_binary *binary, uint64_t vaddr)
{
	struct gt_go_function function;

	return gt_go_binary_function_at(binary, vaddr, &function) ? "-" : function.name;
}

static void print_g(struct gt_go_runtime *runtime, const struct gt_go_binary *binary, uint64_t bias,
		    const struct gt_go_g *g)
{
	const char *reason = gt_go_runtime_wait_reason(runtime, g->wait_reason);
	struct gt_go_frame creator = { 0 };
	struct gt_go_g again;
	bool on_g0;

	gt_go_binary_frames(binary, g->gopc - 1 - bias, &creator, 1);
	printf("g\t%" PRIu64 "\t%s\t%s\t%" PRIu64 "\t%s\t%s\t%u\t%s\n", g->goid, gt_go_status_name(g->status),
	       g->status == GT_GO_WAITING && reason ? reason : "-", g->parent_goid,
	       function(binary, g->startpc - bias), function(binary, g->gopc - 1 - bias), creator.line,
	       gt_go_runtime_goroutine(runtime, g->addr, &again, &on_g0) || again.goid != g->goid || on_g0
			? "cannot be read again" : "same");
}

static uint64_t goid_behind(struct gt_go_runtime *runtime, uint64_t r14)
{
	struct gt_go_g g;

	return gt_go_runtime_goroutine(runtime, r14, &g, NULL) ? 0 : g.goid;
}

static int shifted(struct gt_go_runtime *runtime, const char *field)
{
	struct gt_go_look look = { 0 };

	if (gt_go_runtime_look(runtime, &look))
		return 1;
#define FIELD(name, structure, path) runtime->offsets.name += strcmp(#name, field) ? 0 : 8;
	GT_GO_OFFSETS(FIELD)
#undef FIELD
	puts(gt_go_live_waiters_agree(runtime, &look) ? "agree" : "contradict");
	gt_go_look_free(&look);
	return 0;
}

int main(int argc, char **argv)
{
	struct gt_go_binary *binary;
	struct gt_go_runtime *runtime;
	struct gt_go_look look = { 0 };
	struct timespec begin, end;
	const char *why;
	uint64_t bias;
	int error;

	if (argc != 4 && argc != 5) {
		fprintf(stderr, "usage: live PID BINARY BIAS [FIELD]\n");
		return 2;
	}
	bias = strtoull(argv[3], NULL, 0);
	error = gt_go_binary_open(argv[2], &binary);
	if (error) {
		fprintf(stderr, "live: %s: %s\n", argv[2], gt_go_binary_explain(error));
		return 1;
	}
	error = gt_go_runtime_attach(atoi(argv[1]), binary, bias, &runtime, &why);
	if (error) {
		fprintf(stderr, "live: process %s: %s: %s\n", argv[1], strerror(-error), why);
		gt_go_binary_close(binary);
		return 1;
	}
	if (argc == 5)
		return shifted(runtime, argv[4]);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	error = gt_go_runtime_look(runtime, &look);
	clock_gettime(CLOCK_MONOTONIC, &end);
	if (error)
		fprintf(stderr, "live: look: %s\n", strerror(-error));
	for (size_t i = 0; i < look.nr_gs; i++)
		print_g(runtime, binary, bias, &look.gs[i]);
	for (size_t i = 0; i < look.nr_ms; i++)
		printf("m\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n", look.ms[i].procid,
		       goid_behind(runtime, look.ms[i].curg), goid_behind(runtime, look.ms[i].g0));
	puts(gt_go_runtime_confirms_probes(runtime) ? "probes\tconfirmed" : "probes\tnot confirmed");
	printf("took\t%.0f ns\t%zu refused\n",
	       (double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec), look.nr_refused);
	gt_go_look_free(&look);
	gt_go_runtime_detach(runtime);
	gt_go_binary_close(binary);
	return error != 0;
}
