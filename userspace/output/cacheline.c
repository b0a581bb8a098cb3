// SPDX-License-Identifier: GPL-2.0
#include "output/cacheline.h"

#include <inttypes.h>
#include <stdarg.h>

#include "analysis/cell.h"
#include "output/rows.h"
#include "output/text.h"

#define SITES_SHOWN    16
#define EVIDENCE_MAX   8
#define EVIDENCE_BYTES 160

struct evidence {
	char points[EVIDENCE_MAX][EVIDENCE_BYTES];
	bool against[EVIDENCE_MAX];
	unsigned int count;
};

static void add(struct evidence *evidence, bool against, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void add(struct evidence *evidence, bool against, const char *format, ...)
{
	va_list values;

	if (evidence->count == EVIDENCE_MAX)
		return;
	va_start(values, format);
	vsnprintf(evidence->points[evidence->count], EVIDENCE_BYTES, format, values);
	va_end(values);
	evidence->against[evidence->count++] = against;
}

/* What speaks for and against the line being contended in the way its verdict says. */
static void weigh(const struct gt_cacheline *line, struct evidence *evidence)
{
	double overlap = line->minority ? 100.0 * line->overlap / line->minority : 0;

	*evidence = (struct evidence){};
	add(evidence,
	    line->sharing == GT_SHARING_FALSE ? overlap > 5 : line->sharing == GT_SHARING_TRUE && overlap < 80,
	    "%u writers, %u offsets, %s: %.0f %% of the lesser writers' stores went to an offset of another",
	    line->writers, line->offsets,
	    line->sharing == GT_SHARING_FALSE ? "each with its own writer" : "written by several", overlap);
	if (line->cpus == 1)
		add(evidence, true, "all samples are from one CPU: the line did not travel");
	else
		add(evidence, gt_cacheline_shared(line) && line->cpu_changes * 20 < line->samples,
		    "%" PRIu64 " of %" PRIu64
		    " consecutive samples of the line are from another CPU than the one before",
		    line->cpu_changes, line->samples - 1);
	if (!gt_cacheline_shared(line))
		add(evidence, false,
		    "the writers took turns: %" PRIu64 " changes of writer, %" PRIu64 " if side by side",
		    line->writer_changes, line->expected);
	else
		add(evidence, false, "the writers interleave: %" PRIu64 " changes of writer, %" PRIu64 " if by chance",
		    line->writer_changes, line->expected);
	if (line->minority * 20 < line->samples)
		add(evidence, true, "one writer has %.1f %% of the stores",
		    100.0 * (line->samples - line->minority) / line->samples);
}

static void put_site(const struct gt_terminal *to, struct gt_join *join, const struct gt_cacheline *line,
		     const struct gt_line_site *site)
{
	char text[GT_CELL_BYTES], count[GT_UNITS_BYTES];

	fprintf(to->to, "    +0x%02x %6.1f%% %10s  ", site->offset, 100.0 * site->stores / line->stores,
		gt_text_count(count, site->samples));
	gt_text_put(to->to, gt_cell_function(join, site->location, text));
	fputs("  ", to->to);
	gt_text_put(to->to, gt_cell_line(join, site->location, text));
	fprintf(to->to, "\n%*s", 27, "");
	gt_terminal_style(to, GT_DIM);
	if (site->other_threads)
		fputs("several threads, ", to->to);
	else {
		fputs("thread ", to->to);
		gt_text_put(to->to, gt_cell_thread(join, site->task, site->class, text));
		fputs(", ", to->to);
	}
	if (site->goroutine) {
		fputs("goroutine ", to->to);
		gt_text_put(to->to,
			    gt_cell_goid(join, site->goroutine, site->likely ? GT_CLASS_LIKELY : site->class, text));
		fputs(" ", to->to);
		gt_text_put(to->to, gt_cell_goroutine(join, site->goroutine, site->class, text));
		fputs(", made by ", to->to);
		gt_text_put(to->to, gt_cell_creator(join, site->goroutine, site->class, text));
	} else {
		fprintf(to->to, "(%s)", gt_class_name(site->class));
	}
	gt_terminal_style(to, GT_PLAIN);
	fputc('\n', to->to);
}

static void put_line(const struct gt_terminal *to, struct gt_join *join, const struct gt_cachelines *lines,
		     const struct gt_cacheline *line)
{
	char place[GT_CELL_BYTES], count[GT_UNITS_BYTES];
	struct evidence evidence;
	uint64_t shown = 0;
	size_t i;

	gt_terminal_style(to, line->sharing == GT_SHARING_FALSE ? GT_RED : GT_BOLD);
	fprintf(to->to, "%#" PRIx64 "  %s", line->address, gt_sharing_name(line->sharing));
	gt_terminal_style(to, GT_PLAIN);
	fprintf(to->to, "  %s samples (%.2f%%), %u threads, %u CPUs, ", gt_text_count(count, line->samples),
		100.0 * line->stores / lines->stores, line->threads, line->cpus);
	gt_text_put(to->to, gt_cacheline_place(join, line, place, sizeof(place)));
	fputc('\n', to->to);
	weigh(line, &evidence);
	for (i = 0; i < evidence.count; i++)
		fprintf(to->to, "  %s %s\n", evidence.against[i] ? "against:" : "for:    ", evidence.points[i]);
	for (i = 0; i < line->nr_sites && i < SITES_SHOWN; i++) {
		const struct gt_line_site *site = &lines->sites[line->first_site + i];

		put_site(to, join, line, site);
		shown += site->samples;
	}
	if (shown < line->samples)
		fprintf(to->to, "    ... and %s samples of other writers\n",
			gt_text_count(count, line->samples - shown));
	fputc('\n', to->to);
}

void gt_cachelines_text(const struct gt_terminal *to, struct gt_join *join, const struct gt_cachelines *lines,
			uint64_t limit)
{
	char count[GT_UNITS_BYTES], written[GT_UNITS_BYTES];
	size_t shared = 0, i;

	while (shared < lines->count && gt_cacheline_shared(&lines->lines[shared]))
		shared++;
	fprintf(to->to, "# %s samples wrote %s different cache lines; shared by several threads: %zu\n",
		gt_text_count(count, lines->samples), gt_text_count(written, lines->written), shared);
	fprintf(to->to,
		"# Most contended first: by how often consecutive samples of a line come from another CPU.\n#\n");
	for (i = 0; i < lines->count && (!limit || (i < limit && i < shared)); i++)
		put_line(to, join, lines, &lines->lines[i]);
	if (i < shared)
		fprintf(to->to, "# Shared and not shown: %zu. --top 0 shows all.\n", shared - i);
	if (limit && shared < lines->count)
		fprintf(to->to,
			"# Handed over from one writer to the next, which is no sharing: %zu. --top 0 shows them.\n",
			lines->count - shared);
	if (lines->few)
		fprintf(to->to, "# Written by several threads, fewer than %u samples, so no verdict: %s.\n",
			GT_CACHELINE_SAMPLES, gt_text_count(count, lines->few));
	if (lines->moved)
		fprintf(to->to, "# Written by one goroutine that moved between threads, which is no sharing: %s.\n",
			gt_text_count(count, lines->moved));
}

static void put_site_json(struct gt_json *to, struct gt_join *join, const struct gt_line_site *site)
{
	gt_json_open(to, NULL, '{');
	gt_json_number(to, "offset", site->offset);
	gt_json_number(to, "samples", site->samples);
	gt_json_number(to, "estimated_stores", site->stores);
	gt_json_location(to, join, site->location);
	gt_json_number(to, "tid", join->tasks.tasks[site->task].tid);
	gt_json_string(to, "comm", join->tasks.tasks[site->task].comm);
	if (site->goroutine && join->goroutines.goroutines[site->goroutine].goid)
		gt_json_number(to, "goid", join->goroutines.goroutines[site->goroutine].goid);
	else
		gt_json_null(to, "goid");
	gt_json_bool(to, "goid_certain", site->goroutine && !site->likely);
	gt_json_bool(to, "other_threads", site->other_threads);
	gt_json_goroutine(to, join, site->goroutine);
	gt_json_creator(to, join, site->goroutine);
	gt_json_string(to, "class", gt_class_name(site->class));
	gt_json_close(to, '}');
}

void gt_cachelines_json(struct gt_json *to, struct gt_join *join, const struct gt_cachelines *lines, uint64_t limit)
{
	char place[GT_CELL_BYTES];
	struct evidence evidence;
	size_t at, i;

	gt_json_open(to, NULL, '{');
	gt_json_string(to, "type", "cachelines");
	gt_json_number(to, "samples", lines->samples);
	gt_json_number(to, "estimated_stores", lines->stores);
	gt_json_number(to, "written", lines->written);
	gt_json_number(to, "shared", lines->count);
	gt_json_number(to, "moved", lines->moved);
	gt_json_number(to, "few", lines->few);
	gt_json_close(to, '}');
	gt_json_line(to);
	for (at = 0; at < lines->count && (!limit || at < limit); at++) {
		const struct gt_cacheline *line = &lines->lines[at];

		gt_json_open(to, NULL, '{');
		gt_json_string(to, "type", "cacheline");
		gt_json_hex(to, "address", line->address);
		gt_json_string(to, "place", gt_cacheline_place(join, line, place, sizeof(place)));
		gt_json_string(to, "verdict", gt_sharing_name(line->sharing));
		gt_json_number(to, "samples", line->samples);
		gt_json_number(to, "estimated_stores", line->stores);
		gt_json_fraction(to, "share", (double)line->stores / lines->stores);
		gt_json_number(to, "threads", line->threads);
		gt_json_number(to, "cpus", line->cpus);
		gt_json_number(to, "writers", line->writers);
		gt_json_number(to, "cpu_changes", line->cpu_changes);
		gt_json_number(to, "writer_changes", line->writer_changes);
		gt_json_number(to, "writer_changes_by_chance", line->expected);
		gt_json_number(to, "minority", line->minority);
		gt_json_number(to, "overlap", line->overlap);
		weigh(line, &evidence);
		gt_json_open(to, "evidence", '[');
		for (i = 0; i < evidence.count; i++) {
			gt_json_open(to, NULL, '{');
			gt_json_bool(to, "for", !evidence.against[i]);
			gt_json_string(to, "text", evidence.points[i]);
			gt_json_close(to, '}');
		}
		gt_json_close(to, ']');
		gt_json_open(to, "sites", '[');
		for (i = 0; i < line->nr_sites; i++)
			put_site_json(to, join, &lines->sites[line->first_site + i]);
		gt_json_close(to, ']');
		gt_json_close(to, '}');
		gt_json_line(to);
	}
}
