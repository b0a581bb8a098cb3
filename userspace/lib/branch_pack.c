// SPDX-License-Identifier: GPL-2.0
#include "branch_pack.h"

#include "bytes.h"

#define INFO_MISPREDICTED (1ull << 63)
#define INFO_ESCAPE       0x7f

static const struct gtrace_pebs_branch nothing;

void gt_branch_pack_reset(struct gt_branch_pack *pack)
{
	memset(pack->used, 0, sizeof(pack->used));
}

static unsigned int hash(uint64_t from, uint64_t to)
{
	_Static_assert(GT_BRANCH_SLOTS == 1 << (64 - 56), "hash gives a slot number");
	return ((from ^ to << 20) * 0x9e3779b97f4a7c15ull) >> 56;
}

/* The slot's entry as remembered, zeroes when nothing is. Marks the slot used: the caller fills it. */
static const struct gtrace_pebs_branch *recall(struct gt_branch_pack *pack, unsigned int slot)
{
	uint64_t bit = 1ull << (slot % 64);
	const struct gtrace_pebs_branch *entry = pack->used[slot / 64] & bit ? &pack->below[slot] : &nothing;

	pack->used[slot / 64] |= bit;
	return entry;
}

static uint8_t *put_edge(uint8_t *p, const struct gtrace_pebs_branch *entry, uint64_t above)
{
	uint64_t from = gt_zigzag(entry->from - above), to = gt_zigzag(entry->to - entry->from);
	unsigned int from_bytes = gt_bytes_of(from), to_bytes = gt_bytes_of(to);

	*p++ = (from_bytes - 1) | (to_bytes - 1) << 4;
	gt_put64(p, from);
	p += from_bytes;
	gt_put64(p, to);
	return p + to_bytes;
}

static uint8_t *put_info(uint8_t *p, uint64_t info)
{
	uint64_t cycles = info & ~INFO_MISPREDICTED;

	if (cycles < INFO_ESCAPE) {
		*p++ = cycles | (info & INFO_MISPREDICTED ? 0x80 : 0);
		return p;
	}
	*p++ = INFO_ESCAPE;
	gt_put64(p, info);
	return p + 8;
}

uint8_t *gt_branch_pack(struct gt_branch_pack *pack, uint64_t ip, const struct gtrace_pebs_branch *stack,
			unsigned int n, uint8_t *out)
{
	uint32_t same_edge = 0, same_info = 0;
	unsigned int slot = hash(ip, 0);
	uint64_t above = ip;
	uint8_t *p;

	for (unsigned int i = 0; i < n; i++)
		if (!stack[i].from)
			n = i;
	p = out + 1 + 2 * ((n + 7) / 8);
	for (unsigned int i = 0; i < n; i++) {
		const struct gtrace_pebs_branch *entry = &stack[i], *known = recall(pack, slot);

		if (entry->from == known->from && entry->to == known->to)
			same_edge |= 1u << i;
		else
			p = put_edge(p, entry, above);
		if (entry->info == known->info)
			same_info |= 1u << i;
		else
			p = put_info(p, entry->info);
		pack->below[slot] = *entry;
		above = entry->from;
		slot = hash(entry->from, entry->to);
	}
	*out++ = n;
	for (unsigned int i = 0; i < n; i += 8)
		*out++ = same_edge >> i;
	for (unsigned int i = 0; i < n; i += 8)
		*out++ = same_info >> i;
	return p;
}

static const uint8_t *get_edge(const uint8_t *p, struct gtrace_pebs_branch *entry, uint64_t above)
{
	unsigned int from_bytes = (*p & 7) + 1, to_bytes = (*p >> 4 & 7) + 1;

	if (*p++ & 0x88)
		return NULL;
	entry->from = above + gt_unzigzag(gt_get_bytes(p, from_bytes));
	p += from_bytes;
	entry->to = entry->from + gt_unzigzag(gt_get_bytes(p, to_bytes));
	return p + to_bytes;
}

static const uint8_t *get_info(const uint8_t *p, __u64 *info)
{
	uint8_t byte = *p++;

	if (byte == INFO_ESCAPE) {
		*info = gt_get64(p);
		return p + 8;
	}
	*info = (byte & 0x7f) | (byte & 0x80 ? INFO_MISPREDICTED : 0);
	return p;
}

const uint8_t *gt_branch_unpack(struct gt_branch_pack *pack, uint64_t ip, const uint8_t *in,
				struct gtrace_pebs_branch *stack, unsigned int *nr)
{
	uint32_t same_edge = 0, same_info = 0;
	unsigned int n = *in++, slot = hash(ip, 0);
	uint64_t above = ip;

	if (n > GT_MAX_BRANCHES)
		return NULL;
	for (unsigned int i = 0; i < n; i += 8)
		same_edge |= (uint32_t)*in++ << i;
	for (unsigned int i = 0; i < n; i += 8)
		same_info |= (uint32_t)*in++ << i;
	for (unsigned int i = 0; i < n; i++) {
		const struct gtrace_pebs_branch *known = recall(pack, slot);
		struct gtrace_pebs_branch *entry = &stack[i];

		*entry = *known;
		if (!(same_edge & 1u << i)) {
			in = get_edge(in, entry, above);
			if (!in)
				return NULL;
		}
		if (!(same_info & 1u << i))
			in = get_info(in, &entry->info);
		pack->below[slot] = *entry;
		above = entry->from;
		slot = hash(entry->from, entry->to);
	}
	*nr = n;
	return in;
}

const uint8_t *gt_branch_skip(const uint8_t *in)
{
	uint32_t same_edge = 0, same_info = 0, all, rest;
	unsigned int n = *in++;

	for (unsigned int i = 0; i < n; i += 8)
		same_edge |= (uint32_t)*in++ << i;
	for (unsigned int i = 0; i < n; i += 8)
		same_info |= (uint32_t)*in++ << i;
	all = n < 32 ? (1u << n) - 1 : UINT32_MAX;
	for (rest = all & ~(same_edge & same_info); rest; rest &= rest - 1) {
		uint32_t bit = rest & -rest;

		if (!(same_edge & bit))
			in += 1 + (*in & 7) + 1 + (*in >> 4 & 7) + 1;
		if (!(same_info & bit))
			in += *in == INFO_ESCAPE ? 9 : 1;
	}
	return in;
}
