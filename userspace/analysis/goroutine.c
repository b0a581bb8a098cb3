// SPDX-License-Identifier: GPL-2.0
#include "analysis/goroutine.h"

#include "go/runtime.h"
#include "lib/array.h"

/* What one look told about one g address. */
enum kind {
	FREE,      /* no goroutine had it */
	DEAD,      /* goid, gopc, startpc of its last one */
	GOROUTINE, /* goid, gopc, startpc */
	M_STACK,   /* g0 or gsignal of thread `tid`, which then ran `curg` */
};

struct state {
	uint32_t look;
	enum kind kind;
	uint32_t tid;
	uint64_t goid, gopc, startpc, curg;
};

struct gt_history {
	uint32_t program;
	struct state *states; /* by look, ascending */
	size_t count, room;
	uint32_t gap; /* + 1, to which `answer` and `tid` belong; 0 = none */
	uint32_t tid;
	struct gt_answer answer;
};

static const struct {
	const char *name, *explain;
} classes[GT_NR_CLASSES] = {
	[GT_CLASS_CERTAIN] = {"certain", "goroutine named by R14; the looks before and after agree on its goid"},
	[GT_CLASS_LIKELY] = {"likely", "goroutine named by R14; only one look knows it, or its g was reused (~)"},
	[GT_CLASS_G0] = {"g0", "scheduler or signal stack; its M ran this goroutine in both looks around (~)"},
	[GT_CLASS_SCHEDULER] = {"scheduler", "scheduler or signal stack, for no goroutine in particular"},
	[GT_CLASS_UNKNOWN_G] = {"unknown-g", "Go code, but no look knows what R14 points to"},
	[GT_CLASS_NOT_GO] = {"not-go", "not Go code"},
	[GT_CLASS_KERNEL] = {"kernel", "kernel code on behalf of the target"},
	[GT_CLASS_OTHER_TASK] = {"other-task", "retired just after a switch to a task that is no target"},
	[GT_CLASS_UNKNOWN_TASK] = {"unknown-task", "task switches are missing here: nobody knows whose"},
};

const char *gt_class_name(enum gt_class class)
{
	return classes[class].name;
}

const char *gt_class_explain(enum gt_class class)
{
	return classes[class].explain;
}

void gt_goroutines_free(struct gt_goroutines *goroutines)
{
	size_t i;

	for (i = 0; i < goroutines->nr_programs; i++) {
		free(goroutines->programs[i].version);
		free(goroutines->programs[i].path);
		free(goroutines->programs[i].bounds);
		free(goroutines->programs[i].base);
		free(goroutines->programs[i].words);
	}
	for (i = 0; i < goroutines->nr_histories; i++)
		free(goroutines->histories[i].states);
	free(goroutines->programs);
	free(goroutines->histories);
	free(goroutines->goroutines);
	gt_hash_free(&goroutines->by_address);
	gt_hash_free(&goroutines->by_goid);
	*goroutines = (struct gt_goroutines){};
}

int gt_goroutines_program(struct gt_goroutines *goroutines, const struct gt_go *go)
{
	struct gt_program program = {.tgid = go->tgid, .from = go->tsc};

	/* goroutines[0] stands for none. */
	if (!goroutines->nr_goroutines) {
		if (gt_array_room(&goroutines->goroutines, 0, &goroutines->goroutines_room))
			return -ENOMEM;
		goroutines->goroutines[goroutines->nr_goroutines++] = (struct gt_goroutine){};
	}
	if (gt_array_room(&goroutines->programs, goroutines->nr_programs, &goroutines->programs_room))
		return -ENOMEM;
	program.version = strdup(go->version);
	program.path = strdup(go->path);
	if (!program.version || !program.path) {
		free(program.version);
		free(program.path);
		return -ENOMEM;
	}
	goroutines->programs[goroutines->nr_programs++] = program;
	return 0;
}

uint32_t gt_goroutines_at(const struct gt_goroutines *goroutines, uint32_t tgid, uint64_t tsc, uint64_t *until)
{
	uint64_t began = 0;
	uint32_t found = 0;
	size_t i;

	/*
	 * A process is known to be Go a moment after it began to be: what it did before the first such moment is
	 * taken to be the same program's.
	 */
	*until = UINT64_MAX;
	for (i = 0; i < goroutines->nr_programs; i++) {
		const struct gt_program *program = &goroutines->programs[i];

		if (program->tgid != tgid)
			continue;
		if (!found || (program->from <= tsc && program->from >= began)) {
			found = i + 1;
			began = program->from;
		} else if (program->from > tsc && program->from < *until) {
			*until = program->from;
		}
	}
	return found;
}

int gt_goroutines_probes(struct gt_goroutines *goroutines, const struct gt_probes *probes)
{
	size_t refusal_bytes = strlen(probes->refusal) + 1, reason_bytes, i;
	const char *end = probes->reasons, *at;
	struct gt_program *program = NULL;

	for (i = 0; i < goroutines->nr_programs; i++)
		if (goroutines->programs[i].tgid == probes->tgid && goroutines->programs[i].from == probes->tsc)
			program = &goroutines->programs[i];
	if (!program) {
		goroutines->refused++;
		return 0;
	}
	for (i = 0; i < probes->nr_reasons; i++)
		end += strlen(end) + 1;
	reason_bytes = end - probes->reasons;
	/* The recorder may learn later that its probes do not fit: the last word counts. */
	free(program->words);
	memset(program->reasons, 0, sizeof(program->reasons));
	program->probed = false;
	program->words = malloc(refusal_bytes + reason_bytes);
	if (!program->words)
		return -ENOMEM;
	memcpy(program->words, probes->refusal, refusal_bytes);
	memcpy(program->words + refusal_bytes, probes->reasons, reason_bytes);
	at = program->words + refusal_bytes;
	for (i = 0; i < probes->nr_reasons && i < GT_WAIT_REASONS_MAX; i++, at += strlen(at) + 1)
		program->reasons[i] = *at || !i ? at : NULL;
	program->probed = true;
	program->refused = *probes->refusal;
	program->planted = probes->planted;
	return 0;
}

static struct gt_history *history(struct gt_goroutines *goroutines, uint32_t program, uint64_t g)
{
	uint64_t *at = gt_hash_at(&goroutines->by_address, program, g);

	if (!at)
		return NULL;
	if (!*at) {
		if (gt_array_room(&goroutines->histories, goroutines->nr_histories, &goroutines->histories_room))
			return NULL;
		goroutines->histories[goroutines->nr_histories++] = (struct gt_history){.program = program};
		*at = goroutines->nr_histories;
	}
	return &goroutines->histories[*at - 1];
}

static int remember(struct gt_goroutines *goroutines, uint32_t program, uint64_t g, const struct state *state)
{
	struct gt_history *of = history(goroutines, program, g);

	if (!of || gt_array_room(&of->states, of->count, &of->room))
		return -ENOMEM;
	/* Of two lines in one look the later one, that of the thread, knows better. */
	if (of->count && of->states[of->count - 1].look == state->look)
		of->count--;
	of->states[of->count++] = *state;
	return 0;
}

/* Enters the look's place in time and returns its number; looks of one program follow each other. */
static int64_t begin_look(struct gt_program *program, const struct gt_look *look)
{
	size_t number = program->nr_bounds / 2;
	const uint64_t *last = number ? &program->bounds[program->nr_bounds - 2] : NULL;

	/* A long look comes in several chunks. */
	if (last && look->tsc_begin == last[0] && look->tsc_end == last[1])
		return number - 1;
	if (look->tsc_end < look->tsc_begin || (last && look->tsc_begin < last[1]))
		return -EINVAL;
	if (gt_array_room(&program->bounds, program->nr_bounds + 1, &program->bounds_room) ||
	    gt_array_room(&program->base, number, &program->base_room))
		return -ENOMEM;
	program->bounds[program->nr_bounds++] = look->tsc_begin;
	program->bounds[program->nr_bounds++] = look->tsc_end;
	program->base[number] = look->complete || program->forget || !number ? number : program->base[number - 1];
	program->forget = false;
	return number;
}

void gt_goroutines_forget(struct gt_goroutines *goroutines)
{
	size_t i;

	for (i = 0; i < goroutines->nr_programs; i++)
		goroutines->programs[i].forget = true;
}

static int read_goroutines(struct gt_goroutines *goroutines, struct gt_recording *rec, uint32_t program, uint32_t look)
{
	struct gt_look_goroutine line;
	int err;

	while ((err = gt_chunk_goroutine(rec, &line)) > 0) {
		struct state state = {.look = look, .goid = line.goid, .gopc = line.gopc, .startpc = line.startpc};

		if (line.goid && line.status == GT_GO_DEAD)
			state.kind = DEAD;
		else if (line.goid && line.status != GT_GO_DEADEXTRA && line.status != GT_GO_IDLE)
			state.kind = GOROUTINE;
		err = remember(goroutines, program, line.g, &state);
		if (err)
			return err;
	}
	return err;
}

static int read_threads(struct gt_goroutines *goroutines, struct gt_recording *rec, uint32_t program, uint32_t look)
{
	struct gt_look_thread line;
	int err;

	while ((err = gt_chunk_thread(rec, &line)) > 0) {
		struct state state = {
			.look = look, .kind = line.tid ? M_STACK : FREE, .tid = line.tid, .curg = line.curg};

		err = remember(goroutines, program, line.g0, &state);
		if (!err && line.gsignal)
			err = remember(goroutines, program, line.gsignal, &state);
		if (err)
			return err;
	}
	return err;
}

int gt_goroutines_look(struct gt_goroutines *goroutines, struct gt_recording *rec)
{
	struct gt_look look;
	uint32_t program;
	uint64_t until;
	int64_t number;
	int err = gt_chunk_look(rec, &look);

	if (err <= 0)
		return err;
	program = gt_goroutines_at(goroutines, look.tgid, look.tsc_begin, &until);
	if (!program) {
		goroutines->refused++;
		return 0;
	}
	number = begin_look(&goroutines->programs[--program], &look);
	if (number == -EINVAL) {
		goroutines->refused++;
		return 0;
	}
	err = number < 0 ? number : 0;
	if (!err)
		err = read_goroutines(goroutines, rec, program, number);
	if (!err)
		err = read_threads(goroutines, rec, program, number);
	return err;
}

/* How far from the first or last look, that of bounds[at] and the next, its word is taken. */
static uint64_t reach_of(const struct gt_goroutines *goroutines, const struct gt_program *of, size_t at,
			 size_t neighbour)
{
	uint64_t apart = 0;

	if (neighbour < of->nr_bounds)
		apart = at < neighbour ? of->bounds[neighbour] - of->bounds[at + 1]
				       : of->bounds[at] - of->bounds[neighbour + 1];
	return apart > goroutines->reach ? apart : goroutines->reach;
}

static uint32_t gap_before_first(const struct gt_goroutines *goroutines, const struct gt_program *of, uint64_t tsc,
				 uint64_t *until)
{
	uint64_t reach = reach_of(goroutines, of, 0, 2);

	*until = of->bounds[0];
	if (of->bounds[0] - tsc <= reach)
		return 0;
	*until -= reach;
	return GT_GAP_FAR;
}

static uint32_t gap_after_last(const struct gt_goroutines *goroutines, const struct gt_program *of, uint64_t tsc,
			       uint64_t *until)
{
	size_t last = of->nr_bounds - 2;
	uint64_t reach = reach_of(goroutines, of, last, last - 2), end = of->bounds[last + 1];

	*until = UINT64_MAX;
	if (tsc - end > reach)
		return GT_GAP_FAR;
	if (end < UINT64_MAX - reach)
		*until = end + reach + 1;
	return of->nr_bounds;
}

uint32_t gt_goroutines_gap(const struct gt_goroutines *goroutines, uint32_t program, uint64_t tsc, uint64_t *until)
{
	const struct gt_program *of = &goroutines->programs[program];
	size_t low = 0, high = of->nr_bounds;

	*until = UINT64_MAX;
	if (!of->nr_bounds)
		return GT_GAP_FAR;
	/* The number of bounds that are not after tsc. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (of->bounds[middle] <= tsc)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return gap_before_first(goroutines, of, tsc, until);
	if (low == of->nr_bounds)
		return gap_after_last(goroutines, of, tsc, until);
	*until = of->bounds[low];
	return low;
}

/* What look number `look` knew of a g, from its own list or an earlier one. NULL: no such look, or it knew nothing. */
static const struct state *seen(const struct gt_goroutines *goroutines, const struct gt_history *of, int64_t look)
{
	const struct gt_program *program = &goroutines->programs[of->program];
	size_t low = 0, high = of->count;

	if (look < 0 || look >= (int64_t)program->nr_bounds / 2)
		return NULL;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (of->states[middle].look <= look)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || of->states[low - 1].look < program->base[look] || of->states[low - 1].kind == FREE)
		return NULL;
	return &of->states[low - 1];
}

/* The goroutine's own number; `anonymous` tells goroutines apart whose goid is not known. */
static int number(struct gt_goroutines *goroutines, uint32_t program, const struct state *state, uint64_t anonymous,
		  uint32_t *out)
{
	uint64_t *at = gt_hash_at(&goroutines->by_goid, program, anonymous ? anonymous | 1ull << 63 : state->goid);

	if (!at)
		return -ENOMEM;
	if (!*at) {
		if (gt_array_room(&goroutines->goroutines, goroutines->nr_goroutines, &goroutines->goroutines_room))
			return -ENOMEM;
		*at = goroutines->nr_goroutines;
		goroutines->goroutines[goroutines->nr_goroutines++] =
			(struct gt_goroutine){.program = program,
					      .goid = anonymous ? 0 : state->goid,
					      .startpc = state->startpc,
					      .gopc = state->gopc};
	}
	*out = *at;
	return 0;
}

static int64_t look_before(uint32_t gap)
{
	return (int64_t)(gap / 2) - 1;
}

static int64_t look_after(uint32_t gap)
{
	return (int64_t)(gap / 2) + gap % 2;
}

/*
 * On an M's own stack. The look names the goroutine that M ran at that moment only; when both looks name the same one
 * it is the best there is, and still not certain.
 */
static int on_m_stack(struct gt_goroutines *goroutines, uint32_t program, uint32_t gap, uint32_t tid,
		      const struct state *before, const struct state *after, struct gt_answer *answer)
{
	const struct state *one = before ? before : after;
	uint64_t at;

	/* R14 points to another thread's stack: not a live R14. */
	if (one->tid != tid || (after && after->tid != tid))
		return 0;
	answer->class = GT_CLASS_SCHEDULER;
	if (!before || !after || !before->curg || before->curg != after->curg)
		return 0;
	at = gt_hash_get(&goroutines->by_address, program, before->curg);
	if (!at)
		return 0;
	before = seen(goroutines, &goroutines->histories[at - 1], look_before(gap));
	after = seen(goroutines, &goroutines->histories[at - 1], look_after(gap));
	if (!before || !after || before->kind != GOROUTINE || after->kind != GOROUTINE || before->goid != after->goid)
		return 0;
	answer->class = GT_CLASS_G0;
	return number(goroutines, program, before, 0, &answer->goroutine);
}

/*
 * A g that died before the sample ran nothing then. One that is dead in the look after still tells who had it last, and
 * when that is who had it before, nobody else had it in between.
 */
static int on_goroutine(struct gt_goroutines *goroutines, uint32_t program, const struct gt_history *of,
			const struct state *before, const struct state *after, struct gt_answer *answer)
{
	const struct state *one;
	uint64_t anonymous = 0;

	if (before && before->kind == DEAD) {
		if (!after || after->goid == before->goid)
			return 0;
		before = NULL;
	}
	one = before ? before : after;
	answer->class = GT_CLASS_LIKELY;
	if (before && after && before->goid == after->goid) {
		answer->class = GT_CLASS_CERTAIN;
	} else if (before && after) {
		/* Reused in between. What both were made by is likely what a third in between was made by. */
		if (before->startpc != after->startpc || before->gopc != after->gopc) {
			answer->class = GT_CLASS_UNKNOWN_G;
			return 0;
		}
		anonymous = (uint64_t)(of - goroutines->histories) << 32 | (uint64_t)(before - of->states + 1);
	}
	return number(goroutines, program, one, anonymous, &answer->goroutine);
}

int gt_goroutines_ask(struct gt_goroutines *goroutines, uint32_t program, uint32_t gap, uint64_t r14, uint32_t tid,
		      struct gt_answer *answer)
{
	uint64_t at = gt_hash_get(&goroutines->by_address, program, r14);
	const struct state *before, *after;
	struct gt_history *of;
	int err = 0;

	*answer = (struct gt_answer){.class = GT_CLASS_UNKNOWN_G};
	if (!at || gap == GT_GAP_FAR)
		return 0;
	of = &goroutines->histories[at - 1];
	if (of->gap == gap + 1 && of->tid == tid) {
		*answer = of->answer;
		return 0;
	}
	before = seen(goroutines, of, look_before(gap));
	after = seen(goroutines, of, look_after(gap));
	if ((!before && !after) || (before && after && (before->kind == M_STACK) != (after->kind == M_STACK)))
		err = 0;
	else if ((before ? before : after)->kind == M_STACK)
		err = on_m_stack(goroutines, program, gap, tid, before, after, answer);
	else
		err = on_goroutine(goroutines, program, of, before, after, answer);
	if (!err) {
		of->gap = gap + 1;
		of->tid = tid;
		of->answer = *answer;
	}
	return err;
}
