// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzzes what stalls and stall make of a recording: the input is the whole file, as it is and with its checksums made
 * right. Each stop of a goroutine must become one stall or one that is left out, and the phases of a stall add up.
 */
#include <stdio.h>
#include <stdlib.h>

#include "output/stall.h"
#include "output/stalls.h"
#include "twice.h"

static void check_list(const struct gt_stall_list *list, bool open)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		const struct gt_stall *stall = &list->all[i];

		if (stall->open != open || stall->begin > stall->ready || stall->ready > stall->end ||
		    stall->kernel > stall->end - stall->ready || (open && stall->wait > stall->kernel))
			abort();
	}
}

static void check(const struct gt_stalls *stalls)
{
	uint64_t sum = stalls->ns.count + stalls->earlier.count + stalls->earlier_over + stalls->system_hidden;
	uint64_t open = stalls->open.count + stalls->open_hidden;
	int why;

	for (why = 0; why < GT_NR_UNKNOWNS; why++)
		sum += stalls->unknown[why];
	if (sum != stalls->stops)
		abort();
	if (open != stalls->unknown[GT_UNKNOWN_END] + stalls->unknown[GT_UNKNOWN_EXIT])
		abort();
	check_list(&stalls->over, false);
	check_list(&stalls->earlier, false);
	check_list(&stalls->open, true);
}

static void list(const struct gt_terminal *to, struct gt_join *join, enum gt_stalls_by by)
{
	struct gt_stalls stalls = {.by = by, .over.top = by ? 1 : 0, .by_time = by};
	struct gt_json json = {.to = to->to};

	if (!gt_stalls_find(&stalls, join)) {
		if (!by)
			check(&stalls);
		gt_stalls_text(to, &stalls);
		gt_stalls_json(&json, &stalls);
	}
	gt_stalls_free(&stalls);
}

static void show(const struct gt_terminal *to, struct gt_join *join, uint64_t number)
{
	struct gt_json json = {.to = to->to};
	struct gt_incident incident;

	if (!gt_incident_find(&incident, join, number)) {
		gt_incident_text(to, &incident);
		gt_incident_json(&json, &incident);
	}
	gt_incident_free(&incident);
}

void read_recording(const char *path)
{
	struct gt_terminal to = {.to = fopen("/dev/null", "w")};
	struct gt_join *join;
	uint64_t number;
	int by;

	if (!to.to)
		abort();
	/* Paths in the input lead nowhere below this folder: no file of this machine is opened. */
	if (!gt_join_open(path, "/no/such/folder", &join)) {
		for (by = GT_STALLS_BY_NONE; by <= GT_STALLS_BY_GOROUTINE; by++)
			list(&to, join, by);
		for (number = 1; number < 12; number += 2)
			show(&to, join, number);
		gt_join_close(join);
	}
	fclose(to.to);
}
