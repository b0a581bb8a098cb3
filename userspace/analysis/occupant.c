// SPDX-License-Identifier: GPL-2.0
#include "analysis/occupant.h"

#include "lib/array.h"

void gt_occupants_free(struct gt_occupants *occupants)
{
	size_t i;

	for (i = 0; i < occupants->count; i++)
		free(occupants->all[i]);
	free(occupants->all);
	gt_hash_free(&occupants->by_cpu);
	*occupants = (struct gt_occupants){};
}

static struct gt_occupied *find(struct gt_occupants *occupants, uint32_t cpu)
{
	uint64_t *at = gt_hash_at(&occupants->by_cpu, cpu, 0);

	if (!at || gt_array_room(&occupants->all, occupants->count, &occupants->room))
		return NULL;
	if (!*at) {
		occupants->all[occupants->count] = calloc(1, sizeof(struct gt_occupied));
		if (!occupants->all[occupants->count])
			return NULL;
		*at = ++occupants->count;
	}
	return occupants->all[*at - 1];
}

static struct gt_occupant *nth(const struct gt_occupied *of, size_t n)
{
	return (struct gt_occupant *)&of->kept[n % GT_OCCUPANTS_KEPT];
}

static void note(struct gt_occupied *of, uint64_t from, uint32_t tid)
{
	*nth(of, of->count++) = (struct gt_occupant){.from = from, .tid = tid, .last = tid};
}

int gt_occupants_switch(struct gt_occupants *occupants, uint32_t cpu, uint64_t tsc, uint32_t prev, uint32_t next)
{
	struct gt_occupied *of = find(occupants, cpu);
	struct gt_occupant *last;

	if (!of)
		return -ENOMEM;
	if (!of->count)
		note(of, 0, prev);
	last = nth(of, of->count - 1);
	last->last = prev;
	/* From idle to a stranger is not recorded. An idle CPU keeps no thread waiting: the stranger is the one to
	 * name. */
	if (!last->tid)
		last->tid = prev;
	note(of, tsc, next);
	return 0;
}

/* Threads that share a CPU while another one waits for it: those beyond so many are told as others. */
#define SHARERS_MAX 16

static void add(struct gt_holder *sharers, struct gt_holders *holders, uint32_t tid, uint64_t ticks)
{
	size_t i;

	for (i = 0; i < SHARERS_MAX && sharers[i].ticks && sharers[i].tid != tid; i++)
		;
	if (i == SHARERS_MAX) {
		holders->others += ticks;
		return;
	}
	sharers[i].tid = tid;
	sharers[i].ticks += ticks;
}

/* From the latest stretch to the earliest. */
static void add_unsure(struct gt_holders *holders, const struct gt_occupant *one, uint64_t ticks)
{
	if (!holders->unsure)
		holders->last = one->last;
	holders->first = one->tid;
	holders->unsure += ticks;
}

static int longest_first(const void *a, const void *b)
{
	const struct gt_holder *left = a, *right = b;

	return left->ticks != right->ticks ? (left->ticks > right->ticks ? -1 : 1) : 0;
}

void gt_occupants_tell(const struct gt_occupants *occupants, uint32_t cpu, uint64_t from, uint64_t until,
		       struct gt_holders *holders)
{
	uint64_t at = gt_hash_get(&occupants->by_cpu, cpu, 0), begin, end = until;
	struct gt_holder sharers[SHARERS_MAX] = {};
	const struct gt_occupied *of;
	size_t i, oldest;

	*holders = (struct gt_holders){.unsure = at ? 0 : until - from};
	if (!at)
		return;
	of = occupants->all[at - 1];
	oldest = of->count > GT_OCCUPANTS_KEPT ? of->count - GT_OCCUPANTS_KEPT : 0;
	/* From the latest back to the one that had it at `from`. */
	for (i = of->count; i > oldest && end > from; i--) {
		const struct gt_occupant *one = nth(of, i - 1);

		if (one->from >= end)
			continue;
		begin = one->from > from ? one->from : from;
		if (one->tid == one->last)
			add(sharers, holders, one->tid, end - begin);
		else
			add_unsure(holders, one, end - begin);
		end = begin;
	}
	/* More switches than are remembered. */
	if (end > from)
		add_unsure(holders, nth(of, oldest), end - from);
	qsort(sharers, SHARERS_MAX, sizeof(*sharers), longest_first);
	memcpy(holders->all, sharers, sizeof(holders->all));
	for (i = GT_HOLDERS; i < SHARERS_MAX; i++)
		holders->others += sharers[i].ticks;
}
