/* SPDX-License-Identifier: GPL-2.0 */
/* From the command line of `gtrace record` to what the module is asked for, on this machine. */
#ifndef GT_CLI_RECORD_CONFIG_H
#define GT_CLI_RECORD_CONFIG_H

#include "record_options.h"

/*
 * gt_record_config - what to ask the module for. `pid` is that of the target, `child` says that we start it. The jitter
 * is as large as asked for, or as the limits of this machine's periods allow.
 */
struct gtrace_config gt_record_config(const struct gt_record_options *options, const struct gtrace_caps *caps, int pid,
				      bool child);

/* gt_record_possible - complains about what this machine cannot do; an exit status, 0 = fine. */
int gt_record_possible(const struct gt_record_options *options, const struct gtrace_caps *caps);

#endif
