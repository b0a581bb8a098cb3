// SPDX-License-Identifier: GPL-2.0
#include "analysis/rows.h"

#include <fnmatch.h>
#include <stdio.h>

#include "analysis/cell.h"
#include "lib/array.h"

#define ASKED(counts, key) ((counts)->keys & 1u << (key))
#define GOROUTINE_KEYS     (1u << GT_KEY_GOROUTINE | 1u << GT_KEY_CREATOR | 1u << GT_KEY_GOID)
#define LOCATION_KEYS      (1u << GT_KEY_FUNCTION | 1u << GT_KEY_LINE | 1u << GT_KEY_OBJECT)
#define TASK_KEYS          (1u << GT_KEY_THREAD | 1u << GT_KEY_COMM | 1u << GT_KEY_PROCESS)

static const struct {
	const char *name, *perf, *both;
} keys[GT_NR_KEYS] = {
	[GT_KEY_GOROUTINE] = {"goroutine", "goroutine", "goroutine"},
	[GT_KEY_CREATOR] = {"creator", "creator", "creator"},
	[GT_KEY_GOID] = {"goid", "goid", "goid"},
	[GT_KEY_FUNCTION] = {"function", "sym", "function (sym)"},
	[GT_KEY_LINE] = {"line", "srcline", "line (srcline)"},
	[GT_KEY_THREAD] = {"thread", "tid", "thread (tid)"},
	[GT_KEY_COMM] = {"comm", "comm", "comm"},
	[GT_KEY_PROCESS] = {"pid", "pid", "pid"},
	[GT_KEY_CPU] = {"cpu", "cpu", "cpu"},
	[GT_KEY_OBJECT] = {"dso", "dso", "dso"},
	[GT_KEY_CLASS] = {"class", "class", "class"},
};

enum gt_key gt_key_named(const char *name, size_t bytes)
{
	enum gt_key key;

	for (key = 0; key < GT_NR_KEYS; key++)
		if ((strlen(keys[key].name) == bytes && !memcmp(keys[key].name, name, bytes)) ||
		    (strlen(keys[key].perf) == bytes && !memcmp(keys[key].perf, name, bytes)))
			break;
	return key;
}

const char *gt_key_name(enum gt_key key)
{
	return keys[key].name;
}

const char *gt_key_names(enum gt_key key)
{
	return keys[key].both;
}

void gt_counts_free(struct gt_counts *counts)
{
	gt_hash_free(&counts->index);
	free(counts->all);
	gt_hash_free(&counts->made_alike);
	free(counts->alike);
	*counts = (struct gt_counts){};
}

/* The first goroutine that began with the same function at the same go statement, of whatever process. */
static int64_t made_alike(struct gt_counts *counts, struct gt_join *join, uint32_t goroutine)
{
	const struct gt_goroutine *of = &join->goroutines.goroutines[goroutine];
	size_t room = counts->alike_room;
	int64_t began, made;
	uint64_t *first;

	while (goroutine >= counts->alike_room)
		if (gt_array_room(&counts->alike, counts->alike_room, &counts->alike_room))
			return -ENOMEM;
	memset(counts->alike + room, 0, (counts->alike_room - room) * sizeof(*counts->alike));
	if (counts->alike[goroutine])
		return counts->alike[goroutine];
	began = gt_join_site(join, of->program, of->startpc);
	made = gt_join_site(join, of->program, of->gopc);
	if (began < 0 || made < 0)
		return -ENOMEM;
	first = gt_hash_at(&counts->made_alike, began, made);
	if (!first)
		return -ENOMEM;
	if (!*first)
		*first = goroutine;
	return counts->alike[goroutine] = *first;
}

int gt_counts_add(struct gt_counts *counts, struct gt_join *join, const struct gt_item *item)
{
	uint64_t location = counts->keys & LOCATION_KEYS ? item->location : 0;
	uint64_t task = counts->keys & TASK_KEYS ? item->task : 0;
	uint64_t cpu = ASKED(counts, GT_KEY_CPU) ? item->cpu & 0xffffff : 0;
	int64_t goroutine = counts->keys & GOROUTINE_KEYS ? item->goroutine : 0;
	struct gt_count *count;
	uint64_t *number;

	if (goroutine && !ASKED(counts, GT_KEY_GOID))
		goroutine = made_alike(counts, join, goroutine);
	if (goroutine < 0)
		return goroutine;
	number = gt_hash_at(&counts->index, location << 32 | goroutine, task << 32 | cpu << 8 | item->class);
	if (!number || gt_array_room(&counts->all, counts->count, &counts->room))
		return -ENOMEM;
	if (!*number) {
		counts->all[counts->count++] = (struct gt_count){};
		*number = counts->count;
	}
	count = &counts->all[*number - 1];
	count->samples++;
	count->stores += item->weight;
	counts->classes[item->class]++;
	counts->sum.samples++;
	counts->sum.stores += item->weight;
	return 0;
}

bool gt_location_matches(const struct gt_join *join, uint32_t location, const char *function)
{
	const struct gt_location *at = &join->symbols.locations[location];
	uint32_t i;

	for (i = 0; i < at->nr_frames; i++) {
		const struct gt_frame *frame = &join->symbols.frames[at->first_frame + i];

		if (!fnmatch(function, gt_symbols_text(&join->symbols, frame->function), 0))
			return true;
	}
	return false;
}

/* Finds or makes the row whose cells have these texts. */
static struct gt_row *row_of(struct gt_rows *rows, struct gt_hash *index, struct gt_strings *identities,
			     const struct gt_row *row, const enum gt_key *asked, size_t nr_asked)
{
	char identity[GT_NR_KEYS * 12] = "";
	size_t used = 0, i;
	uint64_t *at;
	int64_t id;

	for (i = 0; i < nr_asked; i++)
		used += snprintf(identity + used, sizeof(identity) - used, "%u,", row->cells[asked[i]]);
	id = gt_strings_id(identities, identity);
	at = id < 0 ? NULL : gt_hash_at(index, id, 0);
	if (!at || gt_array_room(&rows->all, rows->count, &rows->room))
		return NULL;
	if (!*at) {
		rows->all[rows->count++] = *row;
		*at = rows->count;
	}
	return &rows->all[*at - 1];
}

static int by_stores(const void *a, const void *b, void *data)
{
	const struct gt_row *left = a, *right = b;
	const struct gt_strings *strings = data;
	size_t key;
	int order;

	if (left->stores != right->stores)
		return left->stores > right->stores ? -1 : 1;
	for (key = 0; key < GT_NR_KEYS; key++) {
		order = strcmp(gt_strings_text(strings, left->cells[key]), gt_strings_text(strings, right->cells[key]));
		if (order)
			return order;
	}
	return 0;
}

static int add_count(struct gt_rows *rows, struct gt_join *join, struct gt_hash *index, struct gt_strings *identities,
		     const struct gt_hash_slot *slot, const struct gt_count *count, const enum gt_key *asked,
		     size_t nr_asked)
{
	struct gt_row row = {
		.location = slot->key[0] >> 32,
		.goroutine = slot->key[0],
		.task = slot->key[1] >> 32,
		.cpu = slot->key[1] >> 8 & 0xffffff,
		.class = slot->key[1] & 0xff,
	};
	char text[GT_CELL_BYTES];
	struct gt_row *to;
	size_t i;

	for (i = 0; i < nr_asked; i++) {
		int64_t cell = gt_strings_id(&join->symbols.strings, gt_cell(join, asked[i], &row, text));

		if (cell < 0)
			return cell;
		row.cells[asked[i]] = cell;
	}
	to = row_of(rows, index, identities, &row, asked, nr_asked);
	if (!to)
		return -ENOMEM;
	to->samples += count->samples;
	to->stores += count->stores;
	if (row.class == GT_CLASS_CERTAIN)
		to->certain += count->samples;
	return 0;
}

int gt_rows_build(struct gt_rows *rows, struct gt_join *join, const struct gt_counts *counts, const enum gt_key *asked,
		  size_t nr_asked, const char *function)
{
	struct gt_strings identities = {};
	struct gt_hash index = {};
	size_t i;
	int err = 0;

	*rows = (struct gt_rows){};
	for (i = 0; counts->index.slots && i <= counts->index.mask && !err; i++) {
		const struct gt_hash_slot *slot = &counts->index.slots[i];
		const struct gt_count *count;

		if (!slot->value)
			continue;
		count = &counts->all[slot->value - 1];
		if (function && !gt_location_matches(join, slot->key[0] >> 32, function)) {
			rows->hidden.samples += count->samples;
			rows->hidden.stores += count->stores;
		} else {
			err = add_count(rows, join, &index, &identities, slot, count, asked, nr_asked);
		}
	}
	gt_hash_free(&index);
	gt_strings_free(&identities);
	if (err)
		gt_rows_free(rows);
	else if (rows->count)
		qsort_r(rows->all, rows->count, sizeof(*rows->all), by_stores, &join->symbols.strings);
	return err;
}

void gt_rows_free(struct gt_rows *rows)
{
	free(rows->all);
	*rows = (struct gt_rows){};
}
