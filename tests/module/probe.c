// SPDX-License-Identifier: GPL-2.0
/*
 * probe: holds GTRACE_IOC_PROBE to include/uapi/gtrace.h. Its own `push %rbp` is the probed instruction; children of it
 * are the targets, which come there with values that the test knows. Prints TAP.
 */
#include "client.h"
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A function of the form that those of Go have: a check of the stack, then the frame. Returns its argument plus one. */
asm(".text\n"
    ".globl site_entry, site, site_end\n"
    "site_entry:	cmp	%rsp, %r11\n"
    "site:		push	%rbp\n"
    "		mov	%rsp, %rbp\n"
    "		lea	1(%rdi), %rax\n"
    "		pop	%rbp\n"
    "		ret\n"
    "site_end:\n");
extern const uint8_t site_entry[], site[], site_end[];

/*
 * The other form, of functions without a push: makes the frame by subtracting from RSP, and returns the flags that this
 * made. Its argument sets RSP apart from one call to the next.
 */
asm(".globl low_entry, low\n"
    "low_entry:	mov	%rsp, %rdx\n"
    "		sub	%rdi, %rsp\n"
    "low:		sub	$40, %rsp\n"
    "		pushf\n"
    "		pop	%rax\n"
    "		mov	%rdx, %rsp\n"
    "		ret\n");
extern const uint8_t low_entry[], low[];

/* Counts down in a function without a frame: whoever preempts it finds its return address on top of the stack. */
asm(".globl count_entry, count_end, count_return\n"
    "count_down:	call	count_entry\n"
    "count_return:	ret\n"
    "count_entry:	dec	%rdi\n"
    "		jnz	count_entry\n"
    "count_end:		ret\n");
extern const uint8_t count_entry[], count_end[], count_return[];

/* What R14 points to at the site: a stand-in for a g. */
struct thing {
	uint64_t lo, hi;		/* of the stack */
	struct thing *self;
	uint64_t number;
	uint64_t chain[8];		/* frames: pointer to the next, return address */
};

/* Comes to the site with R14 = thing, BX = lock, CX = reason, from an address that is always the same. */
static __attribute__((noinline)) uint64_t come(struct thing *thing, uint64_t n, uint64_t lock, uint64_t reason)
{
	register struct thing *r14 asm("r14") = thing;
	uint64_t result;

	asm volatile("call	site_entry"
		     : "=a"(result), "+b"(lock), "+c"(reason)
		     : "D"(n), "r"(r14)
		     : "r11", "memory", "cc");
	return result;
}

static uint64_t offset_in_file(const void *at)
{
	const ElfW(Phdr) *segment = (const void *)getauxval(AT_PHDR);
	unsigned long count = getauxval(AT_PHNUM);

	for (; count--; segment++)
		if (segment->p_type == PT_LOAD && (uint64_t)at - segment->p_vaddr < segment->p_filesz)
			return (uint64_t)at - segment->p_vaddr + segment->p_offset;
	return 0;
}

/* ---- the target -------------------------------------------------------------------------------------------------- */

static void prepare(struct thing *thing)
{
	*thing = (struct thing){ .lo = (uint64_t)thing->chain, .hi = (uint64_t)(thing->chain + 8), .self = thing, .number = 4711 };
	/* Three frames, the last of which ends the chain. */
	for (unsigned int i = 0; i < 3; i++) {
		thing->chain[2 * i] = i < 2 ? (uint64_t)&thing->chain[2 * i + 2] : 0;
		thing->chain[2 * i + 1] = 0x1000 + i;
	}
}

static uint64_t visit(unsigned long times)
{
	struct thing thing;
	uint64_t sum = 0;

	prepare(&thing);
	for (unsigned long n = 0; n < times; n++)
		sum = sum * 31 + come(&thing, n, 0xb0c0 + n, n % 200);
	return sum;
}

/* The flags of `sub $40,%rsp` at many stack pointers, in one number. */
static uint64_t lower(unsigned long times)
{
	uint64_t sum = 0, flags;

	for (unsigned long n = 0; n < times; n++) {
		asm volatile("call	low_entry" : "=a"(flags) : "D"(n * 8) : "rdx", "memory", "cc");
		sum = sum * 31 + flags;
	}
	return sum;
}

struct target {
	pid_t pid;
	int orders, answers;
};

enum { FORK = -1, LOWER = -2, COUNT = -3 };

/*
 * Orders: 0 = end, FORK = a child that visits once, LOWER = the other form, COUNT = computes for long, else so many
 * visits; the answer is their sum and the byte at the site.
 */
static void serve(int orders, int answers)
{
	int64_t order;

	while (read(orders, &order, sizeof(order)) == sizeof(order) && order) {
		uint64_t answer[2] = { 0 };

		if (order == LOWER) {
			answer[0] = lower(600);
		} else if (order == COUNT) {
			uint64_t left = 10 << 20;

			asm volatile("call	count_down" : "+D"(left) : : "memory", "cc");
			answer[0] = left;
		} else if (order == FORK) {
			pid_t child = fork();
			int status;

			if (!child)
				_exit(visit(1) != 1 ? 2 : *(const volatile uint8_t *)site != 0x55);
			waitpid(child, &status, 0);
			answer[0] = status;
		} else {
			answer[0] = visit(order);
		}
		answer[1] = *(const volatile uint8_t *)site;
		if (write(answers, answer, sizeof(answer)) != sizeof(answer))
			break;
	}
	_exit(0);
}

static struct target target(void)
{
	struct target target;
	int to[2], from[2];

	if (pipe(to) || pipe(from))
		client_die("pipe");
	target.pid = fork();
	if (target.pid < 0)
		client_die("fork");
	if (!target.pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(to[1]);
		close(from[0]);
		serve(to[0], from[1]);
	}
	close(to[0]);
	close(from[1]);
	target.orders = to[1];
	target.answers = from[0];
	return target;
}

struct answer {
	uint64_t result, byte;
};

static struct answer order(struct target *target, int64_t what)
{
	struct answer answer = { ~0ull, ~0ull };

	if (write(target->orders, &what, sizeof(what)) != sizeof(what) ||
	    read(target->answers, &answer, sizeof(answer)) != sizeof(answer))
		client_die("target");
	return answer;
}

static void dismiss(struct target *target)
{
	close(target->orders);
	close(target->answers);
	kill(target->pid, SIGKILL);
	waitpid(target->pid, NULL, 0);
}

/* ---- the session ------------------------------------------------------------------------------------------------- */

static struct client opened(pid_t pid, uint32_t flags, uint32_t overhead, uint32_t event_bytes)
{
	struct gtrace_config config = client_config(pid);
	struct client client;

	config.flags = flags;
	config.overhead = overhead;
	config.event_bytes = event_bytes;
	if (client_open(&client) < 0 || ioctl(client.fd, GTRACE_IOC_CONFIG, &config))
		client_die("CONFIG");
	client.config = config;
	client_map(&client);
	return client;
}

static int self = -1;		/* this executable */

static struct gtrace_probe wish(void)
{
	return (struct gtrace_probe){
		.size = sizeof(struct gtrace_probe),
		.id = 77,
		.fd = self,
		.offset = offset_in_file(site),
	};
}

static int plant(struct client *client, struct gtrace_probe probe)
{
	return ioctl(client->fd, GTRACE_IOC_PROBE, &probe);
}

/* The events of one type on all CPUs, in order of their time; every event is checked for its form on the way. */
struct list {
	unsigned int count, leaves, interrupted;	/* leaves: of its CPU, by a thread, and wakes */
	bool sound, left_well;		/* leaves: with a stack that begins where the thread will go on */
	const struct gtrace_event *event[20000], *interruption[1000];
};

static bool leaves(const struct gtrace_event *event)
{
	const struct gtrace_event_hit *hit = (const void *)event;

	return hit->id == GTRACE_HIT_OFF || hit->id == GTRACE_HIT_WAKER;
}

static bool interrupted(const struct gtrace_event *event)
{
	return event->flags & GTRACE_EVENT_F_INTERRUPTED;
}

/* Behind a system call, or anywhere else in a program that is this one's copy. */
static bool goes_on(const struct gtrace_event_hit *hit)
{
	const uint8_t *ip = (const uint8_t *)hit->ip;

	if (hit->nr_values != 3 || hit->missing || !hit->nr_frames || hit->values[3] != hit->ip)
		return false;
	return interrupted(&hit->head) || (ip[-2] == 0x0f && ip[-1] == 0x05);
}

static int by_time(const void *a, const void *b)
{
	const struct gtrace_event *const *x = a, *const *y = b;

	return ((*x)->tsc > (*y)->tsc) - ((*x)->tsc < (*y)->tsc);
}

/* Of hits, those of probes. */
static struct list *list(const struct client *client, unsigned int type)
{
	struct list *list = calloc(1, sizeof(*list));

	list->sound = list->left_well = true;
	for (unsigned int i = 0; i < client->cpus; i++) {
		const struct client_cpu *cpu = &client->cpu[i];
		uint64_t head = cpu->control ? cpu->control->event_head : 0, at = 0;

		while (at < head) {
			const struct gtrace_event *event = (const void *)(cpu->events + at);

			if (event->size < 8 || event->size % 8 || at + event->size > head || event->type > GTRACE_EVENT_WINDOW) {
				list->sound = false;
				break;
			}
			at += event->size;
			if (type == GTRACE_EVENT_HIT && event->type == type && leaves(event)) {
				list->leaves++;
				if (interrupted(event) && list->interrupted < sizeof(list->interruption) / sizeof(*list->interruption))
					list->interruption[list->interrupted++] = event;
				list->left_well &= goes_on((const void *)event);
				continue;
			}
			if (event->type == type && list->count < sizeof(list->event) / sizeof(*list->event))
				list->event[list->count++] = event;
		}
	}
	qsort(list->event, list->count, sizeof(*list->event), by_time);
	return list;
}

static uint64_t total(const struct client *client, size_t field)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < client->cpus; i++)
		if (client->cpu[i].control)
			sum += *(const volatile uint64_t *)((const volatile char *)client->cpu[i].control + field);
	return sum;
}

#define TOTAL(client, field)	total(client, offsetof(struct gtrace_control, field))

/* ---- bad fields, bad order --------------------------------------------------------------------------------------- */

static void fields(struct client *client)
{
	struct gtrace_probe probe = wish();
	int null = open("/dev/null", O_RDONLY), dir = open("/", O_RDONLY), wronly, path = open("/proc/self/exe", O_PATH);
	char name[] = "/root/writable-XXXXXX";

#define BAD(error, name, ...)					\
	do {							\
		probe = wish();					\
		__VA_ARGS__;					\
		gives(plant(client, probe), error, name);	\
	} while (0)
	wronly = mkstemp(name);
	close(wronly);
	wronly = open(name, O_WRONLY);
	BAD(EINVAL, "PROBE: size below 8", probe.size = 7);
	BAD(E2BIG, "PROBE: absurd size", probe.size = 1 << 20);
	BAD(EINVAL, "PROBE: unknown flag", probe.flags = 8);
	BAD(EINVAL, "PROBE: the id of threads that leave their CPU", probe.id = GTRACE_HIT_OFF);
	BAD(EINVAL, "PROBE: the id of those that wake others", probe.id = GTRACE_HIT_WAKER);
	BAD(EOPNOTSUPP, "PROBE: BRANCHES in a session without", probe.flags = GTRACE_PROBE_F_BRANCHES);
	BAD(EBADF, "PROBE: no such fd", probe.fd = 999);
	BAD(EBADF, "PROBE: negative fd", probe.fd = -1);
	BAD(EBADF, "PROBE: fd of a path alone", probe.fd = path);
	BAD(EACCES, "PROBE: fd open for writing alone", probe.fd = wronly);
	BAD(EINVAL, "PROBE: a device", probe.fd = null);
	BAD(EINVAL, "PROBE: a directory", probe.fd = dir);
	BAD(EINVAL, "PROBE: the instruction before", probe.offset -= 1);
	BAD(EINVAL, "PROBE: the instruction behind", probe.offset += 1);
	BAD(EINVAL, "PROBE: offset behind the end", probe.offset = 1ull << 40);
	BAD(EINVAL, "PROBE: offset beyond what files have", probe.offset = ~0ull);
	BAD(EINVAL, "PROBE: too many fetches", probe.nr_fetches = GTRACE_FETCHES_MAX + 1);
	BAD(EINVAL, "PROBE: reserved byte", probe.reserved[2] = 1);
	BAD(EINVAL, "PROBE: no such register", probe.nr_fetches = 1, probe.fetch[0].reg = 16);
	BAD(EINVAL, "PROBE: chain too deep", probe.nr_fetches = 1, probe.fetch[0].depth = 7);
	BAD(EINVAL, "PROBE: reserved word of a fetch", probe.nr_fetches = 1, probe.fetch[0].reserved = 1);
	BAD(EINVAL, "PROBE: STACK with a frame pointer that is no fetch", probe.nr_fetches = 2, probe.flags = GTRACE_PROBE_F_STACK,
	    probe.stack_bp = 2, probe.stack_hi = 1, probe.max_frames = 8);
	BAD(EINVAL, "PROBE: STACK with a bound that is no fetch", probe.nr_fetches = 2, probe.flags = GTRACE_PROBE_F_STACK,
	    probe.stack_bp = GTRACE_FETCH_NONE, probe.stack_hi = 2, probe.max_frames = 8);
	BAD(EINVAL, "PROBE: STACK without fetches", probe.flags = GTRACE_PROBE_F_STACK, probe.stack_bp = GTRACE_FETCH_NONE,
	    probe.max_frames = 8);
	BAD(EINVAL, "PROBE: STACK of no frames", probe.nr_fetches = 2, probe.flags = GTRACE_PROBE_F_STACK,
	    probe.stack_bp = GTRACE_FETCH_NONE, probe.stack_hi = 1);
	BAD(EINVAL, "PROBE: STACK of too many frames", probe.nr_fetches = 2, probe.flags = GTRACE_PROBE_F_STACK,
	    probe.stack_bp = GTRACE_FETCH_NONE, probe.stack_hi = 1, probe.max_frames = GTRACE_FRAMES_MAX + 1);
	gives(ioctl(client->fd, GTRACE_IOC_PROBE, NULL), EFAULT, "PROBE without memory");
#undef BAD
	unlink(name);
	close(wronly);
	close(null);
	close(dir);
	close(path);
}

/* As many as there are places: each a `push %rbp` of a file made for it. */
static void limits(struct client *client)
{
	char name[] = "/root/pushes-XXXXXX";
	struct gtrace_probe probe = wish();
	char bytes[GTRACE_PROBES_MAX + 1];
	bool all = true;

	memset(bytes, 0x55, sizeof(bytes));
	probe.fd = mkstemp(name);
	if (write(probe.fd, bytes, sizeof(bytes)) != sizeof(bytes))
		client_die(name);
	for (probe.offset = 0; probe.offset < GTRACE_PROBES_MAX; probe.offset++)
		all &= !plant(client, probe);
	ok(all, "PROBE: as many as GTRACE_PROBES_MAX");
	gives(plant(client, probe), ENOSPC, "PROBE: one more");
	unlink(name);
	close(probe.fd);
}

static void contract(void)
{
	struct target t = target();
	struct client client, other;

	if (client_open(&client) < 0)
		client_die(GTRACE_DEVICE_PATH);
	gives(plant(&client, wish()), EINVAL, "PROBE before CONFIG");
	client_close(&client);

	client = opened(t.pid, 0, 0, 1 << 21);
	fields(&client);
	gives(plant(&client, wish()), 0, "PROBE before START");
	gives(plant(&client, wish()), EEXIST, "PROBE of the same place");
	ok(order(&t, 3).byte == 0x55, "nothing is planted before START");
	gives(ioctl(client.fd, GTRACE_IOC_START), 0, "START");
	ok(order(&t, 3).byte == 0xcc, "the breakpoint is there after START");
	gives(plant(&client, wish()), EEXIST, "PROBE of the same place while started");
	gives(syscall(SYS_delete_module, "gtrace", O_NONBLOCK), EWOULDBLOCK, "unloading while probes are planted");
	gives(ioctl(client.fd, GTRACE_IOC_STOP), 0, "STOP");
	ok(order(&t, 3).byte == 0x55, "the breakpoint is gone after STOP");
	gives(plant(&client, wish()), EINVAL, "PROBE after STOP");
	client_close(&client);

	other = opened(t.pid, 0, 0, 1 << 21);
	limits(&other);
	client_close(&other);
	dismiss(&t);
}

/* ---- what hits carry --------------------------------------------------------------------------------------------- */

/* 0 CX, 1 BX, 2 the number by way of self twice, 3 NULL, 4 a kernel address, 5 an absent page, 6 lo, 7 hi, 8 the chain. */
static struct gtrace_probe full(uint32_t flags)
{
	struct gtrace_probe probe = wish();
	const uint16_t at_self = offsetof(struct thing, self), at_number = offsetof(struct thing, number);

	probe.flags = flags;
	probe.nr_fetches = 9;
	probe.fetch[0] = (struct gtrace_fetch){ .reg = 1 };
	probe.fetch[1] = (struct gtrace_fetch){ .reg = 3 };
	probe.fetch[2] = (struct gtrace_fetch){ .reg = 14, .depth = 3, .offset = { at_self, at_self, at_number } };
	probe.fetch[3] = (struct gtrace_fetch){ .reg = 14, .depth = 2,
						.offset = { offsetof(struct thing, chain) + 7 * 8, 8 } };
	probe.fetch[4] = (struct gtrace_fetch){ .reg = 15, .depth = 1 };
	probe.fetch[5] = (struct gtrace_fetch){ .reg = 13, .depth = 1 };
	probe.fetch[6] = (struct gtrace_fetch){ .reg = 14, .depth = 1, .offset = { offsetof(struct thing, lo) } };
	probe.fetch[7] = (struct gtrace_fetch){ .reg = 14, .depth = 1, .offset = { offsetof(struct thing, hi) } };
	probe.fetch[8] = (struct gtrace_fetch){ .reg = 14, .depth = 1, .offset = { offsetof(struct thing, lo) } };
	probe.stack_bp = 8;
	probe.stack_lo = 6;
	probe.stack_hi = 7;
	probe.max_frames = 8;
	return probe;
}

static const __u64 *frames_of(const struct gtrace_event_hit *hit)
{
	return hit->values + hit->nr_values + hit->nr_branches * 3u;
}

static bool right(const struct gtrace_event_hit *hit, uint64_t n, pid_t pid)
{
	const __u64 *frame = frames_of(hit);

	return hit->id == 77 && hit->tid == (uint32_t)pid && hit->tgid == (uint32_t)pid && hit->ip == (uint64_t)site &&
	       hit->nr_values == 9 && hit->values[0] == n % 200 && hit->values[1] == 0xb0c0 + n && hit->values[2] == 4711 &&
	       hit->missing & 1 << 3 && !hit->values[3] && !(hit->missing & 7) && hit->nr_frames == 3 &&
	       frame[0] == 0x1000 && frame[1] == 0x1001 && frame[2] == 0x1002 &&
	       !(hit->head.flags & GTRACE_EVENT_F_STACK_CUT) &&
	       hit->head.size == sizeof(*hit) + (hit->nr_values + hit->nr_branches * 3u + hit->nr_frames) * 8u;
}

/* The branches of the loop in visit(), newest first: into site_entry, the loop's own, the return, and so on. */
static bool ladder(const struct gtrace_event_hit *hit)
{
	const struct gtrace_pebs_branch *branch = (const void *)(hit->values + hit->nr_values);
	bool good = hit->nr_branches && branch[0].to == (uint64_t)site_entry;

	for (unsigned int i = 0; i < hit->nr_branches; i++)
		good &= branch[i].from && branch[i].from < 1ull << 47 && branch[i].to < 1ull << 47;
	for (unsigned int i = 0; i + 1 < hit->nr_branches; i++)
		good &= branch[i + 1].to <= branch[i].from;	/* straight on from where the last one went */
	return good;
}

enum { VISITS = 1000 };

static void hits(uint32_t session, uint32_t flags, const char *name)
{
	struct target t = target();
	struct client client = opened(t.pid, session, 0, 1 << 21);
	uint64_t plain = order(&t, VISITS).result;
	struct list *found, *windows;
	unsigned int wrong = 0, ladders = 0, bad_ladders = 0;
	struct answer answer;

	gives(plant(&client, full(flags)) ? -1 : ioctl(client.fd, GTRACE_IOC_START), 0, name);
	answer = order(&t, VISITS);
	usleep(2000);	/* it waits for the next order by then */
	gives(ioctl(client.fd, GTRACE_IOC_STOP), 0, "... STOP");
	ok(answer.result == plain, "... the target computes what it does without probes");
	found = list(&client, GTRACE_EVENT_HIT);
	ok(found->sound, "... the rings are well formed");
	ok(found->count == VISITS, "... every visit is a hit, and no hit is anything else");
	if (found->count != VISITS)
		printf("# %u hits of %d visits\n", found->count, VISITS);
	for (unsigned int i = 0; i < found->count; i++) {
		const struct gtrace_event_hit *hit = (const void *)found->event[i];
		bool missed = !hit->nr_branches;

		wrong += !right(hit, i, t.pid);
		ladders += !missed;
		bad_ladders += !missed && !ladder(hit);
		if (flags & GTRACE_PROBE_F_BRANCHES && missed != !!(hit->head.flags & GTRACE_EVENT_F_NO_LADDER))
			bad_ladders++;
	}
	ok(!wrong, "... each with the right values, frames and ids");
	if (wrong)
		printf("# %u wrong\n", wrong);
	ok(found->leaves > 0 && TOTAL(&client, hits) == found->count + found->leaves,
	   "... and the control pages count them, and when the thread left its CPU");
	ok(found->left_well, "... which tell where it will go on");
	if (flags & GTRACE_PROBE_F_BRANCHES) {
		ok(ladders == VISITS - 1, "... all but the first have a ladder");
		ok(TOTAL(&client, ladders_lost) == VISITS - ladders, "... and the one that is lost is counted");
		ok(!bad_ladders, "... in which each branch goes on where the one before went");
		if (ladders != VISITS - 1 || bad_ladders)
			printf("# %u ladders, %u bad\n", ladders, bad_ladders);
	} else {
		ok(!ladders, "... and none has a ladder");
	}
	windows = list(&client, GTRACE_EVENT_WINDOW);
	ok(windows->count == 3 && ((const struct gtrace_event_window *)windows->event[0])->open &&
	   !((const struct gtrace_event_window *)windows->event[1])->open, "... in one window, which STOP closes");
	if (windows->count == 3) {
		const struct gtrace_event_window *first = (const void *)windows->event[0];
		const struct gtrace_event_window *closed = (const void *)windows->event[1];
		const struct gtrace_event_window *last = (const void *)windows->event[2];
		__u64 cost = closed->cost - first->cost;

		ok(last->hits == VISITS + found->leaves && cost > VISITS * 300 && cost < closed->ran, "... that tells its hits and cost");
		ok(first->cost && last->cost > closed->cost, "... and what planting and pulling cost");
		printf("# cost of a hit: %llu ticks; hits %llu, cost %llu, ran %llu\n", cost / VISITS, last->hits, last->cost, last->ran);
	}
	free(windows);
	free(found);
	client_close(&client);
	dismiss(&t);
}

/* The other instruction: the same flags, the stack pointer before it, ladders in spite of uprobes' single step at first. */
static void subtraction(uint32_t flags, const char *name)
{
	struct target t = target();
	struct client client = opened(t.pid, GTRACE_F_BRANCHES, 0, 1 << 21);
	struct gtrace_probe probe = wish();
	uint64_t plain = order(&t, LOWER).result;
	unsigned int wrong = 0, ladders = 0;
	struct list *found;
	struct answer answer;

	probe.offset = offset_in_file(low);
	probe.flags = GTRACE_PROBE_F_BRANCHES | flags;
	gives(plant(&client, probe) ? -1 : ioctl(client.fd, GTRACE_IOC_START), 0, name);
	answer = order(&t, LOWER);
	gives(ioctl(client.fd, GTRACE_IOC_STOP), 0, "... STOP");
	ok(answer.result == plain, "... makes the flags that it makes without a probe");
	found = list(&client, GTRACE_EVENT_HIT);
	ok(found->count == 600, "... each is a hit");
	for (unsigned int i = 0; i < found->count; i++) {
		const struct gtrace_event_hit *hit = (const void *)found->event[i];
		const struct gtrace_event_hit *first = (const void *)found->event[0];
		const struct gtrace_pebs_branch *branch = (const void *)hit->values;

		wrong += hit->ip != (uint64_t)low || hit->sp != first->sp - i * 8;
		ladders += hit->nr_branches > 0;
		wrong += hit->nr_branches && branch[0].to != (uint64_t)low_entry;
	}
	ok(!wrong, "... with the stack pointer before it, and ladders that end there");
	ok(ladders == 599, "... all but the first with a ladder");
	if (wrong || ladders != 599)
		printf("# %u wrong, %u ladders\n", wrong, ladders);
	free(found);
	client_close(&client);
	dismiss(&t);
}

static void pin(cpu_set_t *before)
{
	cpu_set_t first;

	CPU_ZERO(&first);
	CPU_SET(0, &first);
	if (before)
		sched_getaffinity(0, sizeof(*before), before);
	sched_setaffinity(0, sizeof(first), &first);
}

/* It shares its CPU with this process, which does not sleep: the kernel takes it away now and then. */
static void preempted(void)
{
	unsigned int counting = 0, wrong = 0;
	const int64_t what = COUNT;
	struct timespec now;
	struct client client;
	struct target t;
	struct list *found;
	cpu_set_t before;
	time_t end;

	pin(&before);
	t = target();
	client = opened(t.pid, 0, 0, 1 << 21);
	gives(plant(&client, full(GTRACE_PROBE_F_STACK)) ? -1 : ioctl(client.fd, GTRACE_IOC_START), 0, "a target that is preempted");
	if (write(t.orders, &what, sizeof(what)) != sizeof(what))
		client_die("target");
	clock_gettime(CLOCK_MONOTONIC, &now);
	for (end = now.tv_sec * 1000 + now.tv_nsec / 1000000 + 60; now.tv_sec * 1000 + now.tv_nsec / 1000000 < end;)
		clock_gettime(CLOCK_MONOTONIC, &now);
	gives(ioctl(client.fd, GTRACE_IOC_STOP), 0, "... STOP");
	found = list(&client, GTRACE_EVENT_HIT);
	ok(found->interrupted > 0 && found->left_well, "... tells where it stood");
	for (unsigned int i = 0; i < found->interrupted; i++) {
		const struct gtrace_event_hit *hit = (const void *)found->interruption[i];

		if (hit->ip < (uint64_t)count_entry || hit->ip > (uint64_t)count_end)
			continue;
		counting++;
		wrong += hit->values[1] != (uint64_t)count_return;
	}
	ok(counting > 0, "... mostly in its loop");
	ok(!wrong, "... whose return address is on its stack");
	if (!counting || wrong)
		printf("# %u interrupted, %u counting, %u wrong\n", found->interrupted, counting, wrong);
	free(found);
	client_close(&client);
	dismiss(&t);
	sched_setaffinity(0, sizeof(before), &before);
}

/* ---- the lives of targets and readers ---------------------------------------------------------------------------- */

static void forks(uint32_t flags, unsigned int want, const char *name)
{
	struct target t = target();
	struct client client = opened(t.pid, flags, 0, 1 << 21);
	struct list *found;
	struct answer answer;

	gives(plant(&client, wish()) ? -1 : ioctl(client.fd, GTRACE_IOC_START), 0, name);
	order(&t, 2);
	answer = order(&t, FORK);
	order(&t, 2);
	gives(ioctl(client.fd, GTRACE_IOC_STOP), 0, "... STOP");
	found = list(&client, GTRACE_EVENT_HIT);
	ok(WIFEXITED(answer.result) && WEXITSTATUS(answer.result) == (want == 4 ? 0 : 1),
	   want == 4 ? "... the child that is no target loses its breakpoint" : "... the child keeps its breakpoint");
	ok(found->count == want, "... hits of targets, and of nobody else");
	if (found->count != want)
		printf("# %u hits, status %#llx\n", found->count, (unsigned long long)answer.result);
	ok(order(&t, 1).byte == 0x55, "... the breakpoint is gone");
	free(found);
	client_close(&client);
	dismiss(&t);
}

/* A reader killed in the middle of hits: the target goes on, the breakpoint is gone. */
static void killed(void)
{
	bool same = true, gone = true;

	for (int round = 0; round < 20; round++) {
		struct target t = target();
		uint64_t plain = order(&t, 2000).result;
		pid_t victim = fork();

		if (!victim) {
			struct client client = opened(t.pid, GTRACE_F_BRANCHES, round % 2 ? 20 : 0, 1 << 21);

			plant(&client, full(GTRACE_PROBE_F_BRANCHES | GTRACE_PROBE_F_STACK));
			ioctl(client.fd, GTRACE_IOC_START);
			for (;;)
				pause();
		}
		usleep(round * 300);

		int64_t what = 2000;
		struct answer answer;

		if (write(t.orders, &what, sizeof(what)) != sizeof(what))
			client_die("target");
		usleep(round * 200);
		kill(victim, SIGKILL);
		waitpid(victim, NULL, 0);
		if (read(t.answers, &answer, sizeof(answer)) != sizeof(answer))
			client_die("target");
		same &= answer.result == plain;
		gone &= order(&t, 1).byte == 0x55;
		dismiss(&t);
	}
	ok(same, "a reader killed at 20 points: the target computes the same");
	ok(gone, "... and the breakpoint is gone each time");
}

/* The target killed in the middle of hits: the session stays in order. */
static void died(void)
{
	bool fine = true;

	for (int round = 0; round < 20; round++) {
		struct target t = target();
		struct client client = opened(t.pid, GTRACE_F_BRANCHES, 0, 1 << 21);
		int64_t what = 1000000;

		plant(&client, full(GTRACE_PROBE_F_BRANCHES | (round % 2 ? GTRACE_PROBE_F_SHARED : 0)));
		ioctl(client.fd, GTRACE_IOC_START);
		if (write(t.orders, &what, sizeof(what)) != sizeof(what))
			client_die("target");
		usleep(500 + round * 100);
		dismiss(&t);
		fine &= !ioctl(client.fd, GTRACE_IOC_STOP);

		struct list *found = list(&client, GTRACE_EVENT_HIT);

		fine &= found->sound && found->count > 0;
		free(found);
		client_close(&client);
	}
	ok(fine, "a target killed at 20 points: STOP works, the rings are sound");
}

/* The target becomes another program, this one again, which comes to the site under another address space. */
static void executes(void)
{
	char *argv[] = { "/proc/self/exe", "visit", "50", NULL };
	int go, status;
	pid_t pid = client_fork(argv, &go);
	struct client client = opened(pid, GTRACE_F_ENABLE_ON_EXEC, 0, 1 << 21);
	struct list *found;

	gives(plant(&client, wish()) ? -1 : ioctl(client.fd, GTRACE_IOC_START), 0, "a target that executes");
	client_go(go);
	waitpid(pid, &status, 0);
	gives(ioctl(client.fd, GTRACE_IOC_STOP), 0, "... STOP after its end");
	ok(WIFEXITED(status) && !WEXITSTATUS(status), "... it ends well");
	found = list(&client, GTRACE_EVENT_HIT);
	ok(found->count == 50, "... and all hits after the exec are there");
	if (found->count != 50)
		printf("# %u hits\n", found->count);
	free(found);
	client_close(&client);
}

/* ---- the budget -------------------------------------------------------------------------------------------------- */

enum { TASK_UNINTERRUPTIBLE = 2 };

/*
 * Times that the target slept for more than a millisecond where no signal wakes it. It may wait shorter: a text page that
 * uprobes changes is faulted in anew, behind whoever holds its lock.
 */
static unsigned int stuck(const struct client *client, pid_t pid)
{
	struct list *switches = list(client, GTRACE_EVENT_SWITCH);
	unsigned int count = 0;

	for (unsigned int i = 0; i + 1 < switches->count; i++) {
		const struct gtrace_event_switch *s = (const void *)switches->event[i];

		count += s->prev_tid == (uint32_t)pid && s->prev_state & TASK_UNINTERRUPTIBLE &&
			 switches->event[i + 1]->tsc - s->head.tsc > client->caps.tsc_khz;
	}
	free(switches);
	return count;
}

/*
 * A target that does nothing but come to the site: windows and pauses, the breakpoint there in the ones and not in the
 * others, and over all no more and not much less than its share. It never waits for uprobes.
 */
static void budget(uint32_t share, unsigned int seconds)
{
	struct target t = target();
	struct client client = opened(t.pid, GTRACE_F_NO_SAMPLES, share, 1 << 24);
	struct timespec now, end;
	unsigned int planted = 0, absent = 0, outside = 0, turns = 0;
	struct list *windows, *found;
	bool alternate = true;
	uint64_t cost = 0, ran = 0, shortest = ~0ull, last = 0;

	gives(plant(&client, wish()) ? -1 : ioctl(client.fd, GTRACE_IOC_START), 0, "a budget");
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += seconds;
	do {
		uint64_t byte = order(&t, 1000).byte;

		planted += byte == 0xcc;
		absent += byte == 0x55;
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec < end.tv_sec || (now.tv_sec == end.tv_sec && now.tv_nsec < end.tv_nsec));
	gives(ioctl(client.fd, GTRACE_IOC_STOP), 0, "... STOP");
	ok(planted && absent, "... the breakpoint comes and goes");
	windows = list(&client, GTRACE_EVENT_WINDOW);
	for (unsigned int i = 0; i < windows->count; i++) {
		const struct gtrace_event_window *window = (const void *)windows->event[i];

		cost = window->cost;
		ran = window->ran;
		if (i + 1 < windows->count)
			alternate &= window->open == !(i % 2);
		if (!window->open && i % 2) {
			turns++;
			/* STOP ends the last one early. */
			if (i + 2 < windows->count && window->head.tsc - last < shortest)
				shortest = window->head.tsc - last;
		}
		last = window->head.tsc;
	}
	ok(alternate && turns > 2, "... windows open and close by turns");
	ok(cost * 1000 > ran * share * 4 / 5 && cost * 1000 < ran * share * 6 / 5, "... the cost is the share, within a fifth");
	ok(shortest >= client.caps.tsc_khz * 5ull, "... no window is too short to see anything");
	found = list(&client, GTRACE_EVENT_HIT);
	for (unsigned int i = 0, w = 0; i < found->count; i++) {
		while (w + 1 < windows->count && windows->event[w + 1]->tsc <= found->event[i]->tsc)
			w++;
		outside += !((const struct gtrace_event_window *)windows->event[w])->open;
	}
	ok(outside <= turns * client.cpus, "... hits lie in windows");
	ok(!stuck(&client, t.pid), "... and the target never waits for uprobes");
	printf("# %u windows, shortest %llu us, cost %llu of %llu ticks (%llu/1000), %u hits, %u outside, planted %u of %u times\n", turns,
	       (unsigned long long)(shortest * 1000 / client.caps.tsc_khz), (unsigned long long)cost, (unsigned long long)ran,
	       (unsigned long long)(cost * 1000 / (ran ? ran : 1)), found->count, outside, planted, planted + absent);
	free(windows);
	free(found);
	client_close(&client);
	dismiss(&t);
}

static void *visit_much(void *sum)
{
	*(uint64_t *)sum = visit(2000);
	return NULL;
}

/* Threads that come to the site at the same time, on all CPUs. */
static void threads(uint32_t flags, const char *name)
{
	pid_t pid;
	int to[2];
	struct list *found;
	int status;

	if (pipe(to))
		client_die("pipe");
	pid = fork();
	if (!pid) {
		pthread_t thread[4];
		uint64_t sum[4], plain = visit(2000);
		char byte;

		if (read(to[0], &byte, 1) != 1)
			_exit(9);
		for (int i = 0; i < 4; i++)
			pthread_create(&thread[i], NULL, visit_much, &sum[i]);
		for (int i = 0; i < 4; i++) {
			pthread_join(thread[i], NULL);
			if (sum[i] != plain)
				_exit(1);
		}
		_exit(0);
	}

	struct client client = opened(pid, GTRACE_F_BRANCHES | GTRACE_F_WAKES | GTRACE_F_NO_SAMPLES, 0, 1 << 24);

	gives(plant(&client, full(flags)) ? -1 : ioctl(client.fd, GTRACE_IOC_START), 0, name);
	if (write(to[1], "", 1) != 1)
		client_die("pipe");
	waitpid(pid, &status, 0);
	gives(ioctl(client.fd, GTRACE_IOC_STOP), 0, "... STOP");
	ok(WIFEXITED(status) && !WEXITSTATUS(status), "... each computes what it does without probes");
	found = list(&client, GTRACE_EVENT_HIT);
	ok(found->count == 8000 && TOTAL(&client, hits) == 8000 + found->leaves, "... every visit is one hit");
	printf("# %u hits, %llu counted\n", found->count, (unsigned long long)TOTAL(&client, hits));

	unsigned int bad = 0;

	for (unsigned int i = 0; i < found->count; i++) {
		const struct gtrace_event_hit *hit = (const void *)found->event[i];

		bad += hit->nr_branches && !ladder(hit);
	}
	ok(!bad, "... no ladder holds another's branches");
	if (bad)
		printf("# %u bad\n", bad);
	free(found);

	struct list *wakes = list(&client, GTRACE_EVENT_WAKE), *switches = list(&client, GTRACE_EVENT_SWITCH);
	const struct gtrace_event_wake *wake = wakes->count ? (const void *)wakes->event[0] : NULL;

	ok(wake && wake->tgid == (uint32_t)pid && wake->waker_tid == (uint32_t)getpid(), "... who woke it first is known");
	ok(switches->count > 0 && !TOTAL(&client, sample_head) && !TOTAL(&client, pmis), "... switches are there, samples are not");
	free(wakes);
	free(switches);
	client_close(&client);
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "visit"))
		return !visit(strtoul(argv[2], NULL, 0));
	self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	contract();
	hits(0, GTRACE_PROBE_F_STACK, "bare probe");
	hits(GTRACE_F_BRANCHES, GTRACE_PROBE_F_STACK | GTRACE_PROBE_F_BRANCHES, "probe with ladder");
	hits(GTRACE_F_BRANCHES | GTRACE_F_NO_SAMPLES, GTRACE_PROBE_F_STACK | GTRACE_PROBE_F_BRANCHES, "probe without samples");
	hits(GTRACE_F_BRANCHES, GTRACE_PROBE_F_STACK | GTRACE_PROBE_F_BRANCHES | GTRACE_PROBE_F_SHARED, "shared probe");
	subtraction(0, "a subtraction from RSP");
	subtraction(GTRACE_PROBE_F_SHARED, "a subtraction from RSP, shared");
	preempted();
	forks(0, 4, "a target that forks");
	forks(GTRACE_F_INHERIT, 5, "a target that forks targets");
	executes();
	threads(GTRACE_PROBE_F_STACK | GTRACE_PROBE_F_BRANCHES, "threads");
	threads(GTRACE_PROBE_F_STACK | GTRACE_PROBE_F_BRANCHES | GTRACE_PROBE_F_SHARED, "threads, shared probe");
	budget(100, 2);
	killed();
	died();
	return plan();
}
