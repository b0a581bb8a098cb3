// SPDX-License-Identifier: GPL-2.0
/*
 * forms: counts the stores and loads of many forms of instruction through perf_event_open(), each executed ROUNDS times in a
 * loop that accesses no memory itself. One line a form: name, stores and loads of one execution as MEM_INST_RETIRED has to
 * count them (instructions, not accesses), and what was counted for all of them.
 *
 * forms FORM ROUNDS: only executes one of them.
 */
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ROUNDS 1000

static unsigned char area[8192] __attribute__((aligned(4096)));

/*
 * RDI = start of a page, RSI = 8 bytes in front of the next one; RAX, RBX, RCX, RDX, R8 and the first vector and mask
 * registers are free to use, R9 counts.
 */
#define FORMS(F) \
	F(nothing, 0, 0, "nop") \
	F(plain, 1, 0, "mov %%rax, (%%rdi)") \
	F(byte, 1, 0, "mov %%al, 5(%%rdi)") \
	F(immediate, 1, 0, "movq $7, 64(%%rdi)") \
	F(line_split, 1, 0, "mov %%rax, 60(%%rdi)") \
	F(page_split, 1, 0, "mov %%rax, 4(%%rsi)") \
	F(load, 0, 1, "mov (%%rdi), %%rax") \
	F(load_split, 0, 1, "mov 4(%%rsi), %%rax") \
	F(add_to_memory, 1, 1, "add %%rax, (%%rdi)") \
	F(locked_add, 1, 1, "lock add %%rax, (%%rdi)") \
	F(exchange, 1, 1, "xchg %%rax, (%%rdi)") \
	F(compare_exchange, 1, 1, "lock cmpxchg %%rbx, (%%rdi)") \
	F(compare_exchange_16, 1, 1, "lock cmpxchg16b (%%rdi)") \
	F(set_condition, 1, 0, "setz (%%rdi)") \
	F(push_pop, 1, 1, "push %%rax\n\tpop %%rax") \
	F(push_memory, 1, 2, "push (%%rdi)\n\tpop %%rax") \
	F(call_return, 1, 1, "call 9f\n\tjmp 8f\n9:\tret\n8:") \
	F(string_store, 1, 0, "mov %%rdi, %%rbx\n\tstosq\n\tmov %%rbx, %%rdi") \
	F(repeated_store, 1, 0, "mov %%rdi, %%rbx\n\tmov $100, %%ecx\n\trep stosb\n\tmov %%rbx, %%rdi") \
	F(long_store, 1, 0, "mov %%rdi, %%rbx\n\tmov $8000, %%ecx\n\trep stosb\n\tmov %%rbx, %%rdi") \
	F(repeated_nothing, 0, 0, "xor %%ecx, %%ecx\n\trep stosb") \
	F(repeated_move, 1, 1, "mov %%rdi, %%rbx\n\tmov %%rsi, %%r8\n\tmov $20, %%ecx\n\trep movsq\n\tmov %%rbx, %%rdi\n\tmov %%r8, %%rsi") \
	F(non_temporal, 1, 0, "movnti %%rax, (%%rdi)") \
	F(sse, 1, 0, "movups %%xmm0, (%%rdi)") \
	F(sse_line_split, 1, 0, "movups %%xmm0, 56(%%rdi)") \
	F(sse_page_split, 1, 0, "movups %%xmm0, (%%rsi)") \
	F(avx, 1, 0, "vmovups %%ymm0, (%%rdi)") \
	F(avx512, 1, 0, "vmovups %%zmm0, (%%rdi)") \
	F(avx512_half_masked, 1, 0, "mov $0xf, %%eax\n\tkmovw %%eax, %%k1\n\tvmovdqu32 %%zmm0, (%%rdi)%{%%k1%}") \
	F(avx512_all_masked, 0, 0, "kxorw %%k1, %%k1, %%k1\n\tvmovdqu32 %%zmm0, (%%rdi)%{%%k1%}") \
	F(scatter, 1, 0, "kxnorw %%k1, %%k1, %%k1\n\tvpxord %%zmm1, %%zmm1, %%zmm1\n\tvpscatterdd %%zmm0, (%%rdi,%%zmm1,4)%{%%k1%}") \
	F(x87, 1, 0, "fld1\n\tfstpl (%%rdi)") \
	F(save_fpu, 1, 0, "fxsave (%%rdi)") \
	F(prefetch_for_write, 0, 0, "prefetchw (%%rdi)") \
	F(flush_line, 0, 0, "clflush (%%rdi)")

#define DEFINE(name, stores, loads, code) \
	static void name(unsigned long n) \
	{ \
		__asm__ volatile("mov %0, %%r9\n\t.p2align 4\n0:\t" code "\n\tdec %%r9\n\tjnz 0b" \
				 : : "r"(n), "D"(area), "S"(area + 4088) \
				 : "rax", "rbx", "rcx", "rdx", "r8", "r9", "xmm0", "xmm1", "memory", "cc"); \
	}
FORMS(DEFINE)

#define ROW(name, stores, loads, code) { #name, stores, loads, name },
static const struct form {
	const char *name;
	int stores, loads;
	void (*run)(unsigned long n);
} forms[] = { FORMS(ROW) };

static int counter(uint64_t config, int leader)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_RAW, .size = sizeof(attr), .config = config, .exclude_kernel = 1,
		.read_format = PERF_FORMAT_GROUP,
	};

	return (int)syscall(SYS_perf_event_open, &attr, 0, -1, leader, 0);
}

struct counts {
	uint64_t events, stores, loads;
};

/* What the calls around it store and load is in all measurements alike: the first form does nothing. */
static struct counts measure(int group, void (*run)(unsigned long n))
{
	struct counts before = { 0 }, after = { 0 };

	if (read(group, &before, sizeof(before)) != sizeof(before))
		exit(1);
	run(ROUNDS);
	if (read(group, &after, sizeof(after)) != sizeof(after))
		exit(1);
	return (struct counts){ 2, after.stores - before.stores, after.loads - before.loads };
}

int main(int argc, char **argv)
{
	struct counts around, c;
	int group;

	memset(area, 1, sizeof(area));
	for (size_t i = 0; argc == 3 && i < sizeof(forms) / sizeof(*forms); i++) {
		if (!strcmp(forms[i].name, argv[1])) {
			forms[i].run(strtoul(argv[2], NULL, 0));
			return 0;
		}
	}
	group = counter(0x82d0, -1);
	if (argc != 1 || group < 0 || counter(0x81d0, group) < 0)
		return 2;
	around = measure(group, forms[0].run);
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		c = measure(group, forms[i].run);
		printf("%s %d %d %lu %lu\n", forms[i].name, forms[i].stores * ROUNDS, forms[i].loads * ROUNDS,
		       c.stores - around.stores, c.loads - around.loads);
	}
	return 0;
}
