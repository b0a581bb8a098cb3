// SPDX-License-Identifier: GPL-2.0
/*
 * Mappings of the rings, right ones and others, and what a process may do to one it has: cut it, move it, change its rights,
 * lock it, drop its pages, write to it through another file. Tails that lie.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

static bool writable(const struct mapping *mapping)
{
	return mapping->region == GTRACE_MMAP_TAIL;
}

static struct mapping *some(struct fuzzer *f)
{
	return &fuzz_one_of(f, f->world->mapping);
}

static void forget(struct mapping *mapping)
{
	uint8_t *at = __atomic_exchange_n(&mapping->at, NULL, __ATOMIC_RELAXED);

	if (at)
		munmap(at, mapping->bytes);
}

/* The module's own, and those of mmap() itself. */
static const int refusals[] = { EINVAL, EPERM, EACCES, ENOMEM, EOVERFLOW };

/* What the contract says of a mapping, over again. */
static bool right(const struct world *w, const struct session *session, uint64_t offset, size_t bytes, int prot, int flags)
{
	uint64_t region = offset >> 36 & 0xf, cpu = offset >> 40;
	const size_t lengths[] = { PAGE, PAGE, session->config.sample_map_bytes, session->config.event_map_bytes };

	return session->phase > NEW && region < 4 && cpu < w->caps.nr_cpus && offset == GTRACE_MMAP_OFFSET(cpu, region) &&
	       (bytes + PAGE - 1) / PAGE * PAGE == lengths[region] && !(prot & PROT_EXEC) &&
	       !((prot & PROT_WRITE) && region != GTRACE_MMAP_TAIL) && (flags & MAP_SHARED) &&
	       !(flags & (MAP_HUGETLB | MAP_GROWSDOWN));
}

/* Loses its end. Not a page in the middle: the next mapping would come there, and the two be taken for one. */
static void cut(struct mapping *mapping, size_t from)
{
	uint8_t *at = mapping->at;
	size_t bytes = mapping->bytes;

	mapping->bytes = from;
	if (at)
		munmap(at + from, bytes - from);
}

void fuzz_map(struct fuzzer *f)
{
	static const int rights[] = { PROT_NONE, PROT_WRITE, PROT_READ | PROT_EXEC, PROT_READ | PROT_WRITE, PROT_EXEC };
	static const int kinds[] = { MAP_PRIVATE, MAP_SHARED | MAP_POPULATE, MAP_SHARED_VALIDATE, MAP_SHARED | MAP_NORESERVE,
				     MAP_SHARED | MAP_HUGETLB, MAP_SHARED | MAP_GROWSDOWN };
	struct session *session = fuzz_session(f, STARTED);
	uint32_t region = fuzz_random(f, 4), cpu = fuzz_random(f, f->world->caps.nr_cpus);
	const size_t lengths[] = { PAGE, PAGE, session->config.sample_map_bytes, session->config.event_map_bytes };
	uint64_t offset = GTRACE_MMAP_OFFSET(cpu, region);
	size_t bytes = lengths[region];
	int prot = region == GTRACE_MMAP_TAIL ? PROT_READ | PROT_WRITE : PROT_READ, flags = MAP_SHARED;
	struct mapping *mapping = some(f);
	answers faults = { 0 };
	void *at;

	switch (fuzz_random(f, 10)) {
	case 0:
		prot = fuzz_one_of(f, rights);
		break;
	case 1:
		flags = fuzz_one_of(f, kinds);
		break;
	case 2:
		bytes += (fuzz_random(f, 3) - 1) * PAGE;
		break;
	case 3:
		bytes = 1ull << fuzz_random(f, 64);
		break;
	case 4:
		offset ^= 1ull << (12 + fuzz_random(f, 52));
		break;
	case 5:
		offset = f->random << 12;
	}
	if (!right(f->world, session, offset, bytes, prot, flags))
		for (unsigned int i = 0; i < sizeof(refusals) / sizeof(*refusals); i++)
			faults = also(faults, answer(refusals[i]));
	at = mmap(NULL, bytes, prot, flags, session->fd, offset);
	if (!fuzz_answered(f, MMAP, at == MAP_FAILED ? -1 : 0, faults))
		return;
	forget(mapping);
	mapping->bytes = (bytes + PAGE - 1) / PAGE * PAGE;
	mapping->region = offset >> 36 & 0xf;
	mapping->head = 0;
	mapping->at = at;
}

void fuzz_unmap(struct fuzzer *f)
{
	struct mapping *mapping = some(f);

	if (mapping->bytes > PAGE && fuzz_random(f, 2))
		cut(mapping, (1 + fuzz_random(f, mapping->bytes / PAGE - 1)) * PAGE);
	else
		forget(mapping);
}

/* Where nothing lies. */
static void *elsewhere(size_t bytes)
{
	void *at = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return at == MAP_FAILED ? NULL : at;
}

/* Through /proc/self/mem a write needs no right to write but what the mapping may have. */
static void write_through_proc(struct fuzzer *f, struct mapping *mapping)
{
	int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	uint64_t value = f->random;

	if (fd < 0)
		return;
	if (pwrite(fd, &value, sizeof(value), (uintptr_t)mapping->at) > 0 && !writable(mapping) && !f->racing)
		fuzz_wrong(f, "region %u was written through /proc/self/mem", mapping->region);
	close(fd);
}

static void read_into(struct fuzzer *f, struct mapping *mapping)
{
	static uint8_t bytes[2 * PAGE];
	struct iovec from = { f->arena, sizeof(bytes) }, to = { mapping->at, sizeof(bytes) };

	/* The kernel writes, as for a read(): it must not where the process may not. */
	if (process_vm_readv(getpid(), &to, 1, &from, 1, 0) > 0 && !writable(mapping) && !f->racing)
		fuzz_wrong(f, "region %u was written by process_vm_readv", mapping->region);
	from = (struct iovec){ bytes, sizeof(bytes) };
	process_vm_readv(getpid(), &from, 1, &to, 1, 0);
}

void fuzz_move(struct fuzzer *f)
{
	static const int advices[] = { MADV_DONTNEED, MADV_REMOVE, MADV_WILLNEED, MADV_DOFORK, MADV_DONTFORK, MADV_DODUMP, MADV_FREE,
				       MADV_HUGEPAGE, MADV_MERGEABLE, MADV_COLD, MADV_PAGEOUT, MADV_POPULATE_READ,
				       MADV_POPULATE_WRITE };
	struct mapping *mapping = some(f);
	uint8_t *at = mapping->at, pages[512];
	size_t bytes = mapping->bytes, part;
	void *moved;

	if (!at)
		return;
	part = (1 + fuzz_random(f, bytes / PAGE)) * PAGE;
	switch (fuzz_random(f, 12)) {
	case 0:
		if (!mprotect(at, part, PROT_READ | PROT_WRITE) && !writable(mapping) && !f->racing)
			fuzz_wrong(f, "region %u may be written after mprotect", mapping->region);
		break;
	case 1:
		if (!mprotect(at, part, PROT_READ | PROT_EXEC) && !f->racing)
			fuzz_wrong(f, "region %u may be executed after mprotect", mapping->region);
		break;
	case 2:
		mprotect(at, part, fuzz_random(f, 2) ? PROT_NONE : PROT_READ);
		break;
	case 3:
		if (mremap(at, bytes, bytes + PAGE, MREMAP_MAYMOVE) != MAP_FAILED && !f->racing)
			fuzz_wrong(f, "region %u grows by mremap", mapping->region);
		break;
	case 4:
		/* Whole, so that nothing of it stays where it was. */
		moved = mremap(at, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, elsewhere(bytes));
		if (moved != MAP_FAILED)
			mapping->at = moved;
		break;
	case 10:
		moved = mremap(at, bytes, part, MREMAP_MAYMOVE);
		if (moved != MAP_FAILED) {
			mapping->at = moved;
			mapping->bytes = part;
		}
		break;
	case 11:
		moved = mremap(at, bytes, bytes, MREMAP_MAYMOVE | MREMAP_DONTUNMAP);
		if (moved != MAP_FAILED)
			munmap(moved, bytes);
		break;
	case 5:
		madvise(at, part, fuzz_one_of(f, advices));
		break;
	case 6:
		msync(at, part, MS_SYNC);
		mincore(at, part < 512 * PAGE ? part : 512 * PAGE, pages);
		break;
	case 7:
		if (fuzz_random(f, 2))
			mlock(at, part);
		else
			munlock(at, part);
		break;
	case 8:
		write_through_proc(f, mapping);
		break;
	case 9:
		read_into(f, mapping);
	}
}

static uint64_t lie(struct fuzzer *f, uint64_t head)
{
	switch (fuzz_random(f, 8)) {
	case 0:
		return f->random;
	case 1:
		return ~f->random;
	case 2:
		return head + 1 + fuzz_random(f, 16);
	case 3:
		return head - fuzz_random(f, 1 << 16);
	case 4:
		return 0;
	case 5:
		return ~0ull - fuzz_random(f, 64);
	case 6:
		return 1ull << fuzz_random(f, 64);
	}
	return head;
}

static void lie_about(struct fuzzer *f, struct mapping *mapping)
{
	volatile struct gtrace_tail *tail = (void *)mapping->at;
	uint64_t head = f->world->head;

	tail->sample_tail = lie(f, head);
	tail->event_tail = lie(f, head * sizeof(struct gtrace_event_switch));
	/* What the kernel does not read. */
	((volatile uint64_t *)tail)[2 + fuzz_random(f, 510)] = f->random;
}

void fuzz_tails(struct fuzzer *f)
{
	for (unsigned int i = 0; i < MAPPINGS; i++)
		if (f->world->mapping[i].at && writable(&f->world->mapping[i]))
			fuzz_survives(lie_about, f, &f->world->mapping[i]);
}

static void look_at_control(struct fuzzer *f, struct mapping *mapping)
{
	volatile const struct gtrace_control *control = (const void *)mapping->at;
	uint64_t head = control->sample_head, events = control->event_head;

	if (!f->racing && (control->abi_version != GTRACE_ABI_VERSION || control->state > GTRACE_CPU_OFFLINE ||
			   head < mapping->head || events % 8))
		fuzz_wrong(f, "control: version %u, state %u, sample_head %llu after %llu, event_head %llu", control->abi_version,
			   control->state, (unsigned long long)head, (unsigned long long)mapping->head,
			   (unsigned long long)events);
	mapping->head = f->world->head = head;
}

static void look_at_ring(struct fuzzer *f, struct mapping *mapping)
{
	(void)*(volatile uint8_t *)(mapping->at + fuzz_random(f, mapping->bytes));
}

void fuzz_look(struct fuzzer *f)
{
	for (unsigned int i = 0; i < MAPPINGS; i++) {
		struct mapping *mapping = &f->world->mapping[i];

		if (mapping->at)
			fuzz_survives(mapping->region == GTRACE_MMAP_CONTROL ? look_at_control : look_at_ring, f, mapping);
	}
}
