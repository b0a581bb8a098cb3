/* SPDX-License-Identifier: GPL-2.0 */
/*
 * agent.h - the parts of the guest's agent. It has one thread and one buffer, and whatever goes wrong ends the run: there
 * are no errors to hand back.
 */
#ifndef LAB_AGENT_H
#define LAB_AGENT_H

#include <stdbool.h>
#include <stddef.h>

#include "lab.h"

struct list {
	char **item;	/* ends with NULL */
	size_t count;
};

extern char *buffer;	/* of every hypercall: lab_buffer() */

/* say: ends the run with a message on the command's stderr. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* system_set_up: what a system has before its first command; tells the machine where the current task is. */
void system_set_up(void);

/* request_take: writes the files of the request, fills the lists; true if the kernel's log is wanted. */
bool request_take(struct list *command, struct list *files);

/* command_run: executes it, relays its output; its status as of a shell. */
int command_run(char **command);

/* result_file: sends a file of the guest; result_klog: sends the kernel's log. */
void result_file(const char *path);
void result_klog(void);

#endif
