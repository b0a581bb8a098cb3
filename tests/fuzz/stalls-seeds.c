// SPDX-License-Identifier: GPL-2.0
/* stalls-seeds DIR: the recording of the unit tests in which goroutines stop in every way, and a dump of it; and a dump
 * in which they stood still when it begins, as seeds. */
#include "stops.h"

static int seed(struct made made, const char *directory, const char *name)
{
	char *copy;
	int status;

	if (asprintf(&copy, "cp %s '%s/%s'", made.path, directory, name) < 0)
		return 1;
	status = system(copy);
	free(copy);
	made_free(&made);
	return status != 0;
}

/* 7 waits on a channel and 8 can run, both since before the dump; 9 is in a system call, its thread asleep. */
static struct made make_standing(const struct gt_recording_info *info)
{
	static const char reasons[] = "\0chan receive\0sleep";
	const struct gt_go go = {.tsc = 50, .tgid = TGT, .version = "go1.26.1", .path = "/no/such/shop"};
	const struct gt_probes probes = {.tsc = 50, .tgid = TGT, .planted = 0x1fe, .nr_reasons = 3, .refusal = "",
					.reasons = reasons};
	struct gtrace_event_task thread = made_task(GTRACE_EVENT_FORK, 60, 101, TGT, 0, 0, "shop");
	struct made made;

	made_begin_as(&made, info);
	made_event(&made, GT_CPU_NONE, &thread);
	thread.tid = 102;
	made_event(&made, GT_CPU_NONE, &thread);
	assert_int_equal(gt_writer_go(made.writer, &go), 0);
	assert_int_equal(gt_writer_probes(made.writer, &probes), 0);
	made.standing = true;
	tell(&made, &(struct told){2000, 0, 101, GT_GO_PROBE_PARK, 7, 0, 1, 0, {CHANRECV, WORKER, GOEXIT},
				   {GOPARK, CHANRECV, WORKER, WORKER, GOGO}, 40});
	PARK(6000, 0, 101, 8, 2, {SLEEP, PRODUCER, GOEXIT});
	ABOUT(READY, 7000, 0, 101, 0, 8, {0});
	ABOUT(EXECUTE, 10000, 1, 102, 0, 9, {0});
	tell(&made, &(struct told){19990, 1, 102, GTRACE_HIT_OFF, .stack = {SYSCALL6, FILE_READ, READER, GOEXIT}});
	leave_cpu(&made, 1, 20000, 102, 0, 2);
	made.standing = false;
	made_clock(&made, 0, 200000, 5000200000, 200002);
	window(&made, 200000, true);
	made_switch(&made, 0, 200001, 101, TGT, 0, GTRACE_EVENT_F_RUNNING);
	made_switch(&made, 1, 200001, 0, 0, 0, GTRACE_EVENT_F_RUNNING);
	ABOUT(EXECUTE, 201000, 0, 101, 0, 8, {0});
	ABOUT(READY, 210000, 0, 101, 8, 7, {CHANSEND, PRODUCER, GOEXIT});
	wake(&made, 0, 220000, 102, 0, true);
	leave_cpu(&made, 1, 221000, 0, 102, 0);
	made_end(&made, &(struct gt_total){.cpu = 0}, 1);
	return made;
}

int main(int argc, char **argv)
{
	struct gt_recording_info dump = made_info;

	if (argc != 2)
		return 2;
	dump.trigger = "park>20us: goroutine 9, 20 us";
	dump.trigger_goid = 9;
	dump.trigger_tsc = 230000;
	dump.fired_tsc = 250001;
	dump.until_tsc = UINT64_MAX;
	return seed(make_stops(), argv[1], "stops") || seed(make_stops_as(&dump, "go1.26.1", 0x1fe), argv[1], "dump") ||
	       seed(make_standing(&dump), argv[1], "standing");
}
