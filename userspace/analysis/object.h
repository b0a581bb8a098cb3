/* SPDX-License-Identifier: GPL-2.0 */
/* Opening the files that a recording names, and only those that are still what they were. */
#ifndef GT_ANALYSIS_OBJECT_H
#define GT_ANALYSIS_OBJECT_H

struct gt_file;
struct gt_object;

/* What the file was when it was mapped. Returns 0 or -ENOMEM. */
int gt_object_identify(struct gt_object *object, const struct gt_file *file);

/* Opens root + path, or sets object->problem. Returns 0 or -ENOMEM. */
int gt_object_open(struct gt_object *object, const char *root, const char *path);

void gt_object_close(struct gt_object *object);

#endif
