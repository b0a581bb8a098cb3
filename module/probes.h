/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The probes of a session: planted together, taken away together. Windows of recording with pauses between, in which
 * the breakpoints are not there.
 *
 *	     START, PROBE           cost above its share              share recovered
 *	NONE -------------> OPEN ------------------------> PAUSED -----------------------> OPEN
 *	                      |   all planted, recording     |   none planted
 *	                      `------------- STOP -----------'
 */
#ifndef _GTRACE_PROBES_H
#define _GTRACE_PROBES_H

#include <linux/mutex.h>
#include <linux/workqueue.h>
#include <uapi/gtrace.h>

#include "budget.h"

struct gt_probe;
struct gt_session;

struct gt_probes {
	bool recording;			/* a window is open; read by every hit */
	bool started;
	u32 nr;				/* handlers read it; grows until STOP */
	struct mutex lock;		/* all of it */
	struct gt_probe *probe[GTRACE_PROBES_MAX];
	struct gt_budget budget;
	u64 planting;			/* CPU time that planting and pulling took since START, ns */
	struct delayed_work look;
};

void gt_probes_init(struct gt_session *session);

/* GTRACE_IOC_PROBE in a session that is configured and not stopped. Errors as in the contract. */
int gt_probes_add(struct gt_session *session, const struct gtrace_probe *want);

/* Plants them in a session whose CPUs are armed. On an error nothing is planted. May sleep. */
int gt_probes_start(struct gt_session *session);

/* Takes them away: no hit comes after it, and no exception is looked at. Before the CPUs are disarmed. May sleep. */
void gt_probes_stop(struct gt_session *session);

/*
 * Where the current task came to a probe, there are those of the same mapping at known distances: learns all. In the
 * handler of the uprobe, which may sleep; does not take the lock.
 */
void gt_probes_learn(const struct gt_probes *probes, const struct gt_probe *hit, u64 ip);

/* They are not planted. */
void gt_probes_free(struct gt_session *session);

#endif
