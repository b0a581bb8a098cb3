// SPDX-License-Identifier: GPL-2.0
#include "output/header.h"

#include <inttypes.h>
#include <time.h>

#include "output/text.h"

#define PROGRAMS_SHOWN 4

static uint64_t lost(const struct gt_join *join)
{
	uint64_t sum = 0;
	unsigned int cause;

	for (cause = 0; cause < GT_NR_LOSSES; cause++)
		sum += join->lost[cause];
	return sum;
}

/* Begins a line of the header: "# label     " */
static void label(const struct gt_terminal *to, const char *text)
{
	gt_terminal_style(to, GT_DIM);
	fprintf(to->to, "# %-9s ", text);
	gt_terminal_style(to, GT_PLAIN);
}

static void put_time(FILE *to, uint64_t realtime_ns)
{
	time_t seconds = realtime_ns / 1000000000;
	char text[64];
	struct tm utc;

	if (gmtime_r(&seconds, &utc) && strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &utc))
		fputs(text, to);
}

static void put_programs(const struct gt_terminal *to, const struct gt_join *join)
{
	size_t i;

	for (i = 0; i < join->goroutines.nr_programs && i < PROGRAMS_SHOWN; i++) {
		const struct gt_program *program = &join->goroutines.programs[i];

		label(to, "program");
		gt_text_put(to->to, program->path);
		fprintf(to->to, " (pid %u), ", program->tgid);
		gt_text_put(to->to, program->version);
		fprintf(to->to, ", goroutines looked at %zu times\n", program->nr_bounds / 2);
	}
	if (i < join->goroutines.nr_programs) {
		label(to, "");
		fprintf(to->to, "and %zu more Go programs\n", join->goroutines.nr_programs - i);
	}
}

static void put_losses(const struct gt_terminal *to, const struct gt_join *join)
{
	uint64_t sum = lost(join);
	char text[GT_UNITS_BYTES];
	unsigned int cause;

	label(to, "lost");
	if (!sum) {
		fprintf(to->to, "0 samples\n");
		return;
	}
	gt_terminal_style(to, GT_YELLOW);
	fprintf(to->to, "%s samples (%.1f %% of all)", gt_text_count(text, sum), 100.0 * sum / (sum + join->samples));
	gt_terminal_style(to, GT_PLAIN);
	fputc('\n', to->to);
	for (cause = 0; cause < GT_NR_LOSSES; cause++) {
		if (!join->lost[cause])
			continue;
		label(to, "");
		fprintf(to->to, "  %s: %s (%s)\n", gt_loss_name(cause), gt_text_count(text, join->lost[cause]),
			gt_loss_remedy(cause));
	}
}

void gt_header_text(const struct gt_terminal *to, struct gt_join *join)
{
	const struct gt_recording_info *info = join->info;
	uint64_t span = gt_clock_span_ns(&join->clock, join->first_tsc, join->last_tsc);
	char text[GT_UNITS_BYTES];

	label(to, "recorded");
	put_time(to->to, info->start_realtime_ns);
	fputs(" on ", to->to);
	gt_text_put(to->to, *info->host ? info->host : "an unnamed host");
	fputs(", Linux ", to->to);
	gt_text_put(to->to, info->kernel);
	fputs(", ", to->to);
	gt_text_put(to->to, info->cpu);
	fprintf(to->to, ", %u CPUs\n", info->nr_cpus);
	label(to, "command");
	gt_text_put(to->to, info->command);
	fputc('\n', to->to);
	if (*info->trigger) {
		label(to, "trigger");
		gt_text_put(to->to, info->trigger);
		fputc('\n', to->to);
	}
	put_programs(to, join);
	label(to, "samples");
	fputs(gt_text_count(text, join->samples), to->to);
	fprintf(to->to, " = about %s retired stores", gt_text_count(text, join->stores));
	if (span)
		fprintf(to->to, " in %s", gt_text_ns(text, span));
	fprintf(to->to, "; one record every %s (period %" PRIu64, gt_text_count(text, info->period + 1), info->period);
	if (info->jitter)
		fprintf(to->to, " +- %s %%", gt_text_percent(text, info->jitter));
	fputs(")\n", to->to);
	put_losses(to, join);
	label(to, "clock");
	if (gt_clock_known(&join->clock))
		fprintf(to->to, "TSC is CLOCK_MONOTONIC within %s\n", gt_text_ns(text, join->clock.error_ns));
	else
		fprintf(to->to, "unknown: the recording has no CLOCK event\n");
}

void gt_selection_text(const struct gt_terminal *to, const struct gt_join *join, const struct gt_filter *filter,
		       uint64_t samples)
{
	char count[GT_UNITS_BYTES];

	if (!filter->tids.count && !filter->pids.count && !filter->cpus.count)
		return;
	label(to, "selected");
	fprintf(to->to, "%s samples (%.1f %%) by --tid, --pid, --cpu; shares are of these\n",
		gt_text_count(count, samples), join->samples ? 100.0 * samples / join->samples : 0);
}

void gt_header_json(struct gt_json *to, struct gt_join *join)
{
	const struct gt_recording_info *info = join->info;
	const struct gt_damage *damage = gt_recording_damage(join->rec);
	unsigned int cause;
	size_t i;

	gt_json_open(to, NULL, '{');
	gt_json_number(to, "schema", 1);
	gt_json_string(to, "type", "header");
	gt_json_string(to, "host", info->host);
	gt_json_string(to, "kernel", info->kernel);
	gt_json_string(to, "cpu_model", info->cpu);
	gt_json_string(to, "command", info->command);
	gt_json_string(to, "version", info->version);
	if (*info->trigger)
		gt_json_string(to, "trigger", info->trigger);
	gt_json_number(to, "start_realtime_ns", info->start_realtime_ns);
	gt_json_number(to, "cpus", info->nr_cpus);
	gt_json_number(to, "pebs_format", info->pebs_format);
	gt_json_number(to, "period", info->period);
	gt_json_fraction(to, "jitter", info->jitter / 1000.0);
	gt_json_number(to, "samples", join->samples);
	gt_json_number(to, "estimated_stores", join->stores);
	gt_json_open(to, "lost", '{');
	for (cause = 0; cause < GT_NR_LOSSES; cause++)
		gt_json_number(to, gt_loss_name(cause), join->lost[cause]);
	gt_json_close(to, '}');
	gt_json_number(to, "events_dropped", join->events_dropped);
	gt_json_number(to, "duration_ns", gt_clock_span_ns(&join->clock, join->first_tsc, join->last_tsc));
	if (gt_clock_known(&join->clock))
		gt_json_number(to, "clock_error_ns", join->clock.error_ns);
	else
		gt_json_null(to, "clock_error_ns");
	gt_json_open(to, "programs", '[');
	for (i = 0; i < join->goroutines.nr_programs; i++) {
		gt_json_open(to, NULL, '{');
		gt_json_number(to, "pid", join->goroutines.programs[i].tgid);
		gt_json_string(to, "path", join->goroutines.programs[i].path);
		gt_json_string(to, "go", join->goroutines.programs[i].version);
		gt_json_number(to, "looks", join->goroutines.programs[i].nr_bounds / 2);
		gt_json_close(to, '}');
	}
	gt_json_close(to, ']');
	gt_json_open(to, "damage", '{');
	gt_json_number(to, "chunks", damage->chunks + join->nonsense);
	gt_json_number(to, "samples", damage->samples);
	gt_json_number(to, "bytes", damage->bytes);
	gt_json_bool(to, "truncated", damage->truncated);
	gt_json_bool(to, "unfinished", damage->unfinished);
	gt_json_close(to, '}');
	gt_json_close(to, '}');
	gt_json_line(to);
}

void gt_classes_text(const struct gt_terminal *to, const uint64_t *classes)
{
	uint64_t all = 0;
	char text[GT_UNITS_BYTES];
	unsigned int i;

	for (i = 0; i < GT_NR_CLASSES; i++)
		all += classes[i];
	for (i = 0; i < GT_NR_CLASSES; i++) {
		if (!classes[i])
			continue;
		gt_terminal_style(to, GT_DIM);
		fprintf(to->to, "# %6.2f%% %12s  %-12s %s\n", 100.0 * classes[i] / all, gt_text_count(text, classes[i]),
			gt_class_name(i), gt_class_explain(i));
		gt_terminal_style(to, GT_PLAIN);
	}
}

void gt_classes_json(struct gt_json *to, const uint64_t *classes)
{
	unsigned int i;

	gt_json_open(to, NULL, '{');
	gt_json_string(to, "type", "classes");
	for (i = 0; i < GT_NR_CLASSES; i++)
		gt_json_number(to, gt_class_name(i), classes[i]);
	gt_json_close(to, '}');
	gt_json_line(to);
}

void gt_problems_text(const struct gt_terminal *to, const struct gt_join *join)
{
	size_t i;

	for (i = 0; i < join->symbols.nr_objects; i++) {
		const struct gt_object *object = &join->symbols.objects[i];

		if (!object->problem || !object->opened)
			continue;
		label(to, "no names");
		gt_terminal_style(to, GT_YELLOW);
		gt_text_put(to->to, gt_symbols_text(&join->symbols, object->path));
		fprintf(to->to, ": %s", object->problem);
		gt_terminal_style(to, GT_PLAIN);
		fputc('\n', to->to);
	}
}

void gt_problems_json(struct gt_json *to, const struct gt_join *join)
{
	size_t i;

	for (i = 0; i < join->symbols.nr_objects; i++) {
		const struct gt_object *object = &join->symbols.objects[i];

		if (!object->problem || !object->opened)
			continue;
		gt_json_open(to, NULL, '{');
		gt_json_string(to, "type", "problem");
		gt_json_string(to, "file", gt_symbols_text(&join->symbols, object->path));
		gt_json_string(to, "problem", object->problem);
		gt_json_close(to, '}');
		gt_json_line(to);
	}
}

unsigned int gt_warnings(FILE *to, const char *prefix, const struct gt_join *join)
{
	const struct gt_damage *damage = gt_recording_damage(join->rec);
	char count[GT_UNITS_BYTES], bytes[GT_UNITS_BYTES];
	unsigned int lines = 0;

	if (damage->bytes && ++lines)
		fprintf(to, "%sthe recording is damaged at byte %" PRIu64 ": %s and %s samples in it are left out%s\n",
			prefix, damage->first_offset, gt_text_bytes(bytes, damage->bytes),
			gt_text_count(count, damage->samples), damage->truncated ? "; its end is missing" : "");
	if (join->nonsense && ++lines)
		fprintf(to, "%s%s chunks have a right checksum and contents that make no sense: left out\n", prefix,
			gt_text_count(count, join->nonsense));
	if (damage->unfinished && ++lines)
		fprintf(to, "%sthe recorder was killed or is still running: the end is missing, losses may be more\n",
			prefix);
	if (join->events_dropped && ++lines)
		fprintf(to, "%s%s events found no room in the event ring: samples near them are of an unknown task\n",
			prefix, gt_text_count(count, join->events_dropped));
	if (join->tasks.refused && ++lines)
		fprintf(to, "%s%s mappings make no sense: left out\n", prefix,
			gt_text_count(count, join->tasks.refused));
	if (join->goroutines.refused && ++lines)
		fprintf(to, "%s%s looks at goroutines make no sense: left out\n", prefix,
			gt_text_count(count, join->goroutines.refused));
	if (join->clock.refused && ++lines)
		fprintf(to, "%s%s pairings of the clocks make no sense: left out\n", prefix,
			gt_text_count(count, join->clock.refused));
	if (join->disagreed && ++lines)
		fprintf(to, "%s%s samples have another task by TSC (shown) than by the record count of their CPU\n",
			prefix, gt_text_count(count, join->disagreed));
	return lines;
}
