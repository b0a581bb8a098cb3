// SPDX-License-Identifier: GPL-2.0
/* gtrace.data: what is written is read, and a damaged file loses what was damaged and says so. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/format.h"
#include "lib/recording.h"
#include "lib/recording_writer.h"

#define NR_SAMPLES	20000
#define NR_SWITCHES	3000

struct fixture {
	char path[32];
	int fd;
	struct gt_decoder decoder;
	struct gtrace_pebs_fixed *records;
};

static const struct gt_recording_info some_info = {
	.version = "v1-g123", .host = "lab", .kernel = "6.1.0-28-amd64", .cpu = "Intel(R) Xeon(R)",
	.command = "gtrace record -- sh -c 'a\\b\nc'", .start_realtime_ns = 1700000000123456789ull,
	.abi_version = GTRACE_ABI_VERSION, .pebs_format = 3, .cpu_family = 6, .cpu_model = 85, .cpu_stepping = 4,
	.nr_cpus = 2, .tsc_khz = 2100000, .data = GTRACE_DATA_MEM | GTRACE_DATA_GPR,
	.flags = GTRACE_F_INHERIT, .sample_bytes = 1 << 20, .event_bytes = 1 << 18, .target = -1,
	.period = 0xfedcba9876543210ull, .fields = GT_FIELDS_DEFAULT | GT_FIELDS_REGS, .attached = true,
};

/* Stores of a loop of four, with registers that step, stay, or jump. */
static void fill_records(struct gtrace_pebs_fixed *r, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		r[i] = (struct gtrace_pebs_fixed){
			.real_ip = 0x401000 + i % 4 * 12, .ip = 0x401004 + i % 4 * 12, .tsc = 1000000 + i * 611ull,
			.addr = 0xc000100000 + i * 8ull, .source = i % 17 == 0, .status = 1, .flags = 0x246,
			.ax = i, .bx = -(uint64_t)i, .cx = 7, .sp = 0xc00007be00, .bp = 0xc00007be48,
			.r8 = i * 0x9e3779b97f4a7c15ull, .r14 = 0xc000006000 + i / 5000 * 0x400, .r15 = ~0ull,
		};
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->path, "/tmp/gtrace-unit-XXXXXX");
	f->fd = mkstemp(f->path);
	f->records = calloc(NR_SAMPLES, sizeof(*f->records));
	fill_records(f->records, NR_SAMPLES);
	*state = f;
	return f->fd < 0 ||
	       gt_decoder_init(&f->decoder, 3, some_info.data, 0, sizeof(struct gtrace_pebs_fixed));
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	close(f->fd);
	unlink(f->path);
	free(f->records);
	free(f);
	return 0;
}

static struct gtrace_event_switch some_switch(unsigned int i)
{
	return (struct gtrace_event_switch){
		.head = { .type = GTRACE_EVENT_SWITCH, .size = sizeof(struct gtrace_event_switch),
			  .flags = i ? 0 : GTRACE_EVENT_F_RUNNING, .tsc = 1000000 + i * 4000ull },
		.prev_tid = i % 2 ? 4711 : 0, .next_tid = i % 2 ? 0 : 4711, .next_tgid = i % 2 ? 0 : 4710,
		.prev_state = i % 3, .sample_index = i * 6,
	};
}

/* An event ring's content: switches, and one event of every other kind among them. */
static size_t fill_events(uint8_t *out)
{
	const struct gtrace_event_task task = {
		.head = { .type = GTRACE_EVENT_FORK, .size = sizeof(task), .tsc = 5 },
		.tid = 4711, .tgid = 4710, .parent_tid = 4710, .parent_tgid = 4710, .mm = 9, .comm = "prog",
	};
	const struct gtrace_event_clock clock = {
		.head = { .type = GTRACE_EVENT_CLOCK, .size = sizeof(clock), .tsc = 6 },
		.monotonic_ns = 77, .tsc_after = 16,
	};
	const struct gtrace_event pad = { .type = GTRACE_EVENT_PAD, .size = 32 }, short_pad = { .size = 8 };
	struct gtrace_event_map map = {
		.head = { .type = GTRACE_EVENT_MAP, .size = sizeof(map) + 16, .tsc = 7 }, .tid = 1, .tgid = 1,
	};
	uint8_t *p = out;

	memcpy(p, &task, sizeof(task));
	p += sizeof(task);
	memset(p, 0, pad.size);
	memcpy(p, &pad, sizeof(pad));
	p += pad.size;
	memcpy(p, &short_pad, short_pad.size);
	p += short_pad.size;
	memcpy(p, &map, sizeof(map));
	memcpy(p + sizeof(map), "/usr/bin/prog\0\0", 16);
	p += map.head.size;
	for (unsigned int i = 0; i < NR_SWITCHES; i++) {
		struct gtrace_event_switch sw = some_switch(i);

		memcpy(p, &sw, sizeof(sw));
		p += sizeof(sw);
	}
	memcpy(p, &clock, sizeof(clock));
	return p + sizeof(clock) - out;
}

static const struct gt_look_goroutine goroutines[] = {
	{ .g = 0xc000006000, .goid = 1, .gopc = 0x45a000, .startpc = 0x431000, .status = 4 },
	{ .g = 0xc000006400, .goid = 99, .gopc = 0x45a123, .startpc = 0x431fff, .status = 6 },
};
static const struct gt_look_thread threads[] = { { .m = 0x5a0000, .g0 = 0x5a1000, .curg = 0xc000006000, .tid = 4711 } };
static const struct gt_total totals[] = {
	{ .cpu = 0, .samples = NR_SAMPLES, .lost_full = 3, .pmis = 9, .switches = NR_SWITCHES },
	{ .cpu = 1, .lost_offline = 1, .spurious = 2 },
};

static void write_recording(struct fixture *f, const struct gt_recording_info *info)
{
	static uint8_t events[1 << 18] __attribute__((aligned(8)));
	const struct gt_file file = { .path = "/usr/bin/prog", .ino = 7, .size = 8, .build_id_bytes = 3,
				      .build_id = { 1, 2, 3 } };
	const struct gt_go go = { .tsc = 1, .tgid = 4710, .load_bias = 0x1000, .version = "go1.26.1",
				  .path = "/usr/bin/prog" };
	const struct gt_look look = { .tsc_begin = 10, .tsc_end = 20, .tgid = 4710, .nr_goroutines = 2,
				      .nr_threads = 1, .complete = true };
	const struct gt_kernel_symbol symbol = { .addr = 0xffffffff81000000, .name = "_stext" };
	const struct gt_vdso_function function = { .offset = 0xa00, .bytes = 5, .name = "__vdso_time" };
	size_t bytes = fill_events(events);
	struct gt_writer *w;

	assert_int_equal(gt_writer_new(f->fd, info, &f->decoder, &w), 0);
	assert_int_equal(gt_writer_file(w, &file), 0);
	assert_int_equal(gt_writer_go(w, &go), 0);
	assert_int_equal(gt_writer_look(w, &look, goroutines, threads), 0);
	assert_int_equal(gt_writer_symbol(w, &symbol), 0);
	assert_int_equal(gt_writer_vdso(w, &function), 0);
	assert_int_equal(gt_writer_events(w, 0, events, bytes), 0);
	assert_int_equal(gt_writer_samples(w, 0, f->records, NR_SAMPLES / 2), 0);
	assert_int_equal(gt_writer_samples(w, 0, f->records + NR_SAMPLES / 2, NR_SAMPLES / 2), 0);
	assert_int_equal(gt_writer_finish(w, totals, 2), 0);
	assert_int_equal(gt_writer_unflushed(w), 0);
	assert_int_equal(gt_writer_bytes(w), lseek(f->fd, 0, SEEK_END));
	gt_writer_free(w);
}

static void info_survives(void **state)
{
	struct fixture *f = *state;
	const struct gt_recording_info *info;
	struct gt_recording *rec;

	write_recording(f, &some_info);
	assert_int_equal(gt_recording_open(f->path, &rec), 0);
	info = gt_recording_info(rec);
	assert_string_equal(info->version, some_info.version);
	assert_string_equal(info->host, some_info.host);
	assert_string_equal(info->kernel, some_info.kernel);
	assert_string_equal(info->cpu, some_info.cpu);
	assert_string_equal(info->command, some_info.command);
	assert_int_equal(info->start_realtime_ns, some_info.start_realtime_ns);
	assert_int_equal(info->cpu_model, 85);
	assert_int_equal(info->tsc_khz, 2100000);
	assert_int_equal(info->target, -1);
	assert_true(info->period == some_info.period);
	assert_true(info->fields == some_info.fields);
	assert_true(info->attached);
	gt_recording_close(rec);
}

static void samples_survive(void **state)
{
	struct fixture *f = *state;
	struct gt_recording *rec;
	struct gt_chunk chunk;
	struct gt_sample sample;
	unsigned int n = 0;
	int ret;

	write_recording(f, &some_info);
	assert_int_equal(gt_recording_open(f->path, &rec), 0);
	while ((ret = gt_recording_next(rec, GT_CHUNKS(GT_CHUNK_SAMPLES), &chunk)) > 0) {
		assert_int_equal(chunk.cpu, 0);
		assert_false(chunk.gap);
		for (; (ret = gt_chunk_sample(rec, &sample)) > 0; n++) {
			const struct gtrace_pebs_fixed *r = &f->records[n];

			assert_true(sample.fields == some_info.fields);
			assert_int_equal(sample.cpu, 0);
			assert_true(sample.tsc == r->tsc && sample.ip == r->real_ip && sample.addr == r->addr &&
				    sample.source == r->source);
			assert_memory_equal(sample.regs, &r->ax, sizeof(sample.regs));
			assert_int_equal(sample.nr_branches, 0);
		}
		assert_int_equal(ret, 0);
	}
	assert_int_equal(ret, 0);
	assert_int_equal(n, NR_SAMPLES);
	assert_int_equal(gt_recording_damage(rec)->bytes, 0);
	assert_false(gt_recording_damage(rec)->unfinished);
	gt_recording_close(rec);
}

static void events_survive(void **state)
{
	struct fixture *f = *state;
	const struct gtrace_event *event;
	struct gt_recording *rec;
	struct gt_chunk chunk;
	unsigned int switches = 0, others = 0;

	write_recording(f, &some_info);
	assert_int_equal(gt_recording_open(f->path, &rec), 0);
	assert_int_equal(gt_recording_next(rec, GT_CHUNKS(GT_CHUNK_EVENTS), &chunk), 1);
	while (gt_chunk_event(rec, &event) > 0) {
		if (event->type == GTRACE_EVENT_SWITCH) {
			struct gtrace_event_switch sw = some_switch(switches++);

			assert_memory_equal(event, &sw, sizeof(sw));
		} else if (event->type == GTRACE_EVENT_MAP) {
			assert_string_equal(((const struct gtrace_event_map *)event)->path, "/usr/bin/prog");
			others++;
		} else if (event->type == GTRACE_EVENT_CLOCK) {
			assert_int_equal(((const struct gtrace_event_clock *)event)->tsc_after, 16);
			others++;
		} else {
			assert_int_equal(event->type, GTRACE_EVENT_FORK);
			assert_string_equal(((const struct gtrace_event_task *)event)->comm, "prog");
			others++;
		}
	}
	assert_int_equal(switches, NR_SWITCHES);
	assert_int_equal(others, 3);
	assert_in_range(chunk.bytes, NR_SWITCHES, NR_SWITCHES * 12);	/* 40 bytes each in the ring */
	gt_recording_close(rec);
}

static void small_chunks_survive(void **state)
{
	struct fixture *f = *state;
	struct gt_look_goroutine g;
	struct gt_kernel_symbol symbol;
	struct gt_vdso_function function;
	struct gt_look_thread thread;
	struct gt_recording *rec;
	struct gt_total total;
	struct gt_chunk chunk;
	struct gt_look look;
	struct gt_file file;
	struct gt_go go;

	write_recording(f, &some_info);
	assert_int_equal(gt_recording_open(f->path, &rec), 0);
	assert_int_equal(gt_recording_next(rec, GT_CHUNKS(GT_CHUNK_FILES), &chunk), 1);
	assert_int_equal(gt_chunk_go(rec, &go), -EINVAL);
	assert_int_equal(gt_chunk_file(rec, &file), 1);
	assert_string_equal(file.path, "/usr/bin/prog");
	assert_int_equal(file.build_id_bytes, 3);
	assert_int_equal(file.build_id[2], 3);
	assert_int_equal(gt_chunk_file(rec, &file), 0);

	assert_int_equal(gt_recording_next(rec, GT_CHUNKS(GT_CHUNK_GO), &chunk), 1);
	assert_int_equal(gt_chunk_go(rec, &go), 1);
	assert_string_equal(go.version, "go1.26.1");
	assert_string_equal(go.path, "/usr/bin/prog");
	assert_int_equal(go.load_bias, 0x1000);

	assert_int_equal(gt_recording_next(rec, GT_CHUNKS(GT_CHUNK_LOOK), &chunk), 1);
	assert_int_equal(gt_chunk_look(rec, &look), 1);
	assert_true(look.complete);
	assert_int_equal(look.tsc_end, 20);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(gt_chunk_goroutine(rec, &g), 1);
		assert_memory_equal(&g, &goroutines[i], sizeof(g));
	}
	assert_int_equal(gt_chunk_goroutine(rec, &g), 0);
	assert_int_equal(gt_chunk_thread(rec, &thread), 1);
	assert_memory_equal(&thread, &threads[0], sizeof(thread));
	assert_int_equal(gt_chunk_thread(rec, &thread), 0);

	assert_int_equal(gt_recording_next(rec, GT_CHUNKS(GT_CHUNK_KERNEL), &chunk), 1);
	assert_int_equal(gt_chunk_symbol(rec, &symbol), 1);
	assert_string_equal(symbol.name, "_stext");
	assert_true(symbol.addr == 0xffffffff81000000);

	assert_int_equal(gt_recording_next(rec, GT_CHUNKS(GT_CHUNK_VDSO), &chunk), 1);
	assert_int_equal(gt_chunk_vdso(rec, &function), 1);
	assert_string_equal(function.name, "__vdso_time");
	assert_int_equal(function.offset, 0xa00);
	assert_int_equal(function.bytes, 5);
	assert_int_equal(gt_chunk_vdso(rec, &function), 0);

	assert_int_equal(gt_recording_next(rec, GT_CHUNKS(GT_CHUNK_FINISH), &chunk), 1);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(gt_chunk_total(rec, &total), 1);
		assert_memory_equal(&total, &totals[i], sizeof(total));
	}
	assert_int_equal(gt_chunk_total(rec, &total), 0);
	gt_recording_close(rec);
}

static void big_looks_are_split(void **state)
{
	struct fixture *f = *state;
	struct gt_look look = { .tsc_begin = 1, .tsc_end = 2, .tgid = 3, .nr_goroutines = 200000, .complete = true };
	struct gt_look_goroutine *all = calloc(look.nr_goroutines, sizeof(*all)), g;
	unsigned int n = 0, chunks = 0;
	struct gt_recording *rec;
	struct gt_chunk chunk;
	struct gt_writer *w;

	for (uint32_t i = 0; i < look.nr_goroutines; i++)
		all[i] = (struct gt_look_goroutine){ .g = 0xc000000000 + i * 448ull, .goid = i * 3 };
	assert_int_equal(gt_writer_new(f->fd, &some_info, &f->decoder, &w), 0);
	assert_int_equal(gt_writer_look(w, &look, all, NULL), 0);
	assert_int_equal(gt_writer_flush(w), 0);
	gt_writer_free(w);
	assert_int_equal(gt_recording_open(f->path, &rec), 0);
	while (gt_recording_next(rec, GT_CHUNKS(GT_CHUNK_LOOK), &chunk) > 0) {
		assert_int_equal(gt_chunk_look(rec, &look), 1);
		assert_int_equal(look.complete, !chunks++);
		while (gt_chunk_goroutine(rec, &g) > 0)
			assert_memory_equal(&g, &all[n++], sizeof(g));
	}
	assert_int_equal(n, 200000);
	assert_true(chunks > 1);
	assert_true(gt_recording_damage(rec)->unfinished);
	gt_recording_close(rec);
	free(all);
}

static void branches_survive(void **state)
{
	struct fixture *f = *state;
	struct record {
		struct gtrace_pebs_basic basic;
		struct gtrace_pebs_mem mem;
		struct gtrace_pebs_gpr gpr;
		struct gtrace_pebs_xmm xmm;
		struct gtrace_pebs_branch branches[32];
	} *r = calloc(100, sizeof(*r));
	struct gt_recording_info info = some_info;
	uint32_t data = GTRACE_DATA_MEM | GTRACE_DATA_GPR | GTRACE_DATA_XMM | GTRACE_DATA_LBR;
	struct gt_recording *rec;
	struct gt_sample sample;
	struct gt_chunk chunk;
	struct gt_writer *w;

	for (unsigned int i = 0; i < 100; i++) {
		r[i].basic = (struct gtrace_pebs_basic){ .format_group = data | 31u << 24, .format_size = sizeof(*r),
							 .ip = 0x401000 + i, .counters = 1, .tsc = 5000 + i };
		r[i].mem.addr = i * 64;
		r[i].gpr.cx = i;
		r[i].gpr.di = 3 * i;
		r[i].gpr.r14 = 0xc000006000;
		r[i].xmm.xmm[31] = i;
		for (unsigned int b = 0; b < 32; b++)
			r[i].branches[b] = (struct gtrace_pebs_branch){ 0x401000 + b, 0x402000 + b, i + b };
	}
	info.pebs_format = 4;
	info.lbr_depth = 32;
	info.data = data;
	info.fields = GT_FIELDS_DEFAULT | GT_FIELDS_REGS | GT_FIELDS_XMM;
	assert_int_equal(gt_decoder_init(&f->decoder, 4, data, 32, sizeof(*r)), 0);
	assert_int_equal(gt_writer_new(f->fd, &info, &f->decoder, &w), 0);
	assert_int_equal(gt_writer_samples(w, 1, r, 100), 0);
	assert_int_equal(gt_writer_flush(w), 0);
	gt_writer_free(w);
	assert_int_equal(gt_recording_open(f->path, &rec), 0);
	assert_int_equal(gt_recording_next(rec, GT_CHUNKS(GT_CHUNK_SAMPLES), &chunk), 1);
	for (unsigned int i = 0; i < 100; i++) {
		assert_int_equal(gt_chunk_sample(rec, &sample), 1);
		assert_int_equal(sample.cpu, 1);
		assert_int_equal(sample.tsc, 5000 + i);
		assert_int_equal(sample.regs[GT_REG_CX], i);
		assert_int_equal(sample.regs[GT_REG_DI], 3 * i);
		assert_int_equal(sample.xmm[31], i);
		assert_int_equal(sample.nr_branches, 32);
		assert_memory_equal(sample.branches, r[i].branches, sizeof(r[i].branches));
	}
	assert_int_equal(gt_chunk_sample(rec, &sample), 0);
	gt_recording_close(rec);
	r[7].basic.format_size = 64;
	assert_int_equal(gt_writer_new(f->fd, &info, &f->decoder, &w), 0);
	assert_int_equal(gt_writer_samples(w, 1, r, 100), -EBADMSG);
	assert_int_equal(gt_writer_flush(w), -EBADMSG);
	gt_writer_free(w);
	free(r);
}

static void decoders_check_the_module(void **state)
{
	struct gt_decoder d;

	(void)state;
	assert_int_equal(gt_decoder_init(&d, 3, GTRACE_DATA_MEM | GTRACE_DATA_GPR, 32, 200), 0);
	assert_int_equal(d.lbr_depth, 0);
	assert_int_equal(gt_decoder_init(&d, 3, GTRACE_DATA_MEM | GTRACE_DATA_GPR, 32, 208), -EPROTO);
	assert_int_equal(gt_decoder_init(&d, 3, GTRACE_DATA_LBR, 32, 200), -EPROTO);
	assert_int_equal(gt_decoder_init(&d, 4, GTRACE_DATA_MEM, 32, 64), 0);
	assert_int_equal(gt_decoder_init(&d, 4, GTRACE_DATA_MEM | GTRACE_DATA_GPR | GTRACE_DATA_LBR, 32, 976), 0);
	assert_int_equal(gt_decoder_init(&d, 4, GTRACE_DATA_LBR, 33, 32 + 33 * 24), -EPROTO);
	assert_int_equal(gt_decoder_init(&d, 4, 1u << 4, 0, 32), -EPROTO);
	assert_int_equal(gt_decoder_init(&d, 2, GTRACE_DATA_MEM, 0, 192), -EOPNOTSUPP);
}

/* Reads all there is; returns the samples seen. */
static unsigned int read_all(struct gt_recording *rec, unsigned int *gaps)
{
	struct gt_sample sample;
	struct gt_chunk chunk;
	unsigned int n = 0;
	int ret;

	*gaps = 0;
	while ((ret = gt_recording_next(rec, GT_CHUNKS_ALL, &chunk)) > 0) {
		*gaps += chunk.gap;
		if (chunk.type != GT_CHUNK_SAMPLES)
			continue;
		while (gt_chunk_sample(rec, &sample) > 0)
			n++;
	}
	assert_int_equal(ret, 0);
	return n;
}

static void a_truncated_file_gives_its_beginning(void **state)
{
	struct fixture *f = *state;
	unsigned int samples, gaps, last = 0;
	struct gt_recording *rec;
	off_t whole;

	write_recording(f, &some_info);
	whole = lseek(f->fd, 0, SEEK_END);
	for (off_t bytes = 1; bytes < whole; bytes += 1 + (whole - bytes < 400 ? 0 : bytes / 7)) {
		int err;

		if (bytes + bytes / 7 >= whole && whole - bytes > 100)
			bytes = whole - 100;	/* within the last chunk, byte by byte */
		assert_int_equal(lseek(f->fd, 0, SEEK_SET), 0);
		write_recording(f, &some_info);
		assert_int_equal(ftruncate(f->fd, bytes), 0);
		err = gt_recording_open(f->path, &rec);
		if (err) {
			assert_int_equal(err, -EBADMSG);
			assert_int_equal(last, 0);
			continue;
		}
		samples = read_all(rec, &gaps);
		assert_true(samples >= last);
		last = samples;
		assert_true(gt_recording_damage(rec)->unfinished);
		assert_int_equal(gt_recording_damage(rec)->truncated, gt_recording_damage(rec)->bytes != 0);
		gt_recording_close(rec);
	}
	assert_int_equal(last, NR_SAMPLES);
}

static void a_flipped_bit_loses_one_chunk(void **state)
{
	struct fixture *f = *state;
	unsigned int gaps, worst = NR_SAMPLES;
	off_t whole;

	write_recording(f, &some_info);
	whole = lseek(f->fd, 0, SEEK_END);
	for (off_t at = 2000; at < whole; at += 4099) {
		struct gt_recording *rec;
		unsigned int samples;
		uint8_t byte;

		assert_int_equal(pread(f->fd, &byte, 1, at), 1);
		byte ^= 0x10;
		assert_int_equal(pwrite(f->fd, &byte, 1, at), 1);
		assert_int_equal(gt_recording_open(f->path, &rec), 0);
		samples = read_all(rec, &gaps);
		assert_true(gt_recording_damage(rec)->bytes >= 32);
		assert_true(gt_recording_damage(rec)->first_offset <= (uint64_t)at);
		if (gt_recording_damage(rec)->chunks)
			assert_int_equal(samples + gt_recording_damage(rec)->samples, NR_SAMPLES);
		assert_int_equal(gaps, gt_recording_damage(rec)->unfinished ? 0 : 1);
		worst = samples < worst ? samples : worst;
		gt_recording_close(rec);
		byte ^= 0x10;
		assert_int_equal(pwrite(f->fd, &byte, 1, at), 1);
	}
	assert_in_range(worst, 1, NR_SAMPLES - 1);
}

static void other_files_are_refused(void **state)
{
	struct fixture *f = *state;
	struct gt_file_header header = { GT_FILE_MAGIC, GT_FILE_VERSION + 1, 16 };
	struct gt_recording *rec;

	assert_int_equal(gt_recording_open("/nonexistent/gtrace.data", &rec), -ENOENT);
	assert_int_equal(gt_recording_open("/dev/null", &rec), -ESPIPE);
	assert_int_equal(gt_recording_open(f->path, &rec), -EBADMSG);
	assert_int_equal(pwrite(f->fd, &header, 16, 0), 16);
	assert_int_equal(gt_recording_open(f->path, &rec), -EPROTONOSUPPORT);
	header = (struct gt_file_header){ "PERFILE2", 1, 16 };
	assert_int_equal(pwrite(f->fd, &header, 16, 0), 16);
	assert_int_equal(gt_recording_open(f->path, &rec), -EBADMSG);
}

static void write_errors_stick(void **state)
{
	struct fixture *f = *state;
	int full = open("/dev/full", O_WRONLY);
	struct gt_writer *w;
	int err = 0;

	assert_int_equal(gt_writer_new(full, &some_info, &f->decoder, &w), 0);
	for (int i = 0; i < 100 && !err; i++)
		err = gt_writer_samples(w, 0, f->records, NR_SAMPLES);
	assert_int_equal(err, -ENOSPC);
	assert_int_equal(gt_writer_finish(w, totals, 2), -ENOSPC);
	gt_writer_free(w);
	close(full);
}

static void events_that_are_none_are_refused(void **state)
{
	struct fixture *f = *state;
	struct gtrace_event bad[] = { { .type = GTRACE_EVENT_CPU, .size = 15 }, { .type = 1, .size = 40 } };
	struct gt_writer *w;

	for (int i = 0; i < 2; i++) {
		assert_int_equal(gt_writer_new(f->fd, &some_info, &f->decoder, &w), 0);
		assert_int_equal(gt_writer_events(w, 0, &bad[i], sizeof(bad[i])), -EBADMSG);
		gt_writer_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(info_survives, set_up, tear_down),
		cmocka_unit_test_setup_teardown(samples_survive, set_up, tear_down),
		cmocka_unit_test_setup_teardown(events_survive, set_up, tear_down),
		cmocka_unit_test_setup_teardown(small_chunks_survive, set_up, tear_down),
		cmocka_unit_test_setup_teardown(big_looks_are_split, set_up, tear_down),
		cmocka_unit_test_setup_teardown(branches_survive, set_up, tear_down),
		cmocka_unit_test(decoders_check_the_module),
		cmocka_unit_test_setup_teardown(a_truncated_file_gives_its_beginning, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_flipped_bit_loses_one_chunk, set_up, tear_down),
		cmocka_unit_test_setup_teardown(other_files_are_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(write_errors_stick, set_up, tear_down),
		cmocka_unit_test_setup_teardown(events_that_are_none_are_refused, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
