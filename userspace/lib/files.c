// SPDX-License-Identifier: GPL-2.0
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Notes of one segment; the first NT_GNU_BUILD_ID counts. */
static bool take_build_id(Elf_Data *notes, struct gt_file *file)
{
	size_t at = 0, name_at, desc_at;
	GElf_Nhdr note;

	while (notes && (at = gelf_getnote(notes, at, &note, &name_at, &desc_at))) {
		const char *bytes = notes->d_buf;

		if (note.n_type != NT_GNU_BUILD_ID || note.n_namesz != sizeof("GNU") ||
		    memcmp(bytes + name_at, "GNU", sizeof("GNU")) || note.n_descsz > sizeof(file->build_id))
			continue;
		file->build_id_bytes = note.n_descsz;
		memcpy(file->build_id, bytes + desc_at, note.n_descsz);
		return true;
	}
	return false;
}

static void find_build_id(int fd, struct gt_file *file)
{
	size_t headers;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (!elf)
		return;
	if (elf_kind(elf) == ELF_K_ELF && !elf_getphdrnum(elf, &headers)) {
		for (size_t i = 0; i < headers; i++) {
			GElf_Phdr header;

			if (gelf_getphdr(elf, i, &header) && header.p_type == PT_NOTE &&
			    take_build_id(elf_getdata_rawchunk(elf, header.p_offset, header.p_filesz,
							       header.p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR),
					  file))
				break;
		}
	}
	elf_end(elf);
}

int gt_file_identify(const char *path, struct gt_file *file)
{
	/* A pipe or device of that name must not hold us up. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	int err = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st))
		err = -errno;
	else if (!S_ISREG(st.st_mode))
		err = -EINVAL;
	if (!err) {
		file->size = st.st_size;
		file->mtime_ns = st.st_mtim.tv_sec * 1000000000ull + st.st_mtim.tv_nsec;
		find_build_id(fd, file);
	}
	close(fd);
	return err;
}

/* FNV-1a. Two of a few hundred files that share a 64-bit hash would lose one identity, nothing else. */
static uint64_t key_of(const struct gtrace_event_map *map)
{
	uint64_t hash =
		0xcbf29ce484222325ull ^ map->ino ^ (uint64_t)map->dev_major << 52 ^ (uint64_t)map->dev_minor << 40;

	for (const char *p = map->path; *p; p++)
		hash = (hash ^ (uint8_t)*p) * 0x100000001b3ull;
	return hash ? hash : 1;
}

static size_t place(const struct gt_file_set *set, uint64_t key)
{
	size_t i = key & (set->room - 1);

	while (set->keys[i] && set->keys[i] != key)
		i = (i + 1) & (set->room - 1);
	return i;
}

static int grow(struct gt_file_set *set)
{
	struct gt_file_set bigger = {.room = set->room ? set->room * 2 : 64, .used = set->used};

	bigger.keys = calloc(bigger.room, sizeof(*bigger.keys));
	if (!bigger.keys)
		return -ENOMEM;
	for (size_t i = 0; i < set->room; i++)
		if (set->keys[i])
			bigger.keys[place(&bigger, set->keys[i])] = set->keys[i];
	free(set->keys);
	*set = bigger;
	return 0;
}

int gt_file_set_add(struct gt_file_set *set, const struct gtrace_event_map *map)
{
	uint64_t key = key_of(map);
	size_t i;

	if (set->used * 2 >= set->room && grow(set))
		return -ENOMEM;
	i = place(set, key);
	if (set->keys[i])
		return 0;
	set->keys[i] = key;
	set->used++;
	return 1;
}

void gt_file_set_free(struct gt_file_set *set)
{
	free(set->keys);
	*set = (struct gt_file_set){0};
}
