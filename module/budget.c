// SPDX-License-Identifier: GPL-2.0
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "budget.h"

#define THOUSAND	1000

void gt_budget_init(struct gt_budget *budget, u32 share, u32 tsc_khz)
{
	memset(budget, 0, sizeof(*budget));
	budget->share = share;
	budget->window = (u64)GT_BUDGET_WINDOW_MS * tsc_khz;
	budget->keep = (u64)GT_BUDGET_KEEP_MS * tsc_khz;
}

static s64 ceiling(const struct gt_budget *budget)
{
	return budget->keep * budget->share;
}

bool gt_budget_look(struct gt_budget *budget, u64 now, u64 cost, u64 ran)
{
	if (!budget->share)
		return true;
	budget->credit += (s64)(ran - budget->ran) * budget->share - (s64)(cost - budget->cost) * THOUSAND;
	budget->credit = min(budget->credit, ceiling(budget));
	budget->cost = cost;
	budget->ran = ran;
	if (budget->open)
		return budget->credit >= 0 || now - budget->since < budget->window;
	return budget->credit >= budget->half;
}

void gt_budget_turn(struct gt_budget *budget, bool open, u64 now, u64 cost)
{
	u64 length = now - budget->since;

	budget->open = open;
	budget->since = now;
	if (open) {
		budget->cost_open = cost;
		return;
	}
	budget->half = mul_u64_u64_div_u64(cost - budget->cost_open, budget->window * THOUSAND / 2, max(length, 1ull));
	budget->half = min(budget->half, ceiling(budget));
}

u64 gt_budget_wait(const struct gt_budget *budget, u64 now, u32 cpus)
{
	u64 length = now - budget->since;

	if (!budget->open)
		/* All CPUs together bring in so much a tick, if every one runs a target. */
		return max_t(u64, div64_u64(max_t(s64, budget->half - budget->credit, 0), (u64)budget->share * cpus),
			     budget->window / 4);
	return length < budget->window ? budget->window - length : budget->window / 4;
}
