// SPDX-License-Identifier: GPL-2.0
/*
 * Structures that cross an ioctl: good ones with a few fields replaced, in sizes that are not theirs, in memory that is
 * read-only, ends too early or is not there.
 */
#include "fuzz.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "client.h"

/*
 * The arena: | read-write | read-write | nothing | read-only | nothing |, a page each. Its alias shows the same memory and
 * can be written everywhere.
 */
enum { ARENA_PAGES = 5 };

void fuzz_structures_init(struct fuzzer *fuzzer)
{
	int fd = memfd_create("arena", 0);

	if (fd < 0 || ftruncate(fd, ARENA_PAGES * PAGE))
		client_die("memfd_create");
	fuzzer->arena = mmap(NULL, ARENA_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	fuzzer->arena_alias = mmap(NULL, ARENA_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fuzzer->arena == MAP_FAILED || fuzzer->arena_alias == MAP_FAILED ||
	    mprotect(fuzzer->arena + 2 * PAGE, PAGE, PROT_NONE) || mprotect(fuzzer->arena + 3 * PAGE, PAGE, PROT_READ) ||
	    mprotect(fuzzer->arena + 4 * PAGE, PAGE, PROT_NONE))
		client_die("the arena");
	close(fd);
}

/* ---- where it lies and how long it says that it is ----------------------------------------------------------------- */

/* A structure on its way: `image` is what the caller means, `want` bytes of it are filled by the caller. */
struct letter {
	union {
		uint8_t image[2 * PAGE];
		uint32_t size;
		struct gtrace_caps caps;
		struct gtrace_config config;
		struct gtrace_probe probe;
	};
	void *at;		/* where the kernel is told that it lies */
	size_t readable;	/* bytes of it */
	bool writable;
};

static uint32_t choose_size(struct fuzzer *f, uint32_t right)
{
	const uint32_t odd[] = { 0, 1, 7, 8, 9, right - 8, right - 1, right + 1, right + 8, 2 * right, PAGE - 1, PAGE, PAGE + 1,
				 1u << 31, UINT_MAX };

	return fuzz_random(f, 4) ? right : fuzz_one_of(f, odd);
}

/* Puts it into memory, mostly a good place. */
static void post(struct fuzzer *f, struct letter *letter)
{
	size_t bytes = letter->size < 8 ? 8 : letter->size > PAGE ? PAGE : letter->size;
	size_t begin = 0;

	letter->writable = true;
	switch (fuzz_random(f, 24)) {
	case 0:		/* ends where nothing begins */
		begin = 2 * PAGE - bytes;
		break;
	case 1:		/* ends behind it */
		begin = 2 * PAGE - fuzz_random(f, bytes);
		break;
	case 2:		/* in two pages */
		begin = PAGE - fuzz_random(f, bytes);
		break;
	case 3:
		begin = 3 * PAGE;
		letter->writable = false;
		break;
	case 4:		/* not aligned */
		begin = 1 + fuzz_random(f, 7);
		break;
	case 5: {
		static const uint64_t nowhere[] = { 0, 1, PAGE - 4, 0x7ffffffff000, 0x800000000000, 0xffff888000000000, 0xffffffff81000000,
						    ~0ull, ~0ull - 3 };

		letter->at = (void *)fuzz_one_of(f, nowhere);
		letter->readable = 0;
		letter->writable = false;
		return;
	}
	}
	letter->at = f->arena + begin;
	letter->readable = begin >= 3 * PAGE ? PAGE : 2 * PAGE - begin;
	memcpy(f->arena_alias + begin, letter->image, bytes < letter->readable ? bytes : letter->readable);
}

/*
 * Faults of size and memory. What a shorter structure does not say is zero: the image is cut to what the kernel makes
 * of it.
 */
static answers copying(struct letter *letter, size_t right, bool out)
{
	answers faults = { 0 };
	uint32_t size = letter->size;

	if (letter->readable < sizeof(size))
		return answer(EFAULT);
	if (size < 8)
		return answer(EINVAL);
	if (size > PAGE)
		return answer(E2BIG);
	if (letter->readable < size || (out && !letter->writable))
		faults = also(faults, answer(EFAULT));
	for (size_t i = right; i < size; i++)
		if (letter->image[i])
			faults = also(faults, answer(E2BIG));
	if (size < right)
		memset(letter->image + size, 0, right - size);
	return faults;
}

/* What lies behind a structure: mostly nothing. */
static void tail(struct fuzzer *f, struct letter *letter, size_t right)
{
	memset(letter->image + right, 0, sizeof(letter->image) - right);
	if (!fuzz_random(f, 4))
		letter->image[right + (fuzz_random(f, 2) ? 0 : fuzz_random(f, PAGE - right))] = 1;
}

struct field {
	uint16_t offset, bytes;
};

#define FIELD(type, field)	{ offsetof(type, field), sizeof(((type *)0)->field) }

static void mutate(struct fuzzer *f, uint8_t *image, const struct field *field)
{
	static const uint64_t odd[] = { 0, 1, 2, 7, 8, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff,
					0x7fffffffffffffff, 0x8000000000000000, ~0ull };
	uint64_t value = 0;

	memcpy(&value, image + field->offset, field->bytes);
	switch (fuzz_random(f, 5)) {
	case 0:
		value = fuzz_one_of(f, odd);
		break;
	case 1:
		value ^= 1ull << fuzz_random(f, field->bytes * 8);
		break;
	case 2:
		value += fuzz_random(f, 2) ? 1 : -1;
		break;
	case 3:
		value = f->random >> fuzz_random(f, 64);
		break;
	case 4:
		value <<= 1;
	}
	memcpy(image + field->offset, &value, field->bytes);
}

/* ---- QUERY --------------------------------------------------------------------------------------------------------- */

void fuzz_query(struct fuzzer *f)
{
	struct session *session = fuzz_session(f, STARTED);
	struct letter letter = { 0 };
	answers faults;

	tail(f, &letter, sizeof(letter.caps));
	letter.size = choose_size(f, sizeof(letter.caps));
	post(f, &letter);
	faults = copying(&letter, sizeof(letter.caps), true);
	if (fuzz_answered(f, QUERY, ioctl(session->fd, GTRACE_IOC_QUERY, letter.at), faults) &&
	    *(uint32_t *)letter.at != sizeof(letter.caps))
		fuzz_wrong(f, "QUERY tells a size of %u", *(uint32_t *)letter.at);
}

/* ---- CONFIG -------------------------------------------------------------------------------------------------------- */

static struct gtrace_config good_config(struct fuzzer *f)
{
	static const uint32_t samples[] = { 4 * PAGE, 5 * PAGE, 16 * PAGE, 64 * PAGE }, events[] = { PAGE, 2 * PAGE, 16 * PAGE };
	static const uint64_t periods[] = { 16, 17, 97, 997, 100003 };
	struct gtrace_config config = client_config(f->world->target);

	config.flags = fuzz_random(f, 2) ? 0 : fuzz_random(f, GTRACE_F_NO_SAMPLES << 1);
	if (!(config.flags & GTRACE_F_KERNEL))
		config.flags &= ~GTRACE_F_NO_USER;
	if (!fuzz_random(f, 8)) {
		config.target = GTRACE_TARGET_ALL;
		config.flags &= ~(GTRACE_F_INHERIT | GTRACE_F_ENABLE_ON_EXEC);
	}
	config.period = fuzz_one_of(f, periods);
	config.data = fuzz_random(f, 16) & f->world->caps.data_supported;
	config.sample_bytes = fuzz_one_of(f, samples);
	config.event_bytes = fuzz_one_of(f, events);
	config.watermark = fuzz_random(f, 2) ? 0 : fuzz_random(f, config.sample_bytes + 1);
	config.overhead = fuzz_random(f, 2) ? 0 : fuzz_random(f, 1001);
	if (config.period > 97 && !(config.flags & GTRACE_F_NO_SAMPLES) && fuzz_random(f, 2))
		config.jitter = fuzz_random(f, GTRACE_JITTER_MAX + 1);
	return config;
}

static void mutate_config(struct fuzzer *f, struct gtrace_config *config)
{
	static const struct field fields[] = {
#define C(field)	FIELD(struct gtrace_config, field)
		C(flags), C(count), C(period), C(data), C(watermark), C(sample_bytes), C(event_bytes), C(overhead), C(jitter),
		C(reserved), C(record_size), C(sample_slots), C(sample_map_bytes), C(target_tgid),
#undef C
	};
	const int targets[] = { 0, -2, INT_MIN, INT_MAX, 999999, 1, 2, getpid() };

	switch (fuzz_random(f, 10)) {
	case 0:
	case 1:
		config->target = fuzz_one_of(f, targets);
		break;
	case 2:
	case 3:
		config->data = fuzz_random(f, 16);
		break;
	case 4:
		config->sample_bytes = 1u << 30;
		break;
	default:
		mutate(f, (uint8_t *)config, &fuzz_one_of(f, fields));
	}
	/* Memory that is there takes long to clear: of large numbers those that are too large are enough. */
	if (config->sample_bytes > 256 * PAGE && config->sample_bytes <= 1u << 30)
		config->sample_bytes = 1u << 30;
	if (config->event_bytes > 256 * PAGE && config->event_bytes < 1u << 26)
		config->event_bytes = 256 * PAGE;
}

/* What CONFIG documents, over again. */
static answers config_faults(const struct world *w, const struct gtrace_config *c)
{
	const uint32_t flags = GTRACE_F_KERNEL | GTRACE_F_NO_USER | GTRACE_F_INHERIT | GTRACE_F_ENABLE_ON_EXEC | GTRACE_F_WAKES |
			       GTRACE_F_BRANCHES | GTRACE_F_NO_SAMPLES;
	const uint32_t data = GTRACE_DATA_MEM | GTRACE_DATA_GPR | GTRACE_DATA_XMM | GTRACE_DATA_LBR;
	bool all = c->target == GTRACE_TARGET_ALL, in_range = c->period >= w->caps.period_min && c->period <= w->caps.period_max;
	/* Only of a period that is one: others overflow. */
	uint64_t stray = in_range ? c->period * c->jitter / 1000 : 0;
	answers faults = { 0 };

	if ((c->flags & ~flags) || ((c->flags & GTRACE_F_NO_USER) && !(c->flags & GTRACE_F_KERNEL)) ||
	    (all && (c->flags & (GTRACE_F_INHERIT | GTRACE_F_ENABLE_ON_EXEC))) || (!all && c->target <= 0) || c->target == 2 ||
	    c->count != GTRACE_COUNT_STORES || !in_range || (c->data & ~data) || c->watermark > c->sample_bytes ||
	    c->sample_bytes < 4 * PAGE || c->sample_bytes > 1u << 30 || c->sample_bytes % PAGE || c->event_bytes < PAGE ||
	    c->event_bytes > 1u << 26 || (c->event_bytes & (c->event_bytes - 1)) || c->overhead > 1000 ||
	    c->jitter > GTRACE_JITTER_MAX || (c->jitter && (c->flags & GTRACE_F_NO_SAMPLES)) ||
	    (in_range && (c->period - stray < w->caps.period_min || c->period + stray > w->caps.period_max)) || c->reserved)
		faults = also(faults, answer(EINVAL));
	if ((c->data & data & ~w->caps.data_supported) || ((c->flags & GTRACE_F_BRANCHES) && !w->caps.lbr_depth))
		faults = also(faults, answer(EOPNOTSUPP));
	if (c->target == INT_MAX || c->target == 999999)
		faults = also(faults, answer(ESRCH));
	if (c->target == 1 && !w->root)
		faults = also(faults, answer(EPERM));
	if (c->sample_bytes == 1u << 30)
		faults = also(faults, answer(ENOMEM));
	return faults;
}

static void check_config(struct fuzzer *f, const struct gtrace_config *asked, const struct gtrace_config *told)
{
	if (!told->record_size || told->sample_slots != asked->sample_bytes / told->record_size ||
	    told->sample_bytes != told->sample_slots * told->record_size || told->sample_map_bytes != asked->sample_bytes ||
	    told->event_map_bytes != asked->event_bytes || (asked->data & ~told->data) ||
	    (told->data & ~(asked->data | f->world->caps.data_required)))
		fuzz_wrong(f, "CONFIG: %u bytes of %u asked for: %u slots of %u, map %llu; events %u: map %llu; data %#x: %#x",
			   told->sample_bytes, asked->sample_bytes, told->sample_slots, told->record_size,
			   (unsigned long long)told->sample_map_bytes, asked->event_bytes,
			   (unsigned long long)told->event_map_bytes, asked->data, told->data);
}

void fuzz_config(struct fuzzer *f)
{
	struct session *session = fuzz_session(f, NEW);
	struct letter letter = { 0 };
	struct gtrace_config told;
	answers faults;

	letter.config = good_config(f);
	for (uint64_t n = fuzz_random(f, 5); n > 2; n--)
		mutate_config(f, &letter.config);
	tail(f, &letter, sizeof(letter.config));
	letter.size = choose_size(f, sizeof(letter.config));
	post(f, &letter);
	faults = copying(&letter, sizeof(letter.config), true);
	/* Size and memory come first: what they lack nobody reads. */
	if (none(faults) || (letter.readable >= letter.size && letter.size >= 8 && letter.size <= PAGE))
		faults = also(faults, config_faults(f->world, &letter.config));
	if (session->phase != NEW)
		faults = also(faults, answer(EBUSY));
	if (!fuzz_answered(f, CONFIG, ioctl(session->fd, GTRACE_IOC_CONFIG, letter.at), faults))
		return;
	told = letter.config;
	memcpy(&told, letter.at, letter.size < sizeof(told) ? letter.size : sizeof(told));
	/* Answers that found no room in a short structure are not told. */
	if (letter.size >= sizeof(told))
		check_config(f, &letter.config, &told);
	else
		told.sample_map_bytes = letter.config.sample_bytes, told.event_map_bytes = letter.config.event_bytes;
	session->config = told;
	session->target = told.target == f->world->target ? told.target : 0;
	session->probes = 0;
	memset(session->planted, 0, sizeof(session->planted));
	session->phase = CONFIGURED;
}

/* ---- PROBE --------------------------------------------------------------------------------------------------------- */

static struct gtrace_probe good_probe(struct fuzzer *f, const struct session *session)
{
	struct gtrace_probe probe = { .id = 1 + fuzz_random(f, 1000), .fd = f->world->program };

	probe.offset = fuzz_one_of(f, fuzz_sites);
	if (fuzz_random(f, 2)) {
		probe.fd = f->world->filler;
		probe.offset = fuzz_random(f, FILLERS);
	}
	if ((session->config.flags & GTRACE_F_BRANCHES) && fuzz_random(f, 2))
		probe.flags |= GTRACE_PROBE_F_BRANCHES;
	if (!fuzz_random(f, 4))
		probe.flags |= GTRACE_PROBE_F_SHARED;
	probe.nr_fetches = fuzz_random(f, GTRACE_FETCHES_MAX + 1);
	for (unsigned int i = 0; i < probe.nr_fetches; i++) {
		probe.fetch[i].reg = fuzz_random(f, 16);
		probe.fetch[i].depth = fuzz_random(f, 7);
		for (unsigned int j = 0; j < 6; j++)
			probe.fetch[i].offset[j] = f->random >> (8 * j);
	}
	if (probe.nr_fetches && fuzz_random(f, 2)) {
		probe.flags |= GTRACE_PROBE_F_STACK;
		probe.stack_bp = fuzz_random(f, 4) ? fuzz_random(f, probe.nr_fetches) : GTRACE_FETCH_NONE;
		probe.stack_lo = fuzz_random(f, probe.nr_fetches);
		probe.stack_hi = fuzz_random(f, probe.nr_fetches);
		probe.max_frames = 1 + fuzz_random(f, GTRACE_FRAMES_MAX);
	}
	return probe;
}

/* Which place it means, or -1. */
static int place_of(const struct world *w, const struct gtrace_probe *p)
{
	if (p->fd == w->filler)
		return p->offset < FILLERS ? SITES + (int)p->offset : -1;
	for (int i = 0; i < SITES; i++)
		if (p->fd == w->program && p->offset == fuzz_sites[i])
			return i;
	return -1;
}

static void mutate_probe(struct fuzzer *f, struct gtrace_probe *probe)
{
	static const struct field fields[] = {
#define P(field)	FIELD(struct gtrace_probe, field)
		P(flags), P(id), P(offset), P(nr_fetches), P(stack_bp), P(stack_lo), P(stack_hi), P(max_frames), P(reserved),
		P(fetch[0].reg), P(fetch[0].depth), P(fetch[0].offset[0]), P(fetch[0].reserved), P(fetch[11].reg),
		P(fetch[11].depth), P(fetch[11].reserved),
#undef P
	};
	const struct world *w = f->world;
	const int files[] = { -1, INT_MIN, INT_MAX, 1000, w->write_only, w->write_only, w->write_only, w->folder, w->pipe, w->session[0].fd };

	switch (fuzz_random(f, 8)) {
	case 0:
	case 1:
		probe->fd = fuzz_one_of(f, files);
		break;
	case 2:
		probe->flags |= GTRACE_PROBE_F_BRANCHES;
		break;
	default:
		mutate(f, (uint8_t *)probe, &fuzz_one_of(f, fields));
	}
	/* Of the program's bytes only the sites and the first are known. */
	if (probe->fd == w->program && place_of(w, probe) < 0)
		probe->offset = 0;
}

static answers probe_faults(const struct world *w, const struct session *session, const struct gtrace_probe *p)
{
	const uint32_t flags = GTRACE_PROBE_F_BRANCHES | GTRACE_PROBE_F_STACK | GTRACE_PROBE_F_SHARED;
	int place = place_of(w, p);
	answers faults = { 0 };
	bool bad = p->id == GTRACE_HIT_OFF || p->id == GTRACE_HIT_WAKER || (p->flags & ~flags) || p->nr_fetches > GTRACE_FETCHES_MAX ||
		   p->reserved[0] || p->reserved[1] || p->reserved[2] || place < 0;

	for (unsigned int i = 0; i < p->nr_fetches && i < GTRACE_FETCHES_MAX; i++)
		bad |= p->fetch[i].reg > 15 || p->fetch[i].depth > 6 || p->fetch[i].reserved;
	if (p->flags & GTRACE_PROBE_F_STACK)
		bad |= (p->stack_bp >= p->nr_fetches && p->stack_bp != GTRACE_FETCH_NONE) || p->stack_lo >= p->nr_fetches ||
		       p->stack_hi >= p->nr_fetches || !p->max_frames || p->max_frames > GTRACE_FRAMES_MAX;
	if (bad || (session->phase != CONFIGURED && session->phase != STARTED))
		faults = also(faults, answer(EINVAL));
	if ((p->flags & GTRACE_PROBE_F_BRANCHES) && !(session->config.flags & GTRACE_F_BRANCHES))
		faults = also(faults, answer(EOPNOTSUPP));
	if (p->fd < 0 || p->fd >= 1000)
		faults = also(faults, answer(EBADF));
	if (p->fd == w->write_only)
		faults = also(faults, answer(EACCES));
	if (place >= 0 && session->planted[place])
		faults = also(faults, answer(EEXIST));
	if (session->probes == GTRACE_PROBES_MAX)
		faults = also(faults, answer(ENOSPC));
	return faults;
}

static void plant(struct fuzzer *f, struct session *session, struct letter letter)
{
	answers faults;

	post(f, &letter);
	faults = copying(&letter, sizeof(letter.probe), false);
	if (none(faults) || (letter.readable >= letter.size && letter.size >= 8 && letter.size <= PAGE))
		faults = also(faults, probe_faults(f->world, session, &letter.probe));
	if (!fuzz_answered(f, PROBE, ioctl(session->fd, GTRACE_IOC_PROBE, letter.at), faults) || f->racing)
		return;
	session->planted[place_of(f->world, &letter.probe)] = true;
	session->probes++;
}

void fuzz_probe(struct fuzzer *f)
{
	struct session *session = fuzz_session(f, fuzz_random(f, 2) ? CONFIGURED : STARTED);
	struct letter letter = { 0 };

	letter.probe = good_probe(f, session);
	for (uint64_t n = fuzz_random(f, 5); n > 2; n--)
		mutate_probe(f, &letter.probe);
	tail(f, &letter, sizeof(letter.probe));
	letter.size = choose_size(f, sizeof(letter.probe));
	plant(f, session, letter);
}

/* One more than there may be. */
void fuzz_probes(struct fuzzer *f)
{
	struct session *session = fuzz_session(f, STARTED);

	for (unsigned int i = 0; i <= GTRACE_PROBES_MAX; i++)
		plant(f, session, (struct letter){
			.probe = { .size = sizeof(struct gtrace_probe), .id = 1, .fd = f->world->filler, .offset = i },
		});
}
