// SPDX-License-Identifier: GPL-2.0
/*
 * Where a Go binary is probed, and what each hit carries.
 *
 * Arguments come in registers, as ABIInternal has them since Go 1.17: AX, BX, CX. R14 is the current g: that of the
 * goroutine in gopark, of the scheduler (g0) in all the others.
 */
#include "probes.h"

#include <errno.h>
#include <string.h>

#include "binary.h"
#include "offsets.h"
#include "prologue.h"
#include "signatures.h"

enum { AX = 0, CX = 1, BX = 3, R14 = 14 };

/* CHAIN(reg): the register; CHAIN(reg, a, b): what lies b bytes behind the pointer that lies a bytes behind it. */
#define CHAIN(register, ...)    \
	((struct gtrace_fetch){ \
		.reg = (register), .depth = sizeof((uint16_t[]){0, ##__VA_ARGS__}) / 2 - 1, .offset = {__VA_ARGS__}})

static void walk(struct gtrace_probe *probe, uint8_t bp, uint8_t lo, uint8_t hi)
{
	probe->flags |= GTRACE_PROBE_F_STACK;
	probe->stack_bp = bp;
	probe->stack_lo = lo;
	probe->stack_hi = hi;
	probe->max_frames = GTRACE_FRAMES_MAX;
}

static void park(struct gtrace_probe *probe, const struct gt_go_offsets *at)
{
	probe->flags |= GTRACE_PROBE_F_BRANCHES;
	/* A goroutine parks itself: R14 is curg. Four reads less at the most frequent probe. */
	probe->fetch[GT_HIT_CURG] = CHAIN(R14);
	probe->fetch[GT_HIT_CURGOID] = CHAIN(R14, at->g_goid);
	probe->fetch[GT_PARK_LOCK] = CHAIN(BX);
	probe->fetch[GT_PARK_REASON] = CHAIN(CX);
	/* chansend, chanrecv and selectgo have queued the goroutine before they call gopark. */
	probe->fetch[GT_PARK_CHAN] = CHAIN(R14, at->g_waiting, at->sudog_c);
	probe->fetch[GT_PARK_CHAN2] = CHAIN(R14, at->g_waiting, at->sudog_waitlink, at->sudog_c);
	probe->fetch[GT_PARK_CHAN3] = CHAIN(R14, at->g_waiting, at->sudog_waitlink, at->sudog_waitlink, at->sudog_c);
	probe->fetch[GT_PARK_LO] = CHAIN(R14, at->g_stack_lo);
	probe->fetch[GT_PARK_HI] = CHAIN(R14, at->g_stack_hi);
	probe->nr_fetches = GT_PARK_NR;
	walk(probe, GTRACE_FETCH_NONE, GT_PARK_LO, GT_PARK_HI);
}

static void about(struct gtrace_probe *probe, const struct gt_go_offsets *at)
{
	probe->fetch[GT_ABOUT_GP] = CHAIN(AX);
	probe->fetch[GT_ABOUT_GOID] = CHAIN(AX, at->g_goid);
	probe->nr_fetches = GT_ABOUT_GOID + 1;
}

/* The waker came by systemstack(), which left its state in sched; on a thread without goroutine (timers) it is 0. */
static void ready(struct gtrace_probe *probe, const struct gt_go_offsets *at)
{
	about(probe, at);
	probe->fetch[GT_ABOUT_PC] = CHAIN(R14, at->g_m, at->m_curg, at->g_sched_pc);
	probe->fetch[GT_ABOUT_BP] = CHAIN(R14, at->g_m, at->m_curg, at->g_sched_bp);
	probe->fetch[GT_ABOUT_LO] = CHAIN(R14, at->g_m, at->m_curg, at->g_stack_lo);
	probe->fetch[GT_ABOUT_HI] = CHAIN(R14, at->g_m, at->m_curg, at->g_stack_hi);
	probe->nr_fetches = GT_ABOUT_NR;
	walk(probe, GT_ABOUT_BP, GT_ABOUT_LO, GT_ABOUT_HI);
}

static void netpoll(struct gtrace_probe *probe, const struct gt_go_offsets *at)
{
	probe->fetch[GT_NETPOLL_MODE] = CHAIN(CX);
	probe->fetch[GT_NETPOLL_RG] = CHAIN(BX, at->pd_rg);
	probe->fetch[GT_NETPOLL_RGOID] = CHAIN(BX, at->pd_rg, at->g_goid);
	probe->fetch[GT_NETPOLL_WG] = CHAIN(BX, at->pd_wg);
	probe->fetch[GT_NETPOLL_WGOID] = CHAIN(BX, at->pd_wg, at->g_goid);
	probe->fetch[GT_NETPOLL_FD] = CHAIN(BX, at->pd_fd);
	probe->nr_fetches = GT_NETPOLL_NR;
}

static void execute(struct gtrace_probe *probe, const struct gt_go_offsets *at)
{
	about(probe, at);
	probe->fetch[GT_ABOUT_PC] = CHAIN(AX, at->g_sched_pc);
	probe->nr_fetches = GT_ABOUT_PC + 1;
}

/* It came by mcall() or newstack(), which left its state in sched. */
static void stop(struct gtrace_probe *probe, const struct gt_go_offsets *at)
{
	execute(probe, at);
	probe->fetch[GT_ABOUT_BP] = CHAIN(AX, at->g_sched_bp);
	probe->fetch[GT_ABOUT_LO] = CHAIN(AX, at->g_stack_lo);
	probe->fetch[GT_ABOUT_HI] = CHAIN(AX, at->g_stack_hi);
	probe->nr_fetches = GT_ABOUT_NR;
	walk(probe, GT_ABOUT_BP, GT_ABOUT_LO, GT_ABOUT_HI);
}

static void stop_and_why(struct gtrace_probe *probe, const struct gt_go_offsets *at)
{
	stop(probe, at);
	probe->fetch[GT_YIELD_PREEMPTED] = CHAIN(BX);
	probe->nr_fetches = GT_YIELD_NR;
}

/* coro.gp is its first word. */
static void coro(struct gtrace_probe *probe, const struct gt_go_offsets *at)
{
	stop(probe, at);
	probe->fetch[GT_CORO_NEXT] = CHAIN(AX, at->g_coroarg, 0);
	probe->fetch[GT_CORO_NEXT_GOID] = CHAIN(AX, at->g_coroarg, 0, at->g_goid);
	probe->nr_fetches = GT_CORO_NR;
}

/* The sentences are static text: they are made here, a set for each function. */
#define SITE(id, function, parameters, since, until, fill)                                                          \
	{                                                                                                           \
		id, since, until, {"runtime." function, parameters}, fill,                                          \
			"runtime." function " is not in its function table: is the runtime modified?",              \
			"runtime." function " is not in the file where its function table says",                    \
			"runtime." function " does not begin as the Go compiler begins functions: is it modified?", \
			"its Go release is not known, and runtime." function                                        \
			" takes other arguments than those known",                                                  \
	}

enum { ALWAYS = 0, FOREVER = INT16_MAX };

/*
 * In the order of their ids. netpollready has no frame before 1.22, so no instruction to probe; goschedImpl has had its
 * second argument since 1.22.
 */
static const struct site {
	uint32_t id;
	int16_t since, until; /* releases, inclusive */
	struct gt_go_signature function;
	void (*fill)(struct gtrace_probe *probe, const struct gt_go_offsets *at);
	const char *absent, *outside, *odd, *foreign;
} sites[] = {
	SITE(GT_GO_PROBE_PARK, "gopark", "unlockf lock reason", ALWAYS, FOREVER, park),
	SITE(GT_GO_PROBE_READY, "ready", "gp", ALWAYS, FOREVER, ready),
	SITE(GT_GO_PROBE_NETPOLL, "netpollready", "toRun pd mode", 22, FOREVER, netpoll),
	SITE(GT_GO_PROBE_EXECUTE, "execute", "gp", ALWAYS, FOREVER, execute),
	SITE(GT_GO_PROBE_YIELD, "goschedImpl", "gp", ALWAYS, 21, stop),
	SITE(GT_GO_PROBE_YIELD, "goschedImpl", "gp preempted", 22, FOREVER, stop_and_why),
	SITE(GT_GO_PROBE_YIELD, "goyield_m", "gp", ALWAYS, FOREVER, stop),
	SITE(GT_GO_PROBE_PREEMPT, "preemptPark", "gp", ALWAYS, FOREVER, stop),
	SITE(GT_GO_PROBE_EXIT, "goexit0", "gp", ALWAYS, FOREVER, about),
	SITE(GT_GO_PROBE_RETURN, "exitsyscall0", "gp", ALWAYS, 25, stop),
	SITE(GT_GO_PROBE_RETURN, "exitsyscallNoP", "gp", 26, FOREVER, stop),
	SITE(GT_GO_PROBE_CORO, "coroswitch_m", "gp", 23, FOREVER, coro),
};

/* Sets the probe's offset to where the function opens its frame. */
static int find(const struct gt_go_binary *binary, const struct site *site, struct gtrace_probe *probe,
		const char **why)
{
	struct gt_go_function function;
	const uint8_t *code;
	uint64_t offset;
	size_t at;

	*why = site->absent;
	if (gt_go_binary_function_named(binary, site->function.function, &function))
		return -ENOENT;
	*why = site->outside;
	code = gt_go_image_code(gt_go_binary_image(binary), function.entry, function.end - function.entry, &offset);
	if (!code)
		return -ENOENT;
	*why = site->odd;
	if (gt_go_prologue(code, function.end - function.entry, &at))
		return -ENOENT;
	probe->offset = offset + at;
	return 0;
}

/* The linker leaves out what a program does not use, as no other of these functions. */
static bool left_out(const struct site *site, const struct gt_go_binary *binary)
{
	struct gt_go_function function;

	return site->id == GT_GO_PROBE_CORO && binary &&
	       gt_go_binary_function_named(binary, site->function.function, &function);
}

/* Those of the sites that a binary of Go 1.minor has; `binary` NULL: any. */
static size_t choose(int minor, const struct gt_go_binary *binary, const struct site *chosen[GT_GO_PROBES_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < sizeof(sites) / sizeof(*sites); i++)
		if (minor >= sites[i].since && minor <= sites[i].until && !left_out(&sites[i], binary))
			chosen[count++] = &sites[i];
	return count;
}

size_t gt_go_probe_signatures(int minor, struct gt_go_signature *signatures)
{
	const struct site *chosen[GT_GO_PROBES_MAX];
	size_t count = choose(minor, NULL, chosen);

	for (size_t i = 0; i < count; i++)
		signatures[i] = chosen[i]->function;
	return count;
}

/*
 * The table first: inflating the DWARF of a large program takes seconds, and the program may be running already. In a
 * release that the table does not have the arguments may be others, too.
 */
static int find_layout(const struct gt_go_binary *binary, const struct site *const *chosen, size_t count,
		       struct gt_go_offsets *at, const char **why)
{
	const struct gt_go_image *image = gt_go_binary_image(binary);
	struct gt_go_version version = gt_go_binary_version(binary);
	struct gt_go_signature signatures[GT_GO_PROBES_MAX];
	size_t differs;

	if (!gt_go_offsets_of_release(version.major, version.minor, at))
		return 0;
	*why = "its Go release is not known: build it with DWARF (without -ldflags=-w) and try again";
	if (gt_go_offsets_from_dwarf(image, at))
		return -EOPNOTSUPP;
	for (size_t i = 0; i < count; i++)
		signatures[i] = chosen[i]->function;
	differs = gt_go_signatures_differ(image, signatures, count);
	if (!differs)
		return 0;
	*why = chosen[differs - 1]->foreign;
	return -EOPNOTSUPP;
}

int gt_go_probes(const struct gt_go_binary *binary, struct gtrace_probe *probes, size_t room, const char **why)
{
	const struct site *chosen[GT_GO_PROBES_MAX];
	size_t count = choose(gt_go_binary_version(binary).minor, binary, chosen);
	struct gt_go_offsets at;
	const char *ignored;
	int error;

	if (!why)
		why = &ignored;
	*why = "not enough room for all probes";
	if (room < GT_GO_PROBES_MAX)
		return -ENOSPC;
	error = find_layout(binary, chosen, count, &at, why);
	for (size_t i = 0; !error && i < count; i++) {
		probes[i] = (struct gtrace_probe){
			.size = sizeof(*probes),
			.id = chosen[i]->id,
			.fd = -1,
			.stack_bp = GTRACE_FETCH_NONE,
			.fetch =
				{
					[GT_HIT_G] = CHAIN(R14),
					[GT_HIT_GOID] = CHAIN(R14, at.g_goid),
					[GT_HIT_CURG] = CHAIN(R14, at.g_m, at.m_curg),
					[GT_HIT_CURGOID] = CHAIN(R14, at.g_m, at.m_curg, at.g_goid),
				},
		};
		chosen[i]->fill(&probes[i], &at);
		error = find(binary, chosen[i], &probes[i], why);
	}
	return error ? error : (int)count;
}

size_t gt_go_probe_copies(const struct gt_go_binary *binary, struct gt_go_copy *copies, size_t room)
{
	const char *names[sizeof(sites) / sizeof(*sites)];
	struct gt_go_function within;
	size_t count = 0, at = 0;
	int which;

	for (size_t i = 0; i < sizeof(sites) / sizeof(*sites); i++)
		names[i] = sites[i].function.function;
	while ((which = gt_go_binary_next_copy(binary, names, sizeof(sites) / sizeof(*sites), &at, &within)) >= 0) {
		if (count < room)
			copies[count] = (struct gt_go_copy){sites[which].id, names[which], within.name};
		count++;
	}
	return count;
}

const char *gt_go_probe_name(uint32_t id)
{
	static const char *const names[] = {
		[GT_GO_PROBE_PARK] = "park",       [GT_GO_PROBE_READY] = "ready",   [GT_GO_PROBE_NETPOLL] = "netpoll",
		[GT_GO_PROBE_EXECUTE] = "execute", [GT_GO_PROBE_YIELD] = "yield",   [GT_GO_PROBE_PREEMPT] = "preempt",
		[GT_GO_PROBE_EXIT] = "exit",       [GT_GO_PROBE_RETURN] = "return", [GT_GO_PROBE_CORO] = "coro",
	};

	return id < sizeof(names) / sizeof(*names) ? names[id] : NULL;
}
