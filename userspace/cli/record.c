// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "lib/proc.h"
#include "recorder.h"

/*
 * One record costs the target 200-300 ns. At one store a nanosecond, which no program keeps up, this period takes
 * 50,000 records a second, about 1 % of a core. A prime, so that loops do not keep step with it.
 */
#define DEFAULT_PERIOD		20011
#define DEFAULT_SAMPLE_BYTES	(1u << 20)
#define DEFAULT_EVENT_BYTES	(256u << 10)
/* All rings together stay below this by default, so that many CPUs do not mean much memory. */
#define DEFAULT_TOTAL_BYTES	(32u << 20)
#define LEAST_SAMPLE_BYTES	(16u << 10)

struct options {
	const char *output;
	const char *pid;
	char **command;		/* NULL = none */
	uint64_t period;
	uint32_t flags;		/* GTRACE_F_* */
	uint32_t sample_bytes, event_bytes;	/* 0 = by default */
	bool all, registers, xmm, branches, quiet, verbose;
};

/* "64" pages, or "256K", "4M": bytes rounded up to a power of two pages, as perf does. 0 = not a size. */
static uint32_t parse_size(const char *text, char **end)
{
	static const char units[] = "BKMG";
	uint64_t page = sysconf(_SC_PAGESIZE), bytes = strtoull(text, end, 10), size = page;
	const char *unit = **end ? strchr(units, **end) : NULL;

	if (*end == text || bytes > 1u << 30)
		return 0;
	if (unit) {
		bytes <<= 10 * (unit - units);
		++*end;
	} else {
		bytes *= page;
	}
	if (!bytes || bytes > 1u << 30)
		return 0;
	while (size < bytes)
		size *= 2;
	return size;
}

static int parse_rings(const char *text, struct options *o)
{
	char *end;

	o->sample_bytes = parse_size(text, &end);
	if (o->sample_bytes && *end == ',')
		o->event_bytes = parse_size(end + 1, &end);
	if (!o->sample_bytes || *end || (strchr(text, ',') && !o->event_bytes))
		return gt_usage_error("record", "-m takes PAGES or a size such as 4M, with ,SIZE for the event ring; "
				      "not '%s'", text);
	if (o->sample_bytes < LEAST_SAMPLE_BYTES)
		o->sample_bytes = LEAST_SAMPLE_BYTES;
	return 0;
}

static int parse_event(const char *text, struct options *o)
{
	const char *rest = text + strcspn(text, ":");

	o->flags &= ~(GTRACE_F_KERNEL | GTRACE_F_NO_USER);
	if (strncmp(text, "stores", rest - text) || rest - text != strlen("stores"))
		return gt_usage_error("record", "there is no event '%s'; -e takes stores, stores:u, stores:k or stores:uk",
				      text);
	if (!*rest || !strcmp(rest, ":u"))
		return 0;
	if (!strcmp(rest, ":uk") || !strcmp(rest, ":ku")) {
		o->flags |= GTRACE_F_KERNEL;
		return 0;
	}
	if (!strcmp(rest, ":k")) {
		o->flags |= GTRACE_F_KERNEL | GTRACE_F_NO_USER;
		return 0;
	}
	return gt_usage_error("record", "'%s': after the colon stand u (user), k (kernel) or both", text);
}

static int parse_period(const char *text, struct options *o)
{
	char *end;

	errno = 0;
	o->period = strtoull(text, &end, 10);
	if (errno || *end || end == text || *text == '-' || !o->period)
		return gt_usage_error("record", "-c takes the number of stores between two samples, not '%s'", text);
	return 0;
}

static const struct option long_options[] = {
	{ "pid", required_argument, NULL, 'p' },
	{ "all-cpus", no_argument, NULL, 'a' },
	{ "count", required_argument, NULL, 'c' },
	{ "event", required_argument, NULL, 'e' },
	{ "output", required_argument, NULL, 'o' },
	{ "mmap-pages", required_argument, NULL, 'm' },
	{ "intr-regs", optional_argument, NULL, 'I' },
	{ "branch-any", no_argument, NULL, 'b' },
	{ "data", no_argument, NULL, 'd' },
	{ "no-inherit", no_argument, NULL, 'i' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "verbose", no_argument, NULL, 'v' },
	{ 0 },
};

static int parse_option(int letter, struct options *o)
{
	switch (letter) {
	case 'p': o->pid = optarg; return 0;
	case 'a': o->all = true; return 0;
	case 'c': return parse_period(optarg, o);
	case 'e': return parse_event(optarg, o);
	case 'o': o->output = optarg; return 0;
	case 'm': return parse_rings(optarg, o);
	case 'b': o->branches = true; return 0;
	case 'd': return 0;	/* a store sample has its data address */
	case 'i': o->flags &= ~GTRACE_F_INHERIT; return 0;
	case 'q': o->quiet = true; return 0;
	case 'v': o->verbose = true; return 0;
	case 'I':
		o->registers = true;
		if (optarg && strcmp(optarg, "xmm"))
			return gt_usage_error("record", "--intr-regs keeps all general registers, --intr-regs=xmm also "
					      "the XMM registers; it knows no '%s'", optarg);
		o->xmm = optarg != NULL;
		return 0;
	case 'F':
		return gt_usage_error("record", "stores are sampled by count, not by frequency: use -c COUNT");
	case ':':
		return gt_usage_error("record", "-%c needs a value", optopt);
	}
	return gt_usage_error("record", "there is no option -%c", optopt);
}

static int parse(int argc, char **argv, struct options *o)
{
	int letter, status;

	*o = (struct options){ .output = "gtrace.data", .period = DEFAULT_PERIOD, .flags = GTRACE_F_INHERIT };
	optind = 1;
	opterr = 0;
	while ((letter = getopt_long(argc, argv, "+:p:ac:e:o:m:IbdiqvF:", long_options, NULL)) != -1) {
		if (letter == '?' && !optopt)
			return gt_usage_error("record", "there is no option %s", argv[optind - 1]);
		status = parse_option(letter, o);
		if (status)
			return status;
	}
	if (optind < argc)
		o->command = argv + optind;
	if (!o->pid && !o->command && !o->all)
		return gt_usage_error("record", "record what? Give a COMMAND, -p PID, or -a for every process");
	if (o->pid && (o->command || o->all))
		return gt_usage_error("record", "-p PID stands alone: no COMMAND and no -a with it");
	return 0;
}

/* ---- asking the module ------------------------------------------------------------------------------------------- */

static struct gtrace_config session_config(const struct options *o, const struct gt_session *session,
					   const struct gt_target *target)
{
	uint32_t share = DEFAULT_TOTAL_BYTES / (session->caps.nr_cpus ? session->caps.nr_cpus : 1), ring = LEAST_SAMPLE_BYTES;
	struct gtrace_config config = {
		.flags = o->flags,
		.target = o->all ? GTRACE_TARGET_ALL : target->pid,
		.count = GTRACE_COUNT_STORES,
		.period = o->period,
		.data = GTRACE_DATA_MEM | GTRACE_DATA_GPR,
		.sample_bytes = o->sample_bytes,
		.event_bytes = o->event_bytes ? o->event_bytes : DEFAULT_EVENT_BYTES,
	};

	while (ring * 2 <= share && ring < DEFAULT_SAMPLE_BYTES)
		ring *= 2;
	if (!config.sample_bytes)
		config.sample_bytes = ring;
	if (o->xmm)
		config.data |= GTRACE_DATA_XMM;
	if (o->branches)
		config.data |= GTRACE_DATA_LBR;
	if (o->all)
		config.flags &= ~GTRACE_F_INHERIT;
	else if (target->child)
		config.flags |= GTRACE_F_ENABLE_ON_EXEC;
	return config;
}

static int complain_configure(int err, const struct options *o, const struct gt_session *session)
{
	const struct gtrace_caps *caps = &session->caps;

	switch (err) {
	case -EINVAL:
		if (o->period < caps->period_min || o->period > caps->period_max)
			gt_complain("-c %" PRIu64 ": this machine takes %" PRIu64 " to %" PRIu64, o->period,
				    (uint64_t)caps->period_min, (uint64_t)caps->period_max);
		else
			gt_complain("the module does not take these values. Type: dmesg | tail");
		return GT_EXIT_FAILURE;
	case -ESRCH:
		gt_complain("process %s is gone. Type: ps -e", o->pid ? o->pid : "to record");
		return GT_EXIT_FAILURE;
	case -EPERM:
	case -EACCES:
		gt_complain("process %s belongs to somebody else. Become root or its user", o->pid ? o->pid : "");
		return GT_EXIT_FAILURE;
	case -ENOMEM:
		gt_complain("the kernel has no memory for rings of that size on %u CPUs. Type a smaller one: -m 256K",
			    caps->nr_cpus);
		return GT_EXIT_FAILURE;
	}
	gt_complain("cannot configure the session: %s. Type: dmesg | tail", strerror(-err));
	return GT_EXIT_FAILURE;
}

static void complain_start(int err, struct gt_session *session)
{
	if (err == -EBUSY && !gt_session_query(session) && session->caps.owner_pid > 0) {
		char comm[16];

		gt_proc_comm(session->caps.owner_pid, comm);
		gt_complain("the PMU is in use by %s (pid %d). Wait for it or type: kill -INT %d", comm,
			    session->caps.owner_pid, session->caps.owner_pid);
	} else if (err == -EBUSY) {
		gt_complain("the counters are taken by perf or the NMI watchdog. Type: sysctl kernel.nmi_watchdog=0, end "
			    "any perf, then: gtrace check");
	} else if (err == -ESRCH) {
		gt_complain("the process ended before recording began");
	} else {
		gt_complain("cannot start sampling: %s. Type: dmesg | tail, and: gtrace check", strerror(-err));
	}
}

/* What the machine cannot do is said before anything is set up. */
static int check_wishes(const struct options *o, const struct gt_session *session)
{
	const struct gtrace_caps *caps = &session->caps;

	if (caps->source == GTRACE_SOURCE_NONE) {
		gt_complain_refused(session);
		return GT_EXIT_FAILURE;
	}
	if (o->branches && !(caps->data_supported & GTRACE_DATA_LBR)) {
		gt_complain("-b: the records of this machine (PEBS format %u) carry no branches; that needs an Ice Lake or "
			    "later. Leave -b out", caps->pebs_format);
		return GT_EXIT_FAILURE;
	}
	if (o->xmm && !(caps->data_supported & GTRACE_DATA_XMM)) {
		gt_complain("the records of this machine (PEBS format %u) carry no XMM registers. Use -I alone",
			    caps->pebs_format);
		return GT_EXIT_FAILURE;
	}
	return GT_EXIT_OK;
}

/* ---- the file ---------------------------------------------------------------------------------------------------- */

/* An earlier recording is kept as FILE.old, as perf does. */
static int open_output(const char *path)
{
	char old[PATH_MAX];
	struct stat st;
	int fd;

	if (!strcmp(path, "-"))
		return dup(STDOUT_FILENO);
	if (!stat(path, &st) && S_ISREG(st.st_mode) && st.st_size &&
	    snprintf(old, sizeof(old), "%s.old", path) < (int)sizeof(old))
		rename(path, old);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : fd;
}

static void cpu_name(char *name, size_t size)
{
	FILE *cpuinfo = fopen("/proc/cpuinfo", "re");
	char line[256];

	*name = '\0';
	while (cpuinfo && fgets(line, sizeof(line), cpuinfo)) {
		const char *colon = strchr(line, ':');

		if (strncmp(line, "model name", 10) || !colon)
			continue;
		snprintf(name, size, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
		break;
	}
	if (cpuinfo)
		fclose(cpuinfo);
}

/* The command line so that a shell would read the same words. */
static char *quote(int argc, char **argv)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fputs("gtrace", out);
	for (int i = 0; i < argc; i++) {
		fputc(' ', out);
		if (*argv[i] && strspn(argv[i], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				       "-_./:=,+@%") == strlen(argv[i])) {
			fputs(argv[i], out);
			continue;
		}
		fputc('\'', out);
		for (const char *p = argv[i]; *p; p++)
			if (*p == '\'')
				fputs("'\\''", out);
			else
				fputc(*p, out);
		fputc('\'', out);
	}
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

static uint64_t kept_fields(const struct options *o, const struct gt_decoder *decoder)
{
	uint64_t fields = GT_FIELDS_DEFAULT;

	if (o->registers)
		fields |= GT_FIELDS_REGS | GT_FIELD_BIT(GT_FIELD_FLAGS) | GT_FIELD_BIT(GT_FIELD_NEXT_IP) |
			  GT_FIELD_BIT(GT_FIELD_COUNTERS) | GT_FIELD_BIT(GT_FIELD_LATENCY);
	if (o->xmm)
		fields |= GT_FIELDS_XMM;
	return fields & decoder->fields;
}

static int make_writer(const struct options *o, const struct gt_session *session, int fd, const char *command,
		       struct gt_writer **writer)
{
	const struct gtrace_caps *caps = &session->caps;
	const struct gtrace_config *config = &session->config;
	struct gt_decoder decoder;
	struct timespec now;
	struct utsname host;
	char cpu[128];
	int err;

	err = gt_decoder_init(&decoder, caps->pebs_format, config->data, caps->lbr_depth, config->record_size);
	if (err)
		return err;
	uname(&host);
	cpu_name(cpu, sizeof(cpu));
	clock_gettime(CLOCK_REALTIME, &now);
	return gt_writer_new(fd, &(struct gt_recording_info){
		.version = GT_VERSION, .host = host.nodename, .kernel = host.release, .cpu = cpu, .command = command,
		.start_realtime_ns = now.tv_sec * UINT64_C(1000000000) + now.tv_nsec,
		.abi_version = caps->abi_version, .pebs_format = caps->pebs_format, .cpu_family = caps->cpu_family,
		.cpu_model = caps->cpu_model, .cpu_stepping = caps->cpu_stepping, .nr_cpus = caps->nr_cpus,
		.tsc_khz = caps->tsc_khz, .lbr_depth = decoder.lbr_depth, .data = config->data, .flags = config->flags,
		.count = config->count, .sample_bytes = config->sample_bytes, .event_bytes = config->event_bytes,
		.target = config->target_tgid, .period = config->period, .fields = kept_fields(o, &decoder),
		.attached = o->pid != NULL }, &decoder, writer);
}

/* ---- words for people -------------------------------------------------------------------------------------------- */

static void say_attached(const struct options *o, const struct gt_recorder *r, const char *go)
{
	char comm[16];

	if (o->quiet || r->target->child)
		return;
	if (r->target->pid) {
		gt_proc_comm(r->target->pid, comm);
		fprintf(stderr, "[ attached to %s (pid %d%s%s); press Ctrl-C to stop ]\n", comm, r->target->pid,
			*go ? ", " : "", go);
	} else {
		fputs("[ recording every process; press Ctrl-C to stop ]\n", stderr);
	}
}

static void say_loss(uint64_t count, const char *cause)
{
	char text[GT_COUNT_TEXT];

	if (count)
		fprintf(stderr, "[   %s lost: %s ]\n", gt_format_count(count, text), cause);
}

static void say_written(const struct options *o, const struct gt_recorder *r)
{
	char size[GT_COUNT_TEXT], samples[GT_COUNT_TEXT], lost[GT_COUNT_TEXT];
	struct gt_total sum = gt_recorder_sum(r);

	if (o->quiet)
		return;
	fprintf(stderr, "[ wrote %s: %s, %s samples, %s lost ]\n", o->output,
		gt_format_bytes(gt_writer_bytes(r->writer), size), gt_format_count(sum.samples, samples),
		gt_format_count(sum.lost_full + sum.lost_event + sum.lost_overrun + sum.lost_offline, lost));
	say_loss(sum.lost_full, "the sample ring was full; a larger -m or -c helps");
	say_loss(sum.lost_event, "the event ring was full; a larger second size helps, as in -m 1M,4M");
	say_loss(sum.lost_overrun, "the interrupt came too late; a larger -c helps");
	say_loss(sum.lost_offline, "a CPU went off line");
	if (r->verbose)
		fprintf(stderr, "[   %" PRIu64 " PMIs, %" PRIu64 " wakeups, %" PRIu64 " task switches, %" PRIu64
			" spurious NMIs, %" PRIu64 " events dropped ]\n", sum.pmis, sum.wakeups, sum.switches, sum.spurious,
			sum.events_dropped);
}

static void complain_recording(const struct options *o, int err)
{
	switch (err) {
	case -ENOSPC:
	case -EDQUOT:
	case -EFBIG:
	case -EPIPE:
		gt_complain("cannot write %s: %s. What was written before can be read; free some space, or -o elsewhere",
			    o->output, strerror(-err));
		return;
	case -EPROTO:
	case -EBADMSG:
		gt_complain("the module's rings hold what cannot be: gtrace.ko and this program do not fit together. "
			    "Type: rmmod gtrace && modprobe gtrace, after `make install` of one and the same tree");
		return;
	}
	gt_complain("recording to %s stopped: %s", o->output, strerror(-err));
}

/* ---- putting it together --------------------------------------------------------------------------------------- */

/* The first of them ends the recording and writes the file; after that they do what they do to any program. */
static int watch_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static void unwatch_signals(int fd)
{
	struct signalfd_siginfo taken;
	sigset_t none;

	/* Take the one that ended the recording, or unblocking would deliver it. */
	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (read(fd, &taken, sizeof(taken)) > 0)
		;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	close(fd);
}

/* With the session configured and the target waiting. */
static int record_session(const struct options *o, struct gt_recorder *r, const char *command)
{
	int fd, err = gt_recorder_map(r);
	char go[96];

	if (err)
		return GT_EXIT_FAILURE;
	if (!r->target->child && r->target->pid)
		gt_looks_attach(r->looks, r->target->pid, r->session->config.target_tgid);
	gt_looks_describe(r->looks, go);
	err = gt_session_start(r->session);
	if (err) {
		complain_start(err, r->session);
		return GT_EXIT_FAILURE;
	}
	fd = open_output(o->output);
	if (fd < 0) {
		gt_complain("cannot create %s: %s. Name another file with -o", o->output, strerror(-fd));
		return GT_EXIT_FAILURE;
	}
	err = make_writer(o, r->session, fd, command, &r->writer);
	if (!err)
		err = gt_recorder_begin(r);
	if (!err) {
		say_attached(o, r, go);
		err = gt_recorder_run(r);
	}
	unwatch_signals(r->signal_fd);
	r->signal_fd = -1;
	/* Also after an error: the totals make what was written a whole file, unless it is the file that failed. */
	if (r->writer && (!err || err != -ENOSPC)) {
		int finish = gt_recorder_finish(r);

		err = err ? err : finish;
	}
	close(fd);
	if (err) {
		complain_recording(o, err);
		return GT_EXIT_FAILURE;
	}
	return GT_EXIT_OK;
}

static int exit_status(const struct options *o, const struct gt_target *target, int recording, int child)
{
	if (target->exec_error) {
		gt_complain("cannot run %s: %s", o->command[0], strerror(target->exec_error));
		return child;
	}
	return recording ? recording : child;
}

static int record_target(const struct options *o, struct gt_session *session, struct gt_target *target,
			 const char *command)
{
	struct gtrace_config config = session_config(o, session, target);
	struct gt_recorder recorder = {
		.session = session, .target = target, .output = o->output, .verbose = o->verbose,
		.progress = !o->quiet && isatty(STDERR_FILENO), .signal_fd = watch_signals(),
		.lock = PTHREAD_MUTEX_INITIALIZER, .looks = gt_looks_new(o->verbose),
	};
	int status, child, err = gt_session_configure(session, &config);

	if (err || !recorder.looks)
		status = complain_configure(err ? err : -ENOMEM, o, session);
	else
		status = record_session(o, &recorder, command);
	if (recorder.signal_fd >= 0)
		unwatch_signals(recorder.signal_fd);
	child = gt_target_end(target);
	if (!status && !target->exec_error)
		say_written(o, &recorder);
	gt_recorder_fini(&recorder);
	gt_looks_free(recorder.looks);
	return exit_status(o, target, status, child);
}

static int run(int argc, char **argv)
{
	struct gt_session session;
	struct gt_target target = { .go_fd = -1, .exec_fd = -1, .pid_fd = -1 };
	struct options o;
	char *command;
	int status = parse(argc, argv, &o), err;

	if (status)
		return status;
	err = gt_session_open(&session);
	if (err) {
		gt_complain_open(err);
		return GT_EXIT_FAILURE;
	}
	command = quote(argc, argv);
	status = check_wishes(&o, &session);
	if (!status && o.command)
		status = gt_target_launch(&target, o.command);
	else if (!status && o.pid)
		status = gt_target_attach(&target, o.pid);
	if (!status)
		status = record_target(&o, &session, &target, command ? command : "");
	free(command);
	gt_session_close(&session);
	return status;
}

const struct gt_command gt_command_record = {
	.name = "record",
	.summary = "record the stores of a program into gtrace.data",
	.run = run,
	.help =
"usage: gtrace record [OPTIONS] [--] COMMAND [ARGUMENT...]\n"
"       gtrace record [OPTIONS] -p PID\n"
"       gtrace record [OPTIONS] -a\n"
"\n"
"Samples retired store instructions: address of the instruction, address of the data, registers, time.\n"
"Ctrl-C ends the recording and writes the file; a second one aborts.\n"
"\n"
"  -p, --pid=PID|NAME     a running process and what it forks\n"
"  -a, --all-cpus         every process; with COMMAND: while it runs\n"
"  -e, --event=EVENT      stores (in user mode; the default), stores:k (in the kernel), stores:uk\n"
"  -c, --count=N          take every N-th store or so (20011; one sample costs the program 200-300 ns)\n"
"  -o, --output=FILE      write here (gtrace.data; an old one becomes gtrace.data.old); - is standard output\n"
"  -I, --intr-regs[=xmm]  keep all general registers [and the XMM registers], not just SP and R14\n"
"  -b, --branch-any       keep the branches before each sample (Ice Lake and later)\n"
"  -d, --data             nothing: store samples always have the data address\n"
"  -i, --no-inherit       leave out processes that the target forks\n"
"  -m, --mmap-pages=N[,N] ring sizes per CPU, samples and events: pages, or with K, M, G (1M,256K)\n"
"  -q, --quiet            no progress, no closing line\n"
"  -v, --verbose          tell about execs, exits, losses, PMIs\n"
"\n"
"The exit status is the command's: 128 + N when signal N ended it, 127 when it is not there, 126 when it cannot be\n"
"run. 1: recording failed. 2: the command line makes no sense.\n"
"\n"
"EXAMPLES\n"
"  gtrace record -- ./server -port 80      from its first instruction to its end\n"
"  gtrace record -p shop -o shop.data      a running process, until Ctrl-C\n"
"  gtrace record -c 4001 -b -I ./bench     more samples, with branches and all registers\n"
"  gtrace record -a -e stores:uk sleep 10  the whole machine for ten seconds, kernel included\n",
};
