// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzzes what report and script make of a recording: the input is the whole file, as it is and with its checksums made
 * right. Every sample must be in exactly one class and in exactly one row.
 */
#include <stdio.h>
#include <stdlib.h>

#include "analysis/cacheline.h"
#include "analysis/rows.h"
#include "output/cacheline.h"
#include "output/event.h"
#include "output/header.h"
#include "output/rows.h"
#include "output/sample.h"
#include "twice.h"

static const enum gt_key keys[] = {GT_KEY_GOROUTINE, GT_KEY_CREATOR, GT_KEY_GOID,	 GT_KEY_FUNCTION, GT_KEY_LINE,
				   GT_KEY_THREAD,    GT_KEY_COMM,    GT_KEY_PROCESS, GT_KEY_CPU,      GT_KEY_OBJECT,
				   GT_KEY_CLASS};

static void print_all(const struct gt_terminal *to, struct gt_join *join, struct gt_table *table,
		      const struct gt_counts *counts)
{
	struct gt_json json = {.to = to->to};

	gt_header_text(to, join);
	gt_header_json(&json, join);
	gt_table_text(to, join, table);
	gt_table_json(&json, join, table);
	gt_classes_text(to, counts->classes);
	gt_problems_text(to, join);
	gt_warnings(to->to, "", join);
}

static void report(const struct gt_terminal *to, struct gt_join *join)
{
	static const int shows[] = {GT_SHOW_COMM, GT_SHOW_TID, GT_SHOW_TIME, GT_SHOW_LINE, GT_SHOW_CREATOR};
	struct gt_counts counts = {.keys = (1u << GT_NR_KEYS) - 1};
	struct gt_json json = {.to = to->to};
	uint64_t classes = 0, shown = 0, seen = 0;
	struct gt_stream *stream;
	struct gt_rows rows;
	struct gt_item item;
	size_t i;

	if (gt_stream_open(join, GT_ORDER_ALL, NULL, 0, &stream))
		return;
	while (gt_stream_next(stream, &item) > 0) {
		if (item.kind >= GT_ITEM_SWITCH) {
			if (gt_event_text(to, join, &item, true) || gt_event_json(&json, join, &item))
				abort();
			continue;
		}
		gt_sample_text(to, join, &item, shows, sizeof(shows) / sizeof(*shows));
		gt_sample_json(&json, join, &item);
		if (item.kind != GT_ITEM_SAMPLE)
			continue;
		seen++;
		if (gt_counts_add(&counts, join, &item))
			abort();
	}
	gt_stream_close(stream);
	if (gt_rows_build(&rows, join, &counts, keys, sizeof(keys) / sizeof(*keys), NULL))
		abort();
	print_all(to, join, &(struct gt_table){.rows = &rows, .keys = keys, .nr_keys = sizeof(keys) / sizeof(*keys),
					       .stores = counts.sum.stores}, &counts);
	for (i = 0; i < GT_NR_CLASSES; i++)
		classes += counts.classes[i];
	for (i = 0; i < rows.count; i++)
		shown += rows.all[i].samples;
	if (classes != seen || shown != seen || counts.sum.samples != seen)
		abort();
	gt_rows_free(&rows);
	gt_counts_free(&counts);
}

void read_recording(const char *path)
{
	struct gt_terminal to = {.to = fopen("/dev/null", "w")};
	const struct gt_filter all = {};
	struct gt_cachelines lines;
	struct gt_json json = {.to = to.to};
	struct gt_join *join;

	if (!to.to)
		abort();
	/* Paths in the input lead nowhere below this folder: no file of this machine is opened. */
	if (!gt_join_open(path, "/no/such/folder", &join)) {
		report(&to, join);
		if (!gt_cachelines_find(&lines, join, &all)) {
			gt_cachelines_text(&to, join, &lines, 0);
			gt_cachelines_json(&json, join, &lines, 0);
			gt_cachelines_free(&lines);
		}
		gt_join_close(join);
	}
	fclose(to.to);
}
