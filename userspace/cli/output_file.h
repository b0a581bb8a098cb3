/* SPDX-License-Identifier: GPL-2.0 */
/* The file that a recording goes to. */
#ifndef GT_CLI_OUTPUT_FILE_H
#define GT_CLI_OUTPUT_FILE_H

/*
 * gt_output_open - for writing; one that is there is kept as FILE.old. "-" = standard output. A descriptor or -errno;
 * -EEXIST: one is there and cannot be kept.
 */
int gt_output_open(const char *path);

/* gt_output_possible - whether such a file could be made just now: 0 or -errno. */
int gt_output_possible(const char *path);

#endif
