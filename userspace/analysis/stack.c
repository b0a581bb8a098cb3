// SPDX-License-Identifier: GPL-2.0
#include "analysis/stack.h"

#include "go/binary.h"
#include "go/probes.h"
#include "lib/array.h"
#include "lib/hit.h"

/*
 * Packages whose functions are not the one to name. One that only uses these (bufio, net/http, a driver) is not among
 * them: which of its functions waits is worth to know.
 */
static const char *const machinery[] = {
	"runtime",           /* gopark, chanrecv, selectgo, semacquire: how all waits are made; the reason names them */
	"runtime/internal/", /* (and all below): parts of it that were moved out, before 1.23 */
	"internal/runtime/", /* ... since */
	"sync",              /* Mutex.Lock, WaitGroup.Wait, Cond.Wait: the wait reason names them */
	"internal/sync",     /* Mutex since 1.24 */
	"internal/poll",     /* descriptors: the way from Read and Write to the network poller */
	"internal/syscall/", /* wrappers of system calls */
	"internal/synctest", /* bubbles of tests */
	"syscall",           /* wrappers of system calls */
	"golang.org/x/sys/unix", /* likewise */
	"os/signal",             /* Notify: the way to the runtime's signal queue */
	"os",                    /* File.Read and Write: the way to internal/poll and syscall */
	"net",                   /* Conn.Read, Listener.Accept: the way to internal/poll */
	"time",                  /* Sleep; the wait reason names it */
	"iter",                  /* Pull: the way to the other end of a coroutine; the reason names it */
	"reflect",               /* Select, Value.Recv: channel operations by reflection */
};

bool gt_is_machinery(const char *name)
{
	const char *slash = strrchr(name, '/'), *dot = strchr(slash ? slash : name, '.');
	size_t bytes = dot ? (size_t)(dot - name) : strlen(name), i;

	for (i = 0; i < sizeof(machinery) / sizeof(*machinery); i++) {
		size_t length = strlen(machinery[i]);
		bool below = machinery[i][length - 1] == '/';

		if ((below ? bytes > length : bytes == length) && !memcmp(name, machinery[i], length))
			return true;
	}
	return false;
}

static bool named(const struct gt_join *join, uint32_t location, const char *name)
{
	const struct gt_location *at = &join->symbols.locations[location];

	return at->nr_frames &&
	       !strcmp(gt_symbols_text(&join->symbols, join->symbols.frames[at->first_frame].function), name);
}

/* Of a thread in the kernel: its first frame is the instruction that is next. */
static bool stands(const struct gtrace_event_hit *hit)
{
	return hit->id == GTRACE_HIT_OFF || hit->id == GTRACE_HIT_WAKER;
}

/*
 * A return address stands behind its call. Not so where there was no call: of what was interrupted the instruction
 * itself is told, and asyncPreempt returns to one that a signal put the call in before.
 */
static bool is_exact(const struct gt_stack *stack, const struct gt_join *join, const struct gtrace_event_hit *hit)
{
	if (!stack->count)
		return stands(hit) && hit->head.flags & GTRACE_EVENT_F_INTERRUPTED;
	return named(join, stack->locations[stack->count - 1], "runtime.asyncPreempt");
}

static int push(struct gt_stack *stack, struct gt_join *join, const struct gt_item *item, uint64_t address)
{
	bool exact = is_exact(stack, join, item->hit);
	int64_t location;

	if (!address || stack->count == GT_STACK_MAX)
		return 0;
	location = gt_join_location(join, item->space, item->epoch, exact ? address : address - 1);
	if (location < 0)
		return location;
	stack->locations[stack->count++] = location;
	return 0;
}

/*
 * Who called the function that the thread stands in, when frame pointers pass over that: see gt_go_binary_frameless().
 * Where a program or thread begins the stack holds no return address but what is no code.
 */
static int push_passed_over(struct gt_stack *stack, struct gt_join *join, const struct gt_item *item)
{
	const struct gt_location *location = &join->symbols.locations[stack->locations[0]];
	uint64_t address = location->address + !is_exact(&(struct gt_stack){}, join, item->hit), caller = 0;
	int err;

	if (location->code != GT_CODE_GO)
		return 0;
	switch (gt_go_binary_frameless(join->symbols.objects[location->object].go, address)) {
	case 0:
		caller = gt_hit_value(item->hit, GT_OFF_STACK0);
		break;
	case 8:
		caller = gt_hit_value(item->hit, GT_OFF_STACK8);
	}
	err = push(stack, join, item, caller);
	if (!err && stack->count > 1 && !join->symbols.locations[stack->locations[1]].nr_frames)
		stack->count = 1;
	return err;
}

int gt_stack_read(struct gt_stack *stack, struct gt_join *join, const struct gt_item *item)
{
	const struct gtrace_event_hit *hit = item->hit;
	const __u64 *frames = gt_hit_frames(hit);
	unsigned int i;
	int err = 0;

	stack->count = 0;
	stack->cut = hit->head.flags & GTRACE_EVENT_F_STACK_CUT;
	/* Of a goroutine that is not running the walk begins at its saved frame pointer, one call above its saved PC.
	 */
	switch (hit->id) {
	case GT_GO_PROBE_READY:
	case GT_GO_PROBE_YIELD:
	case GT_GO_PROBE_PREEMPT:
	case GT_GO_PROBE_RETURN:
	case GT_GO_PROBE_CORO:
		err = push(stack, join, item, gt_hit_value(hit, GT_ABOUT_PC));
	}
	for (i = 0; i < hit->nr_frames && !err; i++) {
		err = push(stack, join, item, frames[i]);
		if (!i && !err && stack->count && stands(hit))
			err = push_passed_over(stack, join, item);
	}
	return err;
}

bool gt_stack_named(const struct gt_join *join, const struct gt_stack *stack, uint32_t call, const char *function)
{
	return named(join, stack->locations[call], function);
}

void gt_blame_free(struct gt_blame *blame)
{
	free(blame->verdicts);
	*blame = (struct gt_blame){};
}

/* A verdict: the frame to name, + 2. */
enum { NEW, MACHINERY, FRAME };

/* In Go code only what is local to an assembly file ("memeqbody", "gcWriteBarrier") has no package in its name. */
static bool is_internal(const struct gt_location *at, const char *name)
{
	return gt_is_machinery(name) || (at->code == GT_CODE_GO && !strchr(name, '.'));
}

static uint8_t judge(const struct gt_join *join, uint32_t location)
{
	const struct gt_location *at = &join->symbols.locations[location];
	uint32_t i;

	for (i = 0; i < at->nr_frames && i < UINT8_MAX - FRAME; i++)
		if (!is_internal(at,
				 gt_symbols_text(&join->symbols, join->symbols.frames[at->first_frame + i].function)))
			return FRAME + i;
	return at->nr_frames ? MACHINERY : FRAME;
}

/*
 * "runtime.gcenable.gowrap1": made by the compiler for a go statement with arguments. A goroutine made by iter.Pull
 * begins in the runtime and in iter, and then with the function that was given to Pull.
 */
static bool is_wrapper(const char *name)
{
	return strstr(name, ".gowrap") || !strcmp(name, "runtime.corostart") ||
	       !strncmp(name, "iter.Pull", strlen("iter.Pull"));
}

/* The function that calls into runtime.goexit: where every goroutine's stack ends. */
static struct gt_site outermost(const struct gt_join *join, const struct gt_stack *stack)
{
	uint32_t i = stack->count;

	if (stack->cut || !i || !named(join, stack->locations[--i], "runtime.goexit"))
		return GT_NO_SITE;
	while (i--) {
		const struct gt_location *at = &join->symbols.locations[stack->locations[i]];
		uint32_t frame = at->nr_frames;

		while (frame--)
			if (!is_wrapper(gt_symbols_text(&join->symbols,
							join->symbols.frames[at->first_frame + frame].function)))
				return (struct gt_site){.location = stack->locations[i], .frame = frame};
	}
	return GT_NO_SITE;
}

int gt_stack_entry(struct gt_join *join, const struct gt_item *item, uint64_t pc, struct gt_site *site)
{
	int64_t index = gt_join_location(join, item->space, item->epoch, pc);
	const struct gt_location *location;
	struct gt_go_function function;

	if (index < 0)
		return index;
	*site = GT_NO_SITE;
	location = &join->symbols.locations[index];
	if (location->code != GT_CODE_GO || !location->nr_frames ||
	    gt_go_binary_function_at(join->symbols.objects[location->object].go, location->address, &function) ||
	    function.entry != location->address || is_wrapper(function.name))
		return 0;
	*site = (struct gt_site){.location = index, .frame = location->nr_frames - 1};
	return 0;
}

int gt_blame(struct gt_blame *blame, const struct gt_join *join, const struct gt_stack *stack, struct gt_site *site,
	     struct gt_site *root)
{
	size_t wanted = join->symbols.nr_locations;
	uint32_t i;

	*root = outermost(join, stack);
	if (blame->count < wanted) {
		uint8_t *verdicts = realloc(blame->verdicts, wanted * 2);

		if (!verdicts)
			return -ENOMEM;
		memset(verdicts + blame->count, NEW, wanted * 2 - blame->count);
		blame->verdicts = verdicts;
		blame->count = wanted * 2;
	}
	for (i = 0; i < stack->count; i++) {
		uint8_t *verdict = &blame->verdicts[stack->locations[i]];

		if (*verdict == NEW)
			*verdict = judge(join, stack->locations[i]);
		if (*verdict >= FRAME) {
			*site = (struct gt_site){.location = stack->locations[i], .frame = *verdict - FRAME};
			return 0;
		}
	}
	*site = *root;
	return 0;
}

const struct gt_frame *gt_site_frame(const struct gt_join *join, struct gt_site site)
{
	const struct gt_location *at;

	if (site.location == GT_NO_LOCATION)
		return NULL;
	at = &join->symbols.locations[site.location];
	return site.frame < at->nr_frames ? &join->symbols.frames[at->first_frame + site.frame] : NULL;
}

bool gt_is_system(const struct gt_join *join, struct gt_site root)
{
	const struct gt_frame *frame = gt_site_frame(join, root);
	const char *name = frame ? gt_symbols_text(&join->symbols, frame->function) : "";

	return !strncmp(name, "runtime.", strlen("runtime.")) && strcmp(name, "runtime.main");
}
