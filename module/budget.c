// SPDX-License-Identifier: GPL-2.0
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "budget.h"

#define THOUSAND	1000

static u64 allowed(const struct gt_budget *budget)
{
	/* A hundred days of CPU time, which large machines have in one, times `share` are more than 64 bits. */
	return mul_u64_u64_div_u64(budget->ran, budget->share, THOUSAND);
}

/* How far above what was allowed so far a window may end, if all comes as expected. */
static u64 excess(const struct gt_budget *budget)
{
	return allowed(budget) / 10;
}

/* Hits of `length` ticks, when they come as densely as they did at most in the last window. */
static u64 dense(const struct gt_budget *budget, u64 length)
{
	if (!budget->peak_length)
		return 0;
	return mul_u64_u64_div_u64(budget->peak_cost, length, budget->peak_length);
}

/* How long the next window is to be, and the credit that it takes to open it. */
static void plan(struct gt_budget *budget)
{
	u64 fifth = allowed(budget) / 5, price;

	budget->window = budget->shortest;
	budget->enough = 0;
	if (!budget->peak_length)
		return;
	budget->window = budget->longest;
	/* If the longest window is too dear, a shorter one is so much cheaper. */
	if (budget->edges + dense(budget, budget->longest) > fifth)
		budget->window = mul_u64_u64_div_u64(fifth - min(fifth, budget->edges), budget->peak_length,
						     max(budget->peak_cost, 1ull));
	budget->window = clamp(budget->window, budget->shortest, budget->longest);
	price = budget->edges + dense(budget, budget->window + budget->late);
	budget->enough = max(price / 2, price - min(price, excess(budget))) * THOUSAND;
}

void gt_budget_init(struct gt_budget *budget, u32 share, u32 tsc_khz, u32 hz)
{
	memset(budget, 0, sizeof(*budget));
	budget->share = share;
	/* A timer of n jiffies goes off at the end of the jiffy after them. */
	budget->late = div_u64((u64)tsc_khz * 1500, hz);
	budget->shortest = (u64)GT_BUDGET_SHORTEST_MS * tsc_khz;
	budget->longest = (u64)GT_BUDGET_WINDOW_MS * tsc_khz;
	budget->keep = (u64)GT_BUDGET_KEEP_MS * tsc_khz * share;
	plan(budget);
}

static void spend(struct gt_budget *budget, u64 cost)
{
	budget->credit -= (s64)(cost - budget->cost) * THOUSAND;
	budget->cost = cost;
}

static void earn(struct gt_budget *budget, u64 ran)
{
	budget->idle = ran == budget->ran;
	budget->credit += (s64)(ran - budget->ran) * budget->share;
	budget->credit = min(budget->credit, max(budget->keep, 2 * budget->enough));
	budget->ran = ran;
}

u64 gt_budget_wait(const struct gt_budget *budget, u64 now, u32 cpus)
{
	u64 length = now - budget->since, wait = budget->shortest;
	s64 lack;

	if (budget->open) {
		if (length < budget->window)
			wait = budget->window - length;
		/* The less was allowed so far, the sooner it is used up; but who does not run uses nothing up. */
		return budget->idle ? wait : min(wait, allowed(budget) / 5);
	}
	/* All CPUs together bring in so much a tick, if every one runs a target. */
	lack = max_t(s64, budget->enough - budget->credit, 0);
	return max(div64_u64(lack, max_t(u64, (u64)budget->share * cpus, 1)), wait);
}

bool gt_budget_look(struct gt_budget *budget, u64 now, u64 cost, u64 ran)
{
	u64 spent = cost - budget->cost, length = now - budget->looked;
	s64 floor, loss;

	if (!budget->share)
		return true;
	spend(budget, cost);
	earn(budget, ran);
	budget->looked = now;
	if (!budget->open) {
		plan(budget);
		return budget->credit >= budget->enough;
	}
	/* Of shorter times it is chance how many hits are in them. */
	if (length > budget->shortest / 8 && (!budget->peak_length || spent > dense(budget, length))) {
		budget->peak_cost = spent;
		budget->peak_length = length;
	}
	if (now - budget->since < budget->window)
		return true;
	/* The first one was planted without credit: that alone is no reason to close before there was a hit. */
	floor = budget->enough ? 0 : -(s64)budget->edges * THOUSAND;
	if (budget->credit < floor)
		return false;
	/* While little was allowed, what may go until the next look is much. */
	length = gt_budget_wait(budget, now, 1) + budget->late;
	loss = (s64)dense(budget, length) * THOUSAND - (s64)length * budget->share;
	return loss <= budget->credit - floor + (s64)excess(budget) * THOUSAND;
}

void gt_budget_turn(struct gt_budget *budget, bool open, u64 now, u64 cost)
{
	if (open) {
		budget->edges = cost - budget->cost;
		budget->peak_length = 0;
	} else {
		budget->edges += cost - budget->cost;
		/* Hits may have begun anywhere in the time that seems to be the dearest: it says too little. */
		if (!budget->enough && budget->peak_cost < budget->peak_length / 2)
			budget->peak_cost = budget->peak_length / 2;
	}
	spend(budget, cost);
	budget->open = open;
	budget->since = now;
	budget->looked = now;
	if (!open)
		plan(budget);
}
