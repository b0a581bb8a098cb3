// SPDX-License-Identifier: GPL-2.0
#include "output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* An earlier recording is kept as FILE.old, as perf does. */
int gt_output_open(const char *path)
{
	char old[PATH_MAX];
	struct stat st;
	int fd;

	if (!strcmp(path, "-"))
		return dup(STDOUT_FILENO);
	if (!stat(path, &st) && S_ISREG(st.st_mode) && st.st_size &&
	    (snprintf(old, sizeof(old), "%s.old", path) >= (int)sizeof(old) || rename(path, old)))
		return -EEXIST;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : fd;
}

int gt_output_possible(const char *path)
{
	char directory[PATH_MAX];
	struct stat st;

	if (snprintf(directory, sizeof(directory), "%s", path) >= (int)sizeof(directory))
		return -ENAMETOOLONG;
	if (!stat(path, &st) && S_ISDIR(st.st_mode))
		return -EISDIR;
	return access(dirname(directory), W_OK | X_OK) ? -errno : 0;
}
