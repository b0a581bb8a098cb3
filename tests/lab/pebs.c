// SPDX-License-Identifier: GPL-2.0
/*
 * pebs CAPACITY THRESHOLD WINDOW [DATA_CFG]: samples stores by hand into a DS area in this process's own memory, with room
 * for CAPACITY records, an interrupt at THRESHOLD of them, period 100, during a window of WINDOW stores. With DATA_CFG
 * (hexadecimal) the records are adaptive. Prints the state after the window and every record as hexadecimal words.
 *
 * pebs unmapped: the DS area is where no memory is.
 * pebs fixed: samples instructions with fixed counter 0 (processors with PEBS on all counters).
 */
#include <string.h>
#include <sys/mman.h>

#include "msr.h"

struct ds_area {
	uint64_t bts[4], base, index, absolute_maximum, threshold, reset[12];
};

static const uint64_t period = 100;
static volatile uint64_t cell;

static void say(const char *name, uint64_t value)
{
	printf("%s %lx\n", name, value);
}

int main(int argc, char **argv)
{
	int fd = msr_open(), unmapped = argc == 2 && !strcmp(argv[1], "unmapped"), fixed = argc == 2 && !strcmp(argv[1], "fixed");
	uint64_t config = argc == 5 ? strtoul(argv[4], NULL, 16) : 0, size = 200;
	int adaptive = argc == 5 || fixed;
	uint64_t capacity = argc > 3 ? strtoul(argv[1], NULL, 0) : 4, threshold = argc > 3 ? strtoul(argv[2], NULL, 0) : 4;
	uint64_t stores = argc > 3 ? strtoul(argv[3], NULL, 0) : 450;
	struct ds_area *ds = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED | MAP_POPULATE, -1, 0);

	if (ds == MAP_FAILED || (argc < 4 && !unmapped && !fixed))
		return 2;
	if (adaptive)
		size = 32 + (config & 1 ? 32 : 0) + (config & 2 ? 144 : 0) + (config & 4 ? 256 : 0) +
			(config & 8 ? 24 * ((config >> 24) + 1) : 0);
	/* The records cross a page border that the DS area does not need to know of. */
	ds->base = ds->index = (uint64_t)ds + 4096 - 24;
	ds->absolute_maximum = ds->base + capacity * size;
	ds->threshold = ds->base + threshold * size;
	ds->reset[0] = ds->reset[8] = -period;

	msr_write(fd, GLOBAL_CTRL, 0);
	msr_write(fd, LBR_SELECT, 1);
	msr_write(fd, DEBUGCTL, 1);
	msr_write(fd, DS_AREA, unmapped ? 0x7ff000000000 : (uint64_t)ds);
	if (adaptive)
		msr_write(fd, PEBS_DATA_CFG, config);
	if (fixed) {
		msr_write(fd, FIXED_CTR0, -period & COUNTER_MASK);
		msr_write(fd, FIXED_CTR_CTRL, 2 | 1ul << 32);
		msr_write(fd, PEBS_ENABLE, 1ul << 32);
	} else {
		msr_write(fd, PMC0, -period & COUNTER_MASK);
		msr_write(fd, EVNTSEL0, STORES | USR | EN | (adaptive ? ADAPTIVE : 0));
		msr_write(fd, PEBS_ENABLE, 1);
	}
	window(fd, fixed ? 1ul << 32 : 1, stores, &cell);
	msr_write(fd, PEBS_ENABLE, 0);
	msr_write(fd, DEBUGCTL, 0);

	say("status", msr_read(fd, GLOBAL_STATUS));
	say("counter", msr_read(fd, fixed ? FIXED_CTR0 : PMC0));
	say("records", (ds->index - ds->base) / size);
	say("rest", (ds->index - ds->base) % size);
	say("cell", (uint64_t)&cell);
	say("store", (uint64_t)window_store);
	for (uint64_t at = ds->base; at < ds->index; at += size) {
		printf("record");
		for (uint64_t word = 0; word < size; word += 8)
			printf(" %lx", *(uint64_t *)(at + word));
		printf("\n");
	}
	return 0;
}
