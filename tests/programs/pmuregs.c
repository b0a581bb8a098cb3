// SPDX-License-Identifier: GPL-2.0
/*
 * pmuregs: the registers of the PMU that a profiler has to leave as it found them, of every CPU on line, one line a
 * register. Counters are left out: a profiler may leave any value in one that counts nothing. Needs the kernel's msr
 * module.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *name;
	uint32_t msr, count;
} registers[] = {
	{ "PERFEVTSEL",		0x186, 8 },
	{ "DEBUGCTL",		0x1d9, 1 },
	{ "LBR_SELECT",		0x1c8, 1 },
	{ "FIXED_CTR_CTRL",	0x38d, 1 },
	{ "GLOBAL_STATUS",	0x38e, 1 },
	{ "GLOBAL_CTRL",	0x38f, 1 },
	{ "PEBS_ENABLE",	0x3f1, 1 },
	{ "PEBS_DATA_CFG",	0x3f2, 1 },
	{ "DS_AREA",		0x600, 1 },
};

static int show(int cpu)
{
	char path[32];
	uint64_t value;

	snprintf(path, sizeof(path), "/dev/cpu/%d/msr", cpu);
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		return errno == ENXIO ? 0 : -errno;	/* ENXIO: the CPU is off line */
	for (unsigned int i = 0; i < sizeof(registers) / sizeof(*registers); i++) {
		for (uint32_t n = 0; n < registers[i].count; n++) {
			/* A register this CPU lacks raises #GP, which the msr device gives back as EIO. */
			if (pread(fd, &value, sizeof(value), registers[i].msr + n) == sizeof(value))
				printf("cpu%d %s%u %#llx\n", cpu, registers[i].name, n, (unsigned long long)value);
		}
	}
	close(fd);
	return 0;
}

int main(void)
{
	for (long cpu = 0; cpu < sysconf(_SC_NPROCESSORS_CONF); cpu++) {
		int err = show(cpu);

		if (err) {
			fprintf(stderr, "pmuregs: /dev/cpu/%ld/msr: %s\n", cpu, strerror(-err));
			return 1;
		}
	}
	return 0;
}
