// SPDX-License-Identifier: GPL-2.0
#include "output/rows.h"

#include <string.h>

#include "analysis/cell.h"
#include "output/text.h"

/* "~" before a goroutine when more than one in twenty of the row's samples are not certain to be its own. */
static const char *doubt(const struct gt_row *row, enum gt_key key)
{
	bool named = (key == GT_KEY_GOROUTINE || key == GT_KEY_CREATOR) && row->goroutine != GT_NO_GOROUTINE;

	return named && row->certain < row->samples - row->samples / 20 ? "~" : "";
}

static size_t width_of(const struct gt_join *join, const struct gt_row *row, enum gt_key key)
{
	return gt_text_width(doubt(row, key)) + gt_text_width(gt_symbols_text(&join->symbols, row->cells[key]));
}

static void pad(FILE *to, size_t from, size_t width)
{
	for (; from < width; from++)
		putc_unlocked(' ', to);
}

static size_t rows_shown(const struct gt_table *table)
{
	return table->limit && table->limit < table->rows->count ? table->limit : table->rows->count;
}

static enum gt_style heat(double share)
{
	return share >= 10 ? GT_RED : share >= 1 ? GT_GREEN : GT_PLAIN;
}

static double percent(const struct gt_table *table, uint64_t stores)
{
	return table->stores ? 100.0 * stores / table->stores : 0;
}

static void put_row(const struct gt_terminal *to, const struct gt_join *join, const struct gt_table *table,
		    const struct gt_row *row, const size_t *widths)
{
	double share = percent(table, row->stores);
	char samples[GT_UNITS_BYTES], stores[GT_UNITS_BYTES];
	size_t i;

	gt_terminal_style(to, heat(share));
	fprintf(to->to, "%7.2f%%", share);
	gt_terminal_style(to, GT_PLAIN);
	fprintf(to->to, " %12s %17s", gt_text_count(samples, row->samples), gt_text_count(stores, row->stores));
	for (i = 0; i < table->nr_keys; i++) {
		enum gt_key key = table->keys[i];

		fputs("  ", to->to);
		fputs(doubt(row, key), to->to);
		gt_text_put(to->to, gt_symbols_text(&join->symbols, row->cells[key]));
		if (i + 1 < table->nr_keys)
			pad(to->to, width_of(join, row, key), widths[i]);
	}
	putc_unlocked('\n', to->to);
}

void gt_table_text(const struct gt_terminal *to, struct gt_join *join, const struct gt_table *table)
{
	size_t widths[GT_NR_KEYS] = {}, shown = rows_shown(table), i, row;
	struct gt_count rest = {};
	char text[GT_UNITS_BYTES];

	for (i = 0; i < table->nr_keys; i++) {
		widths[i] = strlen(gt_key_name(table->keys[i]));
		for (row = 0; row < shown; row++) {
			size_t width = width_of(join, &table->rows->all[row], table->keys[i]);

			if (width > widths[i])
				widths[i] = width;
		}
	}
	gt_terminal_style(to, GT_BOLD);
	fprintf(to->to, "# %6s %12s %17s", "share", "samples", "stores (about)");
	for (i = 0; i < table->nr_keys; i++) {
		fprintf(to->to, "  %s", gt_key_name(table->keys[i]));
		if (i + 1 < table->nr_keys)
			pad(to->to, strlen(gt_key_name(table->keys[i])), widths[i]);
	}
	gt_terminal_style(to, GT_PLAIN);
	fputc('\n', to->to);
	for (row = 0; row < shown; row++)
		put_row(to, join, table, &table->rows->all[row], widths);
	for (; row < table->rows->count; row++) {
		rest.samples += table->rows->all[row].samples;
		rest.stores += table->rows->all[row].stores;
	}
	if (rest.samples)
		fprintf(to->to, "# %zu more rows with %s samples (%.2f%%): --top 0 shows all\n",
			table->rows->count - shown, gt_text_count(text, rest.samples), percent(table, rest.stores));
	if (table->rows->hidden.samples)
		fprintf(to->to, "# %s samples (%.2f%%) are of other functions\n",
			gt_text_count(text, table->rows->hidden.samples), percent(table, table->rows->hidden.stores));
}

void gt_json_location(struct gt_json *to, const struct gt_join *join, uint32_t location)
{
	const struct gt_location *at = &join->symbols.locations[location];
	const struct gt_frame *frames;
	uint32_t i;

	if (!at->nr_frames) {
		gt_json_null(to, "function");
		gt_json_null(to, "file");
		gt_json_null(to, "line");
		return;
	}
	frames = &join->symbols.frames[at->first_frame];
	gt_json_string(to, "function", gt_symbols_text(&join->symbols, frames->function));
	if (frames->line) {
		gt_json_string(to, "file", gt_symbols_text(&join->symbols, frames->file));
		gt_json_number(to, "line", frames->line);
	} else {
		gt_json_null(to, "file");
		gt_json_null(to, "line");
	}
	gt_json_open(to, "inlined", '[');
	for (i = 1; i < at->nr_frames; i++) {
		gt_json_open(to, NULL, '{');
		gt_json_string(to, "function", gt_symbols_text(&join->symbols, frames[i].function));
		gt_json_string(to, "file", gt_symbols_text(&join->symbols, frames[i].file));
		gt_json_number(to, "line", frames[i].line);
		gt_json_close(to, '}');
	}
	gt_json_close(to, ']');
}

void gt_json_goroutine(struct gt_json *to, struct gt_join *join, uint32_t goroutine)
{
	char text[GT_CELL_BYTES];

	if (goroutine == GT_NO_GOROUTINE)
		gt_json_null(to, "goroutine");
	else
		gt_json_string(to, "goroutine", gt_cell_goroutine(join, goroutine, GT_CLASS_CERTAIN, text));
}

void gt_json_creator(struct gt_json *to, struct gt_join *join, uint32_t goroutine)
{
	int64_t site = goroutine == GT_NO_GOROUTINE ? -1 : gt_cell_creator_site(join, goroutine);

	if (site < 0) {
		gt_json_null(to, "creator");
		return;
	}
	gt_json_open(to, "creator", '{');
	gt_json_location(to, join, site);
	gt_json_close(to, '}');
}

static void put_function(struct gt_json *to, const struct gt_join *join, const struct gt_row *row)
{
	const struct gt_location *at = &join->symbols.locations[row->location];

	if (at->nr_frames)
		gt_json_string(to, "function",
			       gt_symbols_text(&join->symbols, join->symbols.frames[at->first_frame].function));
	else
		gt_json_null(to, "function");
}

static void put_key(struct gt_json *to, struct gt_join *join, const struct gt_row *row, enum gt_key key, bool with_line)
{
	const char *cell = gt_symbols_text(&join->symbols, row->cells[key]);

	switch (key) {
	case GT_KEY_FUNCTION:
		/* The line tells its function too. */
		if (!with_line)
			put_function(to, join, row);
		return;
	case GT_KEY_LINE:
		gt_json_location(to, join, row->location);
		if (!join->symbols.locations[row->location].nr_frames)
			gt_json_hex(to, "address", join->symbols.locations[row->location].address);
		return;
	case GT_KEY_GOID:
		if (row->goroutine != GT_NO_GOROUTINE && join->goroutines.goroutines[row->goroutine].goid)
			gt_json_number(to, "goid", join->goroutines.goroutines[row->goroutine].goid);
		else
			gt_json_null(to, "goid");
		gt_json_bool(to, "goid_certain", row->class == GT_CLASS_CERTAIN);
		return;
	case GT_KEY_GOROUTINE:
		gt_json_goroutine(to, join, row->goroutine);
		/* A row of one goroutine holds samples of several classes. */
		if (row->goroutine == GT_NO_GOROUTINE)
			gt_json_string(to, "class", gt_class_name(row->class));
		gt_json_number(to, "certain", row->certain);
		return;
	case GT_KEY_CREATOR:
		gt_json_creator(to, join, row->goroutine);
		return;
	case GT_KEY_THREAD:
		if (row->task == GT_NO_TASK)
			gt_json_null(to, "tid");
		else
			gt_json_number(to, "tid", join->tasks.tasks[row->task].tid);
		if (row->task == GT_NO_TASK)
			gt_json_string(to, "class", gt_class_name(row->class));
		else
			gt_json_string(to, "comm", join->tasks.tasks[row->task].comm);
		return;
	case GT_KEY_PROCESS:
		if (row->task == GT_NO_TASK)
			gt_json_null(to, "pid");
		else
			gt_json_number(to, "pid", join->tasks.tasks[row->task].tgid);
		return;
	case GT_KEY_CPU:
		gt_json_number(to, "cpu", row->cpu);
		return;
	default:
		gt_json_string(to, gt_key_name(key), cell);
	}
}

void gt_table_json(struct gt_json *to, struct gt_join *join, const struct gt_table *table)
{
	size_t shown = rows_shown(table), at, i;
	bool asked[GT_NR_KEYS] = {};

	for (i = 0; i < table->nr_keys; i++)
		asked[table->keys[i]] = true;
	for (at = 0; at < shown; at++) {
		const struct gt_row *row = &table->rows->all[at];

		gt_json_open(to, NULL, '{');
		gt_json_string(to, "type", "row");
		gt_json_number(to, "samples", row->samples);
		gt_json_fraction(to, "share", percent(table, row->stores) / 100);
		gt_json_number(to, "estimated_stores", row->stores);
		for (i = 0; i < table->nr_keys; i++) {
			enum gt_key key = table->keys[i];

			/* Names that two keys share are written once. */
			if (!(key == GT_KEY_COMM && asked[GT_KEY_THREAD]) &&
			    !(key == GT_KEY_CLASS && asked[GT_KEY_GOROUTINE]))
				put_key(to, join, row, key, asked[GT_KEY_LINE]);
		}
		gt_json_close(to, '}');
		gt_json_line(to);
	}
}
