/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The contract between gtrace.ko and whoever reads /dev/gtrace. The only header both sides include.
 *
 * Life of a session
 *
 *	fd = open("/dev/gtrace", O_RDWR)	needs CAP_PERFMON or CAP_SYS_ADMIN
 *	ioctl(fd, GTRACE_IOC_QUERY, &caps)	what this machine can do, or why it is refused
 *	ioctl(fd, GTRACE_IOC_CONFIG, &config)	allocates the rings; once a session
 *	mmap(...) per CPU: control, tail, samples, events
 *	ioctl(fd, GTRACE_IOC_START)		takes the PMU
 *	poll(fd) -> POLLIN			some ring passed its watermark or is stalled; read rings, move the tails.
 *						After STOP, or when no target lives any more: anything is unread
 *	ioctl(fd, GTRACE_IOC_FLUSH)		publish every head now, let stalled rings go on
 *	ioctl(fd, GTRACE_IOC_STOP)		gives the PMU back; the rings stay readable
 *	close(fd)				everything is undone, however the reader died
 *
 * One session owns the PMU at a time: a second GTRACE_IOC_START gets EBUSY. Any number of fds may QUERY.
 *
 * Clock: every `tsc` is the raw time stamp counter of the CPU that wrote it. GTRACE_EVENT_CLOCK pairs it with
 * CLOCK_MONOTONIC. Task ids are those of the initial PID namespace.
 *
 * Structures that cross an ioctl begin with their size and grow at the end: the kernel takes a shorter one (missing
 * fields are zero) and a longer one whose unknown tail is zero; a non-zero unknown tail is E2BIG. Because of that
 * the kernel looks at the type and number of a command, not at the size encoded in it.
 */
#ifndef _UAPI_GTRACE_H
#define _UAPI_GTRACE_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define GTRACE_ABI_VERSION	1
#define GTRACE_DEVICE_PATH	"/dev/gtrace"

/* ---- ioctls -------------------------------------------------------------------------------------------------- */

#define GTRACE_IOC_MAGIC	0xB7
#define GTRACE_IOC_QUERY	_IOWR(GTRACE_IOC_MAGIC, 0x00, struct gtrace_caps)
#define GTRACE_IOC_CONFIG	_IOWR(GTRACE_IOC_MAGIC, 0x01, struct gtrace_config)
#define GTRACE_IOC_START	_IO(GTRACE_IOC_MAGIC, 0x02)
#define GTRACE_IOC_STOP		_IO(GTRACE_IOC_MAGIC, 0x03)
#define GTRACE_IOC_FLUSH	_IO(GTRACE_IOC_MAGIC, 0x04)
#define GTRACE_IOC_PROBE	_IOW(GTRACE_IOC_MAGIC, 0x05, struct gtrace_probe)

/*
 * What a record carries besides its eventing IP and TSC, in the bits of MSR_PEBS_DATA_CFG (SDM vol. 3B, adaptive
 * PEBS). On PEBS format 3 the record is fixed: it always carries MEM and GPR and can carry nothing else.
 */
#define GTRACE_DATA_MEM		(1u << 0)	/* data linear address, data source, latency */
#define GTRACE_DATA_GPR		(1u << 1)	/* flags, ip, sixteen general registers */
#define GTRACE_DATA_XMM		(1u << 2)	/* sixteen 128-bit registers */
#define GTRACE_DATA_LBR		(1u << 3)	/* the whole LBR stack, lbr_depth entries */

/* What can be counted. */
#define GTRACE_COUNT_STORES	0		/* MEM_INST_RETIRED.ALL_STORES (0xD0/0x82): retired store instructions */

/* Sources of samples (gtrace_caps.source). */
#define GTRACE_SOURCE_NONE	0		/* refused: see `reason` */
#define GTRACE_SOURCE_PEBS	1		/* owns the PMU's MSRs; the hardware writes the sample ring */

/*
 * struct gtrace_caps - GTRACE_IOC_QUERY: what this machine can do.
 * Static while the module is loaded, but for `owner_pid`. Never fails on a refused machine: `source` is then
 * GTRACE_SOURCE_NONE and the two texts say why and what to do.
 * Errors: EFAULT, EINVAL (size below 8), E2BIG.
 */
struct gtrace_caps {
	__u32 size;		/* in: sizeof(struct gtrace_caps) of the caller; out: of the kernel */
	__u32 abi_version;	/* GTRACE_ABI_VERSION of the module */
	__u32 source;		/* GTRACE_SOURCE_* */
	__u32 pebs_format;	/* IA32_PERF_CAPABILITIES[11:8]; 3 = fixed records, 4 = adaptive */
	__u32 perfmon_version;	/* CPUID.0AH:EAX[7:0] */
	__u32 gp_counters;	/* CPUID.0AH:EAX[15:8] */
	__u32 counter_bits;	/* width of a counter, CPUID.0AH:EAX[23:16] */
	__u32 lbr_depth;	/* entries of the LBR stack; 0 = no LBR that gtrace knows */
	__u32 data_required;	/* GTRACE_DATA_* bits every record carries whether asked for or not */
	__u32 data_supported;	/* GTRACE_DATA_* bits that may be asked for */
	__u32 cpu_family;	/* display family, model, stepping of the boot CPU */
	__u32 cpu_model;
	__u32 cpu_stepping;
	__u32 tsc_khz;		/* the kernel's TSC frequency, kHz; 0 = TSC not usable as a clock */
	__u64 period_min;	/* smallest and largest period CONFIG accepts, events */
	__u64 period_max;
	__u32 nr_cpus;		/* CPU numbers are below this; rings exist for the present ones */
	__s32 owner_pid;	/* tgid that owns the PMU through a started session, 0 = free */
	char  reason[128];	/* why the machine is refused, one sentence, NUL-terminated; empty = not refused */
	char  remedy[128];	/* what to type or change, likewise */
};

/* gtrace_config.flags */
#define GTRACE_F_KERNEL		(1u << 0)	/* count in ring 0 too (on behalf of the target's tasks) */
#define GTRACE_F_NO_USER	(1u << 1)	/* do not count in ring 3; needs GTRACE_F_KERNEL */
#define GTRACE_F_INHERIT	(1u << 2)	/* processes forked by the target are targets too */
#define GTRACE_F_ENABLE_ON_EXEC	(1u << 3)	/* sampling begins at the target's next successful exec */
#define GTRACE_F_WAKES		(1u << 4)	/* WAKE events: who wakes the target's threads */
#define GTRACE_F_BRANCHES	(1u << 5)	/* the LBR runs while a target does, for probes that read it; needs
						 * lbr_depth. It holds user branches then, whatever else is set */
#define GTRACE_F_NO_SAMPLES	(1u << 6)	/* no records: events and probes only */

#define GTRACE_TARGET_ALL	(-1)		/* gtrace_config.target: every task */

/*
 * struct gtrace_config - GTRACE_IOC_CONFIG: what to record; allocates the rings. Once per fd.
 * Errors: EINVAL a bad value (dmesg names the field), E2BIG, EFAULT, EBUSY configured already, ESRCH no such
 * target, EPERM not yours to trace (the ptrace rule: same user, or CAP_SYS_PTRACE), EOPNOTSUPP this machine cannot,
 * ENOMEM no memory for rings of that size. After an error, EFAULT for the answer too, the fd is as it was.
 */
struct gtrace_config {
	__u32 size;		/* in: sizeof(struct gtrace_config) */
	__u32 flags;		/* in: GTRACE_F_* */
	__s32 target;		/* in: process id in the caller's PID namespace (any thread's id names its
				 *     process), or GTRACE_TARGET_ALL */
	__u32 count;		/* in: GTRACE_COUNT_* */
	__u64 period;		/* in: events between two records; the hardware takes the event after the overflow,
				 *     so records are period + 1 events apart */
	__u32 data;		/* in: GTRACE_DATA_*; out: what the records really carry */
	__u32 watermark;	/* in: poll wakes when so many bytes of a CPU's sample ring are unread; 0 = half */
	__u32 sample_bytes;	/* in: bytes of sample ring per CPU, a multiple of the page size, 16 KiB .. 1 GiB;
				 *     out: sample_slots * record_size, what the records may fill of it */
	__u32 event_bytes;	/* in: bytes of event ring per CPU, a power of two, 4 KiB .. 64 MiB */
	__u32 record_size;	/* out: bytes of one record */
	__u32 sample_slots;	/* out: records the sample ring holds; record i lies at slot i % sample_slots */
	__u64 sample_map_bytes;	/* out: length to mmap for GTRACE_MMAP_SAMPLES */
	__u64 event_map_bytes;	/* out: length to mmap for GTRACE_MMAP_EVENTS */
	__s32 target_tgid;	/* out: the target's process id in the initial PID namespace, or GTRACE_TARGET_ALL */
	__u32 overhead;		/* in: what probes may cost the target, in 1/1000 of its CPU time; 0 = no limit */
	__u32 jitter;		/* in: how far the distance of records strays from `period`, in 1/1000 of it, to either
				 *     side and at random, its mean staying `period`; at most GTRACE_JITTER_MAX; 0 =
				 *     fixed, which aliases with loops of the program. See GTRACE_EVENT_PERIOD */
	__u32 reserved;		/* must be zero */
};

#define GTRACE_JITTER_MAX	500u

/*
 * GTRACE_IOC_START: arms every online CPU. Errors: EINVAL not configured or started before, EBUSY another session
 * (caps.owner_pid), perf or the NMI watchdog holds the counters (dmesg says which), EOPNOTSUPP, ESRCH target gone; or
 * why uprobes cannot plant a probe (dmesg says which), for one EIO: in a file that no program can be mapped from.
 * GTRACE_IOC_STOP: disarms, writes the last CLOCK events, publishes all heads. Idempotent once started.
 * GTRACE_IOC_FLUSH: publishes all heads up to now and resumes stalled rings. EINVAL before CONFIG.
 */

/*
 * GTRACE_IOC_PROBE: plants a probe at one instruction of an executable file; whenever a target's thread comes there, an
 * event GTRACE_EVENT_HIT tells what it held. Between CONFIG and STOP, as often as there are places; a place twice is
 * EEXIST. All probes go with the session.
 *
 * The instruction must be `push %rbp` (55) or `sub $imm8,%rsp` (48 83 ec, imm8 above 0) of 64-bit code: it is carried
 * out by the module itself, in the breakpoint exception, because a single step would switch the LBR off (SDM vol. 3B,
 * 17.4.4). Other users of the same address (perf, bpftrace) then see nothing; GTRACE_PROBE_F_SHARED leaves the
 * instruction to the kernel's uprobes, where all see it, at two thirds more cost. The first hit in each address space
 * goes that way in any case and has no branches, and so does one under a debugger's trap flag.
 *
 * Errors: EINVAL not configured, stopped, a bad value or not that instruction (dmesg says which), EBADF `fd`, EACCES it
 * is not open for reading, EEXIST, ENOSPC more than GTRACE_PROBES_MAX, EOPNOTSUPP this kernel has no uprobes, or LBR
 * asked for without GTRACE_F_BRANCHES.
 */
#define GTRACE_PROBES_MAX	32
#define GTRACE_FETCHES_MAX	12
#define GTRACE_FRAMES_MAX	64
#define GTRACE_FETCH_NONE	0xff	/* in place of an index into fetch[] */

/* Registers by number: 0 ax, 1 cx, 2 dx, 3 bx, 4 sp, 5 bp, 6 si, 7 di, 8 to 15 r8 to r15, as x86 encodes them. */

/*
 * struct gtrace_fetch - a value that a hit carries: a register, or what stands in memory at the end of a chain:
 * value = register; for i < depth: value = 8 bytes at address value + offset[i]. Nothing is faulted in: a chain that
 * meets 0, a kernel address or an absent page gives 0, and the bit of the value in gtrace_event_hit.missing is set.
 */
struct gtrace_fetch {
	__u8  reg;		/* number of the register */
	__u8  depth;		/* 0 (the register itself) to 6 */
	__u16 offset[6];	/* bytes */
	__u16 reserved;		/* must be zero */
};

#define GTRACE_PROBE_F_BRANCHES	(1u << 0)	/* hits carry the LBR stack */
#define GTRACE_PROBE_F_STACK	(1u << 1)	/* hits carry return addresses, by frame pointers */
#define GTRACE_PROBE_F_SHARED	(1u << 2)	/* see above */

struct gtrace_probe {
	__u32 size;		/* in: sizeof(struct gtrace_probe) */
	__u32 flags;		/* in: GTRACE_PROBE_F_* */
	__u32 id;		/* in: any number but GTRACE_HIT_OFF, _WAKER; comes back in each hit */
	__s32 fd;		/* in: the executable, open for reading; may be closed afterwards */
	__u64 offset;		/* in: of the instruction in the file, bytes */
	__u8  nr_fetches;	/* in: entries of fetch[] */
	/*
	 * STACK: the walk begins at frame pointer fetch[stack_bp] and stays in [fetch[stack_lo], fetch[stack_hi]).
	 * stack_bp GTRACE_FETCH_NONE: the probed function's own stack: the first frame is the 8 bytes at SP, the rest
	 * follows from BP.
	 */
	__u8  stack_bp, stack_lo, stack_hi;
	__u8  max_frames;	/* in: up to GTRACE_FRAMES_MAX */
	__u8  reserved[3];	/* must be zero */
	struct gtrace_fetch fetch[GTRACE_FETCHES_MAX];
};

/* ---- mmap ---------------------------------------------------------------------------------------------------- */

/*
 * Each present CPU has four regions. All are MAP_SHARED; all but TAIL are read-only for good (a later
 * mprotect(PROT_WRITE) gets EACCES; mmap with PROT_WRITE gets EPERM). The length must be the region's own. EINVAL: no
 * such CPU is present, no such region, another length, or not configured.
 * The mappings stay valid after STOP and after close(fd).
 */
#define GTRACE_MMAP_CONTROL	0u	/* struct gtrace_control, one page, written by the kernel */
#define GTRACE_MMAP_TAIL	1u	/* struct gtrace_tail, one page, written by the reader, never trusted */
#define GTRACE_MMAP_SAMPLES	2u	/* hardware records */
#define GTRACE_MMAP_EVENTS	3u	/* struct gtrace_event_* */
#define GTRACE_MMAP_OFFSET(cpu, region)	(((__u64)(cpu) << 40) | ((__u64)(region) << 36))

/* gtrace_control.state */
#define GTRACE_CPU_IDLE		0	/* not started, or stopped */
#define GTRACE_CPU_ARMED	1	/* sampling whenever a target's task runs */
#define GTRACE_CPU_STALLED	2	/* a ring is full: events are counted as lost until FLUSH finds room */
#define GTRACE_CPU_OFFLINE	3	/* the CPU is off line; it is armed again when it returns */

/*
 * struct gtrace_control - what the kernel tells about one CPU's rings.
 *
 * Reading: load `sample_head` (acquire), read the records [tail, head), store `sample_tail` (release). Same for
 * events. To tag samples by task read sample_head first and event_head second: every task switch up to the last
 * of those samples is then among those events.
 *
 * Every sample the session should have had and has not is in exactly one lost_* counter.
 */
struct gtrace_control {
	__u32 abi_version;
	__u32 cpu;
	__u32 state;		/* GTRACE_CPU_* */
	__u32 record_size;	/* as in gtrace_config */
	__u64 sample_slots;	/* as in gtrace_config */
	__u64 event_bytes;	/* as in gtrace_config */

	__u64 sample_head;	/* records published since START; never goes back */
	__u64 event_head;	/* bytes published since START; never goes back */

	__u64 lost_full;	/* samples not taken because the sample ring was full */
	__u64 lost_event;	/* samples not taken because the event ring was full */
	__u64 lost_overrun;	/* samples the hardware dropped: a PMI came too late and the slack ran out */
	__u64 lost_offline;	/* samples given up when the CPU went off line */
	__u64 events_dropped;	/* event records that found no room (the next one carries GTRACE_EVENT_F_GAP) */

	__u64 pmis;		/* performance monitoring interrupts taken for this session */
	__u64 spurious;		/* NMIs looked at with none of our bits set */
	__u64 wakeups;		/* times a reader was woken for this CPU */
	__u64 switches;		/* GTRACE_EVENT_SWITCH records written */
	__u64 hits;		/* of probes, those that found no room included */
	__u64 ladders_lost;	/* hits with GTRACE_EVENT_F_NO_LADDER */
};

/* struct gtrace_tail - what the reader has consumed. Values outside [head - size, head] are taken as head - size. */
struct gtrace_tail {
	__u64 sample_tail;	/* records, same count as sample_head */
	__u64 event_tail;	/* bytes, same count as event_head */
};

/* ---- the event ring ------------------------------------------------------------------------------------------ */

/*
 * Events are 8-byte aligned and never wrap: a PAD event fills the ring's end. Offset of byte b is
 * b & (event_bytes - 1). On one CPU they are in the order of their publication; `tsc` may run back by the length of
 * an interrupt, since an event of an interrupt that came while another was being written stands behind it.
 */
enum gtrace_event_type {
	GTRACE_EVENT_PAD	= 0,	/* skip `size` bytes, at least 8: it has no tsc */
	GTRACE_EVENT_SWITCH	= 1,	/* struct gtrace_event_switch */
	GTRACE_EVENT_FORK	= 2,	/* struct gtrace_event_task: a new thread or process of the target */
	GTRACE_EVENT_EXEC	= 3,	/* struct gtrace_event_task: it runs another program from here */
	GTRACE_EVENT_EXIT	= 4,	/* struct gtrace_event_task: the thread ends */
	GTRACE_EVENT_MAP	= 5,	/* struct gtrace_event_map: an executable mapping appears */
	GTRACE_EVENT_CLOCK	= 6,	/* struct gtrace_event_clock */
	GTRACE_EVENT_LOST	= 7,	/* struct gtrace_event_lost */
	GTRACE_EVENT_CPU	= 8,	/* struct gtrace_event_cpu: this CPU is armed or disarmed */
	GTRACE_EVENT_WAKE	= 9,	/* struct gtrace_event_wake: a thread of the target is made runnable */
	GTRACE_EVENT_HIT	= 10,	/* struct gtrace_event_hit: a thread of the target came to a probe */
	GTRACE_EVENT_WINDOW	= 11,	/* struct gtrace_event_window: probes begin or cease to record */
	GTRACE_EVENT_PERIOD	= 12,	/* struct gtrace_event_period: the distance of records changes */
};

#define GTRACE_EVENT_F_GAP	(1u << 0)	/* events were dropped just before this one */
#define GTRACE_EVENT_F_TRUNCATED (1u << 1)	/* MAP: the path was longer than fits; its end is kept */
#define GTRACE_EVENT_F_THREAD	(1u << 2)	/* FORK: a thread of the same process; EXIT: not the last thread */
#define GTRACE_EVENT_F_RUNNING	(1u << 3)	/* SWITCH: no switch, but the task found running at START or at
						 * a CPU's return (prev_tid is 0) */

/* struct gtrace_event - head of every event. */
struct gtrace_event {
	__u16 type;		/* enum gtrace_event_type */
	__u16 size;		/* bytes of the whole event, a multiple of 8 */
	__u32 flags;		/* GTRACE_EVENT_F_* */
	__u64 tsc;		/* raw TSC of this CPU when the event was written */
};

/*
 * struct gtrace_event_switch - this CPU goes from one task to another and at least one of them is a target's. In a
 * window of probes with stacks, when a target's thread was preempted, also the next 16 from one other task to another,
 * up to one to a target's or to the idle task: they tell who has the CPU that the thread waits for.
 * Samples of this CPU with a TSC in [this event, next SWITCH of the CPU) belong to next_tid.
 */
struct gtrace_event_switch {
	struct gtrace_event head;
	__u32 prev_tid;		/* 0 = the idle task */
	__u32 next_tid;
	__u32 next_tgid;
	__u32 prev_state;	/* task state of prev as the scheduler saw it: 0 = preempted (TASK_RUNNING) */
	__u64 sample_index;	/* records of this CPU written before the switch: a second, TSC-free tag */
};

/* struct gtrace_event_task - FORK, EXEC, EXIT of a target's task. */
struct gtrace_event_task {
	struct gtrace_event head;
	__u32 tid;		/* the new thread (FORK), the one that executes (EXEC), the one that ends (EXIT) */
	__u32 tgid;
	__u32 parent_tid;	/* FORK: who called clone; otherwise 0 */
	__u32 parent_tgid;
	__u64 mm;		/* address space of the task after the event: an id never used twice until reboot;
				 * 0 = none (EXIT) */
	char  comm[16];		/* NUL-terminated task name */
};

/*
 * struct gtrace_event_map - an executable mapping appears in a target's address space. Mappings that exist at START
 * are not reported: read /proc/PID/maps after START. A process forked (not a thread) begins with a copy of its
 * parent's mappings; EXEC begins a new address space whose MAP events come before it.
 */
struct gtrace_event_map {
	struct gtrace_event head;
	__u32 tid;
	__u32 tgid;
	__u64 mm;		/* as in gtrace_event_task */
	__u64 start;		/* [start, end) in the address space */
	__u64 end;
	__u64 pgoff;		/* bytes into the file */
	__u64 ino;
	__u32 dev_major;
	__u32 dev_minor;
	char  path[];		/* NUL-terminated, padded to 8 bytes; "" = anonymous */
};

/* struct gtrace_event_clock - one moment on two clocks. At START, at STOP and about once a second on each CPU. */
struct gtrace_event_clock {
	struct gtrace_event head;	/* head.tsc was read first ... */
	__u64 monotonic_ns;		/* ... then CLOCK_MONOTONIC ... */
	__u64 tsc_after;		/* ... then the TSC again: the pairing's error is at most half the distance */
};

/* gtrace_event_lost.cause: which lost_* counter `count` was added to */
#define GTRACE_LOST_FULL	0
#define GTRACE_LOST_EVENT	1
#define GTRACE_LOST_OVERRUN	2
#define GTRACE_LOST_OFFLINE	3

/*
 * struct gtrace_event_lost - `count` samples were lost on this CPU between tsc_from and head.tsc. Each stands for
 * period + 1 events, of the last GTRACE_EVENT_PERIOD before this one: the period does not change while samples are lost.
 * The last of a session may find no room in a full ring: then lost_* of gtrace_control is more than these events tell.
 */
struct gtrace_event_lost {
	struct gtrace_event head;
	__u32 cause;		/* GTRACE_LOST_* */
	__u32 reserved;
	__u64 count;
	__u64 tsc_from;
};

/* struct gtrace_event_cpu - this CPU was armed or disarmed (START, STOP, hotplug). */
struct gtrace_event_cpu {
	struct gtrace_event head;
	__u32 state;		/* GTRACE_CPU_* from here on */
	__u32 reserved;
};

/*
 * struct gtrace_event_wake - a thread of the target is about to be made runnable (sched_waking). Written by the CPU of
 * the waker. Needs GTRACE_F_WAKES.
 */
struct gtrace_event_wake {
	struct gtrace_event head;
	__u32 tid;		/* who is woken */
	__u32 tgid;
	__u32 waker_tid;	/* on whose time; the interrupted task's when `in_interrupt`. 0 = the idle task */
	__u32 waker_tgid;
	__u32 in_interrupt;	/* 1: an interrupt wakes (a device, a timer), not the waker's own doing */
	__s32 to_cpu;		/* where it ran last; the scheduler may choose another */
};

/*
 * struct gtrace_event_hit - a thread of the target is about to execute a probed instruction. Variable: the values, then
 * the branches, then the frames.
 *
 * While a window is open and some probe has GTRACE_PROBE_F_STACK, a thread of the target that leaves its CPU, asleep in
 * the kernel or preempted, tells where it stands by a hit with `id` GTRACE_HIT_OFF just before its SWITCH; and one that
 * wakes a thread of the target in another system call than futex, by GTRACE_HIT_WAKER before the WAKE. Values: R14,
 * and the two words at `sp`, where its return address is when `ip` is in code that has no frame yet, or never has one.
 * Up to 32 frames by frame pointers, the first of which is no return address but `ip`: the instruction behind its system
 * call; with GTRACE_EVENT_F_INTERRUPTED that which an interrupt, a fault, a signal or exec put off.
 */
struct gtrace_event_hit {
	struct gtrace_event head;	/* flags: GTRACE_EVENT_F_NO_LADDER, GTRACE_EVENT_F_STACK_CUT */
	__u32 id;		/* of the probe */
	__u32 tid;
	__u32 tgid;
	__u16 missing;		/* bit i: value i could not be read */
	__u8  nr_values;	/* = nr_fetches of the probe; each a __u64 */
	__u8  nr_branches;	/* struct gtrace_pebs_branch, newest first */
	__u8  nr_frames;	/* return addresses, each a __u64, innermost first */
	__u8  reserved[7];
	__u64 ip;		/* of the instruction; OFF, WAKER: of the next */
	__u64 sp;		/* before it */
	__u64 values[];
};

#define GTRACE_HIT_OFF		0
#define GTRACE_HIT_WAKER	0xffffffffu

#define GTRACE_EVENT_F_NO_LADDER (1u << 4)	/* HIT: branches were asked for, but the LBR was found off, or the hit
						 * came by way of uprobes: there are none */
#define GTRACE_EVENT_F_STACK_CUT (1u << 5)	/* HIT: the walk ended at max_frames or at a frame that could not be read
						 * or lay out of bounds, not at a frame pointer of 0 */
#define GTRACE_EVENT_F_INTERRUPTED (1u << 6)	/* OFF, WAKER: not in a system call, or it returns elsewhere */

/*
 * struct gtrace_event_window - from here on probes record (`open` 1), or pause to keep to gtrace_config.overhead (0).
 * The same moment for all CPUs: one event on one CPU. The first opens at START or with the first probe, STOP closes the
 * last: its totals are those of the session. A hit of an open window is never left out but for want of room in the ring
 * (GTRACE_EVENT_F_GAP tells); some that lie a moment outside may be there too.
 */
struct gtrace_event_window {
	struct gtrace_event head;
	__u32 open;
	__u32 reserved;
	__u64 hits;		/* since START */
	__u64 cost;		/* TSC ticks that the probes took since START: hits, exceptions' entry and return
				 * estimated, and planting and pulling them for each window */
	__u64 ran;		/* TSC ticks that target threads ran, since START, all CPUs */
};

/*
 * struct gtrace_event_period - the hardware loads another period from here on. It takes the one in force when it writes a
 * record: record `sample_index` (the next one) is still at the old distance from the one before it, the records behind
 * it are `period` + 1 events apart. Until the first of these events gtrace_config.period holds. So record i stands for
 * period + 1 events, of the last event with a sample_index below i, and the sum over all records and gtrace_event_lost is
 * what was counted, but for the rest after the last. No two events of a CPU have the same sample_index.
 */
struct gtrace_event_period {
	struct gtrace_event head;
	__u64 sample_index;	/* records of this CPU written so far */
	__u64 period;		/* events */
};

/* ---- PEBS records -------------------------------------------------------------------------------------------- */

/* struct gtrace_pebs_fixed - PEBS format 3 (SDM vol. 3B, table "PEBS record format"). 200 bytes. */
struct gtrace_pebs_fixed {
	__u64 flags, ip;			/* ip: after the instruction; use real_ip */
	__u64 ax, bx, cx, dx, si, di, bp, sp;
	__u64 r8, r9, r10, r11, r12, r13, r14, r15;	/* after the instruction retired; r14 = Go's g in Go code */
	__u64 status;				/* counters this record is for, one bit each */
	__u64 addr;				/* data linear address */
	__u64 source;				/* stores: bit 0 = hit L1D, bit 4 = missed STLB, bit 5 = locked */
	__u64 latency;				/* 0 for stores */
	__u64 real_ip;				/* eventing IP: the instruction itself */
	__u64 tsx;
	__u64 tsc;
};

/* Adaptive PEBS (format 4): basic always, then the groups that GTRACE_DATA_* names, in the order of their bits. */
struct gtrace_pebs_basic {
	__u32 format_group;	/* MSR_PEBS_DATA_CFG[31:0] that the record was written under */
	__u16 retire_latency;	/* 0 before Sapphire Rapids */
	__u16 format_size;	/* bytes of the whole record */
	__u64 ip;		/* eventing IP */
	__u64 counters;		/* counters this record is for */
	__u64 tsc;
};

struct gtrace_pebs_mem {
	__u64 addr, source, latency, tsx;
};

struct gtrace_pebs_gpr {
	__u64 flags, ip;
	__u64 ax, cx, dx, bx, sp, bp, si, di;	/* another order than in the fixed record */
	__u64 r8, r9, r10, r11, r12, r13, r14, r15;
};

struct gtrace_pebs_xmm {
	__u64 xmm[32];
};

/*
 * One LBR entry, newest first. lbr_depth of them stand at the record's end. An entry with `from` = 0 ends the stack:
 * what stands behind it was another task's, or nothing yet. Far branches are not in it unless the kernel is sampled.
 */
struct gtrace_pebs_branch {
	__u64 from, to;
	__u64 info;		/* 63 mispredicted, 62 in TSX, 61 TSX abort, 15:0 cycles since the previous entry */
};

/* ---- generic netlink: notices -------------------------------------------------------------------------------- */

#define GTRACE_GENL_NAME	"gtrace"
#define GTRACE_GENL_VERSION	1
#define GTRACE_GENL_GROUP	"events"

/* Commands are notices: the kernel multicasts them to the group "events" and answers none. */
enum gtrace_genl_cmd {
	GTRACE_GENL_UNSPEC,
	GTRACE_GENL_SESSION_START,	/* OWNER, TARGET, PERIOD */
	GTRACE_GENL_SESSION_STOP,	/* OWNER, TARGET, SAMPLES, LOST */
	GTRACE_GENL_TARGET_EXEC,	/* PID, COMM */
	GTRACE_GENL_TARGET_EXIT,	/* PID: the last thread of a target process is gone */
	GTRACE_GENL_LOSS,		/* CPU, CAUSE, LOST: rate-limited, the counters are the truth */
};

enum gtrace_genl_attr {
	GTRACE_GENL_A_UNSPEC,
	GTRACE_GENL_A_OWNER,		/* u32: tgid of the session's opener */
	GTRACE_GENL_A_TARGET,		/* s32: target tgid or GTRACE_TARGET_ALL */
	GTRACE_GENL_A_PERIOD,		/* u64 */
	GTRACE_GENL_A_PID,		/* u32 */
	GTRACE_GENL_A_COMM,		/* NUL string, at most 15 characters */
	GTRACE_GENL_A_CPU,		/* u32 */
	GTRACE_GENL_A_CAUSE,		/* u32: GTRACE_LOST_* */
	GTRACE_GENL_A_LOST,		/* u64 */
	GTRACE_GENL_A_SAMPLES,		/* u64 */
	GTRACE_GENL_A_PAD,
};

/* Sizes are ABI. */
#ifdef __KERNEL__
#include <linux/build_bug.h>
#define GTRACE_ASSERT_SIZE(type, bytes)	static_assert(sizeof(type) == (bytes))
#else
#define GTRACE_ASSERT_SIZE(type, bytes)	_Static_assert(sizeof(type) == (bytes), #type)
#endif
GTRACE_ASSERT_SIZE(struct gtrace_caps, 336);
GTRACE_ASSERT_SIZE(struct gtrace_config, 80);
GTRACE_ASSERT_SIZE(struct gtrace_control, 136);
GTRACE_ASSERT_SIZE(struct gtrace_tail, 16);
GTRACE_ASSERT_SIZE(struct gtrace_event, 16);
GTRACE_ASSERT_SIZE(struct gtrace_event_switch, 40);
GTRACE_ASSERT_SIZE(struct gtrace_event_task, 56);
GTRACE_ASSERT_SIZE(struct gtrace_event_map, 72);
GTRACE_ASSERT_SIZE(struct gtrace_event_clock, 32);
GTRACE_ASSERT_SIZE(struct gtrace_event_lost, 40);
GTRACE_ASSERT_SIZE(struct gtrace_event_cpu, 24);
GTRACE_ASSERT_SIZE(struct gtrace_event_wake, 40);
GTRACE_ASSERT_SIZE(struct gtrace_event_hit, 56);
GTRACE_ASSERT_SIZE(struct gtrace_event_window, 48);
GTRACE_ASSERT_SIZE(struct gtrace_event_period, 32);
GTRACE_ASSERT_SIZE(struct gtrace_fetch, 16);
GTRACE_ASSERT_SIZE(struct gtrace_probe, 224);
GTRACE_ASSERT_SIZE(struct gtrace_pebs_fixed, 200);
GTRACE_ASSERT_SIZE(struct gtrace_pebs_basic, 32);
GTRACE_ASSERT_SIZE(struct gtrace_pebs_mem, 32);
GTRACE_ASSERT_SIZE(struct gtrace_pebs_gpr, 144);
GTRACE_ASSERT_SIZE(struct gtrace_pebs_xmm, 256);
GTRACE_ASSERT_SIZE(struct gtrace_pebs_branch, 24);

#endif
