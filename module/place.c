// SPDX-License-Identifier: GPL-2.0
#include <linux/limits.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "place.h"

#define PLACES_MAX	4096u

struct hlist_head gt_places[1u << GT_PLACES_BITS];

static DEFINE_RAW_SPINLOCK(lock);	/* writers */
static u32 count;

void gt_place_learn(u64 mm, u64 ip, pid_t tgid, const struct gt_recipe *recipe)
{
	struct gt_place *place = kmalloc(sizeof(*place), GFP_ATOMIC | __GFP_NOWARN);
	unsigned long flags;

	if (!place)
		return;
	*place = (struct gt_place){ .mm = mm, .ip = ip, .recipe = recipe, .tgid = tgid };
	raw_spin_lock_irqsave(&lock, flags);
	if (count < PLACES_MAX && !gt_place_find(mm, ip)) {
		hlist_add_head_rcu(&place->link, gt_places_of(mm, ip));
		WRITE_ONCE(count, count + 1);
		place = NULL;
	}
	raw_spin_unlock_irqrestore(&lock, flags);
	kfree(place);
}

/* Those that are of the process, if one is given, and in the range of the address space, if one is given. */
static void forget(pid_t tgid, u64 mm, u64 start, u64 end)
{
	struct hlist_node *next;
	struct gt_place *place;
	unsigned long flags;
	u32 i;

	if (!READ_ONCE(count))
		return;
	raw_spin_lock_irqsave(&lock, flags);
	for (i = 0; i < ARRAY_SIZE(gt_places); i++) {
		hlist_for_each_entry_safe(place, next, &gt_places[i], link) {
			if ((tgid && place->tgid != tgid) || (mm && place->mm != mm) || place->ip < start ||
			    place->ip >= end)
				continue;
			hlist_del_rcu(&place->link);
			kfree_rcu(place, rcu);
			WRITE_ONCE(count, count - 1);
		}
	}
	raw_spin_unlock_irqrestore(&lock, flags);
}

void gt_place_forget(pid_t tgid)
{
	forget(tgid, 0, 0, U64_MAX);
}

void gt_place_forget_range(u64 mm, u64 start, u64 end)
{
	forget(0, mm, start, end);
}

void gt_place_forget_all(void)
{
	forget(0, 0, 0, U64_MAX);
}
