// SPDX-License-Identifier: GPL-2.0
#include "analysis/occupant.h"

#include "analysis/array.h"

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

static void note(struct gt_occupied *of, uint64_t from, uint32_t tid)
{
	of->kept[of->count++ % GT_OCCUPANTS_KEPT] = (struct gt_occupant){.from = from, .tid = tid};
}

int gt_occupants_switch(struct gt_occupants *occupants, uint32_t cpu, uint64_t tsc, uint32_t prev, uint32_t next)
{
	struct gt_occupied *of = find(occupants, cpu);

	if (!of)
		return -ENOMEM;
	if (!of->count)
		note(of, 0, prev);
	/* From idle to a stranger is not recorded. An idle CPU keeps no thread waiting: the stranger is the one to
	 * name. */
	if (!of->kept[(of->count - 1) % GT_OCCUPANTS_KEPT].tid)
		of->kept[(of->count - 1) % GT_OCCUPANTS_KEPT].tid = prev;
	note(of, tsc, next);
	return 0;
}

/* Ticks of [from, until) that `tid` had it. */
static uint64_t had(const struct gt_occupied *of, size_t first, uint32_t tid, uint64_t from, uint64_t until)
{
	uint64_t sum = 0;
	size_t i;

	for (i = first; i < of->count; i++) {
		const struct gt_occupant *one = &of->kept[i % GT_OCCUPANTS_KEPT];
		uint64_t begin = one->from > from ? one->from : from, end = until;

		if (i + 1 < of->count && of->kept[(i + 1) % GT_OCCUPANTS_KEPT].from < end)
			end = of->kept[(i + 1) % GT_OCCUPANTS_KEPT].from;
		if (one->tid == tid && begin < end)
			sum += end - begin;
	}
	return sum;
}

uint32_t gt_occupants_longest(const struct gt_occupants *occupants, uint32_t cpu, uint64_t from, uint64_t until)
{
	uint64_t at = gt_hash_get(&occupants->by_cpu, cpu, 0), most = 0, ticks;
	const struct gt_occupied *of;
	size_t first = 0, i;
	uint32_t tid = 0;

	if (!at)
		return 0;
	of = occupants->all[at - 1];
	if (of->count > GT_OCCUPANTS_KEPT)
		first = of->count - GT_OCCUPANTS_KEPT;
	/* From the last one that had it at `from` on. */
	for (i = of->count; i > first + 1 && of->kept[(i - 1) % GT_OCCUPANTS_KEPT].from > from; i--)
		;
	for (first = i - 1; i <= of->count; i++) {
		ticks = had(of, first, of->kept[(i - 1) % GT_OCCUPANTS_KEPT].tid, from, until);
		if (ticks > most) {
			most = ticks;
			tid = of->kept[(i - 1) % GT_OCCUPANTS_KEPT].tid;
		}
	}
	return tid;
}
