// SPDX-License-Identifier: GPL-2.0
#include "record_words.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "lib/proc.h"
#include "output/text.h"

void gt_record_complain_configure(int err, const struct gt_record_options *o, const struct gtrace_caps *caps)
{
	switch (err) {
	case -EINVAL:
		if (o->period < caps->period_min || o->period > caps->period_max)
			gt_complain("-c %" PRIu64 ": this machine takes %" PRIu64 " to %" PRIu64, o->period,
				    (uint64_t)caps->period_min, (uint64_t)caps->period_max);
		else
			gt_complain("the module does not take these values. Type: dmesg | tail");
		return;
	case -E2BIG:
		gt_complain("the loaded gtrace.ko is older than this program%s",
			    o->jitter_asked ? " and knows no --jitter. Type: rmmod gtrace && modprobe gtrace; or leave "
					      "--jitter out"
					    : ". Type: rmmod gtrace && modprobe gtrace, after `make install`");
		return;
	case -ESRCH:
		gt_complain("process %s is gone. Type: ps -e", o->pid ? o->pid : "to record");
		return;
	case -EPERM:
	case -EACCES:
		gt_complain("process %s belongs to somebody else. Become root or its user", o->pid ? o->pid : "");
		return;
	case -ENOMEM:
		gt_complain("the kernel has no memory for rings of that size on %u CPUs. Type a smaller one: -m 256K",
			    caps->nr_cpus);
		return;
	}
	gt_complain("cannot configure the session: %s. Type: dmesg | tail", strerror(-err));
}

void gt_record_complain_start(int err, struct gt_session *session)
{
	char comm[16], watchdog[8];

	if (err == -EBUSY && !gt_session_query(session) && session->caps.owner_pid > 0) {
		gt_proc_comm(session->caps.owner_pid, comm);
		gt_complain("the PMU is in use by %s (pid %d). Wait for it or type: kill -INT %d", comm,
			    session->caps.owner_pid, session->caps.owner_pid);
	} else if (err == -EBUSY && !gt_proc_read_file("/proc/sys/kernel/nmi_watchdog", watchdog, sizeof(watchdog)) &&
		   strcmp(watchdog, "0")) {
		gt_complain("the NMI watchdog holds a counter. Type: sysctl kernel.nmi_watchdog=0");
	} else if (err == -EBUSY) {
		gt_complain("perf holds the counters. Type `gtrace check` to see in which process, and end that");
	} else if (err == -ESRCH) {
		gt_complain("the process ended before recording began");
	} else {
		gt_complain("cannot start sampling: %s. Type: dmesg | tail, and: gtrace check", strerror(-err));
	}
}

void gt_record_say_attached(const struct gt_record_options *o, const struct gt_target *target, const char *go)
{
	char comm[16];

	if (o->quiet || target->child)
		return;
	if (target->pid) {
		gt_proc_comm(target->pid, comm);
		fprintf(stderr, "[ attached to %s (pid %d%s%s); press Ctrl-C to stop ]\n", comm, target->pid,
			*go ? ", " : "", go);
	} else {
		fputs("[ recording every process; press Ctrl-C to stop ]\n", stderr);
	}
}

static void say_loss(uint64_t count, const char *cause)
{
	char text[GT_UNITS_BYTES];

	if (count)
		fprintf(stderr, "[   %s lost: %s ]\n", gt_text_count(text, count), cause);
}

/* What is not known is not said. */
static void say_parks(const struct gt_record_options *o, struct gt_recorder *r)
{
	struct gt_tally *tally = &r->tally;
	char parks[GT_UNITS_BYTES], ladders[GT_UNITS_BYTES], limit[GT_UNITS_BYTES];
	double percent;

	fprintf(stderr, "[ %s parks, ", gt_text_count(parks, tally->parks));
	if (r->session->config.flags & GTRACE_F_BRANCHES)
		fprintf(stderr, "%s without their branches", gt_text_count(ladders, tally->ladders_lost));
	else
		fprintf(stderr, "without branches (this machine has no LBR)");
	if (gt_tally_cost(tally, &percent)) {
		fprintf(stderr, "; probes cost %.1f %% of the program's CPU time", percent);
		if (o->overhead)
			fprintf(stderr, " (limit %s %%)", gt_text_percent(limit, o->overhead));
	}
	if (gt_tally_open(tally, r->end_tsc, &percent))
		fprintf(stderr, " and recorded %.1f %% of the time", percent);
	fputs(" ]\n", stderr);
}

void gt_record_say_written(const struct gt_record_options *o, struct gt_recorder *r)
{
	char size[GT_UNITS_BYTES], samples[GT_UNITS_BYTES], lost[GT_UNITS_BYTES];
	struct gt_total sum = gt_recorder_sum(r);

	if (o->quiet)
		return;
	/* Each dump of the flight recorder has said what is in it. */
	if (!o->flight)
		fprintf(stderr, "[ wrote %s: %s, %s samples, %s lost ]\n",
			strcmp(o->output, "-") ? o->output : "standard output",
			gt_text_bytes(size, gt_writer_bytes(r->writer)), gt_text_count(samples, sum.samples),
			gt_text_count(lost, sum.lost_full + sum.lost_event + sum.lost_overrun + sum.lost_offline));
	say_loss(sum.lost_full, "the sample ring was full; a larger -m or -c helps");
	say_loss(sum.lost_event, "the event ring was full; a larger second size helps, as in -m 1M,4M");
	say_loss(sum.lost_overrun, "the interrupt came too late; a larger -c helps");
	say_loss(sum.lost_offline, "a CPU went off line");
	if (o->parks) {
		if (sum.events_dropped)
			fprintf(stderr,
				"[   %s events lost: the event ring was full; a larger second size helps, as in "
				"-m 1M,64M ]\n",
				gt_text_count(lost, sum.events_dropped));
		say_parks(o, r);
	}
	if (r->verbose)
		fprintf(stderr,
			"[   %" PRIu64 " PMIs, %" PRIu64 " wakeups, %" PRIu64 " task switches, %" PRIu64
			" spurious NMIs, %" PRIu64 " events dropped ]\n",
			sum.pmis, sum.wakeups, sum.switches, sum.spurious, sum.events_dropped);
}

void gt_record_complain(int err, const struct gt_record_options *o)
{
	switch (err) {
	case -ENOSPC:
	case -EDQUOT:
	case -EFBIG:
	case -EPIPE:
		gt_complain(
			"cannot write %s: %s. What was written before can be read; free some space, or -o elsewhere",
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
