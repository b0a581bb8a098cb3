// SPDX-License-Identifier: GPL-2.0
#include "analysis/park_profile.h"

#include <emmintrin.h>
#include <errno.h>
#include <stdio.h>

#include "analysis/cell.h"
#include "go/binary.h"
#include "go/park_store.h"
#include "go/wait_reasons.h"
#include "lib/array.h"

/* A location's instruction in `stores`, which holds no 0: bit 32, the kind, the offset of waitreason. */
#define LOOKED_AT (1ull << 32)
#define UNREAD    0xff /* a kind beyond enum gt_go_park_store: the program's file gives no names */

/* Before the period has changed so often, it may have kept step with a loop for much of the time. */
#define CHANGES_LEAST 16

void gt_park_profile_free(struct gt_park_profile *profile)
{
	gt_hash_free(&profile->index);
	gt_hash_free(&profile->stores);
	gt_hash_free(&profile->reasons);
	free(profile->rows);
	*profile = (struct gt_park_profile){};
}

double gt_park_profile_error(uint64_t samples)
{
	/* The processor's own square root: nothing else here needs libm. */
	return samples ? 1 / _mm_cvtsd_f64(_mm_sqrt_pd(_mm_set_sd(samples))) : 0;
}

bool gt_park_profile_by_chance(const struct gt_park_profile *profile)
{
	return profile->join->info->jitter && profile->join->changes >= CHANGES_LEAST;
}

double gt_park_profile_rate(const struct gt_park_profile *profile, uint64_t parks)
{
	return profile->span_ns ? parks / (profile->span_ns / 1e9) : 0;
}

static uint64_t study(const struct gt_join *join, const struct gt_item *item)
{
	const struct gt_location *at = &join->symbols.locations[item->location];
	const struct gt_object *object = &join->symbols.objects[at->object];
	const char *program = join->goroutines.programs[item->program - 1].path;
	unsigned int kind = GT_GO_STORE_OTHER;
	uint16_t offset = 0;

	if (object->go && at->code == GT_CODE_GO)
		kind = gt_go_park_store(object->go, at->address, &offset);
	else if (!object->elf && !strcmp(gt_symbols_text(&join->symbols, object->path), program))
		kind = UNREAD;
	return LOOKED_AT | kind << 16 | offset;
}

/* Whether this sample is a park whose reason can be told; counts those whose cannot. 1, 0, -ENOMEM. */
static int is_park(struct gt_park_profile *profile, const struct gt_item *item)
{
	const struct gt_sample *sample = item->sample;
	uint64_t into = sample->addr - sample->regs[GT_REG_R14], *store;

	/* What is no store into the own g needs no look at its code. */
	if (!item->program || (sample->fields & GT_FIELDS_OWN_G) != GT_FIELDS_OWN_G || into >= GT_OWN_G_BYTES)
		return 0;
	store = gt_hash_at(&profile->stores, item->location, 0);
	if (!store)
		return -ENOMEM;
	if (!*store)
		*store = study(profile->join, item);
	switch (*store >> 16 & 0xff) {
	case GT_GO_STORE_REASON:
		return into == (*store & 0xffff);
	case GT_GO_STORE_COPY:
		profile->copies += into == (*store & 0xffff);
		return 0;
	case GT_GO_STORE_UNKNOWN:
		profile->unknown++;
		return 0;
	case UNREAD:
		profile->unread++;
		return 0;
	}
	return 0;
}

/* The recording's own words, else those of the binary, which fall back to those of its release. */
static int64_t words(struct gt_join *join, const struct gt_item *item, uint8_t reason)
{
	const struct gt_program *program = &join->goroutines.programs[item->program - 1];
	const struct gt_location *at = &join->symbols.locations[item->location];
	struct gt_go_wait_reasons reasons = {};
	const char *text = program->reasons[reason];
	char number[32];

	_Static_assert(GT_WAIT_REASONS_MAX > UINT8_MAX, "any byte is an index");
	if (!text && !gt_go_binary_wait_reasons(join->symbols.objects[at->object].go, &reasons) &&
	    reason < reasons.count)
		text = reasons.texts[reason];
	if (!text || !*text) {
		snprintf(number, sizeof(number), "(reason %u)", reason);
		text = number;
	}
	return gt_strings_id(&join->symbols.strings, text);
}

static int64_t reason_of(struct gt_park_profile *profile, const struct gt_item *item)
{
	uint8_t reason = (uint8_t)item->sample->regs[GT_REG_CX];
	uint64_t *known = gt_hash_at(&profile->reasons, item->program, reason);
	int64_t id;

	if (!known)
		return -ENOMEM;
	if (!*known) {
		id = words(profile->join, item, reason);
		if (id < 0)
			return id;
		*known = id + 1;
	}
	return *known - 1;
}

static int name_goroutine(struct gt_park_profile *profile, const struct gt_item *item, struct gt_park_row *row)
{
	struct gt_join *join = profile->join;
	int64_t function, creator, site;
	char text[GT_CELL_BYTES];

	row->goroutine = item->goroutine;
	function = gt_strings_id(&join->symbols.strings, gt_cell_goroutine(join, item->goroutine, item->class, text));
	site = item->goroutine == GT_NO_GOROUTINE ? -ENOENT : gt_cell_creator_site(join, item->goroutine);
	if (function == -ENOMEM || site == -ENOMEM)
		return -ENOMEM;
	creator = gt_strings_id(&join->symbols.strings, site < 0 ? "-" : gt_cell_line(join, site, text));
	if (creator < 0)
		return creator;
	row->function = function;
	row->creator = creator;
	return 0;
}

static uint64_t *slot_of(struct gt_park_profile *profile, const struct gt_item *item, struct gt_park_row *row)
{
	switch (profile->by) {
	case GT_PARKS_BY_KIND:
		return gt_hash_at(&profile->index, (uint64_t)row->reason << 32 | row->function, row->creator);
	case GT_PARKS_BY_REASON:
		return gt_hash_at(&profile->index, row->reason, 0);
	case GT_PARKS_BY_FUNCTION:
		return gt_hash_at(&profile->index, row->function, row->creator);
	case GT_PARKS_BY_GOROUTINE:
		return gt_hash_at(&profile->index, row->goroutine, row->function);
	case GT_PARKS_BY_LOCK:
		break;
	}
	/* An address means something in its process alone. */
	return gt_hash_at(&profile->index, (uint64_t)row->reason << 32 | item->program, row->lock);
}

static int add(struct gt_park_profile *profile, const struct gt_item *item)
{
	struct gt_park_row row = {.lock = item->sample->regs[GT_REG_BX]}, *to;
	int64_t reason = reason_of(profile, item);
	uint64_t *at;
	int err;

	if (reason < 0)
		return reason;
	row.reason = reason;
	err = name_goroutine(profile, item, &row);
	if (err)
		return err;
	at = slot_of(profile, item, &row);
	if (!at || gt_array_room(&profile->rows, profile->count, &profile->room))
		return -ENOMEM;
	if (!*at) {
		profile->rows[profile->count++] = row;
		*at = profile->count;
	}
	to = &profile->rows[*at - 1];
	to->samples++;
	to->parks += item->weight;
	to->certain += item->class == GT_CLASS_CERTAIN;
	profile->samples++;
	profile->parks += item->weight;
	return 0;
}

static int by_parks(const void *a, const void *b, void *data)
{
	const struct gt_park_row *left = a, *right = b;
	const struct gt_symbols *symbols = data;
	int order;

	if (left->parks != right->parks)
		return left->parks > right->parks ? -1 : 1;
	order = strcmp(gt_symbols_text(symbols, left->reason), gt_symbols_text(symbols, right->reason));
	if (!order)
		order = strcmp(gt_symbols_text(symbols, left->function), gt_symbols_text(symbols, right->function));
	if (!order)
		order = strcmp(gt_symbols_text(symbols, left->creator), gt_symbols_text(symbols, right->creator));
	if (!order)
		order = (left->goroutine > right->goroutine) - (left->goroutine < right->goroutine);
	return order ? order : (left->lock > right->lock) - (left->lock < right->lock);
}

int gt_park_profile_find(struct gt_park_profile *profile, struct gt_join *join)
{
	struct gt_stream *stream;
	struct gt_item item;
	int ret;

	profile->join = join;
	if ((join->info->fields & GT_FIELDS_OWN_G) != GT_FIELDS_OWN_G || join->info->flags & GTRACE_F_NO_SAMPLES)
		return -ENODATA;
	profile->span_ns = gt_clock_span_ns(&join->clock, join->first_tsc, join->last_tsc);
	ret = gt_filter_stream(profile->filter, join, GT_ORDER_CPU, &stream);
	if (ret)
		return ret;
	while ((ret = gt_stream_next(stream, &item)) > 0) {
		if (item.kind != GT_ITEM_SAMPLE || !gt_filter_wants(profile->filter, &item))
			continue;
		ret = is_park(profile, &item);
		if (ret > 0)
			ret = add(profile, &item);
		if (ret < 0)
			break;
	}
	gt_stream_close(stream);
	if (!ret && profile->count)
		qsort_r(profile->rows, profile->count, sizeof(*profile->rows), by_parks, &join->symbols);
	return ret;
}
