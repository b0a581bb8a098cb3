/* SPDX-License-Identifier: GPL-2.0 */
/* run.h - one run: the child of a fork that executes one command for one client. */
#ifndef LAB_RUN_H
#define LAB_RUN_H

#include <cstddef>

#include "protocol.h"

/* run_begin: makes this process, just forked, the run of a client. Owns the socket and the descriptors (enum run_fd). */
void run_begin(int client, const struct run_order *order, const int fds[RUN_FDS]);
/* run_active: false in a machine that still boots or waits. */
bool run_active();
/* run_read: next bytes of the request; fewer than length only at its end. */
size_t run_read(void *to, size_t length);
/* run_write: bytes of the guest for a stream (enum lab_stream); false if there is no such stream. */
bool run_write(unsigned stream, const void *from, size_t length);
/* run_console: a byte of the guest's serial line; kept for all runs while the machine boots. */
void run_console(char c);
/* run_exit: the command has ended: tells the client and ends the process. */
[[noreturn]] void run_exit(int status);
/* run_fail: the same for a failure of the machine; before a run it ends the machine with a message on stderr. */
[[noreturn]] void run_fail(const char *message);
/* run_watch: called now and then: ends the process if its client is gone or its emulated time is up. */
void run_watch();

#endif
