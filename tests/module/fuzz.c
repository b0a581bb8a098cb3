// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz SEED INPUTS [user]: hostile input to /dev/gtrace, generic netlink and sysfs, INPUTS of it by one thread whose answers
 * are known and as many by two that race. `user`: with no right but CAP_PERFMON. Prints TAP, and how often each call gave
 * which errno. The same seed is the same run.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/perf_event.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"
#include "site.h"
#include "tap.h"

/* What the target comes to: the two forms of a function's beginning that can be probed. */
asm(".text\n"
    "fuzz_push:	push	%rbp\n"
    "		pop	%rbp\n"
    "		ret\n"
    "fuzz_sub:	sub	$40, %rsp\n"
    "		add	$40, %rsp\n"
    "		ret\n");
extern const uint8_t fuzz_push[], fuzz_sub[];

uint64_t fuzz_sites[SITES];

static const char *const names[CALLS] = {
	[OPEN] = "OPEN", [QUERY] = "QUERY", [CONFIG] = "CONFIG", [PROBE] = "PROBE", [START] = "START", [STOP] = "STOP",
	[FLUSH] = "FLUSH", [UNKNOWN] = "UNKNOWN", [MMAP] = "MMAP",
};

/* The errors that the contract names, each call's; ends with 0. */
static const uint8_t documented[CALLS][12] = {
	[QUERY] = { EFAULT, EINVAL, E2BIG },
	[CONFIG] = { EINVAL, E2BIG, EFAULT, EBUSY, ESRCH, EPERM, EOPNOTSUPP, ENOMEM },
	[PROBE] = { EINVAL, E2BIG, EFAULT, EBADF, EACCES, EEXIST, ENOSPC, EOPNOTSUPP },
	[START] = { EINVAL, EBUSY, EOPNOTSUPP, ESRCH },
	[STOP] = { EINVAL },
	[FLUSH] = { EINVAL },
	[UNKNOWN] = { ENOTTY },
	[MMAP] = { EINVAL, EPERM, EACCES, ENOMEM, EOVERFLOW },
};

/* ---- chance and judgement ------------------------------------------------------------------------------------------ */

/* xorshift64*: the upper half is as good as random. */
uint64_t fuzz_random(struct fuzzer *f, uint64_t n)
{
	f->random ^= f->random >> 12;
	f->random ^= f->random << 25;
	f->random ^= f->random >> 27;
	return n ? (f->random * 0x2545f4914f6cdd1d >> 32) % n : 0;
}

void fuzz_wrong(struct fuzzer *f, const char *format, ...)
{
	va_list arguments;

	if (__atomic_add_fetch(&f->world->wrong, 1, __ATOMIC_RELAXED) > 20)
		return;
	printf("# %sinput %lu: ", f->racing ? "racing, " : "", f->input);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
}

static bool holds(answers set, int error)
{
	return (error < 64 ? set.low >> error : set.high >> (error - 64)) & 1;
}

bool fuzz_answered(struct fuzzer *f, enum call call, long got, answers faults)
{
	int error = got < 0 ? errno : 0;
	answers known = answer(0);

	__atomic_add_fetch(&f->world->told[call][error], 1, __ATOMIC_RELAXED);
	for (const uint8_t *e = documented[call]; *e; e++)
		known = also(known, answer(*e));
	/* Whoever races may have closed the descriptor, or mapped something else over it. */
	if (f->racing)
		known = also(known, answer(EBADF));
	if (!holds(known, error))
		fuzz_wrong(f, "%s gives an errno that is not documented: %d (%s)", names[call], error, strerror(error));
	else if (!f->racing && !holds(none(faults) ? answer(0) : faults, error))
		fuzz_wrong(f, "%s gives %d (%s); errors that are due: %#llx %#llx", names[call], error, strerror(error),
			   (unsigned long long)faults.low, (unsigned long long)faults.high);
	return !error;
}

static __thread sigjmp_buf landing;
static __thread volatile bool touching;

static void caught(int signal)
{
	if (touching)
		siglongjmp(landing, 1);
	_exit(100 + signal);
}

bool fuzz_survives(void (*touch)(struct fuzzer *, struct mapping *), struct fuzzer *f, struct mapping *mapping)
{
	bool survived = !sigsetjmp(landing, 1);

	touching = survived;
	if (survived)
		touch(f, mapping);
	touching = false;
	return survived;
}

/* ---- the world ------------------------------------------------------------------------------------------------------ */

/* A program that stores, comes to the sites, sleeps and forks, for ever. It has no session's descriptor. */
static pid_t spin(void)
{
	static volatile uint64_t cell;
	pid_t pid = fork(), child;

	if (pid)
		return pid;
	signal(SIGSEGV, SIG_DFL);
	signal(SIGBUS, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close_range(3, ~0u, 0);
	for (unsigned int n = 0;; n++) {
		for (unsigned int i = 0; i < 20000; i++) {
			cell++;
			if (i % 1024 == 0)
				asm volatile("call	fuzz_push\n\tcall	fuzz_sub" ::: "memory", "cc");
		}
		usleep(1000);
		if (n % 64)
			continue;
		child = fork();
		if (!child)
			_exit(0);
		waitpid(child, NULL, 0);
	}
}

static int filler(void)
{
	char path[] = "/tmp/fuzz.filler";
	uint8_t bytes[2 * FILLERS] = { 0 };
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

	memset(bytes, 0x55, FILLERS);	/* push %rbp */
	if (fd < 0 || write(fd, bytes, sizeof(bytes)) != sizeof(bytes))
		client_die(path);
	unlink(path);
	return fd;
}

static void create(struct world *w)
{
	struct client client;
	int ends[2];

	if (client_open(&client) < 0 || pipe(ends))
		client_die(GTRACE_DEVICE_PATH);
	w->caps = client.caps;
	close(client.fd);
	w->pipe = ends[0];
	w->program = open("/proc/self/exe", O_RDONLY);
	w->filler = filler();
	w->write_only = open("/dev/null", O_WRONLY);
	w->folder = open("/", O_RDONLY | O_DIRECTORY);
	w->epoll = epoll_create1(0);
	w->counting = -1;
	for (unsigned int i = 0; i < SESSIONS; i++)
		w->session[i] = (struct session){ .fd = -1 };
	fuzz_sites[0] = site_offset(fuzz_push);
	fuzz_sites[1] = site_offset(fuzz_sub);
	fuzz_netlink_init(w);
	w->target = spin();
}

/* As an ordinary user who may sample. */
static void drop_rights(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct caps[2] = { { 0 } };

	caps[CAP_PERFMON / 32].effective = caps[CAP_PERFMON / 32].permitted = 1u << CAP_PERFMON % 32;
	if (prctl(PR_SET_KEEPCAPS, 1) || setgid(1000) || setuid(1000) || syscall(SYS_capset, &header, caps) ||
	    prctl(PR_SET_DUMPABLE, 1))
		client_die("giving up rights");
}

/* ---- the order of calls ---------------------------------------------------------------------------------------------- */

/* Each descriptor has one owner, who closes it: two threads may be here. */
static void put(struct session *session, int fd)
{
	int old = __atomic_exchange_n(&session->fd, fd, __ATOMIC_RELAXED);

	if (old >= 0)
		close(old);
}

static unsigned long sum(const struct world *w, const char *file)
{
	unsigned long all = 0, one;
	char path[64];

	for (unsigned int i = 0; i < w->caps.nr_cpus; i++) {
		FILE *in;

		snprintf(path, sizeof(path), "/sys/class/misc/gtrace/cpu%u/%s", i, file);
		in = fopen(path, "re");
		if (!in || fscanf(in, "%lu", &one) != 1)
			client_die(path);
		all += one;
		fclose(in);
	}
	return all;
}

/* What the session that runs has made: proof that this was no fuzzing of refusals alone. */
static void tally(struct fuzzer *f)
{
	struct world *w = f->world;

	w->samples += sum(w, "samples");
	w->hits += sum(w, "hits");
	w->lost += sum(w, "lost_full");
}

static void shut(struct fuzzer *f, struct session *session)
{
	if (session->phase == STARTED && !f->racing)
		tally(f);
	session->phase = CLOSED;
	put(session, -1);
}

static void open_one(struct fuzzer *f, struct session *session)
{
	static const int modes[] = { O_RDWR, O_RDWR, O_RDWR, O_RDWR | O_NONBLOCK, O_RDWR | O_APPEND };
	int fd = open(GTRACE_DEVICE_PATH, fuzz_one_of(f, modes) | O_CLOEXEC);

	if (!fuzz_answered(f, OPEN, fd, (answers){ 0 }))
		return;
	put(session, fd);
	session->config = (struct gtrace_config){ 0 };
	session->phase = NEW;
}

struct session *fuzz_session(struct fuzzer *f, enum phase wanted)
{
	struct session *session = &fuzz_one_of(f, f->world->session);

	if (fuzz_random(f, 4))
		for (unsigned int i = 0; i < SESSIONS; i++)
			if (f->world->session[i].phase == wanted)
				session = &f->world->session[i];
	if (session->phase == CLOSED)
		open_one(f, session);
	return session;
}

static void reopen(struct fuzzer *f)
{
	struct session *session = fuzz_session(f, STOPPED);

	shut(f, session);
	open_one(f, session);
}

static bool started(const struct world *w)
{
	for (unsigned int i = 0; i < SESSIONS; i++)
		if (w->session[i].phase == STARTED)
			return true;
	return false;
}

static void start(struct fuzzer *f)
{
	struct world *w = f->world;
	struct session *session = fuzz_session(f, CONFIGURED);
	answers faults = { 0 };

	if (session->phase != CONFIGURED)
		faults = also(faults, answer(EINVAL));
	if (started(w) || w->counting >= 0)
		faults = also(faults, answer(EBUSY));
	if (session->target && session->target != w->target)
		faults = also(faults, answer(ESRCH));
	if (fuzz_answered(f, START, ioctl(session->fd, GTRACE_IOC_START, f->random), faults))
		session->phase = STARTED;
}

static void stop(struct fuzzer *f)
{
	struct session *session = fuzz_session(f, STARTED);
	answers faults = session->phase == STARTED || session->phase == STOPPED ? (answers){ 0 } : answer(EINVAL);

	if (!fuzz_answered(f, STOP, ioctl(session->fd, GTRACE_IOC_STOP, f->random), faults))
		return;
	if (session->phase == STARTED && !f->racing)
		tally(f);
	session->phase = STOPPED;
}

static void flush(struct fuzzer *f)
{
	struct session *session = fuzz_session(f, STARTED);

	fuzz_answered(f, FLUSH, ioctl(session->fd, GTRACE_IOC_FLUSH, f->random),
		      session->phase == NEW ? answer(EINVAL) : (answers){ 0 });
}

/* Commands that there are not. Those of other types may be the kernel's own, for every file. */
static void unknown(struct fuzzer *f)
{
	struct session *session = fuzz_session(f, NEW);
	uint32_t command = _IOC(fuzz_random(f, 4), GTRACE_IOC_MAGIC, 6 + fuzz_random(f, 250), fuzz_random(f, 1 << 14));

	fuzz_answered(f, UNKNOWN, ioctl(session->fd, command, f->arena), answer(ENOTTY));
	ioctl(session->fd, (uint32_t)(f->random >> 16) & 0xffff00ff, f->arena);
}

/* The way of 32-bit programs: the same commands, addresses of 32 bits. Nothing of ours lies below 4 GB but the program. */
static void compat(struct fuzzer *f)
{
	static const uint32_t commands[] = { GTRACE_IOC_QUERY, GTRACE_IOC_CONFIG, GTRACE_IOC_PROBE };
	struct session *session = fuzz_session(f, NEW);
	long result;

	asm volatile("int	$0x80" : "=a"(result) : "a"(54L /* ioctl */), "b"((long)session->fd),
		     "c"((uint64_t)fuzz_one_of(f, commands)), "d"(fuzz_random(f, PAGE)) : "memory", "r8", "r9", "r10", "r11");
	/* ENOSYS: a kernel without them. */
	if (result != -EFAULT && result != -ENOSYS && !f->racing)
		fuzz_wrong(f, "an ioctl of 32 bits gives %ld", result);
}

static void pause_here(struct fuzzer *f)
{
	static const unsigned int us[] = { 0, 50, 300, 1000, 4000 };

	usleep(fuzz_one_of(f, us));
}

/* Another process takes the target's place. */
static void retarget(struct fuzzer *f)
{
	kill(f->world->target, SIGKILL);
	waitpid(f->world->target, NULL, 0);
	f->world->target = spin();
}

/* perf takes the counters, or lets them go. */
static void count(struct fuzzer *f)
{
	struct world *w = f->world;
	struct perf_event_attr attr = { .type = PERF_TYPE_HARDWARE, .size = sizeof(attr), .config = PERF_COUNT_HW_INSTRUCTIONS,
					.disabled = 1, .exclude_kernel = 1, .exclude_hv = 1 };

	if (w->counting >= 0) {
		close(w->counting);
		w->counting = -1;
		return;
	}
	w->counting = syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	if ((w->counting >= 0) == started(w))
		fuzz_wrong(f, "perf %s the counters while %s session runs", w->counting >= 0 ? "gets" : "does not get",
			   started(w) ? "a" : "no");
}

/* A child has the descriptors, not the mappings. */
static void child(struct fuzzer *f)
{
	pid_t pid = fork();

	if (!pid) {
		fuzz_look(f);
		fuzz_tails(f);
		for (unsigned int i = 0; i < SESSIONS; i++) {
			ioctl(f->world->session[i].fd, GTRACE_IOC_FLUSH);
			if (fuzz_random(f, 2))
				close(f->world->session[i].fd);
		}
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

/* ---- inputs ---------------------------------------------------------------------------------------------------------- */

static const struct {
	void (*input)(struct fuzzer *f);
	unsigned int weight;
	bool alone;		/* not while somebody races */
} inputs[] = {
	{ reopen, 14, false }, { fuzz_query, 6, false }, { fuzz_config, 16, false }, { fuzz_probe, 14, false }, { fuzz_probes, 2, false },
	{ start, 12, false }, { stop, 4, false }, { flush, 6, false }, { unknown, 2, false }, { compat, 2, false },
	{ fuzz_map, 16, false }, { fuzz_unmap, 4, false }, { fuzz_move, 5, false }, { fuzz_tails, 12, false },
	{ fuzz_look, 14, false }, { fuzz_file, 6, true }, { fuzz_netlink, 5, false }, { fuzz_sysfs, 3, true },
	{ pause_here, 8, false }, { retarget, 1, true }, { count, 1, true }, { child, 1, true },
};

static void run(struct fuzzer *f, unsigned long count)
{
	unsigned int sum = 0, i;

	for (i = 0; i < sizeof(inputs) / sizeof(*inputs); i++)
		sum += inputs[i].weight;
	while (f->input < count) {
		uint64_t chosen = fuzz_random(f, sum);

		for (i = 0; chosen >= inputs[i].weight; i++)
			chosen -= inputs[i].weight;
		if (f->racing && inputs[i].alone)
			continue;
		f->input++;
		inputs[i].input(f);
	}
}

struct racer {
	struct fuzzer fuzzer;
	unsigned long count;
};

static void *race(void *data)
{
	struct racer *racer = data;

	run(&racer->fuzzer, racer->count);
	return NULL;
}

static void run_two(struct fuzzer *first, unsigned long count)
{
	struct racer racers[2] = { { *first, count / 2 }, { *first, count / 2 } };
	pthread_t threads[2];

	for (unsigned int i = 0; i < 2; i++) {
		racers[i].fuzzer.racing = true;
		racers[i].fuzzer.input = 0;
		racers[i].fuzzer.random = first->random + i;
		fuzz_structures_init(&racers[i].fuzzer);
		if (pthread_create(&threads[i], NULL, race, &racers[i]))
			client_die("pthread_create");
	}
	for (unsigned int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
}

static void shut_all(struct fuzzer *f)
{
	for (unsigned int i = 0; i < SESSIONS; i++)
		shut(f, &f->world->session[i]);
}

/* How often each call gave what: a run that tried little shows. */
static void tell(const struct world *w)
{
	for (unsigned int call = 0; call < CALLS; call++) {
		printf("reach %s", names[call]);
		for (unsigned int error = 0; error < 128; error++)
			if (w->told[call][error])
				printf(" %s=%lu", error ? strerrorname_np(error) : "ok", w->told[call][error]);
		putchar('\n');
	}
	printf("reach sessions samples=%lu hits=%lu lost=%lu\n", w->samples, w->hits, w->lost);
}

int main(int argc, char **argv)
{
	static struct world world;
	struct fuzzer fuzzer = { .world = &world };
	unsigned long count;
	struct client client;

	if (argc < 3)
		return 2;
	fuzzer.random = strtoull(argv[1], NULL, 0) * 0x9e3779b97f4a7c15 + 1;
	count = strtoul(argv[2], NULL, 0);
	world.root = argc == 3;
	if (!world.root)
		drop_rights();
	signal(SIGSEGV, caught);
	signal(SIGBUS, caught);
	signal(SIGIO, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	create(&world);
	fuzz_structures_init(&fuzzer);

	run(&fuzzer, count);
	ok(!world.wrong, "each answer is one that the contract has for it");
	if (world.counting >= 0)
		close(world.counting);
	world.counting = -1;
	shut_all(&fuzzer);
	ok(!client_open(&client) && client.caps.owner_pid == 0, "... and nobody has the PMU afterwards");
	close(client.fd);
	world.wrong = 0;
	run_two(&fuzzer, count);
	ok(!world.wrong, "two threads that race get no answer that is not documented");
	shut_all(&fuzzer);
	ok(!client_open(&client) && client.caps.owner_pid == 0, "... and nobody has the PMU afterwards");
	close(client.fd);
	kill(world.target, SIGKILL);
	waitpid(world.target, NULL, 0);
	tell(&world);
	return plan();
}
