/* SPDX-License-Identifier: GPL-2.0 */
/* The release of the Go toolchain, from the build info blob. Internal to userspace/go. */
#ifndef GT_GO_BUILDINFO_H
#define GT_GO_BUILDINFO_H

#include "image.h"

#define GT_GO_VERSION_MAX 128 /* "go1.26.3 X:nodwarf5,..." with room for vendor suffixes */

/*
 * Copies the version text of the binary into `text`, NUL-terminated, cut when longer, and its numbers to *major and
 * *minor. "" and zeros when the blob is missing or makes no sense.
 */
void gt_go_buildinfo_version(const struct gt_go_image *image, char text[GT_GO_VERSION_MAX], int *major, int *minor);

#endif
