/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the module's test clients share: one session of /dev/gtrace with its rings mapped, without the reader's library.
 */
#ifndef _GTRACE_TESTS_CLIENT_H
#define _GTRACE_TESTS_CLIENT_H

#include <gtrace.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { CLIENT_CPUS = 8 };

struct client_cpu {
	const volatile struct gtrace_control *control;
	volatile struct gtrace_tail *tail;
	const uint8_t *samples, *events;
	uint64_t read_samples, read_events;
};

struct client {
	int fd;
	struct gtrace_caps caps;
	struct gtrace_config config;
	unsigned int cpus;
	struct client_cpu cpu[CLIENT_CPUS];	/* control is NULL for a CPU that does not exist */
};

/* The fields of a record that the lab's truth file names. */
struct client_record {
	uint64_t tsc, ip, addr, r14, rsp, status;
};

/* Each dies with a message when it fails, but for client_open(): it returns -errno. */
int client_open(struct client *client);
void client_map(struct client *client);
void client_die(const char *what) __attribute__((noreturn));

/* Config with defaults for a target: period 997, 1 MiB and 64 KiB of rings. */
struct gtrace_config client_config(pid_t target);

/* Ends the session and its mappings: rings live as long as they are mapped. */
void client_close(struct client *client);

/* Decodes record `at` by what the session's records carry. */
struct client_record client_decode(const struct client *client, const void *at);

/* Forks a child that waits until client_go() and then becomes `argv`. */
pid_t client_fork(char **argv, int *go);
void client_go(int go);

/* Forks a program that stores for ever and sleeps so many microseconds after each store. It ends with its parent. */
pid_t client_spin(unsigned int pause);

/* This process to the first CPU, its children with it. The result: where it might run before. */
cpu_set_t client_pin(void);

#endif
