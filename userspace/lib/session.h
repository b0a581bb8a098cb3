/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A session with the module: /dev/gtrace. Thin on purpose: what each call does and which errors it gives is said in
 * uapi/gtrace.h; nothing is undone here that the kernel undoes when the fd closes.
 */
#ifndef GT_LIB_SESSION_H
#define GT_LIB_SESSION_H

#include <uapi/gtrace.h>

struct gt_session {
	int fd;                      /* -1 = closed */
	struct gtrace_caps caps;     /* as of gt_session_open() */
	struct gtrace_config config; /* after gt_session_configure(): with what the kernel filled in */
};

/*
 * gt_session_open - open the device and QUERY it. A refused machine is no error: see caps.source.
 * -ENOENT the module is not loaded; -EACCES, -EPERM no permission; -EPROTO the module speaks another ABI version.
 */
int gt_session_open(struct gt_session *session);

/* gt_session_query - QUERY again: caps.owner_pid changes. */
int gt_session_query(struct gt_session *session);

/* gt_session_configure - `config.size` is set here. Errors of GTRACE_IOC_CONFIG. */
int gt_session_configure(struct gt_session *session, const struct gtrace_config *config);

/*
 * gt_session_probe - plant one probe; `probe.size` is set here. Between gt_session_configure() and gt_session_stop(),
 * from any thread. Errors of GTRACE_IOC_PROBE; gt_session_probe_explain() makes half a sentence of one, never NULL.
 */
int gt_session_probe(const struct gt_session *session, const struct gtrace_probe *probe);
const char *gt_session_probe_explain(int error);

/* START, STOP, FLUSH: 0 or -errno as in the contract. */
int gt_session_start(struct gt_session *session);
int gt_session_stop(struct gt_session *session);
int gt_session_flush(struct gt_session *session);

/* gt_session_close - ends the session, started or not; its mapped rings stay. A second time is nothing. */
void gt_session_close(struct gt_session *session);

#endif
