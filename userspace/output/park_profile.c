// SPDX-License-Identifier: GPL-2.0
#include "output/park_profile.h"

#include <inttypes.h>

#include "output/rows.h"
#include "output/text.h"

enum { REASON, GOID, FUNCTION, CREATOR, LOCK, NR_COLUMNS };

static const char *const heads[NR_COLUMNS] = {
	[REASON] = "waits for",         [GOID] = "goid",    [FUNCTION] = "goroutine began with",
	[CREATOR] = "its go statement", [LOCK] = "on (BX)",
};

/* Widths by what is asked for, 0 = no such column; with the blanks between they take what the numbers leave of 120. */
static const unsigned int widths[][NR_COLUMNS] = {
	[GT_PARKS_BY_KIND] = {[REASON] = 17, [FUNCTION] = 24, [CREATOR] = 22},
	[GT_PARKS_BY_REASON] = {[REASON] = 40},
	[GT_PARKS_BY_FUNCTION] = {[FUNCTION] = 34, [CREATOR] = 31},
	[GT_PARKS_BY_GOROUTINE] = {[GOID] = 10, [FUNCTION] = 28, [CREATOR] = 25},
	[GT_PARKS_BY_LOCK] = {[REASON] = 30, [LOCK] = 18},
};

static int last_column(const unsigned int *asked)
{
	int column = NR_COLUMNS - 1;

	while (column && !asked[column])
		column--;
	return column;
}

static size_t rows_shown(const struct gt_park_profile *profile, uint64_t limit)
{
	return limit && limit < profile->count ? limit : profile->count;
}

static uint64_t goid_of(const struct gt_park_profile *profile, const struct gt_park_row *row)
{
	return row->goroutine == GT_NO_GOROUTINE ? 0 : profile->join->goroutines.goroutines[row->goroutine].goid;
}

/* Of more than one in twenty it is not certain that they are this goroutine's, as in the other reports. */
static bool doubtful(const struct gt_park_row *row)
{
	return row->goroutine != GT_NO_GOROUTINE && row->certain < row->samples - row->samples / 20;
}

static const char *cell(const struct gt_park_profile *profile, const struct gt_park_row *row, int column, char *out,
			size_t bytes)
{
	const struct gt_symbols *symbols = &profile->join->symbols;
	uint64_t goid = goid_of(profile, row);

	switch (column) {
	case REASON:
		return gt_symbols_text(symbols, row->reason);
	case FUNCTION:
		snprintf(out, bytes, "%s%s", doubtful(row) ? "~" : "", gt_symbols_text(symbols, row->function));
		return out;
	case CREATOR:
		return gt_symbols_text(symbols, row->creator);
	case GOID:
		snprintf(out, bytes, goid ? "%s%" PRIu64 : "-", doubtful(row) ? "~" : "", goid);
		return out;
	}
	snprintf(out, bytes, row->lock ? "0x%" PRIx64 : "-", row->lock);
	return out;
}

static void put_row(const struct gt_terminal *to, const struct gt_park_profile *profile, const struct gt_park_row *row)
{
	char samples[GT_UNITS_BYTES], parks[GT_UNITS_BYTES], rate[GT_UNITS_BYTES] = "?", text[1024];
	const unsigned int *asked = widths[profile->by];
	const char *what;
	int column;

	if (profile->span_ns)
		gt_text_count(rate, gt_park_profile_rate(profile, row->parks) + 0.5);
	fprintf(to->to, "%6.2f%% %9s %14s %5.1f%% %9s/s", 100.0 * row->parks / profile->parks,
		gt_text_count(samples, row->samples), gt_text_count(parks, row->parks),
		100 * gt_park_profile_error(row->samples), rate);
	for (column = 0; column < NR_COLUMNS; column++) {
		if (!asked[column])
			continue;
		what = cell(profile, row, column, text, sizeof(text));
		fputs("  ", to->to);
		/* No blanks behind the last one. */
		if (column == last_column(asked) && gt_text_width(what) <= asked[column])
			gt_text_put(to->to, what);
		else
			gt_text_column(to->to, what, asked[column], column == REASON ? GT_CUT_END : GT_CUT_BEGIN);
	}
	putc_unlocked('\n', to->to);
}

/* What the errors mean. */
static void put_errors(FILE *out, const struct gt_park_profile *profile)
{
	const struct gt_join *join = profile->join;
	char changes[GT_UNITS_BYTES];

	fputs("#           error is 1/sqrt(samples)", out);
	if (gt_park_profile_by_chance(profile))
		fprintf(out, "; the period changed %s times, by chance: regular loops are counted right\n",
			gt_text_count(changes, join->changes));
	else if (join->info->jitter)
		fprintf(out,
			". The period changed %s times only: of regular loops, counts may be off by more.\n"
			"#           Record for longer\n",
			gt_text_count(changes, join->changes));
	else
		fputs(". The period was fixed, which keeps step with regular loops: of those, counts\n"
		      "#           may be off by more, and up to twice what there is. Record without --no-jitter\n",
		      out);
}

static void put_basis(const struct gt_terminal *to, const struct gt_park_profile *profile)
{
	char samples[GT_UNITS_BYTES], parks[GT_UNITS_BYTES], rate[GT_UNITS_BYTES];
	FILE *out = to->to;
	uint64_t lost = 0;
	int cause;

	fprintf(out, "# parks     %s samples of the store that each park makes once",
		gt_text_count(samples, profile->samples));
	if (profile->samples)
		fprintf(out, " = about %s parks, error %.1f %% by chance", gt_text_count(parks, profile->parks),
			100 * gt_park_profile_error(profile->samples));
	if (profile->samples && profile->span_ns)
		fprintf(out, "\n#           %s a second",
			gt_text_count(rate, gt_park_profile_rate(profile, profile->parks) + 0.5));
	fputc('\n', out);
	if (profile->samples)
		put_errors(out, profile);
	fputs("#           which function parked a store does not tell: gtrace record --parks, then gtrace stalls\n",
	      out);
	for (cause = 0; cause < GT_NR_LOSSES; cause++)
		lost += profile->join->lost[cause];
	if (lost)
		fprintf(out, "# too few   %s samples (%.1f %%) were lost, parks among them\n",
			gt_text_count(samples, lost), 100.0 * lost / (lost + profile->join->samples));
	if (profile->copies)
		fprintf(out,
			"# left out  %s samples of copies of runtime.gopark (-pgo): reason and lock are not known\n",
			gt_text_count(samples, profile->copies));
	if (profile->unread)
		fprintf(out,
			"# left out  %s stores into goroutines, in files that give no names: parks may be among them\n",
			gt_text_count(samples, profile->unread));
	if (profile->unknown)
		fprintf(out, "# left out  %s samples of a Go release or a changed runtime whose layout is not known\n",
			gt_text_count(samples, profile->unknown));
}

void gt_park_profile_text(const struct gt_terminal *to, const struct gt_park_profile *profile, uint64_t limit)
{
	const unsigned int *asked = widths[profile->by];
	size_t shown = rows_shown(profile, limit), i;
	char count[GT_UNITS_BYTES];
	uint64_t rest = 0, parks = 0;
	int column;

	put_basis(to, profile);
	fputs("#\n", to->to);
	gt_terminal_style(to, GT_BOLD);
	fprintf(to->to, "# %5s %9s %14s %6s %11s", "share", "sampled", "parks (about)", "error", "rate");
	for (column = 0; column < NR_COLUMNS; column++)
		if (asked[column])
			fprintf(to->to, "  %-*s", column == last_column(asked) ? 0 : (int)asked[column], heads[column]);
	gt_terminal_style(to, GT_PLAIN);
	fputc('\n', to->to);
	for (i = 0; i < shown; i++)
		put_row(to, profile, &profile->rows[i]);
	for (; i < profile->count; i++) {
		rest += profile->rows[i].samples;
		parks += profile->rows[i].parks;
	}
	if (rest)
		fprintf(to->to, "# %zu more rows with %s samples (%.2f%%): --top 0 shows all\n", profile->count - shown,
			gt_text_count(count, rest), 100.0 * parks / profile->parks);
}

static void put_numbers(struct gt_json *to, const struct gt_park_profile *profile, uint64_t samples, uint64_t parks)
{
	gt_json_number(to, "samples", samples);
	gt_json_number(to, "estimated_parks", parks);
	gt_json_fraction(to, "error", gt_park_profile_error(samples));
	if (profile->span_ns)
		gt_json_fraction(to, "per_second", gt_park_profile_rate(profile, parks));
	else
		gt_json_null(to, "per_second");
}

static void row_json(struct gt_json *to, const struct gt_park_profile *profile, const struct gt_park_row *row)
{
	const unsigned int *asked = widths[profile->by];

	gt_json_open(to, NULL, '{');
	gt_json_string(to, "type", "row");
	put_numbers(to, profile, row->samples, row->parks);
	gt_json_fraction(to, "share", (double)row->parks / profile->parks);
	if (asked[REASON])
		gt_json_string(to, "reason", gt_symbols_text(&profile->join->symbols, row->reason));
	if (asked[GOID] && goid_of(profile, row))
		gt_json_number(to, "goid", goid_of(profile, row));
	else if (asked[GOID])
		gt_json_null(to, "goid");
	if (asked[FUNCTION]) {
		gt_json_goroutine(to, profile->join, row->goroutine);
		gt_json_number(to, "certain", row->certain);
		gt_json_creator(to, profile->join, row->goroutine);
	}
	if (asked[LOCK] && row->lock)
		gt_json_hex(to, "lock", row->lock);
	else if (asked[LOCK])
		gt_json_null(to, "lock");
	gt_json_close(to, '}');
	gt_json_line(to);
}

void gt_park_profile_json(struct gt_json *to, const struct gt_park_profile *profile, uint64_t limit)
{
	size_t shown = rows_shown(profile, limit), i;

	gt_json_open(to, NULL, '{');
	gt_json_string(to, "type", "parks");
	put_numbers(to, profile, profile->samples, profile->parks);
	gt_json_bool(to, "by_chance", gt_park_profile_by_chance(profile));
	gt_json_number(to, "left_out_copies", profile->copies);
	gt_json_number(to, "left_out_unknown", profile->unknown);
	gt_json_number(to, "left_out_unread", profile->unread);
	gt_json_close(to, '}');
	gt_json_line(to);
	for (i = 0; i < shown; i++)
		row_json(to, profile, &profile->rows[i]);
}
