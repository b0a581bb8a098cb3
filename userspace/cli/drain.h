/* SPDX-License-Identifier: GPL-2.0 */
/* From the rings to the file, or into the memory of the flight recorder. Each returns 0 or -errno unless it says more.
 */
#ifndef GT_CLI_DRAIN_H
#define GT_CLI_DRAIN_H

#include "recorder.h"

/* gt_drain_study - what in these whole events the recorder itself acts on. */
int gt_drain_study(struct gt_recorder *recorder, const void *events, size_t bytes);

/* gt_drain_rings - those that hold much, or all. Returns how many were read. */
int gt_drain_rings(struct gt_recorder *recorder, bool all);

/* gt_drain_now - everything the hardware has written up to now, to the file. */
int gt_drain_now(struct gt_recorder *recorder);

/* gt_drain_woken - a ring has reached its watermark, or is full. */
int gt_drain_woken(struct gt_recorder *recorder);

/* gt_drain_flight - with `dumps`, after their patience: into memory, and dumps that are due to their files. */
int gt_drain_flight(struct gt_recorder *recorder);

#endif
