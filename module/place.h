/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where probes are in address spaces: (address space, address of the instruction) -> recipe of the probe. The
 * breakpoint exception asks it at each hit, without a lock. Uprobes plants by file and offset; the address is learnt at
 * the first hit.
 *
 * An entry cannot speak for another address space, whose ids are never used twice. Within one, it is forgotten when an
 * executable mapping is made over it, since somebody else's breakpoint may be there next.
 */
#ifndef _GTRACE_PLACE_H
#define _GTRACE_PLACE_H

#include <linux/hash.h>
#include <linux/rculist.h>
#include <linux/types.h>

struct gt_recipe;

#define GT_PLACES_BITS	8u

struct gt_place {
	struct hlist_node link;		/* first: a link is its place */
	u64 mm;				/* gt_task_mm() */
	u64 ip;
	const struct gt_recipe *recipe;	/* outlives the entry by a grace period */
	pid_t tgid;			/* whose address space it is: a child of vfork() runs in it too */
	struct rcu_head rcu;
};

extern struct hlist_head gt_places[1u << GT_PLACES_BITS];

static __always_inline struct hlist_head *gt_places_of(u64 mm, u64 ip)
{
	return &gt_places[hash_64(mm ^ ip << 16, GT_PLACES_BITS)];
}

/* Under rcu_read_lock(), as notifiers are. NULL: not known (yet). */
static __always_inline const struct gt_place *gt_place_find(u64 mm, u64 ip)
{
	const struct gt_place *place;

	hlist_for_each_entry_rcu(place, gt_places_of(mm, ip), link)
		if (place->ip == ip && place->mm == mm)
			return place;
	return NULL;
}

/* Any context but NMI. What finds no memory or too many others is not learnt, and the next hit tries again. */
void gt_place_learn(u64 mm, u64 ip, pid_t tgid, const struct gt_recipe *recipe);

/* Those of a process; those in [start, end) of an address space; all of them. Any context but NMI. */
void gt_place_forget(pid_t tgid);
void gt_place_forget_range(u64 mm, u64 start, u64 end);
void gt_place_forget_all(void);

#endif
