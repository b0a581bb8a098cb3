// SPDX-License-Identifier: GPL-2.0
/* gtrace_data-seeds DIR: writes small recordings with every kind of chunk, for both PEBS formats, as seeds. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/recording_writer.h"

struct adaptive {
	struct gtrace_pebs_basic basic;
	struct gtrace_pebs_mem mem;
	struct gtrace_pebs_gpr gpr;
	struct gtrace_pebs_xmm xmm;
	struct gtrace_pebs_branch branches[32];
};

struct park {
	struct gtrace_event_hit hit;
	__u64 values[3];
	struct gtrace_pebs_branch branches[3];
	__u64 frames[4];
};

/* A park with everything twice, as packed and (grown by a word) as raw, and what a reader needs for it. */
static int write_parks(struct gt_writer *w)
{
	const struct park park = {
		.hit = { .head = { GTRACE_EVENT_HIT, sizeof(park), 0, 310 }, .id = 1, .tid = 8, .tgid = 7, .nr_values = 3,
			 .nr_branches = 3, .nr_frames = 4, .ip = 0x43a000, .sp = 0xc000040f00 },
		.values = { 0xc000006000, 1, 0xc000010000 },
		.branches = { { 0x43a100, 0x43a000, 9 }, { 0x401010, 0x43a0f0, 1ull << 63 | 5 }, { 0x401000, 0x401008, 300 } },
		.frames = { 0x43a105, 0x401015, 0x402015, 0x403015 },
	};
	struct {
		struct park park;
		__u64 grown;
	} raw = { .park = park };
	const struct {
		struct gtrace_event_wake wake;
		struct gtrace_event_window open;
		struct gtrace_event_period period;
	} others = {
		.wake = { { GTRACE_EVENT_WAKE, sizeof(others.wake), 0, 320 }, 8, 7, 9, 9, 1, -1 },
		.open = { { GTRACE_EVENT_WINDOW, sizeof(others.open), 0, 330 }, 1, 0, 2, 4000, 300000 },
		.period = { { GTRACE_EVENT_PERIOD, sizeof(others.period), 0, 340 }, 3, 18010 },
	};
	int err = 0;

	raw.park.hit.head.size = sizeof(raw);
	for (unsigned int i = 0; !err && i < 2; i++)
		err = gt_writer_events(w, 0, &park, sizeof(park));
	if (!err)
		err = gt_writer_events(w, 0, &raw, sizeof(raw));
	if (!err)
		err = gt_writer_events(w, 0, &others, sizeof(others));
	if (!err)
		err = gt_writer_probes(w, &(struct gt_probes){ .tgid = 7, .planted = 6, .nr_reasons = 3, .refusal = "",
							       .reasons = "\0GC assist marking\0IO wait" });
	if (!err)
		err = gt_writer_stranger(w, &(struct gt_stranger_name){ .tsc = 320, .tid = 9, .tgid = 9, .comm = "sshd" });
	return err;
}

static int write_small_chunks(struct gt_writer *w)
{
	const struct gt_look_goroutine goroutines[] = { { .g = 0xc000006000, .goid = 1 }, { .g = 0xc000006400, .goid = 9 } };
	const struct gt_look_thread thread = { .m = 0x5a0000, .g0 = 0x5a1000, .tid = 7 };
	const struct {
		struct gtrace_event_switch first, second;
		struct gtrace_event_clock clock;
		struct gtrace_event_map map;
		char path[8];
		struct gtrace_event_task exec;
	} events = {
		.first = { { GTRACE_EVENT_SWITCH, sizeof(events.first), 0, 100 }, 0, 7, 7, 0, 0 },
		.second = { { GTRACE_EVENT_SWITCH, sizeof(events.second), 0, 300 }, 7, 8, 7, 1, 2 },
		.clock = { { GTRACE_EVENT_CLOCK, sizeof(events.clock), 0, 90 }, 5000, 95 },
		.map = { .head = { GTRACE_EVENT_MAP, sizeof(events.map) + 8, 0, 80 }, .start = 4096, .end = 8192 },
		.path = "/bin/a",
		.exec = { .head = { GTRACE_EVENT_EXEC, sizeof(events.exec), 0, 85 }, .tid = 7, .tgid = 7, .comm = "a" },
	};
	int err = gt_writer_events(w, 0, &events, sizeof(events));

	if (!err)
		err = gt_writer_events(w, GT_CPU_NONE, &events.map, events.map.head.size);
	if (!err)
		err = gt_writer_file(w, &(struct gt_file){ .path = "/bin/a", .build_id_bytes = 2, .build_id = { 1, 2 } });
	if (!err)
		err = gt_writer_go(w, &(struct gt_go){ .tgid = 7, .version = "go1.26", .path = "/bin/a" });
	if (!err)
		err = gt_writer_look(w, &(struct gt_look){ .tgid = 7, .nr_goroutines = 2, .nr_threads = 1, .complete = true },
				     goroutines, &thread);
	if (!err)
		err = gt_writer_symbol(w, &(struct gt_kernel_symbol){ 0xffffffff81000000, "_stext" });
	if (!err)
		err = gt_writer_vdso(w, &(struct gt_vdso_function){ 0xa00, 5, "__vdso_time" });
	return err;
}

static int write_seed(const char *dir, uint32_t format)
{
	static struct adaptive adaptive[8];
	static struct gtrace_pebs_fixed fixed[8];
	uint32_t data = GTRACE_DATA_MEM | GTRACE_DATA_GPR | (format == 4 ? GTRACE_DATA_XMM | GTRACE_DATA_LBR : 0);
	struct gt_recording_info info = {
		.version = "1", .host = "h", .kernel = "6.1", .cpu = "c", .command = "gtrace record a\\\n",
		.pebs_format = format, .nr_cpus = 1, .data = data, .fields = GT_FIELDS_DEFAULT | GT_FIELDS_REGS,
		.lbr_depth = format == 4 ? 32 : 0,
	};
	const struct gt_total total = { .samples = 8 };
	struct gt_decoder decoder;
	struct gt_writer *w;
	char path[4096];
	int fd, err;

	for (unsigned int i = 0; i < 8; i++) {
		fixed[i] = (struct gtrace_pebs_fixed){ .tsc = 100 + i * 50, .real_ip = 0x401000 + i % 3 * 9, .r8 = (__u64)i << i * 7 };
		adaptive[i].basic = (struct gtrace_pebs_basic){ data, 0, sizeof(adaptive[i]), 0x401000, 1, 100 + i * 50 };
		for (unsigned int b = 0; b < 3 + i; b++)
			adaptive[i].branches[b] = (struct gtrace_pebs_branch){ 0x401000 + b % 3, 0x402000, b << b };
	}
	if (format == 4)
		info.fields |= GT_FIELDS_XMM;
	snprintf(path, sizeof(path), "%s/format-%u", dir, format);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	err = fd < 0 ? -errno : gt_decoder_init(&decoder, format, data, 32, format == 4 ? sizeof(*adaptive) : sizeof(*fixed));
	if (!err)
		err = gt_writer_new(fd, &info, &decoder, &w);
	if (err)
		return err;
	err = write_small_chunks(w);
	if (!err)
		err = write_parks(w);
	if (!err)
		err = gt_writer_samples(w, 0, format == 4 ? (void *)adaptive : fixed, 8);
	if (!err)
		err = gt_writer_finish(w, &total, 1);
	gt_writer_free(w);
	close(fd);
	return err;
}

int main(int argc, char **argv)
{
	int err = argc == 2 ? 0 : -EINVAL;

	for (uint32_t format = 3; !err && format <= 4; format++)
		err = write_seed(argv[1], format);
	if (err)
		fprintf(stderr, "gtrace_data-seeds DIR: %s\n", strerror(-err));
	return err != 0;
}
