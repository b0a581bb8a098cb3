/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One stall with all that the recording knows about it. The timeline finds the stall; a second pass over the recording
 * picks up the evidence around it:
 *
 *	stores ... | its stop: stack, branches | what its thread ran next | who made it ready: stack | end | next stop
 */
#ifndef GT_ANALYSIS_INCIDENT_H
#define GT_ANALYSIS_INCIDENT_H

#include "analysis/ladder.h"
#include "analysis/step.h"

#define GT_INCIDENT_STORES 16
#define GT_INCIDENT_CHANS  3

/* A store that was sampled on its thread while it ran, before it stopped. */
struct gt_incident_store {
	uint64_t tsc, address;
	uint32_t location;
	bool addressed; /* the sample carries a data address */
};

enum gt_next {
	GT_NEXT_UNKNOWN,  /* nothing was seen of the thread any more */
	GT_NEXT_RAN,      /* it took goroutine `goid` at `from` ... */
	GT_NEXT_SLEPT,    /* it went to sleep at `from` without another goroutine */
	GT_NEXT_LOST_CPU, /* the kernel gave its CPU to another task at `from` */
};

enum gt_next_end {
	GT_NEXT_ON,      /* ... and still ran it when it was last seen */
	GT_NEXT_STOPPED, /* ... until it stopped: `next_stop` */
	GT_NEXT_ENDED,   /* ... until the goroutine ended */
	GT_NEXT_OFF,     /* ... until the thread left its CPU */
};

/* Why this stall is told. */
enum gt_chosen {
	GT_CHOSEN_NUMBER,  /* it was asked for */
	GT_CHOSEN_TRIGGER, /* it made the flight recorder write this recording */
	GT_CHOSEN_LONGEST, /* nothing did: the longest whose end is known, of a goroutine that is not the runtime's;
			    * when none is over, the longest that is not */
	GT_CHOSEN_INSTEAD, /* the longest, since the one that made the flight recorder write began before the recording
			    */
};

struct gt_incident {
	struct gt_stall stall;
	enum gt_chosen chosen;
	bool over; /* the stall's end is known; otherwise `why` it is not. Then stall.open; unless gt_unknown_open(why)
		    * only its begin is known */
	enum gt_unknown why;
	bool paused;    /* when the recording ended the probes had paused */
	uint64_t stops; /* stops of the recording: numbers are 1 to this */

	bool hit; /* the stop itself is a hit: stack and ladder are meant */
	struct gt_stack stack;
	struct gt_ladder ladder;
	uint64_t chans[GT_INCIDENT_CHANS]; /* channels it waits on; 0 = none */

	struct gt_incident_store stores[GT_INCIDENT_STORES]; /* the last ones, oldest first */
	size_t nr_stores;
	uint64_t stores_seen;

	bool waker_hit; /* who made it ready is a hit */
	struct gt_stack waker_stack;

	/* What its thread did next. */
	enum gt_next next;
	enum gt_next_end next_end;
	uint64_t next_goid, next_from, next_until;
	struct gt_site next_root;  /* what that goroutine began with */
	struct gt_stall next_stop; /* GT_NEXT_STOPPED: kind, reason, site */
	uint32_t next_task;        /* GT_NEXT_SLEPT, _LOST_CPU: thread that got its CPU, 0 = idle */

	/* Its own next stop, which says where it was going. */
	bool again;
	struct gt_stall again_stop; /* kind, reason, begin, site */

	uint64_t horizon; /* TSC: from there on the recording is blind, so nothing behind it is told */
	struct gt_join *join;
	struct gt_steps steps;
	uint64_t number; /* asked for; 0 = none */
	bool found;      /* private */
};

/*
 * Stall `number`; 0 = the one that made the flight recorder write, or else the longest. Returns 0; -ENOENT: no stop has
 * that number, or there is no stall; -ENODATA: the recording has no hits of probes; -ENOMEM, -errno. To be freed in any
 * case.
 */
int gt_incident_find(struct gt_incident *incident, struct gt_join *join, uint64_t number);

/* How long it lasted is known, or how long at least. */
static inline bool gt_incident_timed(const struct gt_incident *incident)
{
	return incident->over || gt_unknown_open(incident->why);
}

void gt_incident_free(struct gt_incident *incident);

#endif
