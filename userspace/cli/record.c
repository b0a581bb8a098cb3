// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
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
#include "output_file.h"
#include "parks.h"
#include "record_config.h"
#include "record_options.h"
#include "record_words.h"
#include "recorder.h"

/* ---- the file ---------------------------------------------------------------------------------------------------- */

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

static uint64_t kept_fields(const struct gt_record_options *o, const struct gt_decoder *decoder)
{
	uint64_t fields = GT_FIELDS_DEFAULT;

	if (o->registers)
		fields |= GT_FIELDS_REGS | GT_FIELD_BIT(GT_FIELD_FLAGS) | GT_FIELD_BIT(GT_FIELD_NEXT_IP) |
			  GT_FIELD_BIT(GT_FIELD_COUNTERS) | GT_FIELD_BIT(GT_FIELD_LATENCY);
	if (o->xmm)
		fields |= GT_FIELDS_XMM;
	return fields & decoder->fields;
}

static int make_writer(const struct gt_record_options *o, struct gt_recorder *r, int fd, const char *command)
{
	const struct gt_session *session = r->session;
	const struct gtrace_caps *caps = &session->caps;
	const struct gtrace_config *config = &session->config;
	struct gt_recording_info info;
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
	info = (struct gt_recording_info){
		.version = GT_VERSION,
		.host = host.nodename,
		.kernel = host.release,
		.cpu = cpu,
		.command = command,
		.start_realtime_ns = now.tv_sec * UINT64_C(1000000000) + now.tv_nsec,
		.abi_version = caps->abi_version,
		.pebs_format = caps->pebs_format,
		.cpu_family = caps->cpu_family,
		.cpu_model = caps->cpu_model,
		.cpu_stepping = caps->cpu_stepping,
		.nr_cpus = caps->nr_cpus,
		.tsc_khz = caps->tsc_khz,
		.lbr_depth = decoder.lbr_depth,
		.data = config->data,
		.flags = config->flags,
		.count = config->count,
		.sample_bytes = config->sample_bytes,
		.event_bytes = config->event_bytes,
		.target = config->target_tgid,
		.period = config->period,
		.jitter = config->jitter,
		.fields = kept_fields(o, &decoder),
		.attached = o->pid != NULL,
	};
	err = gt_writer_new(fd, &info, &decoder, &r->writer);
	if (err || !o->flight)
		return err;
	r->dumps = gt_dumps_new(&o->dumps, &info, &decoder, r->writer);
	return r->dumps ? 0 : -ENOMEM;
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
	sigaddset(&set, SIGUSR2);
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
	/* `gtrace dump` may just ask. */
	signal(SIGUSR2, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	close(fd);
}

/* With the session configured and the target waiting. */
static int record_session(const struct gt_record_options *o, struct gt_recorder *r, const char *command)
{
	int fd, err = gt_recorder_map(r);
	char go[96];

	if (err)
		return GT_EXIT_FAILURE;
	if (r->parks && r->target->child)
		gt_parks_command(r->parks, o->command);
	else if (r->parks && r->target->pid)
		gt_parks_process(r->parks, r->target->pid);
	if (!r->target->child && r->target->pid)
		gt_looks_attach(r->looks, r->target->pid, r->session->config.target_tgid);
	gt_looks_describe(r->looks, go);
	err = gt_session_start(r->session);
	if (err) {
		gt_record_complain_start(err, r->session);
		return GT_EXIT_FAILURE;
	}
	/* The flight recorder makes its files when it must; that it can is better known now. */
	fd = o->flight ? gt_output_possible(o->output) : 0;
	if (!fd)
		fd = gt_output_open(o->flight ? "/dev/null" : o->output);
	if (fd < 0) {
		gt_complain("cannot create %s: %s. Name another file with -o", o->output, strerror(-fd));
		return GT_EXIT_FAILURE;
	}
	err = make_writer(o, r, fd, command);
	if (!err)
		err = gt_recorder_begin(r);
	if (!err) {
		gt_record_say_attached(o, r->target, go);
		err = gt_recorder_run(r);
	}
	unwatch_signals(r->signal_fd);
	r->signal_fd = -1;
	/* Also after an error: the looks end, and totals make what was written a whole file, if it takes them. */
	if (r->writer) {
		int finish = gt_recorder_finish(r);

		err = err ? err : finish;
	}
	close(fd);
	if (err) {
		gt_record_complain(err, o);
		return GT_EXIT_FAILURE;
	}
	return GT_EXIT_OK;
}

static int exit_status(const struct gt_record_options *o, const struct gt_target *target, int recording, int child)
{
	if (target->exec_error) {
		gt_complain("cannot run %s: %s", o->command[0], strerror(target->exec_error));
		return child;
	}
	return recording ? recording : child;
}

/* Fields that an older module does not know must be 0. */
static int configure(const struct gt_record_options *o, struct gt_session *session, struct gtrace_config *config)
{
	int err = gt_session_configure(session, config);

	if (err != -E2BIG || !config->jitter || o->jitter_asked)
		return err;
	config->jitter = 0;
	err = gt_session_configure(session, config);
	if (!err && !o->quiet)
		gt_complain("the loaded gtrace.ko is older than this program: the period is fixed (--no-jitter)");
	return err;
}

static int record_target(const struct gt_record_options *o, struct gt_session *session, struct gt_target *target,
			 const char *command)
{
	struct gtrace_config config = gt_record_config(o, &session->caps, target->pid, target->child);
	struct gt_parks parks = {
		.session = session,
		.branches = config.flags & GTRACE_F_BRANCHES,
		.shared = o->shared_probes,
		.verbose = o->verbose,
	};
	struct gt_recorder recorder = {
		.session = session,
		.target = target,
		.output = o->output,
		.verbose = o->verbose,
		.progress = !o->quiet && isatty(STDERR_FILENO),
		.signal_fd = watch_signals(),
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.looks = gt_looks_new(o->parks ? &parks : NULL, o->verbose),
		.parks = o->parks ? &parks : NULL,
	};
	int child, status = GT_EXIT_FAILURE, err = configure(o, session, &config);

	if (!err && !recorder.looks)
		err = -ENOMEM;
	if (!err && o->flight)
		gt_looks_refresh(recorder.looks, o->dumps.span_ns / 2);
	if (err)
		gt_record_complain_configure(err, o, &session->caps);
	else
		status = record_session(o, &recorder, command);
	if (recorder.signal_fd >= 0)
		unwatch_signals(recorder.signal_fd);
	child = gt_target_end(target);
	if (!status && !target->exec_error)
		gt_record_say_written(o, &recorder);
	gt_recorder_fini(&recorder);
	gt_looks_free(recorder.looks);
	gt_parks_free(&parks);
	return exit_status(o, target, status, child);
}

static int run(int argc, char **argv)
{
	struct gt_session session;
	struct gt_target target = {.go_fd = -1, .exec_fd = -1, .pid_fd = -1};
	struct gt_record_options o;
	char *command;
	int status = gt_record_parse(argc, argv, &o), err;

	if (status)
		return status;
	err = gt_session_open(&session);
	if (err) {
		gt_complain_open(err);
		return GT_EXIT_FAILURE;
	}
	command = quote(argc, argv);
	status = gt_record_possible(&o, &session.caps);
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

static const char help[] =
	"usage: gtrace record [OPTIONS] [--] COMMAND [ARGUMENT...]\n"
	"       gtrace record [OPTIONS] -p PID\n"
	"       gtrace record [OPTIONS] -a\n"
	"\n"
	"Samples retired store instructions: addresses of instruction and data, registers, time.\n"
	"Ctrl-C ends the recording and writes the file; a second one aborts.\n"
	"\n"
	"  -p, --pid=PID|NAME     a running process and what it forks\n"
	"  -a, --all-cpus         every process; with COMMAND: while it runs\n"
	"  -e, --event=EVENT      stores (in user mode; the default), stores:k (in the kernel), stores:uk\n"
	"  -c, --count=N          let N stores pass between samples (20011); one costs the program 200-300 ns\n"
	"      --jitter[=PCT]     ... or up to PCT percent (10) more or less, by chance: a fixed number keeps step\n"
	"                         with regular loops. The default\n"
	"      --no-jitter        always N\n"
	"  -o, --output=FILE      write here (gtrace.data; an old one becomes .old); - = standard output\n"
	"  -I, --intr-regs[=xmm]  keep all general registers [and the XMM registers], not just SP and R14, and BX\n"
	"                         and CX of stores into the goroutine\n"
	"  -b, --branch-any       keep the branches before each sample (Ice Lake and later)\n"
	"  -d, --data             nothing: store samples always have the data address\n"
	"  -i, --no-inherit       leave out processes that the target forks\n"
	"      --parks            Go programs: where each goroutine blocks, the branches before that, who wakes it, "
	"when\n"
	"                         it runs again\n"
	"      --overhead=PCT     what --parks may cost, in percent of the program's CPU time (2; 0 = no limit)\n"
	"      --shared-probes    let perf and bpftrace see the same instructions too, at two thirds more cost\n"
	"  -n, --no-samples       no stores: with --parks only what goroutines and threads do\n"
	"  -m, --mmap-pages=N[,N] ring sizes per CPU, samples and events: pages, or with K, M, G (1M,256K; with\n"
	"                         --parks 1M,8M)\n"
	"      --flight[=SECONDS] write nothing but the last SECONDS (10), on a trigger or when recording ends\n"
	"      --flight-size=SIZE the memory for that (64M)\n"
	"      --trigger=COND     write when stall>DUR, park>DUR, runq>DUR or syscall>DUR, as in 'stall>5ms'; again "
	"and\n"
	"                         again. SIGUSR2 and gtrace dump always do\n"
	"  -q, --quiet            no progress, no closing line\n"
	"  -v, --verbose          tell about execs, exits, losses, PMIs\n"
	"\n"
	"The exit status is the command's: 128 + N when signal N ended it, 127 when it is not there, 126 when\n"
	"it cannot be run. 1: recording failed. 2: the command line makes no sense.\n"
	"\n"
	"EXAMPLES\n"
	"  gtrace record -- ./server -port 80      from its first instruction to its end\n"
	"  gtrace record -p shop -o shop.data      a running process, until Ctrl-C\n"
	"  gtrace record -c 4001 -b -I ./bench     more samples, with branches and all registers\n"
	"  gtrace record -a -e stores:uk sleep 10  the whole machine for ten seconds, kernel included\n"
	"  gtrace record --parks -p shop           why its goroutines wait, too; then: gtrace stalls\n"
	"  gtrace record --flight --trigger 'stall>5ms' -p shop   the ten seconds before each stall\n";

const struct gt_command gt_command_record = {
	.name = "record",
	.summary = "record the stores of a program into gtrace.data",
	.run = run,
	.help = help,
};
