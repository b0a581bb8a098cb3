// SPDX-License-Identifier: GPL-2.0
/*
 * msr [CPU]: reads lines "r INDEX" and "w INDEX VALUE" (hexadecimal) from its input and executes RDMSR and WRMSR; answers
 * each with the value, "done" or "fault" (#GP).
 */
#include "msr.h"

int main(int argc, char **argv)
{
	unsigned int index;
	uint64_t value;
	char verb, path[32];

	snprintf(path, sizeof(path), "/dev/cpu/%d/msr", argc > 1 ? atoi(argv[1]) : 0);
	int fd = open(path, O_RDWR);

	if (fd < 0) {
		perror(path);
		return 1;
	}
	while (scanf(" %c %x", &verb, &index) == 2) {
		if (verb == 'w' && scanf("%lx", &value) != 1)
			return 2;
		ssize_t n = verb == 'w' ? pwrite(fd, &value, 8, index) : pread(fd, &value, 8, index);

		if (n != 8 && errno != EIO) {
			perror(path);
			return 1;
		}
		if (n != 8)
			puts("fault");
		else if (verb == 'w')
			puts("done");
		else
			printf("%lx\n", value);
	}
	return 0;
}
