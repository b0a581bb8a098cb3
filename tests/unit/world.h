/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A Go program by chance: goroutines that block, are made runnable, yield, call the kernel and end; threads that take them,
 * sleep, are preempted and wait for one of two CPUs; the network poller, coroutines. It tells what the module would, in the order of time. A tick is a
 * nanosecond.
 */
#ifndef GT_TESTS_UNIT_WORLD_H
#define GT_TESTS_UNIT_WORLD_H

#include "stops.h"

enum { CPUS = 2, THREADS = 5, GOROUTINES = 9, TID = 101 };

enum world_g { WAITS, RUNNABLE, RUNS_ON };
enum world_thread { HAS_CPU, ASLEEP, COULD_RUN };

struct world {
	uint32_t seed;
	uint64_t tsc, goids;
	struct { uint64_t goid; enum world_g state; } g[GOROUTINES];
	struct {
		enum world_thread state;
		int cpu, runs; /* goroutine, -1 = none */
		uint64_t back; /* from a call since; 0 = it is not */
	} thread[THREADS];
	int has[CPUS]; /* thread, -1 = idle */
	bool breaks;  /* the probes pause now and then, and events are lost */
	bool paused;
	uint32_t losing[CPUS]; /* so many more events */
	bool lost[CPUS];
	void (*event)(void *to, uint32_t cpu, const void *event);
	void *to;
};

static inline uint32_t chance(struct world *world, uint32_t of)
{
	world->seed = world->seed * 1664525u + 1013904223u;
	return (uint64_t)(world->seed >> 8) * of >> 24;
}

/* As far as the module gets to tell it. */
static inline void world_tell(struct world *world, uint32_t cpu, void *told)
{
	struct gtrace_event *event = told;

	if (event->type == GTRACE_EVENT_HIT && world->paused)
		return;
	if (world->losing[cpu]) {
		world->losing[cpu]--;
		world->lost[cpu] = true;
		return;
	}
	event->flags |= world->lost[cpu] ? GTRACE_EVENT_F_GAP : 0;
	world->lost[cpu] = false;
	world->event(world->to, cpu, event);
}

static inline uint64_t goid_of(const struct world *world, int g)
{
	return g < 0 ? 0 : world->g[g].goid;
}

/* What the module tells with each hit: 32 branches, and frames by which they can be told apart. */
static inline void world_hit(struct world *world, int thread, uint32_t id, int runs, int about, int other)
{
	union {
		struct gtrace_event_hit hit;
		uint8_t bytes[GT_HIT_BYTES_MAX];
	} any = {};
	struct gtrace_event_hit *hit = &any.hit;
	bool park = id == GT_GO_PROBE_PARK, netpoll = id == GT_GO_PROBE_NETPOLL, coro = id == GT_GO_PROBE_CORO, off = id == GTRACE_HIT_OFF || id == GTRACE_HIT_WAKER;
	uint64_t gone = goid_of(world, runs), who = goid_of(world, about);
	__u64 *frames;

	*hit = (struct gtrace_event_hit){
		.head = {.type = GTRACE_EVENT_HIT, .tsc = world->tsc}, .id = id, .tid = TID + thread, .tgid = TGT, .ip = in(GOPARK),
		.nr_values = off ? GT_OFF_NR : park ? GT_PARK_NR : netpoll ? GT_NETPOLL_NR : coro ? GT_CORO_NR : GT_ABOUT_NR,
		.nr_branches = park ? 32 : 0, .nr_frames = 3,
	};
	hit->values[GT_HIT_G] = park ? g_of(gone) : 0xc0000f0000;
	if (!off) {
		hit->values[GT_HIT_GOID] = park ? gone : 0;
		hit->values[GT_HIT_CURG] = g_of(gone);
		hit->values[GT_HIT_CURGOID] = gone;
		hit->missing = gone ? 0 : 1 << GT_HIT_CURGOID;
	}
	if (park) {
		hit->values[GT_PARK_LOCK] = 0xc000111000 + world->tsc;
		hit->values[GT_PARK_REASON] = 1 + chance(world, 3);
	} else if (netpoll) {
		hit->values[GT_NETPOLL_MODE] = 'r' + 'w';
		hit->values[GT_NETPOLL_RG] = g_of(goid_of(world, about));
		hit->values[GT_NETPOLL_RGOID] = goid_of(world, about);
		hit->values[GT_NETPOLL_WG] = g_of(goid_of(world, other));
		hit->values[GT_NETPOLL_WGOID] = goid_of(world, other);
	} else if (!off) {
		hit->values[GT_ABOUT_GP] = g_of(who);
		hit->values[GT_ABOUT_GOID] = who;
		hit->values[GT_ABOUT_PC] = in(CHANSEND + chance(world, 3));
		if (coro) {
			hit->values[GT_CORO_NEXT] = g_of(goid_of(world, other));
			hit->values[GT_CORO_NEXT_GOID] = goid_of(world, other);
		}
	}
	for (unsigned int i = 0; i < hit->nr_branches; i++)
		((struct gtrace_pebs_branch *)gt_hit_branches(hit))[i] = (struct gtrace_pebs_branch){
			.from = in(WORKER) + 2 * chance(world, 9), .to = in(HOG), .info = chance(world, 90)};
	frames = (void *)gt_hit_frames(hit);
	frames[0] = in(CHANRECV + chance(world, 2));
	frames[1] = in(WORKER + chance(world, 4));
	frames[2] = in(GOEXIT);
	hit->head.size = gt_hit_bytes(hit->nr_values, hit->nr_branches, hit->nr_frames);
	world_tell(world, world->thread[thread].cpu, hit);
}

/* CPU `cpu` goes to a thread, -1 = idle, -2 = a stranger that leaves it again. */
static inline void world_switch(struct world *world, int cpu, int next, uint32_t state)
{
	int prev = world->has[cpu];
	struct gtrace_event_switch event = {
		.head = {.type = GTRACE_EVENT_SWITCH, .size = sizeof(event), .tsc = world->tsc},
		.prev_tid = prev < 0 ? 0 : TID + prev, .next_tid = next < 0 ? 0 : TID + next, .next_tgid = next < 0 ? 0 : TGT,
		.prev_state = state};

	world->has[cpu] = next;
	if (prev >= 0) {
		world->thread[prev].state = state ? ASLEEP : COULD_RUN;
		world->thread[prev].back = 0;
	}
	if (next >= 0) {
		world->thread[next].cpu = cpu;
		world->thread[next].state = HAS_CPU;
	}
	world_tell(world, cpu, &event);
}

static inline int pick_g(struct world *world, enum world_g state)
{
	int g = chance(world, GOROUTINES);

	return world->g[g].state == state ? g : -1;
}

/* A thread without a CPU, and a CPU: one that has none, or one of those above. */
static inline void world_elsewhere(struct world *world)
{
	int thread = chance(world, THREADS), cpu = chance(world, CPUS), by = world->has[chance(world, CPUS)];
	bool interrupt = chance(world, 2);
	struct gtrace_event_wake wake = {
		.head = {.type = GTRACE_EVENT_WAKE, .size = sizeof(wake), .tsc = world->tsc}, .tid = TID + thread, .tgid = TGT,
		.in_interrupt = interrupt};

	if (world->thread[thread].state == ASLEEP) {
		if (by >= 0 && !interrupt && chance(world, 2)) {
			world_hit(world, by, GTRACE_HIT_WAKER, -1, -1, -1);
			wake.head.tsc = ++world->tsc;
		}
		wake.waker_tid = by < 0 ? 0 : TID + by;
		world->thread[thread].state = COULD_RUN;
		world_tell(world, by < 0 ? cpu : world->thread[by].cpu, &wake);
	} else if (world->thread[thread].state == COULD_RUN && world->has[cpu] < 0) {
		world_switch(world, cpu, thread, 0);
		if (world->thread[thread].runs >= 0)
			world->thread[thread].back = world->tsc;
	}
}

static inline void world_window(struct world *world, bool open)
{
	struct gtrace_event_window event = {
		.head = {.type = GTRACE_EVENT_WINDOW, .size = sizeof(event), .tsc = world->tsc}, .open = open};

	world->paused = !open;
	world->losing[0] = 0; /* a window's events are what makes it one */
	world_tell(world, 0, &event);
	world->tsc++;
}

static inline void world_step(struct world *world)
{
	int cpu = chance(world, CPUS), thread = world->has[cpu], g;

	world->tsc += 1 + chance(world, 30);
	if (world->breaks && !chance(world, 300))
		world_window(world, world->paused);
	if (world->breaks && !chance(world, 500))
		world->losing[cpu] = 1 + chance(world, 5);
	if (thread < 0 || !chance(world, 3)) {
		world_elsewhere(world);
		return;
	}
	g = world->thread[thread].runs;
	switch (chance(world, g < 0 ? 5 : 9)) {
	case 0: /* leaves its CPU: sleeps, or could go on */
		world_hit(world, thread, GTRACE_HIT_OFF, -1, -1, -1);
		world->tsc++;
		world_switch(world, cpu, -1, chance(world, 4) ? 1 : 0);
		return;
	case 1:
		g = pick_g(world, WAITS);
		if (g < 0)
			return;
		if (world->thread[thread].runs < 0 && chance(world, 2)) {
			int other = pick_g(world, WAITS);

			if (other == g)
				other = -1;
			world_hit(world, thread, GT_GO_PROBE_NETPOLL, -1, g, other);
			world->g[g].state = RUNNABLE;
			if (other >= 0)
				world->g[other].state = RUNNABLE;
			return;
		}
		world_hit(world, thread, GT_GO_PROBE_READY, world->thread[thread].runs, g, -1);
		world->g[g].state = RUNNABLE;
		world->thread[thread].back = 0;
		return;
	case 2:
	case 3:
	case 4:
		if (g >= 0)
			break;
		g = pick_g(world, RUNNABLE);
		if (g < 0)
			return;
		world_hit(world, thread, GT_GO_PROBE_EXECUTE, -1, g, -1);
		world->g[g].state = RUNS_ON;
		world->thread[thread].runs = g;
		return;
	case 5:
		world_hit(world, thread, world->thread[thread].back ? GT_GO_PROBE_RETURN : GT_GO_PROBE_YIELD, g, g, -1);
		world->g[g].state = RUNNABLE;
		world->thread[thread].runs = -1;
		world->thread[thread].back = 0;
		return;
	case 7: {
		int next = pick_g(world, WAITS);

		if (next < 0)
			return;
		world_hit(world, thread, GT_GO_PROBE_CORO, g, g, next);
		world->g[g].state = WAITS;
		world->g[next].state = RUNS_ON;
		world->thread[thread].runs = next;
		world->thread[thread].back = 0;
		return;
	}
	case 6:
		if (chance(world, 4))
			return;
		world_hit(world, thread, GT_GO_PROBE_EXIT, g, g, -1);
		/* Another one gets its place. */
		world->g[g].goid = ++world->goids;
		world->g[g].state = RUNNABLE;
		world->thread[thread].runs = -1;
		world->thread[thread].back = 0;
		return;
	}
	world_hit(world, thread, GT_GO_PROBE_PARK, g, -1, -1);
	world->g[g].state = WAITS;
	world->thread[thread].runs = -1;
	world->thread[thread].back = 0;
}

static inline void world_begin(struct world *world, uint32_t seed, uint64_t tsc)
{
	*world = (struct world){.seed = seed, .tsc = tsc, .goids = GOROUTINES};
	for (int i = 0; i < GOROUTINES; i++) {
		world->g[i].goid = i + 1;
		world->g[i].state = RUNNABLE;
	}
	for (int i = 0; i < THREADS; i++) {
		world->thread[i].state = COULD_RUN;
		world->thread[i].runs = -1;
	}
	for (int i = 0; i < CPUS; i++)
		world->has[i] = -1;
}

#endif
