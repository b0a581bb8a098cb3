/* SPDX-License-Identifier: GPL-2.0 */
/* What attach.c, runtime.c, look.c, waiters.c and words.c share of an attachment. Internal to userspace/go. */
#ifndef GT_GO_LIVE_H
#define GT_GO_LIVE_H

#include "globals.h"
#include "offsets.h"
#include "runtime.h"
#include "wait_reasons.h"

struct gt_go_runtime {
	pid_t pid;
	const struct gt_go_binary *binary;
	uint64_t load_bias;
	struct gt_go_globals globals; /* vaddr */
	struct gt_go_offsets offsets;
	struct gt_go_wait_reasons wait_reasons;
	size_t g_size; /* bytes of a runtime.g and a runtime.m that hold all fields of interest */
	size_t m_size;
};

/* Takes the G at `addr` from its first g_size bytes. False: there is no G there. */
bool gt_go_live_parse_g(const struct gt_go_runtime *runtime, uint64_t addr, const uint8_t *bytes, struct gt_go_g *out);

/*
 * The M at `addr`, proven by its g0, and its m.alllink. Errors as gt_go_runtime_m(); and -EINPROGRESS: an M is being
 * made there, which has no g0 yet, but whose alllink is right.
 */
int gt_go_live_read_m(const struct gt_go_runtime *runtime, uint64_t addr, struct gt_go_m *out, uint64_t *alllink);

/* Do the goroutines of a look that wait do so in the fields that probes fetch? Reads some hundred words of memory. */
bool gt_go_live_waiters_agree(const struct gt_go_runtime *runtime, const struct gt_go_look *look);

#endif
