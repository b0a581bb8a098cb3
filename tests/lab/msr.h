/* SPDX-License-Identifier: GPL-2.0 */
/* msr.h - the registers of CPU 0, for programs that run as root in the lab's guest with the msr module loaded. */
#ifndef TESTS_LAB_MSR_H
#define TESTS_LAB_MSR_H

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	PMC0 = 0x4c1, EVNTSEL0 = 0x186, LBR_SELECT = 0x1c8, LBR_TOS = 0x1c9, DEBUGCTL = 0x1d9, FIXED_CTR0 = 0x309,
	FIXED_CTR_CTRL = 0x38d, GLOBAL_STATUS = 0x38e, GLOBAL_CTRL = 0x38f, STATUS_RESET = 0x390, PEBS_ENABLE = 0x3f1,
	PEBS_DATA_CFG = 0x3f2, DS_AREA = 0x600, LBR_FROM0 = 0x680, LBR_TO0 = 0x6c0, LBR_INFO0 = 0xdc0,
	STORES = 0x82d0, LOADS = 0x81d0, INSTRUCTIONS = 0x00c0,
};

#define USR	(1ul << 16)
#define OS	(1ul << 17)
#define INT	(1ul << 20)
#define EN	(1ul << 22)
#define ADAPTIVE (1ul << 34)
#define COUNTER_MASK ((1ul << 48) - 1)

static inline int msr_open(void)
{
	int fd = open("/dev/cpu/0/msr", O_RDWR);

	if (fd < 0) {
		perror("/dev/cpu/0/msr");
		exit(1);
	}
	return fd;
}

static inline uint64_t msr_read(int fd, uint32_t index)
{
	uint64_t value;

	if (pread(fd, &value, sizeof(value), index) != sizeof(value)) {
		fprintf(stderr, "MSR %#x cannot be read\n", index);
		exit(1);
	}
	return value;
}

static inline void msr_write(int fd, uint32_t index, uint64_t value)
{
	if (pwrite(fd, &value, sizeof(value), index) != sizeof(value)) {
		fprintf(stderr, "MSR %#x does not take %#lx\n", index, value);
		exit(1);
	}
}

/*
 * window: writes `on` to GLOBAL_CTRL, stores `stores` times to *cell at the label window_store, writes 0 to GLOBAL_CTRL. In
 * between user mode stores nothing else, loads nothing, and takes stores - 1 branches and two system calls.
 */
void window(int fd, uint64_t on, uint64_t stores, volatile uint64_t *cell);
extern const char window_store[], window_loop[];

#endif
