// SPDX-License-Identifier: GPL-2.0
/* A Go executable as the file on disk tells it. */
#include "binary.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buildinfo.h"
#include "inline.h"
#include "moduledata.h"
#include "pclntab.h"

struct gt_go_binary {
	struct gt_go_image image;
	struct gt_go_pclntab table;
	struct gt_go_module module;
	uint64_t inline_base; /* 0 = not proven */
	char version[GT_GO_VERSION_MAX];
	int major, minor;
	void *mapping; /* NULL: the caller's image */
	size_t mapping_size;
};

static int init(struct gt_go_binary *binary, void *bytes, size_t size)
{
	int error = gt_go_image_init(&binary->image, bytes, size);

	if (error)
		return error;
	error = gt_go_module_find(&binary->image, &binary->table, &binary->module);
	if (error)
		return error;
	gt_go_buildinfo_version(&binary->image, binary->version, &binary->major, &binary->minor);
	if (gt_go_inline_base(&binary->image, &binary->table, &binary->module, &binary->inline_base))
		binary->inline_base = 0;
	return 0;
}

static int map(struct gt_go_binary *binary, const char *path)
{
	struct stat status;
	int error = 0, fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status)) {
		error = -errno;
	} else if (!S_ISREG(status.st_mode) || !status.st_size) {
		error = -ENOEXEC;
	} else {
		binary->mapping_size = (size_t)status.st_size;
		/* Writable, but private: libelf changes section headers when it inflates DWARF. */
		binary->mapping = mmap(NULL, binary->mapping_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
		if (binary->mapping == MAP_FAILED) {
			error = -errno;
			binary->mapping = NULL;
		}
	}
	close(fd);
	return error;
}

static int finish(struct gt_go_binary *binary, int error, struct gt_go_binary **out)
{
	if (error) {
		gt_go_binary_close(binary);
		return error;
	}
	*out = binary;
	return 0;
}

int gt_go_binary_open(const char *path, struct gt_go_binary **out)
{
	struct gt_go_binary *binary = calloc(1, sizeof(*binary));
	int error;

	if (!binary)
		return -ENOMEM;
	error = map(binary, path);
	if (!error)
		error = init(binary, binary->mapping, binary->mapping_size);
	return finish(binary, error, out);
}

int gt_go_binary_open_image(void *image, size_t size, struct gt_go_binary **out)
{
	struct gt_go_binary *binary = calloc(1, sizeof(*binary));

	if (!binary)
		return -ENOMEM;
	return finish(binary, init(binary, image, size), out);
}

void gt_go_binary_close(struct gt_go_binary *binary)
{
	if (!binary)
		return;
	gt_go_image_fini(&binary->image);
	if (binary->mapping)
		munmap(binary->mapping, binary->mapping_size);
	free(binary);
}

const char *gt_go_binary_explain(int error)
{
	switch (error) {
	case -ENOEXEC:
		return "not an x86-64 ELF executable";
	case -ENODATA:
		return "no Go function table in it: not a Go program";
	case -EOPNOTSUPP:
		return "built by Go 1.17 or older: rebuild it with Go 1.18 or newer";
	case -EBADMSG:
		return "its Go function tables contradict each other: the file is damaged or deliberately altered";
	default:
		return strerror(-error);
	}
}

int gt_go_binary_frames(const struct gt_go_binary *binary, uint64_t vaddr, struct gt_go_frame *frames, size_t max)
{
	struct gt_go_func func;
	int error;

	if (!max)
		return -EINVAL;
	error = gt_go_pclntab_func_at(&binary->table, vaddr, &func);
	if (error)
		return error;
	return gt_go_inline_frames(&binary->image, &binary->table, binary->inline_base, &func, vaddr, frames, max);
}

static int describe(const struct gt_go_binary *binary, const struct gt_go_func *func, struct gt_go_function *out)
{
	out->name = gt_go_pclntab_name(&binary->table, func->name);
	out->entry = func->entry;
	out->end = func->end;
	return out->name ? 0 : -EBADMSG;
}

int gt_go_binary_function_at(const struct gt_go_binary *binary, uint64_t vaddr, struct gt_go_function *out)
{
	struct gt_go_func func;
	int error = gt_go_pclntab_func_at(&binary->table, vaddr, &func);

	return error ? error : describe(binary, &func, out);
}

int gt_go_binary_frameless(const struct gt_go_binary *binary, uint64_t vaddr)
{
	static const uint8_t mov[] = {0x48, 0x89, 0xe5}; /* mov %rsp,%rbp */
	const uint8_t *code;
	struct gt_go_func func;
	uint64_t offset;
	int32_t bytes;

	if (gt_go_pclntab_func_at(&binary->table, vaddr, &func))
		return -ENOENT;
	bytes = gt_go_pclntab_value(&binary->table, &func, func.sp_program, vaddr);
	if (!bytes)
		return 0;
	/* Between push %rbp and this one. */
	code = bytes == 8 ? gt_go_image_code(&binary->image, vaddr, sizeof(mov), &offset) : NULL;
	return code && !memcmp(code, mov, sizeof(mov)) ? bytes : -ENOENT;
}

int gt_go_binary_function_named(const struct gt_go_binary *binary, const char *name, struct gt_go_function *out)
{
	for (uint64_t i = 0; i < binary->table.count; i++) {
		struct gt_go_func func;

		/* One damaged entry does not hide the function that is asked for. */
		if (!gt_go_pclntab_func(&binary->table, i, &func) && !describe(binary, &func, out) &&
		    !strcmp(out->name, name))
			return 0;
	}
	return -ENOENT;
}

int gt_go_binary_next_copy(const struct gt_go_binary *binary, const char *const *names, size_t count, size_t *at,
			   struct gt_go_function *out)
{
	while (*at < binary->table.count) {
		struct gt_go_func func;
		int which;

		/* One damaged entry does not hide the others. */
		if (gt_go_pclntab_func(&binary->table, (*at)++, &func))
			continue;
		which = gt_go_inline_copy(&binary->image, &binary->table, binary->inline_base, &func, names, count);
		if (which >= 0 && !describe(binary, &func, out))
			return which;
	}
	return -ENOENT;
}

struct gt_go_version gt_go_binary_version(const struct gt_go_binary *binary)
{
	return (struct gt_go_version){binary->major, binary->minor, binary->version};
}

void gt_go_binary_text(const struct gt_go_binary *binary, uint64_t *start, uint64_t *end)
{
	*start = binary->module.text;
	*end = binary->module.etext;
}

size_t gt_go_binary_function_count(const struct gt_go_binary *binary)
{
	return binary->table.count;
}

bool gt_go_binary_has_inlines(const struct gt_go_binary *binary)
{
	return binary->inline_base;
}

const struct gt_go_image *gt_go_binary_image(const struct gt_go_binary *binary)
{
	return &binary->image;
}
