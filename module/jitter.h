/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Periods that stray. With a fixed one every record of a regular loop falls on the same few of its stores, and the
 * others do not seem to exist. The periods of a session are drawn in advance: to change it is to step an index.
 */
#ifndef _GTRACE_JITTER_H
#define _GTRACE_JITTER_H

#include <linux/types.h>

#define GT_JITTER_PERIODS	128u

/*
 * How long a period lasts. At least so many records, that what a change costs is little for each; then a switch changes
 * it, if there is one. At most so many events: an interrupt is some 1,000 instructions, less than a ten-thousandth of
 * what the program executes meanwhile. With many periods none matters much that was unlucky.
 */
#define GT_JITTER_RECORDS	32u
#define GT_JITTER_EVENTS	6000000u

/*
 * Draws the periods in [period - stray, period + stray], in random order, their mean exactly `period`; stray at least 1
 * and below `period`. All but one are such that period + 1, the distance of records, has no small factor if there is
 * one like that in reach: with a loop of so many stores, or a multiple, the records would go round in a few of them.
 */
void gt_jitter_draw(u64 periods[GT_JITTER_PERIODS], u64 period, u64 stray);

#endif
