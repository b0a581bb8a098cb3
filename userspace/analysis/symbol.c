// SPDX-License-Identifier: GPL-2.0
#include "analysis/symbol.h"

#include <stdio.h>

#include "analysis/elf.h"
#include "analysis/object.h"
#include "go/binary.h"
#include "lib/array.h"
#include "lib/vdso.h"

int gt_symbols_init(struct gt_symbols *symbols, const char *root)
{
	*symbols = (struct gt_symbols){.root = strdup(root)};
	if (!symbols->root || gt_strings_id(&symbols->strings, "") < 0 || gt_symbols_object(symbols, "", 0) < 0) {
		gt_symbols_free(symbols);
		return -ENOMEM;
	}
	return 0;
}

void gt_symbols_free(struct gt_symbols *symbols)
{
	size_t i;

	for (i = 0; i < symbols->nr_objects; i++)
		gt_object_close(&symbols->objects[i]);
	free(symbols->objects);
	free(symbols->locations);
	free(symbols->frames);
	free(symbols->kernel.all);
	free(symbols->vdso.all);
	free(symbols->root);
	gt_hash_free(&symbols->object_of);
	gt_hash_free(&symbols->location_of);
	gt_strings_free(&symbols->strings);
	*symbols = (struct gt_symbols){};
}

int64_t gt_symbols_object(struct gt_symbols *symbols, const char *path, uint64_t ino)
{
	int64_t name = gt_strings_id(&symbols->strings, path);
	uint64_t *at;

	if (name < 0)
		return name;
	at = gt_hash_at(&symbols->object_of, name, ino);
	if (!at || (!*at && gt_array_room(&symbols->objects, symbols->nr_objects, &symbols->objects_room)))
		return -ENOMEM;
	if (!*at) {
		symbols->objects[symbols->nr_objects++] = (struct gt_object){.path = name, .ino = ino};
		*at = symbols->nr_objects;
	}
	return *at - 1;
}

int gt_symbols_identify(struct gt_symbols *symbols, const struct gt_file *file)
{
	int64_t at = gt_symbols_object(symbols, file->path, file->ino);

	return at < 0 ? at : gt_object_identify(&symbols->objects[at], file);
}

static int add_function(struct gt_symbols *symbols, struct gt_functions *to, uint64_t address, uint64_t bytes,
			const char *name)
{
	int64_t id;

	/* Out of order: a hostile file. What cannot be searched is left out. */
	if (to->count && address < to->all[to->count - 1].address)
		return 0;
	id = gt_strings_id(&symbols->strings, name);
	if (id < 0 || gt_array_room(&to->all, to->count, &to->room))
		return -ENOMEM;
	to->all[to->count++] = (struct gt_function){.address = address, .bytes = bytes, .name = id};
	return 0;
}

int gt_symbols_kernel_symbol(struct gt_symbols *symbols, const struct gt_kernel_symbol *symbol)
{
	/* kallsyms does not tell how long they are. */
	return add_function(symbols, &symbols->kernel, symbol->addr, UINT64_MAX, symbol->name);
}

int gt_symbols_vdso_function(struct gt_symbols *symbols, const struct gt_vdso_function *function)
{
	return add_function(symbols, &symbols->vdso, function->offset, function->bytes, function->name);
}

static int add_frame(struct gt_symbols *symbols, const char *function, const char *file, uint32_t line, bool inlined)
{
	int64_t name = gt_strings_id(&symbols->strings, function), source = gt_strings_id(&symbols->strings, file);

	if (name < 0 || source < 0 || gt_array_room(&symbols->frames, symbols->nr_frames, &symbols->frames_room))
		return -ENOMEM;
	symbols->frames[symbols->nr_frames++] =
		(struct gt_frame){.function = name, .file = source, .line = line, .inlined = inlined};
	return 0;
}

/* 1 = Go names it, 0 = it is no Go code, -ENOMEM. */
static int add_go_frames(struct gt_symbols *symbols, const struct gt_go_binary *go, uint64_t vaddr)
{
	struct gt_go_frame frames[GT_GO_FRAMES_MAX];
	int count = gt_go_binary_frames(go, vaddr, frames, GT_GO_FRAMES_MAX), i, err = 0;

	for (i = 0; i < count && !err; i++)
		err = add_frame(symbols, frames[i].function, frames[i].line ? frames[i].file : "", frames[i].line,
				frames[i].inlined);
	return err ? err : count > 0;
}

static int add_elf_frames(struct gt_symbols *symbols, struct gt_elf *elf, uint64_t vaddr)
{
	struct gt_elf_frame frames[GT_GO_FRAMES_MAX];
	size_t count = gt_elf_frames(elf, vaddr, frames, GT_GO_FRAMES_MAX), i;
	int err = 0;

	for (i = 0; i < count && !err; i++)
		err = add_frame(symbols, frames[i].function, frames[i].file, frames[i].line, frames[i].inlined);
	return err;
}

/* The last one that begins at or before `address`, if it reaches as far. */
static int add_function_frame(struct gt_symbols *symbols, const struct gt_functions *of, uint64_t address)
{
	size_t low = 0, high = of->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (of->all[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || address - of->all[low - 1].address >= of->all[low - 1].bytes)
		return 0;
	return add_frame(symbols, gt_symbols_text(symbols, of->all[low - 1].name), "", 0, false);
}

static int name_code(struct gt_symbols *symbols, struct gt_location *location)
{
	struct gt_object *object = &symbols->objects[location->object];
	int ret = 0;

	location->code = GT_CODE_NATIVE;
	if (object->go) {
		ret = add_go_frames(symbols, object->go, location->address);
		if (ret > 0)
			location->code = GT_CODE_GO;
	}
	if (!ret && object->elf)
		ret = add_elf_frames(symbols, object->elf, location->address);
	else if (!strcmp(gt_symbols_text(symbols, object->path), GT_VDSO_PATH))
		ret = add_function_frame(symbols, &symbols->vdso, location->address);
	return ret < 0 ? ret : 0;
}

static int name_kernel(struct gt_symbols *symbols, struct gt_location *location)
{
	location->code = GT_CODE_KERNEL;
	return add_function_frame(symbols, &symbols->kernel, location->address);
}

/* Locations of the kernel and of no file share object 0; no user address is also a kernel address. */
static int64_t locate(struct gt_symbols *symbols, uint32_t object, uint64_t address,
		      int (*name)(struct gt_symbols *, struct gt_location *))
{
	uint64_t *at = gt_hash_at(&symbols->location_of, object, address);
	struct gt_location location = {.object = object, .address = address, .first_frame = symbols->nr_frames};
	int err;

	if (!at)
		return -ENOMEM;
	if (*at)
		return *at - 1;
	if (gt_array_room(&symbols->locations, symbols->nr_locations, &symbols->locations_room))
		return -ENOMEM;
	err = name ? name(symbols, &location) : 0;
	if (err)
		return err;
	location.nr_frames = symbols->nr_frames - location.first_frame;
	symbols->locations[symbols->nr_locations++] = location;
	*at = symbols->nr_locations;
	return symbols->nr_locations - 1;
}

int64_t gt_symbols_kernel(struct gt_symbols *symbols, uint64_t address)
{
	return locate(symbols, 0, address, name_kernel);
}

int64_t gt_symbols_nowhere(struct gt_symbols *symbols, uint64_t address)
{
	return locate(symbols, 0, address, NULL);
}

int64_t gt_symbols_code(struct gt_symbols *symbols, uint32_t object, uint64_t offset)
{
	struct gt_object *of = &symbols->objects[object];
	uint64_t vaddr = offset;

	if (!object)
		return gt_symbols_nowhere(symbols, offset);
	if (!of->opened && gt_object_open(of, symbols->root, gt_symbols_text(symbols, of->path)))
		return -ENOMEM;
	/* Without the file its load addresses are unknown; the offset tells locations apart as well. */
	if (of->elf && gt_elf_vaddr(of->elf, offset, &vaddr))
		vaddr = offset;
	return locate(symbols, object, vaddr, name_code);
}

const char *gt_symbols_variable(struct gt_symbols *symbols, uint32_t object, uint64_t start, uint64_t offset,
				uint64_t address, uint64_t *into, bool *covered)
{
	struct gt_object *of = &symbols->objects[object];
	uint64_t vaddr;

	*covered = false;
	if (!object || (!of->opened && gt_object_open(of, symbols->root, gt_symbols_text(symbols, of->path))))
		return NULL;
	if (!of->elf || gt_elf_vaddr(of->elf, offset, &vaddr))
		return NULL;
	vaddr = address - (start - vaddr);
	*covered = gt_elf_covers(of->elf, vaddr);
	return *covered ? gt_elf_variable(of->elf, vaddr, into) : NULL;
}
