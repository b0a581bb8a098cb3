// SPDX-License-Identifier: GPL-2.0
/*
 * lbr SELECT...: for each LBR_SELECT value (hexadecimal) walks path.S and prints the branch stack, oldest first, one line
 * "SELECT from>to:cycles from>to:cycles...". Addresses are names of path.S, "kernel", or "elsewhere".
 */
#include "msr.h"

#define DEPTH 32

void path(int fd, const uint64_t *start, const uint64_t *end);

#define NAMES(N) \
	N(begin) N(call) N(callee) N(return) N(after_call) N(ind_call) N(after_ind_call) N(ind_jmp) N(landing) N(jmp) N(near) N(jcc) \
	N(taken) N(zero) N(after_zero) N(outer) N(outer_callee)

#define DECLARE(name) extern const char p_##name[];
NAMES(DECLARE)

#define ROW(name) { #name, p_##name },
static const struct {
	const char *name;
	const char *address;
} names[] = { NAMES(ROW) };

static const char *name(uint64_t address)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if ((uint64_t)names[i].address == address)
			return names[i].name;
	return address >> 63 ? "kernel" : "elsewhere";
}

int main(int argc, char **argv)
{
	const uint64_t start = 1, end = 0;
	int fd = msr_open();

	path(fd, &end, &end);	/* its memory is there from now on: no faults between the branches */

	for (int k = 1; k < argc; k++) {
		for (int i = 0; i < DEPTH; i++) {
			msr_write(fd, LBR_FROM0 + i, 0);
			msr_write(fd, LBR_TO0 + i, 0);
			msr_write(fd, LBR_INFO0 + i, 0);
		}
		msr_write(fd, LBR_SELECT, strtoul(argv[k], NULL, 16));
		path(fd, &start, &end);
		uint64_t tos = msr_read(fd, LBR_TOS);

		printf("%s", argv[k]);
		for (int i = 1; i <= DEPTH; i++) {
			int n = (tos + i) % DEPTH;
			uint64_t from = msr_read(fd, LBR_FROM0 + n), to = msr_read(fd, LBR_TO0 + n);

			if (from)
				printf(" %s>%s:%ld", name(from), name(to), msr_read(fd, LBR_INFO0 + n));
		}
		printf("\n");
	}
	return 0;
}
