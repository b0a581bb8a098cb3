// SPDX-License-Identifier: GPL-2.0
#include "analysis/object.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analysis/elf.h"
#include "analysis/symbol.h"
#include "go/binary.h"

#define DELETED " (deleted)"

static int fail(struct gt_object *object, const char *why)
{
	gt_elf_close(object->elf);
	object->elf = NULL;
	if (object->problem)
		return 0;
	object->problem = strdup(why);
	return object->problem ? 0 : -ENOMEM;
}

int gt_object_identify(struct gt_object *object, const struct gt_file *file)
{
	if (object->identified && (object->size != file->size || object->mtime_ns != file->mtime_ns ||
				   object->build_id_bytes != file->build_id_bytes ||
				   memcmp(object->build_id, file->build_id, file->build_id_bytes)))
		return fail(object, "it was changed while recording");
	object->identified = true;
	object->size = file->size;
	object->mtime_ns = file->mtime_ns;
	object->build_id_bytes = file->build_id_bytes;
	memcpy(object->build_id, file->build_id, file->build_id_bytes);
	return 0;
}

static bool ends_in(const char *text, const char *end)
{
	size_t text_bytes = strlen(text), end_bytes = strlen(end);

	return text_bytes >= end_bytes && !strcmp(text + text_bytes - end_bytes, end);
}

/*
 * NULL = the same file as far as anybody can tell. A copy of the machine's files under --symfs keeps sizes and build
 * ids but not always times.
 */
static const char *changed(const struct gt_object *object, const struct stat *now, const char *root)
{
	const uint8_t *id;
	size_t bytes;

	if (!object->identified)
		return NULL;
	if (object->build_id_bytes) {
		bytes = gt_elf_build_id(object->elf, &id);
		if (bytes != object->build_id_bytes || memcmp(id, object->build_id, bytes))
			return "it has another build id than when it was recorded";
		return NULL;
	}
	if (object->size != (uint64_t)now->st_size)
		return "it has another size than when it was recorded";
	if (!*root && object->mtime_ns != (uint64_t)now->st_mtim.tv_sec * 1000000000ull + now->st_mtim.tv_nsec)
		return "it was changed after it was recorded";
	return NULL;
}

static int open_at(struct gt_object *object, const char *root, const char *path)
{
	const char *why;
	struct stat now;
	int err;

	if (stat(path, &now))
		return fail(object, strerror(errno));
	if (!S_ISREG(now.st_mode))
		return fail(object, "it is not a regular file");
	err = gt_elf_open(path, &object->elf);
	if (err)
		return err == -ENOMEM ? err : fail(object, err == -ENOEXEC ? "it is not an ELF file" : strerror(-err));
	why = changed(object, &now, root);
	if (why)
		return fail(object, why);
	err = gt_go_binary_open(path, &object->go);
	if (err == -ENOMEM)
		return err;
	/* No Go table is no problem; one that cannot be trusted is, but its other symbols are still good. */
	if (err == -EBADMSG || err == -EOPNOTSUPP)
		object->problem = strdup(gt_go_binary_explain(err));
	return 0;
}

int gt_object_open(struct gt_object *object, const char *root, const char *path)
{
	char *whole;
	int err;

	object->opened = true;
	/* "[vdso]", "[anon:...]" and "" (code made at run time) are no files. */
	if (*path != '/' || object->problem)
		return 0;
	if (ends_in(path, DELETED))
		return fail(object, "it was deleted or replaced while it was mapped");
	if (asprintf(&whole, "%s%s", root, path) < 0)
		return -ENOMEM;
	err = open_at(object, root, whole);
	free(whole);
	return err;
}

void gt_object_close(struct gt_object *object)
{
	gt_go_binary_close(object->go);
	gt_elf_close(object->elf);
	free(object->problem);
	object->go = NULL;
	object->elf = NULL;
	object->problem = NULL;
}
