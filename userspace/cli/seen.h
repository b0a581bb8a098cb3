/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What was last written about the objects of a process, by address: 16 bytes each, so that a look at 100,000
 * goroutines in which ten changed writes ten.
 */
#ifndef GT_CLI_SEEN_H
#define GT_CLI_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gt_seen_entry {
	uint64_t addr, fingerprint;
};

/* Starts zeroed. */
struct gt_seen {
	struct gt_seen_entry *entries;
	size_t used, room; /* room is 0 or a power of two */
};

/* gt_seen_change - 1 the object's fingerprint is not the one last given (or none was), 0 it is, -ENOMEM. */
int gt_seen_change(struct gt_seen *seen, uint64_t addr, uint64_t fingerprint);
bool gt_seen_has(const struct gt_seen *seen, uint64_t addr);
void gt_seen_free(struct gt_seen *seen);

/* gt_seen_mix - put one more value into a fingerprint. */
static inline uint64_t gt_seen_mix(uint64_t fingerprint, uint64_t value)
{
	fingerprint = (fingerprint ^ value) * UINT64_C(0x9e3779b97f4a7c15);
	return fingerprint ^ fingerprint >> 29;
}

#endif
