/* SPDX-License-Identifier: GPL-2.0 */
/*
 * call.h - hypercalls of the lab machine: the contract between guest programs and lab/machine.
 *
 * A call is CPUID with EAX = LAB_CALL | number and arguments in RDI, RSI, R8. It needs no privilege. It returns the
 * result in EAX (0 or a length, or a negative errno) and LAB_MAGIC in EBX; any other machine leaves something else in EBX.
 * Pointers are guest-virtual in the caller's address space. The machine walks the page tables and raises no faults:
 * memory must be present, and what the machine writes must not be shared copy-on-write (use lab_buffer()).
 */
#ifndef LAB_CALL_H
#define LAB_CALL_H

#define LAB_CALL	0x67740000
#define LAB_CALL_MASK	0xffff0000
#define LAB_MAGIC	0x6c616221

#ifndef __ASSEMBLER__

enum lab_call {
	/* RSI = physical address of a struct lab_e820, from the boot ROM. Loads kernel and initramfs; EAX = entry point,
	 * EBX = zero page, ECX = page tables (all physical). */
	LAB_BOOT = 1,
	/* RDI = name, RSI = value: tells the machine a kernel symbol. EAX = 0. */
	LAB_SYMBOL = 2,
	/* The guest is booted: forks happen here. Returns 0, in the forked machine, when a run begins. */
	LAB_READY = 3,
	/* RDI = buffer, RSI = size: next bytes of the request (below). EAX = bytes, full unless the request ends. */
	LAB_READ = 4,
	/* RDI = enum lab_stream, RSI = bytes, R8 = length. EAX = 0. */
	LAB_WRITE = 5,
	/* RDI = exit status, RSI = signal or 0: the run is over. Does not return. */
	LAB_EXIT = 6,
	/* RDI = buffer, RSI = size: JSON text of the exact counters since the run began. EAX = bytes, -ENOSPC. */
	LAB_COUNT = 7,
	/* RDI = name: names the calling task in LAB_COUNT's text. EAX = 0. */
	LAB_NAME = 8,
};

enum lab_stream {
	LAB_STDOUT = 1,
	LAB_STDERR = 2,
	LAB_KMSG = 3,		/* the kernel's log, for lab/run --console */
	LAB_FILES = 4,		/* struct lab_record, then its bytes: files that leave the guest */
};

/*
 * A request is a row of records, each followed by length bytes:
 *   LAB_PUT    name\0 content: write a file with this mode (parents are created)
 *   LAB_GET    name\0: bring this file back when the command has ended
 *   LAB_ARG    one argument of the command
 *   LAB_KLOG   nothing: bring the kernel's log back
 *   LAB_RUN    nothing: end of the request
 * LAB_FILES carries LAB_GET records in the order of the request: name\0 content, mode; mode = 0 if it cannot be read.
 */
enum lab_record_type { LAB_PUT = 1, LAB_GET, LAB_ARG, LAB_KLOG, LAB_RUN };

struct lab_record {
	unsigned int type;	/* enum lab_record_type */
	unsigned int mode;	/* file mode bits, 0 without a file */
	unsigned int name;	/* bytes of the name with its \0, 0 without */
	unsigned int pad;
	unsigned long long length;	/* bytes that follow, the name included */
};

struct lab_e820 {
	unsigned int count;
	struct {
		unsigned long long start, size;
		unsigned int type;
	} __attribute__((packed)) entry[32];
} __attribute__((packed));

#define LAB_BUFFER	262144	/* size of lab_buffer() and largest piece of a LAB_WRITE */

#endif /* __ASSEMBLER__ */
#endif
