// SPDX-License-Identifier: GPL-2.0
#include "output/sample.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "analysis/cell.h"
#include "output/rows.h"
#include "output/text.h"

static const struct {
	const char *name, *perf;
	bool names; /* needs them */
} shows[GT_NR_SHOWS] = {
	[GT_SHOW_COMM] = {"comm", "comm", false},
	[GT_SHOW_TID] = {"tid", "tid", false},
	[GT_SHOW_PID] = {"pid", "pid", false},
	[GT_SHOW_CPU] = {"cpu", "cpu", false},
	[GT_SHOW_TIME] = {"time", "time", false},
	[GT_SHOW_FUNCTION] = {"function", "sym", true},
	[GT_SHOW_LINE] = {"line", "srcline", true},
	[GT_SHOW_OBJECT] = {"dso", "dso", true},
	[GT_SHOW_GOID] = {"goid", "goid", true},
	[GT_SHOW_GOROUTINE] = {"goroutine", "goroutine", true},
	[GT_SHOW_CREATOR] = {"creator", "creator", true},
	[GT_SHOW_CLASS] = {"class", "class", true},
	[GT_SHOW_BRANCHES] = {"branches", "brstack", false},
	[GT_SHOW_PERIOD] = {"period", "period", false},
};

int gt_show_named(const char *name, size_t bytes)
{
	unsigned int i;

	for (i = 0; i < GT_NR_SHOWS; i++)
		if ((strlen(shows[i].name) == bytes && !memcmp(shows[i].name, name, bytes)) ||
		    (strlen(shows[i].perf) == bytes && !memcmp(shows[i].perf, name, bytes)))
			return i;
	for (i = 0; i < GT_NR_FIELDS; i++)
		if (strlen(gt_field_name(i)) == bytes && !memcmp(gt_field_name(i), name, bytes))
			return GT_SHOW_COLUMN + i;
	return -EINVAL;
}

bool gt_show_needs_names(int show)
{
	return show < GT_NR_SHOWS && shows[show].names;
}

void gt_branches_text(FILE *to, const struct gtrace_pebs_branch *branches, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++) {
		const struct gtrace_pebs_branch *branch = &branches[i];

		fprintf(to, "%s%#" PRIx64 "/%#" PRIx64 "/%c/%" PRIu64, i ? " " : "", (uint64_t)branch->from,
			(uint64_t)branch->to, branch->info >> 63 ? 'M' : 'P', (uint64_t)(branch->info & 0xffff));
	}
}

void gt_time_text(FILE *to, struct gt_join *join, uint64_t tsc)
{
	uint64_t ns;

	if (!gt_clock_known(&join->clock)) {
		fprintf(to, "tsc %" PRIu64, tsc);
		return;
	}
	ns = gt_clock_ns(&join->clock, tsc);
	fprintf(to, "%6" PRIu64 ".%09" PRIu64, ns / 1000000000, ns % 1000000000);
}

static void put_id(FILE *to, bool known, uint32_t id)
{
	if (known)
		fprintf(to, "%7u", id);
	else
		fputs("      ?", to);
}

static void put_comm(FILE *to, const char *comm)
{
	gt_text_put(to, comm);
	for (size_t width = gt_text_width(comm); width < GT_COMM_BYTES - 1; width++)
		putc_unlocked(' ', to);
}

void gt_task_text(FILE *to, const char *comm, uint32_t tid)
{
	put_comm(to, comm);
	fputs("  ", to);
	put_id(to, true, tid);
}

static void put_show(FILE *to, struct gt_join *join, const struct gt_item *item, int show)
{
	bool known = item->class != GT_CLASS_UNKNOWN_TASK;
	char text[GT_CELL_BYTES];

	switch (show) {
	case GT_SHOW_COMM:
		put_comm(to, item->task == GT_NO_TASK ? "?" : join->tasks.tasks[item->task].comm);
		return;
	case GT_SHOW_TID:
		put_id(to, known, item->tid);
		return;
	case GT_SHOW_PID:
		put_id(to, known, item->tgid);
		return;
	case GT_SHOW_CPU:
		fprintf(to, "[%03u]", item->cpu);
		return;
	case GT_SHOW_TIME:
		gt_time_text(to, join, item->tsc);
		return;
	case GT_SHOW_FUNCTION:
		gt_text_put(to, gt_cell_function(join, item->location, text));
		return;
	case GT_SHOW_LINE:
		gt_text_put(to, gt_cell_line(join, item->location, text));
		return;
	case GT_SHOW_OBJECT:
		gt_text_put(to, gt_cell_object(join, item->location, text));
		return;
	case GT_SHOW_GOID:
		fputs(gt_cell_goid(join, item->goroutine, item->class, text), to);
		return;
	case GT_SHOW_GOROUTINE:
		if (item->goroutine != GT_NO_GOROUTINE && item->class != GT_CLASS_CERTAIN)
			putc_unlocked('~', to);
		gt_text_put(to, gt_cell_goroutine(join, item->goroutine, item->class, text));
		return;
	case GT_SHOW_CREATOR:
		gt_text_put(to, gt_cell_creator(join, item->goroutine, item->class, text));
		return;
	case GT_SHOW_CLASS:
		fputs(gt_class_name(item->class), to);
		return;
	case GT_SHOW_BRANCHES:
		gt_branches_text(to, item->sample->branches, item->sample->nr_branches);
		return;
	case GT_SHOW_PERIOD:
		fprintf(to, "%10" PRIu64, item->weight);
		return;
	}
	if (!(item->sample->fields & GT_FIELD_BIT(show - GT_SHOW_COLUMN)))
		fputc('-', to);
	else if (show == GT_SHOW_COLUMN + GT_FIELD_TSC)
		fprintf(to, "%" PRIu64, item->sample->tsc);
	else
		fprintf(to, "%#" PRIx64, item->sample->column[show - GT_SHOW_COLUMN]);
}

/* A line that is no sample: "# lost ..." */
static void put_notice(const struct gt_terminal *to, struct gt_join *join, const struct gt_item *item)
{
	char count[GT_UNITS_BYTES];

	gt_terminal_style(to, GT_YELLOW);
	fprintf(to->to, "# [%03u] ", item->cpu);
	gt_time_text(to->to, join, item->tsc);
	if (item->kind == GT_ITEM_LOST)
		fprintf(to->to, ": %s samples lost since tsc %" PRIu64 ": %s (%s)", gt_text_count(count, item->count),
			item->from, gt_loss_name(item->cause), gt_loss_remedy(item->cause));
	else if (item->kind == GT_ITEM_GAP)
		fprintf(to->to, ": events dropped since tsc %" PRIu64 ": tasks are unknown there", item->from);
	else
		fprintf(to->to, ": part of the file is missing here");
	gt_terminal_style(to, GT_PLAIN);
	fputc('\n', to->to);
}

void gt_sample_text(const struct gt_terminal *to, struct gt_join *join, const struct gt_item *item, const int *show,
		    size_t nr_shows)
{
	size_t i;

	if (item->kind != GT_ITEM_SAMPLE) {
		put_notice(to, join, item);
		return;
	}
	for (i = 0; i < nr_shows; i++) {
		if (i)
			fputs_unlocked("  ", to->to);
		put_show(to->to, join, item, show[i]);
	}
	putc_unlocked('\n', to->to);
}

static void notice_json(struct gt_json *to, struct gt_join *join, const struct gt_item *item)
{
	static const char *const types[] = {
		[GT_ITEM_LOST] = "lost", [GT_ITEM_GAP] = "gap", [GT_ITEM_DAMAGE] = "damage"};

	gt_json_open(to, NULL, '{');
	gt_json_string(to, "type", types[item->kind]);
	gt_json_number(to, "cpu", item->cpu);
	gt_json_number(to, "tsc", item->tsc);
	if (gt_clock_known(&join->clock))
		gt_json_number(to, "time_ns", gt_clock_ns(&join->clock, item->tsc));
	if (item->kind != GT_ITEM_DAMAGE)
		gt_json_number(to, "tsc_from", item->from);
	if (item->kind == GT_ITEM_LOST) {
		gt_json_number(to, "count", item->count);
		gt_json_string(to, "cause", gt_loss_name(item->cause));
	}
	gt_json_close(to, '}');
	gt_json_line(to);
}

static void columns_json(struct gt_json *to, const struct gt_sample *sample)
{
	uint64_t left = sample->fields & ~GT_FIELD_BIT(GT_FIELD_TSC);

	while (left) {
		unsigned int field = __builtin_ctzll(left);

		gt_json_hex(to, gt_field_name(field), sample->column[field]);
		left &= left - 1;
	}
}

static void branches_json(struct gt_json *to, const struct gt_sample *sample)
{
	uint32_t i;

	if (!sample->nr_branches)
		return;
	gt_json_open(to, "branches", '[');
	for (i = 0; i < sample->nr_branches; i++) {
		gt_json_open(to, NULL, '{');
		gt_json_hex(to, "from", sample->branches[i].from);
		gt_json_hex(to, "to", sample->branches[i].to);
		gt_json_hex(to, "info", sample->branches[i].info);
		gt_json_close(to, '}');
	}
	gt_json_close(to, ']');
}

static void names_json(struct gt_json *to, struct gt_join *join, const struct gt_item *item)
{
	const struct gt_goroutine *goroutine = NULL;
	char text[GT_CELL_BYTES];

	gt_json_location(to, join, item->location);
	gt_json_string(to, "dso", gt_cell_object(join, item->location, text));
	if (item->goroutine != GT_NO_GOROUTINE)
		goroutine = &join->goroutines.goroutines[item->goroutine];
	if (goroutine && goroutine->goid)
		gt_json_number(to, "goid", goroutine->goid);
	else
		gt_json_null(to, "goid");
	gt_json_bool(to, "goid_certain", item->class == GT_CLASS_CERTAIN);
	gt_json_goroutine(to, join, item->goroutine);
	gt_json_creator(to, join, item->goroutine);
	gt_json_string(to, "class", gt_class_name(item->class));
}

void gt_sample_json(struct gt_json *to, struct gt_join *join, const struct gt_item *item)
{
	if (item->kind != GT_ITEM_SAMPLE) {
		notice_json(to, join, item);
		return;
	}
	gt_json_open(to, NULL, '{');
	gt_json_string(to, "type", "sample");
	gt_json_number(to, "cpu", item->cpu);
	gt_json_number(to, "tsc", item->tsc);
	if (gt_clock_known(&join->clock))
		gt_json_number(to, "time_ns", gt_clock_ns(&join->clock, item->tsc));
	else
		gt_json_null(to, "time_ns");
	gt_json_number(to, "period", item->weight);
	columns_json(to, item->sample);
	if (item->class == GT_CLASS_UNKNOWN_TASK) {
		gt_json_null(to, "tid");
		gt_json_null(to, "tgid");
	} else {
		gt_json_number(to, "tid", item->tid);
		gt_json_number(to, "tgid", item->tgid);
	}
	if (item->task == GT_NO_TASK)
		gt_json_null(to, "comm");
	else
		gt_json_string(to, "comm", join->tasks.tasks[item->task].comm);
	if (!join->nameless)
		names_json(to, join, item);
	branches_json(to, item->sample);
	gt_json_close(to, '}');
	gt_json_line(to);
}
