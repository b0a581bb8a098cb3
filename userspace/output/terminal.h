/* SPDX-License-Identifier: GPL-2.0 */
/* Where output goes: standard output, through a pager when a person reads it. */
#ifndef GT_OUTPUT_TERMINAL_H
#define GT_OUTPUT_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

enum gt_colour_when { GT_COLOUR_AUTO, GT_COLOUR_ALWAYS, GT_COLOUR_NEVER };

/* "auto", "always", "never"; -EINVAL. */
int gt_colour_when(const char *text, enum gt_colour_when *when);

struct gt_terminal {
	FILE *to;
	bool colour;
	pid_t pager; /* 0 = none */
};

/*
 * Begins output. The pager is GTRACE_PAGER, else PAGER, else less; it runs only when standard output is a terminal,
 * `pager` allows it and the command is neither "" nor "cat". Colour on auto: a terminal, NO_COLOR unset, TERM not
 * "dumb".
 */
void gt_terminal_open(struct gt_terminal *terminal, bool pager, enum gt_colour_when when);

/* Ends output and waits for the pager. Returns 0 or -errno: what was written did not all arrive (-EPIPE included). */
int gt_terminal_close(struct gt_terminal *terminal);

enum gt_style { GT_PLAIN, GT_BOLD, GT_DIM, GT_RED, GT_YELLOW, GT_GREEN };

/* Switches to a style; nothing without colour. */
void gt_terminal_style(const struct gt_terminal *terminal, enum gt_style style);

#endif
