/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the fields of the runtime's structures lie in the program at hand. Internal to userspace/go.
 *
 * The table of releases, by the program's version; for a release it does not have, or a fork of the runtime that fails
 * the proof by it, the program's own DWARF. Either way attach proves them on the live process.
 */
#ifndef GT_GO_OFFSETS_H
#define GT_GO_OFFSETS_H

#include "image.h"

#define GT_GO_NO_FIELD 0xffffu /* the release does not have this field */

/*
 * One line a field: name here; structure of package runtime and path of members there, or several, the first that
 * exists. What a look at a process reads:
 */
#define GT_GO_LOOK_OFFSETS(FIELD)             \
	FIELD(g_stack_lo, g, "stack.lo")      \
	FIELD(g_stack_hi, g, "stack.hi")      \
	FIELD(g_m, g, "m")                    \
	FIELD(g_self, g, "sched.g")           \
	FIELD(g_status, g, "atomicstatus")    \
	FIELD(g_goid, g, "goid")              \
	FIELD(g_wait_reason, g, "waitreason") \
	FIELD(g_parent_goid, g, "parentGoid") \
	FIELD(g_gopc, g, "gopc")              \
	FIELD(g_startpc, g, "startpc")        \
	FIELD(m_g0, m, "g0")                  \
	FIELD(m_procid, m, "procid")          \
	FIELD(m_gsignal, m, "gsignal")        \
	FIELD(m_curg, m, "curg")              \
	FIELD(m_p, m, "p")                    \
	FIELD(m_alllink, m, "alllink")

/* What probes fetch besides. sudog.c has been a pair since 1.26, of which the collector may clear the first. */
#define GT_GO_PROBE_OFFSETS(FIELD)                        \
	FIELD(g_sched_pc, g, "sched.pc")                  \
	FIELD(g_sched_bp, g, "sched.bp")                  \
	FIELD(g_waiting, g, "waiting")                    \
	FIELD(sudog_waitlink, sudog, "waitlink")          \
	FIELD(sudog_c, sudog, "c.maybeTraceablePtr.vu|c") \
	FIELD(pd_fd, pollDesc, "fd")                      \
	FIELD(pd_rg, pollDesc, "rg")                      \
	FIELD(pd_wg, pollDesc, "wg")                      \
	FIELD(g_coroarg, g, "coroarg")

#define GT_GO_OFFSETS(FIELD) GT_GO_LOOK_OFFSETS(FIELD) GT_GO_PROBE_OFFSETS(FIELD)

/* Bytes from the beginning of the structure. */
struct gt_go_offsets {
#define FIELD(name, structure, path) uint16_t name;
	GT_GO_OFFSETS(FIELD)
#undef FIELD
};

/* No field of 8 bytes at an offset of a gt_go_offsets reaches beyond this. */
#define GT_GO_STRUCT_MAX 1024

/* From DWARF. -ENOENT: the program has none, or it does not describe a field that all releases have. */
int gt_go_offsets_from_dwarf(const struct gt_go_image *image, struct gt_go_offsets *out);

/* From the table of releases. -ENOENT: Go 1.minor is not in it. */
int gt_go_offsets_of_release(int major, int minor, struct gt_go_offsets *out);

#endif
