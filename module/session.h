/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A session: what one open of /dev/gtrace holds.
 *
 *	NEW --CONFIG--> CONFIGURED --START--> STARTED --STOP--> STOPPED
 *	                rings exist           owns the PMU       rings stay
 *
 * Locks, outermost first: session->lock (the fd's ioctls), gt_owner_lock (who owns the PMU), probes->lock (what is
 * planted), cpus_read_lock (which CPUs are armed; the hotplug callbacks hold it for writing and take none of the
 * others).
 */
#ifndef _GTRACE_SESSION_H
#define _GTRACE_SESSION_H

#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/wait.h>
#include <uapi/gtrace.h>

#include "plan.h"
#include "probes.h"
#include "rings.h"
#include "targets.h"

enum gt_phase { GT_NEW, GT_CONFIGURED, GT_STARTED, GT_STOPPED };

struct gt_session {
	struct mutex lock;		/* one ioctl at a time */
	enum gt_phase phase;
	struct gtrace_config config;
	struct gt_plan plan;
	struct gt_targets targets;
	struct gt_probes probes;
	struct pid *target;		/* the process, pinned so that its number cannot mean another; NULL = all */
	struct gt_rings *rings;		/* NULL before CONFIG; not changed after */
	pid_t opener;			/* tgid, initial PID namespace */
	wait_queue_head_t wait;
};

/* For whoever does not hold the lock; NULL before CONFIG. */
static inline struct gt_rings *gt_session_rings(const struct gt_session *session)
{
	/* Pairs with the store-release in gt_session_take(): the rings are complete when they are seen. */
	return smp_load_acquire(&session->rings);
}

extern const struct gtrace_caps *gt_caps;	/* this machine; owner_pid is not kept here */

struct gt_session *gt_session_open(void);
void gt_session_close(struct gt_session *session);

/*
 * The ioctls; errors as in the header of the contract. CONFIG is two steps: gt_session_config() fills in what its
 * caller is told of `*rings`; when it has been told, the session takes them, else it drops them and is as new.
 */
int gt_session_config(struct gt_session *session, struct gtrace_config *config, struct gt_rings **rings);
void gt_session_take(struct gt_session *session, struct gt_rings *rings);
void gt_session_drop(struct gt_session *session, struct gt_rings *rings);
int gt_session_probe(struct gt_session *session, const struct gtrace_probe *probe);
int gt_session_start(struct gt_session *session);
int gt_session_stop(struct gt_session *session);
int gt_session_flush(struct gt_session *session);

/* dmesg line of a refused ioctl, in small doses. */
#define gt_complain(fmt, ...)	pr_notice_ratelimited("gtrace: " fmt "\n", ##__VA_ARGS__)

/* tgid of the session that owns the PMU, 0 = free. */
pid_t gt_session_owner(void);

/*
 * Calls `show` with the session that sysfs speaks of: the one started last, while it is open; NULL when there is
 * none. It cannot go away meanwhile.
 */
void gt_session_show(void (*show)(struct gt_session *session, void *data), void *data);

/* Total of what was lost, and of samples published, on all CPUs. */
u64 gt_session_lost(const struct gt_session *session);
u64 gt_session_samples(const struct gt_session *session);

/* Hotplug and suspend; registered while the module is loaded. */
int gt_session_init(void);
void gt_session_exit(void);

#endif
