/* SPDX-License-Identifier: GPL-2.0 */
/*
 * protocol.h - between lab/client and a machine that waits at its fork point.
 *
 * A stream socket. The client sends one struct run_order with the descriptors below as SCM_RIGHTS; the machine forks,
 * and the child sends a struct run_result at once (RUN_BEGUN) and
 * another when the run is over. End of file without the second: the emulator died.
 * A client that closes the socket kills its run.
 */
#ifndef LAB_PROTOCOL_H
#define LAB_PROTOCOL_H

#define RUN_ORDER	0x6c616231u	/* changes with the layout of these structs */

enum run_fd {
	RUN_STDOUT, RUN_STDERR,
	RUN_CONSOLE,	/* what the guest's kernel says; the run may truncate it */
	RUN_LOG,	/* what the emulator says */
	RUN_REQUEST,	/* records for the guest's agent, see guest/call.h */
	RUN_FILES,	/* records of LAB_FILES */
	RUN_TRUTH,	/* last, only when asked for */
	RUN_FDS
};

enum run_verb { RUN_GO = 1, RUN_STOP };	/* STOP: the waiting machine ends, runs go on */

struct run_order {
	unsigned int magic;
	unsigned int verb;
	unsigned int timeout;	/* emulated seconds, 0 = none */
	unsigned int truth;	/* RUN_TRUTH is there */
};

enum run_end { RUN_BEGUN = 1, RUN_EXITED, RUN_FAILED };

struct run_result {
	unsigned int end;
	int status;		/* RUN_EXITED: as of the command, 128 + signal */
	char message[512];	/* RUN_FAILED: why */
};

#endif
