/* SPDX-License-Identifier: GPL-2.0 */
/* What `gtrace record` says to people: all on stderr. */
#ifndef GT_CLI_RECORD_WORDS_H
#define GT_CLI_RECORD_WORDS_H

#include "record_options.h"
#include "recorder.h"

/* Why a step failed, and what to type next. */
void gt_record_complain_configure(int err, const struct gt_record_options *options, const struct gtrace_caps *caps);
void gt_record_complain_start(int err, struct gt_session *session);
void gt_record_complain(int err, const struct gt_record_options *options);

/* "[ attached to ... ]"; `go` is gt_looks_describe()'s. */
void gt_record_say_attached(const struct gt_record_options *options, const struct gt_target *target, const char *go);

/* "[ wrote ... ]", and what was lost, by cause. */
void gt_record_say_written(const struct gt_record_options *options, struct gt_recorder *recorder);

#endif
