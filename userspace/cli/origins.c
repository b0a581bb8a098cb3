// SPDX-License-Identifier: GPL-2.0
#include "origins.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "go/probes.h"
#include "go_process.h"
#include "lib/array.h"
#include "lib/hit.h"

struct gt_origins_process {
	struct gt_origins_process *next;
	uint32_t tgid;
	uint32_t program;            /* which of its programs: a part of the key */
	bool past;                   /* it executes another program; names live on */
	struct gt_go_binary *binary; /* NULL = no Go program, or it is gone */
	uint64_t bias;
};

static struct gt_origins_process *process_of(struct gt_origins *origins, uint32_t tgid)
{
	struct gt_origins_process *p = origins->processes;
	uint32_t program = 0;
	char exe[64];

	for (; p; p = p->next) {
		if (p->tgid != tgid)
			continue;
		if (!p->past)
			return p;
		program++;
	}
	p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->tgid = tgid;
	p->program = program;
	snprintf(exe, sizeof(exe), "/proc/%u/exe", tgid);
	if (!gt_go_binary_open(exe, &p->binary) && gt_go_process_bias(tgid, exe, &p->bias)) {
		gt_go_binary_close(p->binary);
		p->binary = NULL;
	}
	p->next = origins->processes;
	origins->processes = p;
	return p;
}

void gt_origins_exec(struct gt_origins *origins, uint32_t tgid)
{
	for (struct gt_origins_process *p = origins->processes; p; p = p->next)
		if (p->tgid == tgid)
			p->past = true;
}

/* Index of the function at `pc`, + 1; 0 = no memory. */
static uint64_t origin_at(struct gt_origins *origins, struct gt_origins_process *p, uint64_t pc)
{
	uint64_t *at = gt_hash_at(&origins->of, pc, (uint64_t)p->program << 32 | p->tgid);
	struct gt_go_function function;

	if (!at)
		return 0;
	if (*at)
		return *at;
	if (gt_array_room(&origins->all, origins->count, &origins->room))
		return 0;
	/* A return address: the call may be the last instruction of its function. */
	if (!p->binary || gt_go_binary_function_at(p->binary, pc - p->bias - 1, &function))
		function.name = NULL;
	origins->all[origins->count++].name = function.name;
	return *at = origins->count;
}

/* Made by the compiler for a go statement with arguments: "main.main.gowrap1". The function that it calls is meant. */
static bool is_wrapper(const char *name)
{
	return strstr(name, ".gowrap");
}

int gt_origins_root(struct gt_origins *origins, const struct gtrace_event_hit *hit, struct gt_site *root)
{
	const __u64 *frames = gt_hit_frames(hit);
	struct gt_origins_process *p;
	uint32_t i = hit->nr_frames;
	const char *name;
	uint64_t at;

	*root = GT_NO_SITE;
	/* The outermost frame is goexit's, which every goroutine returns to. */
	if (i < 2 || hit->head.flags & GTRACE_EVENT_F_STACK_CUT)
		return 0;
	p = process_of(origins, hit->tgid);
	at = p ? origin_at(origins, p, frames[--i] + 1) : 0;
	if (!at)
		return -ENOMEM;
	name = origins->all[at - 1].name;
	if (!name || strcmp(name, "runtime.goexit"))
		return 0;
	while (i--) {
		at = origin_at(origins, p, frames[i]);
		if (!at)
			return -ENOMEM;
		name = origins->all[at - 1].name;
		if (!name)
			return 0;
		*root = (struct gt_site){.location = at - 1};
		if (!is_wrapper(name))
			return 0;
	}
	return 0;
}

const char *gt_origins_name(const struct gt_origins *origins, struct gt_site root)
{
	return root.location < origins->count ? origins->all[root.location].name : NULL;
}

void gt_origins_free(struct gt_origins *origins)
{
	struct gt_origins_process *next;

	for (; origins->processes; origins->processes = next) {
		next = origins->processes->next;
		gt_go_binary_close(origins->processes->binary);
		free(origins->processes);
	}
	free(origins->all);
	gt_hash_free(&origins->of);
	*origins = (struct gt_origins){0};
}
