// SPDX-License-Identifier: GPL-2.0
/* A living Go process as its own memory tells it: single Gs and Ms. */
#include "live.h"

#include <errno.h>

#include "memory.h"

enum { SCAN_BIT = 0x1000, STATUS_MAX = GT_GO_DEADEXTRA, ALIGNMENT = 8 };

static uint64_t word(const uint8_t *structure, uint16_t offset)
{
	return gt_go_u64(structure + offset);
}

/* Memory that is not there means: the pointer that led there was no pointer to a G or M. */
static int read_structure(const struct gt_go_runtime *runtime, uint64_t addr, uint8_t *into, size_t size)
{
	int error;

	if (!addr || addr % ALIGNMENT)
		return -ENOENT;
	error = gt_go_memory_read(runtime->pid, addr, into, size);
	return error == -EFAULT ? -ENOENT : error;
}

bool gt_go_live_parse_g(const struct gt_go_runtime *runtime, uint64_t addr, const uint8_t *bytes, struct gt_go_g *out)
{
	const struct gt_go_offsets *at = &runtime->offsets;
	uint32_t status = gt_go_u32(bytes + at->g_status);

	/* _Gscan: some one else reads this G's stack; the state below it stands. */
	status &= ~(uint32_t)SCAN_BIT;
	/* Every goroutine's G points to itself, dead or alive, but one that is being made, which has nothing to tell.
	 */
	if (word(bytes, at->g_self) != addr || status > STATUS_MAX)
		return false;
	*out = (struct gt_go_g){
		.addr = addr,
		.goid = word(bytes, at->g_goid),
		.parent_goid = at->g_parent_goid == GT_GO_NO_FIELD ? 0 : word(bytes, at->g_parent_goid),
		.gopc = word(bytes, at->g_gopc),
		.startpc = word(bytes, at->g_startpc),
		.m = word(bytes, at->g_m),
		.stack_lo = word(bytes, at->g_stack_lo),
		.stack_hi = word(bytes, at->g_stack_hi),
		.status = (uint8_t)status,
		.wait_reason = bytes[at->g_wait_reason],
	};
	return out->stack_lo <= out->stack_hi;
}

int gt_go_runtime_g(struct gt_go_runtime *runtime, uint64_t addr, struct gt_go_g *out)
{
	uint8_t bytes[GT_GO_STRUCT_MAX];
	int error = read_structure(runtime, addr, bytes, runtime->g_size);

	if (error)
		return error;
	return gt_go_live_parse_g(runtime, addr, bytes, out) ? 0 : -ENOENT;
}

int gt_go_live_read_m(const struct gt_go_runtime *runtime, uint64_t addr, struct gt_go_m *out, uint64_t *alllink)
{
	const struct gt_go_offsets *at = &runtime->offsets;
	uint8_t bytes[GT_GO_STRUCT_MAX];
	uint64_t self;
	int error = read_structure(runtime, addr, bytes, runtime->m_size);

	if (error)
		return error;
	*out = (struct gt_go_m){
		.addr = addr,
		.procid = word(bytes, at->m_procid),
		.g0 = word(bytes, at->m_g0),
		.gsignal = word(bytes, at->m_gsignal),
		.curg = word(bytes, at->m_curg),
		.p = word(bytes, at->m_p),
	};
	*alllink = word(bytes, at->m_alllink);
	/* allocm puts an M on the list (mcommoninit), then gives it a g0, and then that g0 its M. */
	if (!out->g0)
		return out->procid ? -ENOENT : -EINPROGRESS;
	error = read_structure(runtime, out->g0, bytes, runtime->g_size);
	if (error)
		return error;
	if (!word(bytes, at->g_m) && !out->procid)
		return -EINPROGRESS;
	/* A g0 points to itself once its thread has run (mstart1); one kept for C threads may not have. */
	self = word(bytes, at->g_self);
	return word(bytes, at->g_m) == addr && (self == out->g0 || !self) ? 0 : -ENOENT;
}

int gt_go_runtime_m(struct gt_go_runtime *runtime, uint64_t addr, struct gt_go_m *out)
{
	uint64_t alllink;
	int error = gt_go_live_read_m(runtime, addr, out, &alllink);

	return error == -EINPROGRESS ? -ENOENT : error;
}

int gt_go_runtime_goroutine(struct gt_go_runtime *runtime, uint64_t r14, struct gt_go_g *out, bool *on_g0)
{
	struct gt_go_m m;
	int error = gt_go_runtime_g(runtime, r14, out);

	if (on_g0)
		*on_g0 = false;
	if (error)
		return error;
	/* Only goroutines have a goid: g0 and gsignal never get one. */
	if (out->goid)
		return 0;
	error = gt_go_runtime_m(runtime, out->m, &m);
	if (error)
		return error;
	if (r14 != m.g0 && r14 != m.gsignal)
		return -ENOENT;
	error = gt_go_runtime_g(runtime, m.curg, out);
	if (!error && on_g0)
		*on_g0 = true;
	return error;
}
