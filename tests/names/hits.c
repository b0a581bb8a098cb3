// SPDX-License-Identifier: GPL-2.0
/*
 * hits OUT BINARY ARGS...	runs the program with a breakpoint (ptrace) at each of its probes, carries the recipes of
 *				gtrace_probe out as the module would, and writes a line for each hit to the file OUT:
 *				NAME TID VALUES FRAMES (tabs between; lists with commas, frames innermost first, the
 *				function of sched.pc in brackets before those that have it; "-" = could not be read)
 *
 * The program's exit status is this one's.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "go/binary.h"
#include "go/probes.h"

struct place {
	struct gtrace_probe probe;
	uint64_t addr;
	uint8_t sub; /* the instruction is sub $this,%rsp; 0: it is push %rbp */
};

static struct place places[GT_GO_PROBES_MAX];
static int nr_places, memory;
static struct gt_go_binary *binary;
static uint64_t bias;
static FILE *out;

static void die(const char *what)
{
	fprintf(stderr, "hits: %s: %s\n", what, strerror(errno));
	exit(3);
}

static bool peek(uint64_t addr, uint64_t *value)
{
	return pread(memory, value, sizeof(*value), (off_t)addr) == sizeof(*value);
}

static uint64_t reg(const struct user_regs_struct *regs, unsigned int number)
{
	const uint64_t values[] = { regs->rax, regs->rcx, regs->rdx, regs->rbx, regs->rsp, regs->rbp, regs->rsi,
				    regs->rdi, regs->r8,  regs->r9,  regs->r10, regs->r11, regs->r12, regs->r13,
				    regs->r14, regs->r15 };

	return values[number];
}

static bool fetch(const struct gtrace_fetch *recipe, const struct user_regs_struct *regs, uint64_t *value)
{
	*value = reg(regs, recipe->reg);
	for (unsigned int i = 0; i < recipe->depth; i++) {
		if (*value < 4096 || !peek(*value + recipe->offset[i], value)) {
			*value = 0;
			return false;
		}
	}
	return true;
}

/* Functions at a return address, inlined ones too. */
static void print_functions(uint64_t addr, const char *before, const char *after)
{
	struct gt_go_frame frames[GT_GO_FRAMES_MAX];
	int count = gt_go_binary_frames(binary, addr - bias, frames, GT_GO_FRAMES_MAX);

	for (int i = 0; i < count; i++)
		fprintf(out, "%s%s%s", before, frames[i].function, after);
	if (count < 0)
		fprintf(out, "%s?%s", before, after);
}

static bool begins_function(uint64_t addr)
{
	struct gt_go_function function;

	return !gt_go_binary_function_at(binary, addr - bias, &function) && function.entry == addr - bias;
}

static void print_stack(const struct gtrace_probe *probe, const struct user_regs_struct *regs, const uint64_t *values)
{
	uint64_t frame, lo = values[probe->stack_lo], hi = values[probe->stack_hi], bp = regs->rbp;
	unsigned int count = 0;

	if (probe->stack_bp != GTRACE_FETCH_NONE) {
		bp = values[probe->stack_bp];
	} else if (peek(regs->rsp, &frame)) {
		print_functions(frame - 1, "", ",");
		count++;
	}
	for (; count < probe->max_frames && bp >= lo && bp + 16 <= hi; count++) {
		if (!peek(bp + 8, &frame) || !peek(bp, &bp))
			break;
		print_functions(frame - 1, "", ",");
	}
}

static void print_hit(pid_t tid, const struct gtrace_probe *probe, const struct user_regs_struct *regs)
{
	uint64_t values[GTRACE_FETCHES_MAX];

	fprintf(out, "%s\t%d\t", gt_go_probe_name(probe->id), tid);
	for (unsigned int i = 0; i < probe->nr_fetches; i++) {
		if (fetch(&probe->fetch[i], regs, &values[i]))
			fprintf(out, "%s%" PRIu64, i ? "," : "", values[i]);
		else
			fprintf(out, "%s-", i ? "," : "");
	}
	fprintf(out, "\t");
	if (probe->id != GT_GO_PROBE_PARK && probe->nr_fetches > GT_ABOUT_PC && probe->id != GT_GO_PROBE_NETPOLL &&
	    values[GT_ABOUT_PC])
		print_functions(values[GT_ABOUT_PC] - !begins_function(values[GT_ABOUT_PC]), "[", "]");
	if (probe->flags & GTRACE_PROBE_F_STACK)
		print_stack(probe, regs, values);
	fprintf(out, "\n");
	fflush(out);
}

/* A thread has stopped: is it at a probe? Then say so and carry its instruction out. */
static bool hit(pid_t tid)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, tid, NULL, &regs))
		return false;
	for (int i = 0; i < nr_places; i++) {
		if (regs.rip != places[i].addr + 1)
			continue;
		regs.rip = places[i].addr;
		print_hit(tid, &places[i].probe, &regs);
		if (places[i].sub) {
			regs.rsp -= places[i].sub;
			regs.rip += 4;
		} else {
			regs.rsp -= 8;
			if (pwrite(memory, &regs.rbp, 8, (off_t)regs.rsp) != 8)
				die("push");
			regs.rip++;
		}
		/* The program may end just now, and this thread with it. */
		if (ptrace(PTRACE_SETREGS, tid, NULL, &regs) && errno != ESRCH)
			die("PTRACE_SETREGS");
		return true;
	}
	return false;
}

/* Where the file's byte `offset` is mapped to be executed. */
static uint64_t mapped(pid_t pid, uint64_t offset)
{
	uint64_t start, end, pgoff, addr = 0;
	char path[64], line[4352];
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	maps = fopen(path, "r");
	while (maps && !addr && fgets(line, sizeof(line), maps))
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " r-xp %" SCNx64, &start, &end, &pgoff) == 3 && offset >= pgoff &&
		    offset - pgoff < end - start && !strstr(line, "ld-") && !strchr(line, '['))
			addr = start + (offset - pgoff);
	if (maps)
		fclose(maps);
	return addr;
}

/* Load bias: the entry point in the auxiliary vector minus that of the file. */
static void find_bias(pid_t pid, const char *path)
{
	Elf64_Ehdr header;
	Elf64_auxv_t pair;
	char name[64];
	FILE *file = fopen(path, "r");

	if (!file || fread(&header, sizeof(header), 1, file) != 1)
		die(path);
	fclose(file);
	snprintf(name, sizeof(name), "/proc/%d/auxv", pid);
	file = fopen(name, "r");
	while (file && fread(&pair, sizeof(pair), 1, file) == 1)
		if (pair.a_type == AT_ENTRY)
			bias = pair.a_un.a_val - header.e_entry;
	if (file)
		fclose(file);
}

static void plant(pid_t pid, const char *path)
{
	struct gtrace_probe probes[GT_GO_PROBES_MAX];
	const uint8_t int3 = 0xcc;
	uint8_t code[4];
	char name[64];
	const char *why;

	snprintf(name, sizeof(name), "/proc/%d/mem", pid);
	memory = open(name, O_RDWR);
	if (memory < 0)
		die(name);
	find_bias(pid, path);
	nr_places = gt_go_probes(binary, probes, GT_GO_PROBES_MAX, &why);
	if (nr_places < 0) {
		fprintf(stderr, "hits: %s\n", why);
		exit(3);
	}
	for (int i = 0; i < nr_places; i++) {
		places[i].probe = probes[i];
		places[i].addr = mapped(pid, probes[i].offset);
		if (pread(memory, code, sizeof(code), (off_t)places[i].addr) != sizeof(code))
			die("instruction");
		places[i].sub = code[0] == 0x55 ? 0 : code[3];
		if (!places[i].addr || pwrite(memory, &int3, 1, (off_t)places[i].addr) != 1)
			die("breakpoint");
	}
}

static int trace(pid_t pid)
{
	int status;
	pid_t tid;

	while ((tid = waitpid(-1, &status, __WALL)) > 0) {
		long signal = 0;

		if (tid == pid && (WIFEXITED(status) || WIFSIGNALED(status)))
			return WIFEXITED(status) ? WEXITSTATUS(status) : 3;
		if (!WIFSTOPPED(status))
			continue;
		if (WSTOPSIG(status) == SIGTRAP) {
			if (!(status >> 16) && !hit(tid))
				signal = SIGTRAP;
		} else if (WSTOPSIG(status) != SIGSTOP) {
			/* SIGSTOP is how a new thread of a traced one begins. */
			signal = WSTOPSIG(status);
		}
		ptrace(PTRACE_CONT, tid, NULL, signal);
	}
	return 3;
}

int main(int argc, char **argv)
{
	int status, error;
	pid_t pid;

	if (argc < 3) {
		fprintf(stderr, "usage: hits OUT BINARY ARGS...\n");
		return 2;
	}
	out = fopen(argv[1], "w");
	if (!out)
		die(argv[1]);
	error = gt_go_binary_open(argv[2], &binary);
	if (error) {
		fprintf(stderr, "hits: %s: %s\n", argv[2], gt_go_binary_explain(error));
		return 3;
	}
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execv(argv[2], argv + 2);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		die(argv[2]);
	if (ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL))
		die("PTRACE_SETOPTIONS");
	plant(pid, argv[2]);
	ptrace(PTRACE_CONT, pid, NULL, 0);
	status = trace(pid);
	fclose(out);
	gt_go_binary_close(binary);
	return status;
}
