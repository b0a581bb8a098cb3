/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A living Go process as its own memory tells it: goroutines (G) and threads (M), without its cooperation.
 *
 * Reads with process_vm_readv: the target is not stopped, so what is read is a moment's view in which two structures
 * may disagree; every G and M is checked before it is believed (g.sched.g == &g, m.g0.m == m) and left out when wrong.
 * Where the fields lie comes from the table of known releases (offsets.h), else from the binary's DWARF, and is proven
 * on the live process before use: a target that fails the proof is refused, never guessed at.
 *
 * Needs the right to ptrace the target. Addresses here are those of the process; the vaddr that gt_go_binary_*() want
 * is that minus the load bias. Not thread safe: one gt_go_runtime, one thread at a time.
 */
#ifndef GT_GO_RUNTIME_H
#define GT_GO_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct gt_go_binary;
struct gt_go_runtime;

/* g.atomicstatus without the _Gscan bit: runtime._Gidle ... */
enum gt_go_status {
	GT_GO_IDLE = 0,
	GT_GO_RUNNABLE = 1,
	GT_GO_RUNNING = 2,
	GT_GO_SYSCALL = 3,
	GT_GO_WAITING = 4,
	GT_GO_DEAD = 6,
	GT_GO_COPYSTACK = 8,
	GT_GO_PREEMPTED = 9,
	GT_GO_LEAKED = 10,    /* 1.26 and later */
	GT_GO_DEADEXTRA = 11, /* 1.26 and later: the G of an M that C code may borrow */
};

/* One goroutine, or the g0 / gsignal of an M. */
struct gt_go_g {
	uint64_t addr;        /* of the runtime.g: what R14 holds while it runs. Reused for another goid after death */
	uint64_t goid;        /* never reused; 0 for g0, gsignal and a G that never ran */
	uint64_t parent_goid; /* goid of its creator; 0 = unknown (Go older than 1.21) */
	uint64_t gopc;        /* address after the `go` statement's call that made it; 0 = none */
	uint64_t startpc;     /* entry of the goroutine's first function; 0 = none */
	uint64_t m;           /* address of the M it runs on, or for g0 and gsignal belongs to; 0 = none */
	uint64_t stack_lo;    /* its stack is [stack_lo, stack_hi) */
	uint64_t stack_hi;
	uint8_t status;      /* enum gt_go_status */
	uint8_t wait_reason; /* meaningful when status is GT_GO_WAITING; see gt_go_runtime_wait_reason() */
};

/* One thread of the runtime. */
struct gt_go_m {
	uint64_t addr;    /* of the runtime.m */
	uint64_t procid;  /* thread id as the target's own PID namespace numbers it; 0 = not started yet */
	uint64_t g0;      /* address of its scheduler G, never 0 */
	uint64_t gsignal; /* address of its signal-handling G; 0 = not started yet */
	uint64_t curg;    /* address of the goroutine it runs; 0 = none */
	uint64_t p;       /* address of its P; 0 = none */
};

/*
 * Attaches to process `pid` whose executable is `binary`, mapped at its vaddr plus `load_bias`. The binary must
 * outlive the attachment. Errors: -ESRCH no such process, -EPERM not yours to trace, -EAGAIN its runtime has not
 * started yet (try again), -EOPNOTSUPP this Go release is not known and the binary has no DWARF, -ENOENT the list of
 * goroutines cannot be found in it, -EPROTO its memory contradicts the layout: nothing read from it can be trusted.
 * After a failure `*why` (when not NULL) points to a sentence that says what was wrong; it is static text.
 */
int gt_go_runtime_attach(pid_t pid, const struct gt_go_binary *binary, uint64_t load_bias, struct gt_go_runtime **out,
			 const char **why);

/* The process does not notice, as it did not notice before: its memory was only read. NULL is fine. */
void gt_go_runtime_detach(struct gt_go_runtime *runtime);

/*
 * Whether the layout that the process has proven is the one that gt_go_probes() takes for its binary. False: a modified
 * runtime, whose DWARF told where its fields lie; what its probes fetch is not to be believed.
 */
bool gt_go_runtime_confirms_probes(const struct gt_go_runtime *runtime);

/* What gt_go_runtime_look() saw. Zero it before the first look; its arrays are reused by the next one. */
struct gt_go_look {
	struct gt_go_g
		*gs; /* every G that ever ran a goroutine, dead ones included (they are reused), but one being made */
	size_t nr_gs;
	struct gt_go_m *ms; /* every M, but one being made */
	size_t nr_ms;
	size_t nr_refused; /* Gs and Ms left out because their memory made no sense at that moment */
	size_t gs_room;    /* private: allocated entries */
	size_t ms_room;
};

/*
 * Reads all Gs and Ms. Costs the target nothing and this process under 2 us a goroutine and sizeof(struct gt_go_g)
 * bytes. -ESRCH the process is gone; -EPROTO its lists make no sense now (it may just be executing another program);
 * -ENOMEM. After an error the look is empty and can be used again.
 */
int gt_go_runtime_look(struct gt_go_runtime *runtime, struct gt_go_look *look);

/* Frees the arrays and zeroes the look. */
void gt_go_look_free(struct gt_go_look *look);

/* Reads the G at `addr`, any number. -ENOENT: there is no G at this address. -ESRCH: the process is gone. */
int gt_go_runtime_g(struct gt_go_runtime *runtime, uint64_t addr, struct gt_go_g *out);

/* Reads the M at `addr`. Errors as gt_go_runtime_g(). */
int gt_go_runtime_m(struct gt_go_runtime *runtime, uint64_t addr, struct gt_go_m *out);

/*
 * The goroutine behind an R14. A goroutine's own G is taken as it is; g0 and gsignal are followed to m.curg.
 * *on_g0 (may be NULL) says that the M was in the scheduler or a signal handler when the answer is such a curg.
 * -ENOENT: R14 is no G (C code uses the register freely), or its M runs no goroutine. -ESRCH: the process is gone.
 */
int gt_go_runtime_goroutine(struct gt_go_runtime *runtime, uint64_t r14, struct gt_go_g *out, bool *on_g0);

/*
 * The runtime's own words for a wait reason ("chan receive", "select"), from this binary (wait_reasons.h).
 * "" for reason 0; NULL for a number it does not have.
 */
const char *gt_go_runtime_wait_reason(const struct gt_go_runtime *runtime, uint8_t reason);

/* "idle", "runnable", ... as the runtime's traceback prints it; "unknown" for a number it does not have. */
const char *gt_go_status_name(uint8_t status);

#endif
