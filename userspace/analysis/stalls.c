// SPDX-License-Identifier: GPL-2.0
#include "analysis/stalls.h"

#include "analysis/cell.h"
#include "analysis/rows.h"
#include "lib/array.h"

/*
 * From a thread's wakeup in a system call to exitsyscall's finding that its P is gone: a few thousand instructions. A
 * goroutine that returns from a call that slept, computes for less than that and loses its P in a call that does not
 * sleep is told as if it had not run in between.
 */
#define EXIT_PATH_US 20

uint64_t gt_stalls_exit_path(const struct gt_join *join)
{
	uint64_t khz = join->info->tsc_khz;

	return khz ? khz * EXIT_PATH_US / 1000 : 0;
}

/* ---- groups ---------------------------------------------------------------------------------------------------- */

static int count(struct gt_stall_groups *groups, uint64_t key0, uint64_t key1, const struct gt_stall_group *new,
		 uint64_t number, uint64_t ns)
{
	uint64_t *at = gt_hash_at(&groups->index, key0, key1);
	struct gt_stall_group *group;

	if (!at)
		return -ENOMEM;
	if (!*at) {
		if (gt_array_room(&groups->all, groups->count, &groups->room))
			return -ENOMEM;
		groups->all[groups->count++] = *new;
		*at = groups->count;
	}
	group = &groups->all[*at - 1];
	/* A goroutine's first function may be told later than the goroutine. */
	if (!group->name)
		group->name = new->name;
	if (ns >= group->ns.max)
		group->longest = number;
	return gt_spread_add(&group->ns, ns);
}

static int by_total(const void *a, const void *b)
{
	const struct gt_stall_group *left = a, *right = b;

	if (left->ns.sum != right->ns.sum)
		return left->ns.sum > right->ns.sum ? -1 : 1;
	return left->longest < right->longest ? -1 : left->longest > right->longest;
}

static void free_groups(struct gt_stall_groups *groups)
{
	size_t i;

	for (i = 0; i < groups->count; i++)
		gt_spread_free(&groups->all[i].ns);
	free(groups->all);
	gt_hash_free(&groups->index);
	*groups = (struct gt_stall_groups){};
}

static int count_reason(struct gt_stalls *stalls, struct gt_stall_groups *groups, const struct gt_stall *stall,
			uint64_t ns)
{
	struct gt_stall_group group = {};
	char text[GT_CELL_BYTES];
	int64_t id =
		gt_strings_id(&stalls->join->symbols.strings, gt_stall_reason(stalls->join, stall, text, sizeof(text)));

	if (id < 0)
		return id;
	group.name = id;
	return count(groups, id, 0, &group, stall->number, ns);
}

static int count_function(struct gt_stalls *stalls, const struct gt_stall *stall, uint64_t ns)
{
	bool known = stall->site.location != GT_NO_LOCATION;
	struct gt_stall_group group = {};
	char text[GT_CELL_BYTES];
	int64_t id;

	id = gt_strings_id(&stalls->join->symbols.strings,
			   known ? gt_site_function(stalls->join, stall->site, text, sizeof(text))
				 : gt_stall_where(stalls->join, stall, text, sizeof(text)));
	if (id < 0)
		return id;
	group.name = id;
	return count(&stalls->groups, id, 0, &group, stall->number, ns);
}

static int count_goroutine(struct gt_stalls *stalls, const struct gt_stall *stall, uint64_t ns)
{
	struct gt_stall_group group = {.goid = stall->goid, .tgid = stall->tgid};
	char text[GT_CELL_BYTES];
	int64_t id = 0;

	if (stall->root.location != GT_NO_LOCATION)
		id = gt_strings_id(&stalls->join->symbols.strings,
				   gt_site_function(stalls->join, stall->root, text, sizeof(text)));
	if (id < 0)
		return id;
	group.name = id;
	return count(&stalls->groups, stall->goid, stall->tgid, &group, stall->number, ns);
}

/* ---- the longest ----------------------------------------------------------------------------------------------- */

static bool shorter(const struct gt_stall *a, const struct gt_stall *b)
{
	uint64_t left = a->end - a->begin, right = b->end - b->begin;

	return left != right ? left < right : a->number > b->number;
}

/* all[] is a heap with the shortest at its top while `top` limits it. */
static void sift_down(struct gt_stall_list *list, size_t at)
{
	for (;;) {
		size_t least = at, child = 2 * at + 1;

		if (child < list->count && shorter(&list->all[child], &list->all[least]))
			least = child;
		if (child + 1 < list->count && shorter(&list->all[child + 1], &list->all[least]))
			least = child + 1;
		if (least == at)
			return;
		struct gt_stall swapped = list->all[at];
		list->all[at] = list->all[least];
		list->all[least] = swapped;
		at = least;
	}
}

static int keep(struct gt_stall_list *list, const struct gt_stall *stall)
{
	size_t i;

	if (!list->top || list->count < list->top) {
		if (gt_array_room(&list->all, list->count, &list->room))
			return -ENOMEM;
		list->all[list->count++] = *stall;
		for (i = list->count / 2; list->count == list->top && i--;)
			sift_down(list, i);
		return 0;
	}
	if (!shorter(&list->all[0], stall))
		return 0;
	list->all[0] = *stall;
	sift_down(list, 0);
	return 0;
}

static int longest_first(const void *a, const void *b)
{
	return shorter(a, b) ? 1 : -1;
}

static int by_number(const void *a, const void *b)
{
	const struct gt_stall *left = a, *right = b;

	return left->number < right->number ? -1 : left->number > right->number;
}

/* ---- all of them ----------------------------------------------------------------------------------------------- */

static bool wanted(const struct gt_stalls *stalls, const struct gt_stall *stall)
{
	const struct gt_filter *filter = stalls->filter;

	return !filter ||
	       (gt_numbers_have(&filter->pids, stall->tgid) &&
		(gt_numbers_have(&filter->tids, stall->tid) || gt_numbers_have(&filter->tids, stall->end_tid)) &&
		(gt_numbers_have(&filter->cpus, stall->cpu) || gt_numbers_have(&filter->cpus, stall->end_cpu)) &&
		(!filter->function || (stall->site.location != GT_NO_LOCATION &&
				       gt_location_matches(stalls->join, stall->site.location, filter->function))));
}

/* It is no part of what the windows of the recording tell of: its time is not theirs. */
static int take_earlier(struct gt_stalls *stalls, const struct gt_stall *stall)
{
	/* Back from its call, and nobody knew yet whether there would be a P: it was. */
	if (gt_join_before(stalls->join, stall->end)) {
		stalls->earlier_over++;
		return 0;
	}
	if (gt_stall_ns(stalls->join, stall) < stalls->min_ns) {
		stalls->earlier_short++;
		return 0;
	}
	stalls->earlier.matching++;
	return stalls->by == GT_STALLS_BY_NONE ? keep(&stalls->earlier, stall) : 0;
}

static int take(void *to, const struct gt_stall *told)
{
	struct gt_stalls *stalls = to;
	uint64_t ns = gt_stall_ns(stalls->join, told);
	struct gt_stall known = *told;
	const struct gt_stall *stall = &known;
	int phase, err;

	gt_stall_infer(stalls->join, &known);
	if (gt_stall_fired(stalls->join, told))
		stalls->fired = told->number;
	if (!wanted(stalls, stall))
		return 0;
	if (!stalls->system && gt_is_system(stalls->join, stall->root)) {
		stalls->system_hidden++;
		return 0;
	}
	if (gt_join_before(stalls->join, stall->begin))
		return take_earlier(stalls, stall);
	err = gt_spread_add(&stalls->ns, ns);
	if (!err)
		err = count_reason(stalls, &stalls->reasons, stall, ns);
	for (phase = 0; phase < GT_NR_PHASES && !err; phase++)
		if (gt_stall_phase(stall, phase))
			err = gt_spread_add(&stalls->phases[phase], gt_stall_phase_ns(stalls->join, stall, phase));
	if (err || ns < stalls->min_ns)
		return err;
	stalls->over.matching++;
	switch (stalls->by) {
	case GT_STALLS_BY_NONE:
		return keep(&stalls->over, stall);
	case GT_STALLS_BY_REASON:
		return count_reason(stalls, &stalls->groups, stall, ns);
	case GT_STALLS_BY_FUNCTION:
		return count_function(stalls, stall, ns);
	default:
		return count_goroutine(stalls, stall, ns);
	}
}

static int take_unknown(void *to, const struct gt_stall *stall, enum gt_unknown why)
{
	struct gt_stalls *stalls = to;

	if (gt_stall_fired(stalls->join, stall))
		stalls->fired = stall->number;
	if (!gt_unknown_open(why) || !wanted(stalls, stall))
		return 0;
	if (!stalls->system && gt_is_system(stalls->join, stall->root)) {
		stalls->open_hidden++;
		return 0;
	}
	if (gt_stall_ns(stalls->join, stall) < stalls->min_ns) {
		stalls->open_short++;
		return 0;
	}
	stalls->open.matching++;
	return stalls->by == GT_STALLS_BY_NONE ? keep(&stalls->open, stall) : 0;
}

static void sort_list(const struct gt_stalls *stalls, struct gt_stall_list *list)
{
	if (list->count)
		qsort(list->all, list->count, sizeof(*list->all), stalls->by_time ? by_number : longest_first);
}

int gt_stalls_find(struct gt_stalls *stalls, struct gt_join *join)
{
	struct gt_timeline *timeline;
	int err, why;

	stalls->join = stalls->steps.join = join;
	err = gt_blinds_find(&stalls->blinds, join);
	if (err)
		return err;
	timeline = gt_timeline_new(&stalls->blinds, gt_stalls_exit_path(join), take, take_unknown, stalls);
	if (!timeline)
		return -ENOMEM;
	err = gt_steps_feed(&stalls->steps, timeline);
	stalls->stops = gt_timeline_stops(timeline);
	for (why = 0; why < GT_NR_UNKNOWNS; why++)
		stalls->unknown[why] = gt_timeline_unknown(timeline, why);
	gt_timeline_free(timeline);
	if (err)
		return err;
	if (!stalls->steps.hits)
		return -ENODATA;
	sort_list(stalls, &stalls->over);
	sort_list(stalls, &stalls->open);
	sort_list(stalls, &stalls->earlier);
	if (stalls->groups.count)
		qsort(stalls->groups.all, stalls->groups.count, sizeof(*stalls->groups.all), by_total);
	if (stalls->reasons.count)
		qsort(stalls->reasons.all, stalls->reasons.count, sizeof(*stalls->reasons.all), by_total);
	return 0;
}

void gt_stalls_free(struct gt_stalls *stalls)
{
	int phase;

	free(stalls->over.all);
	free(stalls->open.all);
	free(stalls->earlier.all);
	free_groups(&stalls->groups);
	free_groups(&stalls->reasons);
	gt_spread_free(&stalls->ns);
	for (phase = 0; phase < GT_NR_PHASES; phase++)
		gt_spread_free(&stalls->phases[phase]);
	gt_blinds_free(&stalls->blinds);
	gt_steps_free(&stalls->steps);
}
