// SPDX-License-Identifier: GPL-2.0
/*
 * What it costs to pack and unpack samples, and into how many bytes, beside zlib on the raw records.
 *
 * The records are those of a made-up Go program: 8 goroutines that take turns, each in a loop over a few of 48 store
 * instructions; per instruction some registers stay, some step with the loop, two hold data (random). Figures of a
 * real recording come from the lab (bench/cost.bench); this one isolates the packer and needs no lab.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

#include "lib/sample_pack.h"

#define NR_SAMPLES	5200	/* a ring of 1 MiB: the caches see what they see when recording */
#define ROUNDS		1000
#define CHUNK		2600	/* what one wakeup brings: half of it */

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void make_records(struct gtrace_pebs_fixed *records, size_t n)
{
	uint64_t state = 88172645463325252ull, tsc = 1000000000000;
	unsigned int goroutine = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t r = next_random(&state);
		unsigned int site, loop;

		if (r % 300 == 0)
			goroutine = next_random(&state) % 8;
		site = (goroutine * 5 + (r >> 20) % 6) % 48;
		loop = i * 16 + site;
		tsc += 40000 + r % 5000;
		records[i] = (struct gtrace_pebs_fixed){
			.tsc = tsc, .real_ip = 0x4a1000 + site * 0x1c3, .ip = 0x4a1004 + site * 0x1c3, .status = 1,
			.flags = r & 0x40 ? 0x246 : 0x202, .source = !(r % 30),
			.addr = 0xc000100000 + goroutine * 0x80000 + loop % 65536 * 8,
			.ax = loop, .bx = 0xc000100000 + goroutine * 0x80000, .cx = 65536, .dx = next_random(&state),
			.si = loop * 8, .di = next_random(&state) & 0xffffffff, .r8 = site, .r9 = 0x1000,
			.sp = 0xc00004f000 + goroutine * 0x8000 - site % 3 * 0x60, .bp = 0xc00004f058 + goroutine * 0x8000,
			.r10 = 0x52f000 + site * 64, .r12 = loop / 3, .r14 = 0xc000006000 + goroutine * 0x1c0,
			.r15 = 0x7f0000000000,
		};
	}
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

static void metric(const char *name, const char *unit, double ours, double theirs, double limit, const char *how)
{
	printf("{\"bench\":\"pack\",\"metric\":\"%s\",\"unit\":\"%s\",\"gtrace\":%.4g,\"peer\":\"zlib level 1, raw "
	       "records\",\"peer_value\":%.4g,\"ratio\":%.4g,\"limit\":%g,\"how\":\"%s\"}\n", name, unit, ours, theirs,
	       theirs / ours, limit, how);
}

struct result {
	double pack_ns, unpack_ns, bytes;
};

static struct result measure(const struct gtrace_pebs_fixed *records, uint64_t fields, uint8_t *packed)
{
	static struct gt_sample_pack pack;
	struct gt_decoder decoder;
	struct gt_sample sample = { 0 };
	struct result result = { 0 };
	uint8_t *out = packed;
	uint64_t check = 0;
	double begin;

	if (gt_decoder_init(&decoder, 3, GTRACE_DATA_MEM | GTRACE_DATA_GPR, 0, sizeof(*records)) ||
	    gt_sample_pack_init(&pack, fields, false))
		exit(1);
	begin = now();
	for (int round = 0; round < ROUNDS; round++) {
		out = packed;
		for (size_t i = 0; i < NR_SAMPLES; i++) {
			if (i % CHUNK == 0)
				gt_sample_pack_reset(&pack);
			gt_decode(&decoder, &records[i], &sample);
			out = gt_sample_pack(&pack, &sample, out);
		}
	}
	result.pack_ns = (now() - begin) / ROUNDS / NR_SAMPLES;
	result.bytes = (double)(out - packed) / NR_SAMPLES;
	begin = now();
	for (int round = 0; round < ROUNDS; round++) {
		const uint8_t *in = packed;

		for (size_t i = 0; i < NR_SAMPLES; i++) {
			if (i % CHUNK == 0)
				gt_sample_pack_reset(&pack);
			in = gt_sample_unpack(&pack, in, &sample);
			check += sample.tsc + sample.addr + sample.regs[GT_REG_R14];
		}
	}
	result.unpack_ns = (now() - begin) / ROUNDS / NR_SAMPLES;
	/* What is fast must also be right. */
	for (size_t i = 0; i < NR_SAMPLES; i++)
		check -= ROUNDS * (records[i].tsc + records[i].addr + records[i].r14);
	if (check)
		exit(1);
	gt_sample_pack_fini(&pack);
	return result;
}

static struct result measure_zlib(const struct gtrace_pebs_fixed *records)
{
	uLong raw = CHUNK * sizeof(*records), bound = compressBound(raw), bytes = 0;
	unsigned char *packed = malloc(bound), *back = malloc(raw);
	size_t chunks = NR_SAMPLES / CHUNK, samples = chunks * CHUNK;
	struct result result = { 0 };

	for (size_t i = 0; i < chunks; i++) {
		uLongf length = bound, length_back = raw;
		double begin = now(), middle;

		if (compress2(packed, &length, (const Bytef *)&records[i * CHUNK], raw, 1) != Z_OK)
			exit(1);
		middle = now();
		if (uncompress(back, &length_back, packed, length) != Z_OK)
			exit(1);
		result.pack_ns += (middle - begin) / samples;
		result.unpack_ns += (now() - middle) / samples;
		bytes += length;
	}
	result.bytes = (double)bytes / samples;
	free(packed);
	free(back);
	return result;
}

int main(void)
{
	uint64_t registers = GT_FIELDS_DEFAULT | GT_FIELDS_REGS | GT_FIELD_BIT(GT_FIELD_FLAGS) |
			     GT_FIELD_BIT(GT_FIELD_NEXT_IP) | GT_FIELD_BIT(GT_FIELD_COUNTERS) |
			     GT_FIELD_BIT(GT_FIELD_LATENCY);
	struct gtrace_pebs_fixed *records = calloc(NR_SAMPLES, sizeof(*records));
	uint8_t *packed = calloc(NR_SAMPLES + 1, GT_PACK_ROW_MAX);
	struct result peer, ours;

	if (!records || !packed)
		return 1;
	make_records(records, NR_SAMPLES);
	peer = measure_zlib(records);
	ours = measure(records, GT_FIELDS_DEFAULT, packed);
	metric("decode and pack, default fields", "ns a sample", ours.pack_ns, peer.pack_ns, 300, "CPU time");
	metric("unpack, default fields", "ns a sample", ours.unpack_ns, peer.unpack_ns, 60, "CPU time");
	metric("size, default fields", "bytes a sample", ours.bytes, peer.bytes, 200, "of 200 raw bytes");
	ours = measure(records, registers, packed);
	metric("decode and pack, all registers", "ns a sample", ours.pack_ns, peer.pack_ns, 300, "CPU time");
	metric("unpack, all registers", "ns a sample", ours.unpack_ns, peer.unpack_ns, 60, "CPU time");
	metric("size, all registers", "bytes a sample", ours.bytes, peer.bytes, 160, "of 200 raw bytes");
	free(packed);
	free(records);
	return 0;
}
