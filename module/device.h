/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /dev/gtrace: the file operations, and what of the contract is checked before a session sees it.
 */
#ifndef _GTRACE_DEVICE_H
#define _GTRACE_DEVICE_H

#include <linux/device.h>

int gt_device_register(const struct attribute_group **groups);
void gt_device_unregister(void);

/* The device that sysfs shows, from registration on. */
struct device *gt_device(void);

#endif
