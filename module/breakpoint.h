/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The breakpoint exception of a probe, and the debug exception that switches the LBR off.
 */
#ifndef _GTRACE_BREAKPOINT_H
#define _GTRACE_BREAKPOINT_H

/* May sleep. After the end no exception is looked at any more, on any CPU. */
int gt_breakpoint_start(void);
void gt_breakpoint_end(void);

#endif
