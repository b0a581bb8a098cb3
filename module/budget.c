// SPDX-License-Identifier: GPL-2.0
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "budget.h"

#define THOUSAND	1000

/* How long the next window is to be, and half of what it will cost. */
static void plan(struct gt_budget *budget)
{
	u64 allowed = div_u64(budget->ran * budget->share, 5 * THOUSAND);
	u64 length = max(budget->last_length, budget->shortest);

	budget->window = budget->shortest;
	if (!budget->last_length)
		return;
	budget->window = budget->longest;
	/* If a window as long as the last one is too dear, a shorter one is so much cheaper. */
	if (mul_u64_u64_div_u64(budget->last_cost, budget->longest, length) > allowed)
		budget->window = mul_u64_u64_div_u64(allowed, length, max(budget->last_cost, 1ull));
	budget->window = clamp(budget->window, budget->shortest, budget->longest);
	budget->half = mul_u64_u64_div_u64(budget->last_cost, budget->window * (THOUSAND / 2), length);
	budget->half = min(budget->half, budget->keep);
}

void gt_budget_init(struct gt_budget *budget, u32 share, u32 tsc_khz)
{
	memset(budget, 0, sizeof(*budget));
	budget->share = share;
	budget->shortest = (u64)GT_BUDGET_SHORTEST_MS * tsc_khz;
	budget->longest = (u64)GT_BUDGET_WINDOW_MS * tsc_khz;
	budget->keep = (u64)GT_BUDGET_KEEP_MS * tsc_khz * share;
	plan(budget);
}

bool gt_budget_look(struct gt_budget *budget, u64 now, u64 cost, u64 ran)
{
	if (!budget->share)
		return true;
	budget->credit += (s64)(ran - budget->ran) * budget->share - (s64)(cost - budget->cost) * THOUSAND;
	budget->credit = min(budget->credit, budget->keep);
	budget->cost = cost;
	budget->ran = ran;
	if (budget->open)
		return budget->credit >= 0 || now - budget->since < budget->window;
	plan(budget);
	return budget->credit >= budget->half;
}

void gt_budget_turn(struct gt_budget *budget, bool open, u64 now, u64 cost)
{
	if (open) {
		budget->cost_open = cost;
	} else {
		budget->last_cost = cost - budget->cost_open;
		budget->last_length = max(now - budget->since, 1ull);
		plan(budget);
	}
	budget->open = open;
	budget->since = now;
}

u64 gt_budget_wait(const struct gt_budget *budget, u64 now, u32 cpus)
{
	u64 length = now - budget->since;
	u64 wait;

	if (budget->open)
		return length < budget->window ? budget->window - length : budget->shortest;
	/* All CPUs together bring in so much a tick, if every one runs a target. */
	wait = div64_u64(max_t(s64, budget->half - budget->credit, 0), max_t(u64, (u64)budget->share * cpus, 1));
	return max(wait, budget->shortest);
}
