// SPDX-License-Identifier: GPL-2.0
#include "analysis/cell.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *print(char *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static const char *print(char *out, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	vsnprintf(out, GT_CELL_BYTES, format, values);
	va_end(values);
	return out;
}

/* The end of a path: its last two parts, "sync/pool.go". */
static const char *tail(const char *path)
{
	const char *at = strrchr(path, '/');

	while (at && at > path && at[-1] != '/')
		at--;
	return at && at > path ? at : path;
}

/* "libc.so.6", "[kernel]", "[vdso]", "[unknown]" */
static const char *object_name(const struct gt_join *join, const struct gt_location *location)
{
	const char *path = gt_symbols_text(&join->symbols, join->symbols.objects[location->object].path);
	const char *last = strrchr(path, '/');

	if (location->code == GT_CODE_KERNEL)
		return "[kernel]";
	if (!location->object)
		return location->code == GT_CODE_UNKNOWN ? "[unknown]" : "[anonymous]";
	return last ? last + 1 : path;
}

const char *gt_cell_object(const struct gt_join *join, uint32_t location, char *out)
{
	return print(out, "%s", object_name(join, &join->symbols.locations[location]));
}

const char *gt_cell_function(const struct gt_join *join, uint32_t location, char *out)
{
	const struct gt_location *at = &join->symbols.locations[location];

	if (!at->nr_frames)
		return print(out, "[no name] in %s", object_name(join, at));
	return print(out, "%s", gt_symbols_text(&join->symbols, join->symbols.frames[at->first_frame].function));
}

const char *gt_cell_line(const struct gt_join *join, uint32_t location, char *out)
{
	const struct gt_location *at = &join->symbols.locations[location];
	size_t used = 0;
	uint32_t i;

	if (!at->nr_frames || !join->symbols.frames[at->first_frame].line)
		return print(out, "%s+%#llx", object_name(join, at), (unsigned long long)at->address);
	*out = '\0';
	for (i = 0; i < at->nr_frames && used < GT_CELL_BYTES; i++) {
		const struct gt_frame *frame = &join->symbols.frames[at->first_frame + i];

		used += snprintf(out + used, GT_CELL_BYTES - used, "%s%s:%u", i ? " < " : "",
				 tail(gt_symbols_text(&join->symbols, frame->file)), frame->line);
	}
	return out;
}

const char *gt_cell_frame(const struct gt_join *join, uint32_t frame, char *out)
{
	const struct gt_frame *of = &join->symbols.frames[frame];
	const char *function = gt_symbols_text(&join->symbols, of->function);

	if (!of->line)
		return print(out, "%s", function);
	return print(out, "%s (%s:%u)", function, tail(gt_symbols_text(&join->symbols, of->file)), of->line);
}

const char *gt_cell_thread(const struct gt_join *join, uint32_t task, enum gt_class class, char *out)
{
	const struct gt_task *of;

	if (task == GT_NO_TASK)
		return print(out, "(%s)", gt_class_name(class));
	of = &join->tasks.tasks[task];
	return print(out, "%s:%u", of->comm, of->tid);
}

int64_t gt_cell_start(struct gt_join *join, uint32_t goroutine)
{
	const struct gt_goroutine *of = &join->goroutines.goroutines[goroutine];

	return gt_join_site(join, of->program, of->startpc);
}

int64_t gt_cell_creator_site(struct gt_join *join, uint32_t goroutine)
{
	const struct gt_goroutine *of = &join->goroutines.goroutines[goroutine];

	/* gopc is a return address: the go statement is the instruction before. */
	return of->gopc ? gt_join_site(join, of->program, of->gopc - 1) : -ENOENT;
}

const char *gt_cell_goroutine(struct gt_join *join, uint32_t goroutine, enum gt_class class, char *out)
{
	int64_t start = goroutine == GT_NO_GOROUTINE ? -ENOENT : gt_cell_start(join, goroutine);

	return start < 0 ? print(out, "(%s)", gt_class_name(class)) : gt_cell_function(join, start, out);
}

const char *gt_cell_creator(struct gt_join *join, uint32_t goroutine, enum gt_class class, char *out)
{
	int64_t site = goroutine == GT_NO_GOROUTINE ? -ENOENT : gt_cell_creator_site(join, goroutine);
	char function[GT_CELL_BYTES], line[GT_CELL_BYTES];

	if (site < 0)
		return print(out, "(%s)", goroutine == GT_NO_GOROUTINE ? gt_class_name(class) : "unknown");
	gt_cell_function(join, site, function);
	gt_cell_line(join, site, line);
	return print(out, "%.500s  %.500s", function, line);
}

const char *gt_cell_goid(const struct gt_join *join, uint32_t goroutine, enum gt_class class, char *out)
{
	uint64_t goid = goroutine == GT_NO_GOROUTINE ? 0 : join->goroutines.goroutines[goroutine].goid;

	if (!goid)
		return print(out, "(%s)", gt_class_name(class));
	return print(out, "%s%llu", class == GT_CLASS_CERTAIN ? "" : "~", (unsigned long long)goid);
}

const char *gt_cell(struct gt_join *join, enum gt_key key, const struct gt_row *row, char *out)
{
	switch (key) {
	case GT_KEY_GOROUTINE:
		return gt_cell_goroutine(join, row->goroutine, row->class, out);
	case GT_KEY_CREATOR:
		return gt_cell_creator(join, row->goroutine, row->class, out);
	case GT_KEY_GOID:
		return gt_cell_goid(join, row->goroutine, row->class, out);
	case GT_KEY_FUNCTION:
		return gt_cell_function(join, row->location, out);
	case GT_KEY_LINE:
		return gt_cell_line(join, row->location, out);
	case GT_KEY_OBJECT:
		return gt_cell_object(join, row->location, out);
	case GT_KEY_THREAD:
		return gt_cell_thread(join, row->task, row->class, out);
	case GT_KEY_COMM:
		if (row->task == GT_NO_TASK)
			return print(out, "(%s)", gt_class_name(row->class));
		return print(out, "%s", join->tasks.tasks[row->task].comm);
	case GT_KEY_PROCESS:
		if (row->task == GT_NO_TASK)
			return print(out, "(%s)", gt_class_name(row->class));
		return print(out, "%u", join->tasks.tasks[row->task].tgid);
	case GT_KEY_CPU:
		return print(out, "%u", row->cpu);
	case GT_KEY_CLASS:
		return print(out, "%s", gt_class_name(row->class));
	case GT_NR_KEYS:
		break;
	}
	return print(out, "%s", "");
}
