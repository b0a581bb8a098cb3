// SPDX-License-Identifier: GPL-2.0
/*
 * pmi WHAT: programs counter 0 (stores) by hand and says what became of it, one "name value" a line.
 *
 *	count		counts a window of 2500 stores
 *	overflow	overflows after 1000 of them, without and with INT
 *	masked		two windows that overflow with INT: the second interrupt meets a masked LVTPC
 *	kernel		instructions in ring 0 during a window, without an interrupt and with one
 *	kernel-frozen	the same with FREEZE_PERFMON_ON_PMI
 *	freeze-lbr	FREEZE_LBRS_ON_PMI
 *	freeze-counters	FREEZE_PERFMON_ON_PMI with a second counter beside
 *	debug		a debug exception while LBRs are recorded
 */
#include <signal.h>
#include <string.h>

#include "msr.h"

#define FREEZE_LBRS	(1ul << 11)
#define FREEZE_PERFMON	(1ul << 12)
#define LBR_FRZ		(1ul << 58)
#define CTR_FRZ		(1ul << 59)

static const uint64_t stores = 2500, after = 1000;
static volatile uint64_t cell;
static int fd;

static void say(const char *name, uint64_t value)
{
	printf("%s %lx\n", name, value);
}

/* The first number of /proc/interrupts' line NMI. */
static uint64_t nmis(void)
{
	FILE *in = fopen("/proc/interrupts", "re");
	unsigned long n = ~0ul;
	char line[512];

	while (in && fgets(line, sizeof(line), in))
		sscanf(line, " NMI: %lu", &n);
	if (in)
		fclose(in);
	return n;
}

static void arm(uint64_t from, uint64_t flags)
{
	msr_write(fd, GLOBAL_CTRL, 0);
	msr_write(fd, STATUS_RESET, msr_read(fd, GLOBAL_STATUS));
	msr_write(fd, PMC0, from & COUNTER_MASK);
	msr_write(fd, EVNTSEL0, STORES | USR | EN | flags);
}

static void count(void)
{
	arm(0, 0);
	window(fd, 1, stores, &cell);
	say("counter", msr_read(fd, PMC0));
	say("status", msr_read(fd, GLOBAL_STATUS));
	window(fd, 0, stores, &cell);
	say("while_disabled", msr_read(fd, PMC0));
}

static void overflow(void)
{
	uint64_t before = nmis();

	arm(-after, 0);
	window(fd, 1, stores, &cell);
	say("counter", msr_read(fd, PMC0));
	say("status", msr_read(fd, GLOBAL_STATUS));
	say("nmis", nmis() - before);
	arm(-after, INT);
	window(fd, 1, stores, &cell);
	say("counter_int", msr_read(fd, PMC0));
	say("status_int", msr_read(fd, GLOBAL_STATUS));
	say("nmis_int", nmis() - before);
}

static void masked(void)
{
	uint64_t before = nmis();

	for (int i = 0; i < 2; i++) {
		arm(-after, INT);
		window(fd, 1, stores, &cell);
	}
	say("nmis", nmis() - before);
	say("status", msr_read(fd, GLOBAL_STATUS));
}

/* Counter 1: instructions in ring 0. */
static uint64_t in_kernel(uint64_t flags)
{
	msr_write(fd, EVNTSEL0 + 1, INSTRUCTIONS | OS | EN);
	msr_write(fd, PMC0 + 1, 0);
	arm(-after, flags);
	window(fd, 3, stores, &cell);
	return msr_read(fd, PMC0 + 1);
}

/* The interrupted window comes last: the kernel's handler leaves LVTPC masked. */
static void kernel(const char *freeze)
{
	if (freeze)
		msr_write(fd, DEBUGCTL, FREEZE_PERFMON);
	in_kernel(0);
	say("quiet", in_kernel(0));
	say("interrupted", in_kernel(INT));
}

static void freeze_lbr(void)
{
	uint64_t tos, status;

	msr_write(fd, LBR_SELECT, 1);		/* ring 3 only */
	msr_write(fd, DEBUGCTL, 1 | FREEZE_LBRS);
	arm(-after, INT);
	window(fd, 1, stores, &cell);
	tos = msr_read(fd, LBR_TOS);
	status = msr_read(fd, GLOBAL_STATUS);
	say("status", status);
	say("debugctl", msr_read(fd, DEBUGCTL));
	say("from", msr_read(fd, LBR_FROM0 + tos) - (uint64_t)window_loop);
	say("to", msr_read(fd, LBR_TO0 + tos) - (uint64_t)window_loop);
	say("cycles", msr_read(fd, LBR_INFO0 + tos));
	say("moved_while_frozen", msr_read(fd, LBR_TOS) != tos);
	msr_write(fd, STATUS_RESET, status);
	say("status_after_reset", msr_read(fd, GLOBAL_STATUS));
	window(fd, 0, 4, &cell);		/* three branches back, and those of the reads */
	say("moved_after_reset", msr_read(fd, LBR_TOS) != tos);
	msr_write(fd, DEBUGCTL, 0);
}

static void freeze_counters(void)
{
	uint64_t status;

	msr_write(fd, EVNTSEL0 + 1, STORES | USR | EN);
	msr_write(fd, PMC0 + 1, 0);
	msr_write(fd, DEBUGCTL, FREEZE_PERFMON);
	arm(-after, INT);
	window(fd, 3, stores, &cell);
	status = msr_read(fd, GLOBAL_STATUS);
	say("counter", msr_read(fd, PMC0));
	say("beside", msr_read(fd, PMC0 + 1));
	say("status", status);
	window(fd, 3, stores, &cell);
	say("beside_while_frozen", msr_read(fd, PMC0 + 1));
	msr_write(fd, STATUS_RESET, status);
	window(fd, 3, stores, &cell);
	say("beside_after_reset", msr_read(fd, PMC0 + 1));
	msr_write(fd, DEBUGCTL, 0);
}

static void ignore(int signal)
{
	(void)signal;
}

static void debug(void)
{
	signal(SIGTRAP, ignore);
	msr_write(fd, LBR_SELECT, 1);
	msr_write(fd, DEBUGCTL, 1);
	say("before", msr_read(fd, DEBUGCTL));
	/* Single step: the debug exception comes after the instruction behind POPF. */
	__asm__ volatile("pushfq\n\torq $0x100, (%%rsp)\n\tpopfq\n\tnop" : : : "memory", "cc");
	say("after", msr_read(fd, DEBUGCTL));
}

int main(int argc, char **argv)
{
	const char *what = argc == 2 ? argv[1] : "";

	fd = msr_open();
	msr_write(fd, GLOBAL_CTRL, 0);		/* Linux leaves its bits set while no event is on */
	if (!strcmp(what, "count"))
		count();
	else if (!strcmp(what, "overflow"))
		overflow();
	else if (!strcmp(what, "masked"))
		masked();
	else if (!strcmp(what, "kernel"))
		kernel(NULL);
	else if (!strcmp(what, "kernel-frozen"))
		kernel("freeze");
	else if (!strcmp(what, "freeze-lbr"))
		freeze_lbr();
	else if (!strcmp(what, "freeze-counters"))
		freeze_counters();
	else if (!strcmp(what, "debug"))
		debug();
	else
		return 2;
	return 0;
}
