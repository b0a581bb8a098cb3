// SPDX-License-Identifier: GPL-2.0
/* Pass 1: everything but the samples. */
#include "analysis/join.h"

#include "lib/array.h"
#include "lib/vdso.h"

static const struct {
	const char *name, *remedy;
} losses[GT_NR_LOSSES] = {
	[GTRACE_LOST_FULL] = {"full", "sample ring full: larger ring (-m) or longer period (-c)"},
	[GTRACE_LOST_EVENT] = {"event", "event ring full: larger event ring"},
	[GTRACE_LOST_OVERRUN] = {"overrun", "interrupt came too late: longer period (-c)"},
	[GTRACE_LOST_OFFLINE] = {"offline", "a CPU went off line"},
};

const char *gt_loss_name(unsigned int cause)
{
	return cause < GT_NR_LOSSES ? losses[cause].name : "unknown";
}

const char *gt_loss_remedy(unsigned int cause)
{
	return cause < GT_NR_LOSSES ? losses[cause].remedy : "";
}

/* Copies of the task and MAP events of all CPUs, to be put in the order of time before they are told. */
struct told {
	uint64_t tsc;
	size_t at; /* in bytes */
	uint32_t file;
	bool existing;
};

struct events {
	struct told *all;
	size_t count, room;
	uint64_t *bytes;
	size_t used, bytes_room; /* words */
};

static const struct gtrace_event *event_of(const struct events *events, const struct told *told)
{
	return (const void *)&events->bytes[told->at];
}

static int keep(struct events *events, const struct gtrace_event *event, uint32_t file, bool existing)
{
	size_t words = event->size / sizeof(*events->bytes);

	if (gt_array_room(&events->all, events->count, &events->room))
		return -ENOMEM;
	while (events->used + words > events->bytes_room)
		if (gt_array_room(&events->bytes, events->bytes_room, &events->bytes_room))
			return -ENOMEM;
	memcpy(&events->bytes[events->used], event, event->size);
	events->all[events->count++] =
		(struct told){.tsc = event->tsc, .at = events->used, .file = file, .existing = existing};
	events->used += words;
	return 0;
}

static int by_tsc(const void *a, const void *b)
{
	const struct told *left = a, *right = b;

	if (left->tsc != right->tsc)
		return left->tsc < right->tsc ? -1 : 1;
	return left->at < right->at ? -1 : left->at > right->at;
}

/* In the rounds that analysis/task.h asks for. */
static int tell_tasks(struct gt_join *join, struct events *events)
{
	enum { FORKS, EXISTING, MAPS, ROUNDS };
	int err = 0, round;
	size_t i;

	if (events->count)
		qsort(events->all, events->count, sizeof(*events->all), by_tsc);
	for (round = FORKS; round < ROUNDS; round++) {
		for (i = 0; i < events->count && !err; i++) {
			const struct told *told = &events->all[i];
			const struct gtrace_event *event = event_of(events, told);

			if (round != (told->existing ? EXISTING : event->type == GTRACE_EVENT_MAP ? MAPS : FORKS))
				continue;
			if (event->type == GTRACE_EVENT_MAP)
				err = gt_tasks_map(&join->tasks, (const void *)event, told->file, told->existing);
			else if (told->existing)
				err = gt_tasks_existing(&join->tasks, (const void *)event);
			else
				err = gt_tasks_event(&join->tasks, (const void *)event);
		}
	}
	return err;
}

/* A 32-bit process has another vDSO than the one whose functions are known. */
static const char *object_path(const struct gtrace_event_map *map)
{
	return !strcmp(map->path, GT_VDSO_PATH) && map->start <= UINT32_MAX ? "[vdso32]" : map->path;
}

/* `at`: which of join->cpus it is of, -1 = what existed before. */
static int take_event(struct gt_join *join, struct events *events, const struct gtrace_event *event, int64_t at)
{
	struct gt_weigher *weigher = at < 0 ? NULL : &join->weighers[at];
	bool existing = !weigher;
	const struct gtrace_event_map *map = (const void *)event;
	const struct gtrace_event_lost *lost = (const void *)event;
	int64_t file = 0;

	if (!existing && (!join->first_tsc || event->tsc < join->first_tsc))
		join->first_tsc = event->tsc;
	if (!existing && event->tsc > join->last_tsc)
		join->last_tsc = event->tsc;
	if (!existing && event->tsc > join->cpu_ends[at])
		join->cpu_ends[at] = event->tsc;
	switch (event->type) {
	case GTRACE_EVENT_CLOCK:
		return gt_clock_add(&join->clock, (const void *)event);
	case GTRACE_EVENT_LOST:
		if (lost->cause < GT_NR_LOSSES)
			join->lost[lost->cause] += lost->count;
		return 0;
	case GTRACE_EVENT_PERIOD:
		join->changes++;
		return weigher ? gt_weigher_event(weigher, event) : 0;
	case GTRACE_EVENT_SWITCH:
		return weigher ? gt_weigher_event(weigher, event) : 0;
	case GTRACE_EVENT_MAP:
		file = gt_symbols_object(&join->symbols, object_path(map), map->ino);
		if (file < 0)
			return file;
		return keep(events, event, file, existing);
	case GTRACE_EVENT_FORK:
	case GTRACE_EVENT_EXEC:
		return keep(events, event, 0, existing);
	}
	return 0;
}

static int take_events(struct gt_join *join, struct events *events, int64_t at)
{
	const struct gtrace_event *event;
	int err;

	while ((err = gt_chunk_event(join->rec, &event)) > 0) {
		err = take_event(join, events, event, at);
		if (err)
			break;
	}
	return err;
}

static int take_totals(struct gt_join *join)
{
	struct gt_total total;
	int err;

	/* The totals take the place of what the LOST events add up to: an event may itself have been dropped. */
	if (!join->finished)
		memset(join->lost, 0, sizeof(join->lost));
	join->finished = true;
	while ((err = gt_chunk_total(join->rec, &total)) > 0) {
		join->lost[GTRACE_LOST_FULL] += total.lost_full;
		join->lost[GTRACE_LOST_EVENT] += total.lost_event;
		join->lost[GTRACE_LOST_OVERRUN] += total.lost_overrun;
		join->lost[GTRACE_LOST_OFFLINE] += total.lost_offline;
		join->events_dropped += total.events_dropped;
	}
	return err;
}

static int take_files(struct gt_join *join)
{
	struct gt_file file;
	int err;

	while ((err = gt_chunk_file(join->rec, &file)) > 0) {
		err = gt_symbols_identify(&join->symbols, &file);
		if (err)
			break;
	}
	return err;
}

static int take_programs(struct gt_join *join)
{
	struct gt_go go;
	int err;

	while ((err = gt_chunk_go(join->rec, &go)) > 0) {
		err = gt_goroutines_program(&join->goroutines, &go);
		if (err)
			break;
	}
	return err;
}

static int take_probes(struct gt_join *join)
{
	struct gt_probes probes;
	int err;

	while ((err = gt_chunk_probes(join->rec, &probes)) > 0) {
		err = gt_goroutines_probes(&join->goroutines, &probes);
		if (err)
			break;
	}
	return err;
}

static int take_strangers(struct gt_join *join)
{
	struct gt_stranger_name name;
	uint64_t *at;
	int err;

	while ((err = gt_chunk_stranger(join->rec, &name)) > 0) {
		if (gt_array_room(&join->strangers, join->nr_strangers, &join->strangers_room))
			return -ENOMEM;
		at = gt_hash_at(&join->stranger_of, name.tid, 0);
		if (!at)
			return -ENOMEM;
		if (*at)
			continue;
		join->strangers[join->nr_strangers].tid = name.tid;
		memcpy(join->strangers[join->nr_strangers].comm, name.comm, GT_COMM_BYTES);
		*at = ++join->nr_strangers;
	}
	return err;
}

const char *gt_join_stranger(const struct gt_join *join, uint32_t tid)
{
	uint64_t at = gt_hash_get(&join->stranger_of, tid, 0);

	return at ? join->strangers[at - 1].comm : NULL;
}

static int take_kernel(struct gt_join *join)
{
	struct gt_kernel_symbol symbol;
	int err;

	while ((err = gt_chunk_symbol(join->rec, &symbol)) > 0) {
		err = gt_symbols_kernel_symbol(&join->symbols, &symbol);
		if (err)
			break;
	}
	return err;
}

static int take_vdso(struct gt_join *join)
{
	struct gt_vdso_function function;
	int err;

	while ((err = gt_chunk_vdso(join->rec, &function)) > 0) {
		err = gt_symbols_vdso_function(&join->symbols, &function);
		if (err)
			break;
	}
	return err;
}

/* Index of the CPU in join->cpus, join->weighers and join->cpu_ends. */
static int64_t note_cpu(struct gt_join *join, uint32_t cpu)
{
	size_t at = join->nr_cpus, behind;

	if (cpu >= join->info->nr_cpus)
		return -EBADMSG;
	while (at && join->cpus[at - 1] > cpu)
		at--;
	if (at && join->cpus[at - 1] == cpu)
		return at - 1;
	if (gt_array_room(&join->cpus, join->nr_cpus, &join->cpus_room) ||
	    gt_array_room(&join->weighers, join->nr_cpus, &join->weighers_room) ||
	    gt_array_room(&join->cpu_ends, join->nr_cpus, &join->cpu_ends_room))
		return -ENOMEM;
	behind = join->nr_cpus++ - at;
	memmove(join->cpus + at + 1, join->cpus + at, behind * sizeof(*join->cpus));
	memmove(join->weighers + at + 1, join->weighers + at, behind * sizeof(*join->weighers));
	memmove(join->cpu_ends + at + 1, join->cpu_ends + at, behind * sizeof(*join->cpu_ends));
	join->cpus[at] = cpu;
	join->cpu_ends[at] = 0;
	gt_weigher_init(&join->weighers[at], join->info->period, *join->info->trigger);
	return at;
}

static void free_cpus(struct gt_join *join)
{
	for (size_t i = 0; join->weighers && i < join->nr_cpus; i++)
		gt_weigher_free(&join->weighers[i]);
	free(join->weighers);
	free(join->cpu_ends);
	join->weighers = NULL;
	join->cpu_ends = NULL;
}

/* What was known of what changes, when part of the file is missing. */
static void forget(struct gt_join *join)
{
	gt_goroutines_forget(&join->goroutines);
	for (size_t i = 0; i < join->nr_cpus; i++)
		gt_weigher_gap(&join->weighers[i]);
}

static int take_chunk(struct gt_join *join, struct events *events, const struct gt_chunk *chunk)
{
	int64_t at;

	if (chunk->gap)
		forget(join);
	switch (chunk->type) {
	case GT_CHUNK_MAPS:
		return take_events(join, events, -1);
	case GT_CHUNK_FILES:
		return take_files(join);
	case GT_CHUNK_GO:
		return take_programs(join);
	case GT_CHUNK_LOOK:
		return gt_goroutines_look(&join->goroutines, join->rec);
	case GT_CHUNK_EVENTS:
		at = note_cpu(join, chunk->cpu);
		return at < 0 ? at : take_events(join, events, at);
	case GT_CHUNK_STANDING:
		join->standing = true;
		at = note_cpu(join, chunk->cpu);
		return at < 0 ? at : 0;
	case GT_CHUNK_SAMPLES:
		join->samples += chunk->count;
		at = note_cpu(join, chunk->cpu);
		if (at >= 0)
			join->stores += gt_weigher_skip(&join->weighers[at], chunk->count);
		return at < 0 ? at : 0;
	case GT_CHUNK_KERNEL:
		return take_kernel(join);
	case GT_CHUNK_FINISH:
		return take_totals(join);
	case GT_CHUNK_PROBES:
		return take_probes(join);
	case GT_CHUNK_STRANGERS:
		return take_strangers(join);
	case GT_CHUNK_VDSO:
		return take_vdso(join);
	case GT_CHUNK_INFO:
		break;
	}
	return 0;
}

/* A lone look at a Go program is believed for so long: twice the usual distance of looks. */
#define REACH_MS 20

static void settle_clock(struct gt_join *join)
{
	uint64_t khz = join->info->tsc_khz, ns;

	gt_clock_settle(&join->clock, khz);
	/* Without a frequency: ticks of the whole recording over its time. */
	ns = gt_clock_span_ns(&join->clock, join->first_tsc, join->last_tsc);
	if (!khz && ns >= 1000000)
		khz = (join->last_tsc - join->first_tsc) / (ns / 1000000);
	join->goroutines.reach = khz ? khz * REACH_MS : UINT64_MAX;
}

/*
 * A recording that ended well has all there was. The flight recorder tells what it had when it wrote; a recorder that
 * was killed had read each CPU up to another moment.
 */
static void settle_end(struct gt_join *join)
{
	join->known_tsc = join->last_tsc;
	if (join->info->until_tsc) {
		join->known_tsc = join->info->until_tsc;
		return;
	}
	for (size_t i = 0; i < join->nr_cpus && (!join->finished || *join->info->trigger); i++)
		if (join->cpu_ends[i] && join->cpu_ends[i] < join->known_tsc)
			join->known_tsc = join->cpu_ends[i];
}

static int pass_1(struct gt_join *join)
{
	struct events events = {};
	struct gt_chunk chunk;
	int err;

	while ((err = gt_recording_next(join->rec, GT_CHUNKS_ALL, &chunk)) > 0) {
		err = take_chunk(join, &events, &chunk);
		if (err == -EBADMSG) {
			join->nonsense++;
			err = 0;
		}
		if (err)
			break;
	}
	if (!err)
		err = tell_tasks(join, &events);
	if (!err)
		settle_clock(join);
	settle_end(join);
	free_cpus(join);
	free(events.all);
	free(events.bytes);
	return err;
}

int gt_join_open(const char *path, const char *root, struct gt_join **out)
{
	struct gt_join *join = calloc(1, sizeof(*join));
	int err = -ENOMEM;

	if (!join)
		return err;
	join->path = strdup(path);
	if (!join->path)
		goto err_close;
	err = gt_symbols_init(&join->symbols, root);
	if (!err)
		err = gt_recording_open(path, &join->rec);
	if (err)
		goto err_close;
	join->info = gt_recording_info(join->rec);
	err = pass_1(join);
	if (err)
		goto err_close;
	*out = join;
	return 0;

err_close:
	gt_join_close(join);
	return err;
}

void gt_join_close(struct gt_join *join)
{
	if (!join)
		return;
	gt_hash_free(&join->location_of);
	gt_hash_free(&join->stranger_of);
	free(join->strangers);
	gt_clock_free(&join->clock);
	gt_goroutines_free(&join->goroutines);
	gt_tasks_free(&join->tasks);
	gt_symbols_free(&join->symbols);
	gt_recording_close(join->rec);
	free(join->cpus);
	free(join->path);
	free(join);
}
