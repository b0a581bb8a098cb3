/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Parks counted from store samples alone: how often goroutines block, on what, without any probe.
 *
 * A goroutine that parks writes g.waitreason once, by one instruction of runtime.gopark (go/park_store.h). A sample of
 * that instruction is a park that was counted, with goroutine, reason and lock in its registers, and stands for as many
 * of them as a sample stands for stores. Which function called gopark it does not tell.
 */
#ifndef GT_ANALYSIS_PARK_PROFILE_H
#define GT_ANALYSIS_PARK_PROFILE_H

#include "analysis/filter.h"

enum gt_parks_by {
	GT_PARKS_BY_KIND, /* reason and what the goroutine began with */
	GT_PARKS_BY_REASON,
	GT_PARKS_BY_FUNCTION, /* that the goroutine began with */
	GT_PARKS_BY_GOROUTINE,
	GT_PARKS_BY_LOCK,
};

/* What a row does not ask for is 0 or that of its first sample. */
struct gt_park_row {
	uint32_t reason;            /* string id: "chan receive" */
	uint32_t function, creator; /* string ids: what the goroutine began with; the go statement's line */
	uint32_t goroutine;         /* index into goroutines; GT_NO_GOROUTINE */
	uint64_t lock;              /* 0: select has none, and others may not */
	uint64_t samples;
	uint64_t parks;   /* that they stand for */
	uint64_t certain; /* samples whose goroutine is certain */
};

struct gt_park_profile {
	/* What is asked for: */
	enum gt_parks_by by;
	const struct gt_filter *filter;

	/* What there is, after gt_park_profile_find(): */
	struct gt_park_row *rows; /* most parks first */
	size_t count, room;
	uint64_t samples, parks; /* of all rows */
	uint64_t copies;  /* samples in copies of gopark that the compiler made (-pgo): reasons unknown, left out */
	uint64_t unknown; /* samples in gopark of releases whose layout is not known: left out */
	uint64_t unread;  /* samples of stores into the g in the program's file when that gives no names: left out */
	uint64_t span_ns; /* of the recording, 0 = unknown */
	struct gt_join *join;
	struct gt_hash index;   /* key of a row -> index + 1 */
	struct gt_hash stores;  /* location -> what its instruction stores */
	struct gt_hash reasons; /* (program, reason) -> string id + 1 */
};

/*
 * Returns 0; -ENODATA: the recording has no samples that could tell (no CX or BX: an older gtrace wrote it); -ENOMEM,
 * -errno. To be freed in any case.
 */
int gt_park_profile_find(struct gt_park_profile *profile, struct gt_join *join);
void gt_park_profile_free(struct gt_park_profile *profile);

/* How far what so many samples stand for may be off by chance: 0.1 = 10 %. */
double gt_park_profile_error(uint64_t samples);

/*
 * Whether chance is all: the period changed now and then. A fixed one keeps step with regular loops, and one that
 * hardly changed may.
 */
bool gt_park_profile_by_chance(const struct gt_park_profile *profile);

/* So many parks, in parks a second; 0 when the recording's length is unknown. */
double gt_park_profile_rate(const struct gt_park_profile *profile, uint64_t parks);

#endif
