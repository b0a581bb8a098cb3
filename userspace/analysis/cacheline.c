// SPDX-License-Identifier: GPL-2.0
#include "analysis/cacheline.h"

#include <stdio.h>

#include "analysis/rows.h"
#include "lib/array.h"

#define BY_TASK     (1ull << 47) /* in a writer: it is a task; user addresses are below, and so is a g */
#define STACK_REACH (64u << 10)  /* a store this far above the stack pointer may be to the stack */
#define CPU_WORDS   1024         /* CPUs are told apart up to 64 of these */

/* What pass 1 keeps of every line. */
struct first {
	uint64_t writer; /* of its first sample */
	uint32_t task;   /* likewise */
	bool other_tasks, other_writers;
	uint8_t samples; /* up to GT_CACHELINE_SAMPLES */
};

struct firsts {
	struct gt_hash numbers; /* line -> index into all + 1 */
	struct first *all;
	size_t count, room;
};

const char *gt_sharing_name(enum gt_sharing sharing)
{
	static const char *const names[] = {[GT_SHARING_FALSE] = "false sharing",
					    [GT_SHARING_TRUE] = "true sharing",
					    [GT_SHARING_MIXED] = "mixed sharing",
					    [GT_SHARING_HANDED_OVER] = "handed over"};

	return names[sharing];
}

void gt_cachelines_free(struct gt_cachelines *lines)
{
	size_t i;

	for (i = 0; i < lines->count; i++)
		free(lines->lines[i].cpu_seen);
	free(lines->lines);
	free(lines->sites);
	*lines = (struct gt_cachelines){};
}

/* A data address of a known thread, in user space. */
static bool usable(const struct gt_filter *filter, const struct gt_item *item)
{
	return item->kind == GT_ITEM_SAMPLE && item->space && gt_filter_wants(filter, item) &&
	       (item->sample->fields & GT_FIELD_BIT(GT_FIELD_ADDR)) && item->sample->addr &&
	       !(item->sample->addr & GT_KERNEL_HALF);
}

/* The first epoch's id is the space's own for all time. */
static uint64_t *number_of(struct gt_hash *numbers, const struct gt_item *item)
{
	return gt_hash_at(numbers, item->space->epochs[0].id, item->sample->addr / GT_CACHELINE_BYTES);
}

/*
 * Who writes. In Go code that is the g in R14, wherever it runs, even when no look knows which goroutine it was: two
 * goroutines that run at the same time have two. Elsewhere it is the thread. Never 0.
 */
static uint64_t writer_of(const struct gt_item *item)
{
	bool go =
		item->class == GT_CLASS_CERTAIN || item->class == GT_CLASS_LIKELY || item->class == GT_CLASS_UNKNOWN_G;
	uint64_t g = item->sample->regs[GT_REG_R14] & (BY_TASK - 1);

	if (go && (item->sample->fields & GT_REG_BIT(GT_REG_R14)) && g)
		return g;
	return item->task | BY_TASK;
}

static int note_first(struct firsts *firsts, const struct gt_item *item)
{
	uint64_t *number = number_of(&firsts->numbers, item);
	struct first *first;

	if (!number || (!*number && gt_array_room(&firsts->all, firsts->count, &firsts->room)))
		return -ENOMEM;
	if (!*number) {
		firsts->all[firsts->count++] = (struct first){.task = item->task, .writer = writer_of(item)};
		*number = firsts->count;
	}
	first = &firsts->all[*number - 1];
	first->other_tasks |= first->task != item->task;
	first->other_writers |= first->writer != writer_of(item);
	first->samples += first->samples < GT_CACHELINE_SAMPLES;
	return 0;
}

static bool is_shared(const struct first *first)
{
	return first->other_tasks && first->other_writers && first->samples == GT_CACHELINE_SAMPLES;
}

/* Pass 1, in the fast order: which lines do several threads write that are not one goroutine, and often enough? */
static int find_shared(struct gt_cachelines *lines, struct firsts *firsts, struct gt_join *join,
		       const struct gt_filter *filter)
{
	struct gt_stream *stream;
	struct gt_item item;
	size_t i;
	int ret = gt_filter_stream(filter, join, GT_ORDER_CPU, &stream);

	if (ret)
		return ret;
	while ((ret = gt_stream_next(stream, &item)) > 0) {
		if (!usable(filter, &item))
			continue;
		lines->samples++;
		lines->stores += item.weight;
		ret = note_first(firsts, &item);
		if (ret)
			break;
	}
	gt_stream_close(stream);
	lines->written = firsts->count;
	for (i = 0; i < firsts->count; i++) {
		const struct first *first = &firsts->all[i];

		lines->moved += first->other_tasks && !first->other_writers;
		lines->few += first->other_tasks && first->other_writers && !is_shared(first);
	}
	return ret;
}

static struct gt_cacheline *new_line(struct gt_cachelines *lines, const struct gt_item *item)
{
	struct gt_cacheline *line;

	if (gt_array_room(&lines->lines, lines->count, &lines->room))
		return NULL;
	line = &lines->lines[lines->count];
	*line = (struct gt_cacheline){.space = item->space,
				      .address = item->sample->addr & ~(uint64_t)(GT_CACHELINE_BYTES - 1),
				      .last_cpu = item->cpu,
				      .cpu_seen = calloc(CPU_WORDS, sizeof(*line->cpu_seen))};
	if (!line->cpu_seen)
		return NULL;
	lines->count++;
	return line;
}

static void note_cpu(struct gt_cacheline *line, uint32_t cpu)
{
	uint64_t *word = &line->cpu_seen[cpu / 64 % CPU_WORDS], bit = 1ull << cpu % 64;

	line->cpus += !(*word & bit);
	*word |= bit;
	line->cpu_changes += line->last_cpu != cpu;
	line->last_cpu = cpu;
}

/* One g may be nameless at first, and another goroutine's later: the first name stands for it. */
static void note_who(struct gt_line_site *site, const struct gt_item *item)
{
	site->samples++;
	site->stores += item->weight;
	site->other_threads |= site->task != item->task;
	if (site->writer & BY_TASK)
		return;
	if (!site->goroutine)
		site->goroutine = item->goroutine;
	site->likely |= item->class != GT_CLASS_CERTAIN || site->goroutine != item->goroutine;
}

static int note_sample(struct gt_cachelines *lines, struct gt_hash *sites, struct gt_hash *threads, uint32_t number,
		       const struct gt_item *item)
{
	struct gt_cacheline *line = &lines->lines[number];
	struct gt_line_site site = {
		.line = number,
		.offset = item->sample->addr % GT_CACHELINE_BYTES,
		.location = item->location,
		.task = item->task,
		.class = item->class,
		.writer = writer_of(item),
	};
	uint64_t *at;

	line->writer_changes += line->last_writer && line->last_writer != site.writer;
	line->last_writer = site.writer;
	note_cpu(line, item->cpu);
	line->samples++;
	line->stores += item->weight;
	if ((item->sample->fields & GT_REG_BIT(GT_REG_SP)) &&
	    item->sample->addr - item->sample->regs[GT_REG_SP] < STACK_REACH)
		line->near_stack++;
	at = gt_hash_at(threads, number, item->task);
	if (!at)
		return -ENOMEM;
	line->threads += !*at;
	*at = 1;
	at = gt_hash_at(sites, (uint64_t)number << 32 | site.location, (uint64_t)site.offset << 48 | site.writer);
	if (!at)
		return -ENOMEM;
	if (!*at) {
		if (gt_array_room(&lines->sites, lines->nr_sites, &lines->sites_room))
			return -ENOMEM;
		lines->sites[lines->nr_sites++] = site;
		*at = lines->nr_sites;
	}
	note_who(&lines->sites[*at - 1], item);
	return 0;
}

/* Pass 2, in the order of time: everything about the shared ones. */
static int describe_shared(struct gt_cachelines *lines, struct firsts *firsts, struct gt_join *join,
			   const struct gt_filter *filter)
{
	struct gt_hash sites = {}, threads = {}, numbers = {};
	struct gt_stream *stream;
	struct gt_item item;
	int ret = gt_filter_stream(filter, join, GT_ORDER_TIME, &stream);

	if (ret)
		return ret;
	while ((ret = gt_stream_next(stream, &item)) > 0) {
		uint64_t *number;

		if (!usable(filter, &item))
			continue;
		number = number_of(&firsts->numbers, &item);
		if (!number || !*number || !is_shared(&firsts->all[*number - 1]))
			continue;
		number = number_of(&numbers, &item);
		ret = number ? 0 : -ENOMEM;
		if (!ret && !*number) {
			ret = new_line(lines, &item) ? 0 : -ENOMEM;
			*number = lines->count;
		}
		if (!ret)
			ret = note_sample(lines, &sites, &threads, *number - 1, &item);
		if (ret)
			break;
	}
	gt_stream_close(stream);
	gt_hash_free(&sites);
	gt_hash_free(&threads);
	gt_hash_free(&numbers);
	return ret;
}

static int by_line_and_offset(const void *a, const void *b)
{
	const struct gt_line_site *left = a, *right = b;

	if (left->line != right->line)
		return left->line < right->line ? -1 : 1;
	if (left->offset != right->offset)
		return left->offset < right->offset ? -1 : 1;
	if (left->samples != right->samples)
		return left->samples > right->samples ? -1 : 1;
	if (left->location != right->location)
		return left->location < right->location ? -1 : 1;
	return left->writer < right->writer ? -1 : left->writer > right->writer;
}

/* The writer with most samples, and how many; `first` to `end` may hold a writer several times. */
static int count_writers(const struct gt_line_site *first, const struct gt_line_site *end, uint64_t *all,
			 uint64_t *most, uint64_t *expected, uint32_t *writers)
{
	struct gt_hash sums = {};
	double same = 0;
	size_t i;

	*all = *most = 0;
	for (; first < end; first++) {
		uint64_t *sum;

		sum = gt_hash_at(&sums, first->writer, 0);
		if (!sum) {
			gt_hash_free(&sums);
			return -ENOMEM;
		}
		*sum += first->samples;
		*all += first->samples;
	}
	*writers = 0;
	for (i = 0; sums.slots && i <= sums.mask; i++) {
		*writers += sums.slots[i].value != 0;
		if (sums.slots[i].value > *most)
			*most = sums.slots[i].value;
		same += (double)sums.slots[i].value * sums.slots[i].value;
	}
	/* In a random order the next sample is another writer's with probability 1 - sum of the squared shares. */
	*expected = *all ? (*all - 1) * (1 - same / ((double)*all * *all)) + 0.5 : 0;
	gt_hash_free(&sums);
	return 0;
}

static enum gt_sharing judge(const struct gt_cacheline *line)
{
	if (line->writer_changes * 4 < line->expected)
		return GT_SHARING_HANDED_OVER;
	/* What the lesser writers wrote: did it go where another one writes more? */
	if (line->overlap * 10 <= line->minority)
		return GT_SHARING_FALSE;
	return line->overlap * 2 >= line->minority ? GT_SHARING_TRUE : GT_SHARING_MIXED;
}

static int sum_up(struct gt_cachelines *lines, struct gt_cacheline *line)
{
	const struct gt_line_site *site = &lines->sites[line->first_site], *end = site + line->nr_sites, *next;
	uint64_t all, most, ignored;
	uint32_t writers;
	int err = count_writers(site, end, &all, &most, &line->expected, &line->writers);

	line->minority = all - most;
	for (; site < end && !err; site = next, line->offsets++) {
		for (next = site; next < end && next->offset == site->offset;)
			next++;
		err = count_writers(site, next, &all, &most, &ignored, &writers);
		line->overlap += all - most;
	}
	line->sharing = judge(line);
	return err;
}

static int by_contention(const void *a, const void *b)
{
	const struct gt_cacheline *left = a, *right = b;

	if (gt_cacheline_shared(left) != gt_cacheline_shared(right))
		return gt_cacheline_shared(left) ? -1 : 1;
	if (left->cpu_changes != right->cpu_changes)
		return left->cpu_changes > right->cpu_changes ? -1 : 1;
	if (left->minority != right->minority)
		return left->minority > right->minority ? -1 : 1;
	if (left->samples != right->samples)
		return left->samples > right->samples ? -1 : 1;
	return left->address < right->address ? -1 : left->address > right->address;
}

static bool written_by(const struct gt_join *join, const struct gt_cachelines *lines, const struct gt_cacheline *line,
		       const char *function)
{
	size_t i;

	for (i = 0; i < line->nr_sites; i++)
		if (gt_location_matches(join, lines->sites[line->first_site + i].location, function))
			return true;
	return false;
}

static int conclude(struct gt_cachelines *lines, const struct gt_join *join, const char *function)
{
	size_t i, kept = 0;
	int err = 0;

	if (lines->nr_sites)
		qsort(lines->sites, lines->nr_sites, sizeof(*lines->sites), by_line_and_offset);
	for (i = lines->nr_sites; i--;) {
		lines->lines[lines->sites[i].line].first_site = i;
		lines->lines[lines->sites[i].line].nr_sites++;
	}
	for (i = 0; i < lines->count && !err; i++)
		err = sum_up(lines, &lines->lines[i]);
	for (i = 0; i < lines->count; i++) {
		struct gt_cacheline *line = &lines->lines[i];

		if (!function || written_by(join, lines, line, function))
			lines->lines[kept++] = *line;
		else
			free(line->cpu_seen);
	}
	lines->count = kept;
	if (lines->count)
		qsort(lines->lines, lines->count, sizeof(*lines->lines), by_contention);
	return err;
}

int gt_cachelines_find(struct gt_cachelines *lines, struct gt_join *join, const struct gt_filter *filter)
{
	struct firsts firsts = {};
	int err;

	*lines = (struct gt_cachelines){};
	if (!(join->info->fields & GT_FIELD_BIT(GT_FIELD_ADDR)))
		return -ENODATA;
	err = find_shared(lines, &firsts, join, filter);
	if (!err)
		err = describe_shared(lines, &firsts, join, filter);
	gt_hash_free(&firsts.numbers);
	free(firsts.all);
	if (!err)
		err = conclude(lines, join, filter->function);
	if (err)
		gt_cachelines_free(lines);
	return err;
}

/* Variables of every file that the space maps; data lies in the same file as the code that is mapped executable. */
const char *gt_cacheline_place(struct gt_join *join, const struct gt_cacheline *line, char *out, size_t bytes)
{
	const struct gt_space *space;
	uint64_t into;
	size_t i;

	for (space = line->space; space; space = space->parent) {
		for (i = space->count; i--;) {
			const struct gt_mapping *mapping = &space->mappings[i];
			const char *path = gt_symbols_text(&join->symbols, join->symbols.objects[mapping->file].path);
			const char *name, *last = strrchr(path, '/');
			uint64_t address = line->address;
			bool covered;

			/* A variable may begin inside the line. */
			for (; address < line->address + GT_CACHELINE_BYTES; address += 8) {
				name = gt_symbols_variable(&join->symbols, mapping->file, mapping->start,
							   mapping->pgoff, address, &into, &covered);
				if (name && into + line->address >= address) {
					snprintf(out, bytes, "%s+%#llx", name,
						 (unsigned long long)(into - (address - line->address)));
					return out;
				}
				if (name) {
					snprintf(out, bytes, "%s from byte %u of the line on", name,
						 (unsigned int)(address - into - line->address));
					return out;
				}
				if (!covered)
					break;
			}
			if (covered) {
				snprintf(out, bytes, "data of %s", last ? last + 1 : path);
				return out;
			}
		}
	}
	/* Go's stacks lie among its heap, most of them smaller than the reach. */
	snprintf(out, bytes, "%s", line->near_stack * 2 > line->samples ? "stack or heap" : "heap");
	return out;
}
