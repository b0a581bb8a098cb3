/* SPDX-License-Identifier: GPL-2.0 */
/*
 * probe: what the parts of the test of GTRACE_IOC_PROBE share, and the parts.
 */
#ifndef _GTRACE_TESTS_PROBE_H
#define _GTRACE_TESTS_PROBE_H

#include "client.h"

enum { PROBE_ID = 77 };

/* A session after CONFIG, its rings mapped; flags: GTRACE_F_*. Dies with a message when that fails. */
struct client probe_session(pid_t pid, uint32_t flags, uint32_t overhead, uint32_t event_bytes);

/* A probe at the site that fetches nothing. */
struct gtrace_probe probe_plain(void);

/*
 * One that fetches 0 CX, 1 BX, 2 the thing's number by way of self twice, 3 through a NULL, 4 at a kernel address,
 * 5 on an absent page, 6 lo, 7 hi, 8 the chain; with the stack when flags (GTRACE_PROBE_F_*) have it.
 */
struct gtrace_probe probe_full(uint32_t flags);

/* GTRACE_IOC_PROBE: 0, or -1 and errno. */
int probe_plant(struct client *client, struct gtrace_probe probe);

/* So many more, with another id, at places where nobody comes: each a `push %rbp` of a file made for it. 0, or -1 and errno. */
int probe_pushes(struct client *client, unsigned int count);

/* probe_contract.c: bad fields, bad order. */
void probe_contract(void);

/* probe_hits.c: what hits carry. `name` names the first check. */
void probe_hits(uint32_t session, uint32_t flags, const char *name);
void probe_subtraction(uint32_t flags, const char *name);
void probe_preempted(void);
void probe_threads(uint32_t flags, const char *name);

/* probe_lives.c: targets and readers that fork, exec and die. `want`: hits of all targets. */
void probe_forks(uint32_t flags, unsigned int want, const char *name);
void probe_executes(void);
void probe_killed(void);
void probe_died(void);

/* probe_sessions.c: what one session does to another. */
void probe_beside(void);
void probe_failed(void);

/* probe_windows.c: a budget of so many thousandths. */
void probe_budget(uint32_t share, unsigned int seconds);

#endif
