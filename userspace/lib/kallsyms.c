// SPDX-License-Identifier: GPL-2.0
#include "kallsyms.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"

struct symbol {
	uint64_t addr;
	size_t name; /* offset in `names`: the array moves while it grows */
};

struct table {
	struct symbol *symbols;
	size_t used, room;
	char *names;
	size_t names_used, names_room;
};

static int add(struct table *table, uint64_t addr, const char *name, size_t bytes)
{
	if (gt_array_room(&table->symbols, table->used, &table->room) ||
	    gt_array_reserve(&table->names, 1, table->names_used + bytes, &table->names_room))
		return -ENOMEM;
	table->symbols[table->used++] = (struct symbol){addr, table->names_used};
	memcpy(table->names + table->names_used, name, bytes);
	table->names_used += bytes;
	return 0;
}

/* "ffffffff81000000 T _stext" or "ffffffffc0000000 t pmi\t[gtrace]": only functions. */
static int add_line(struct table *table, char *line)
{
	char *end, *tab;
	uint64_t addr = strtoull(line, &end, 16);

	if (end[0] != ' ' || !end[1] || !strchr("tTwW", end[1]) || end[2] != ' ')
		return 0;
	line = end + 3;
	line[strcspn(line, "\n")] = '\0';
	tab = strchr(line, '\t');
	if (tab)
		*tab = ' ';
	return add(table, addr, line, strlen(line) + 1);
}

static int by_address(const void *a, const void *b)
{
	const struct symbol *left = a, *right = b;

	if (left->addr != right->addr)
		return left->addr < right->addr ? -1 : 1;
	return left->name < right->name ? -1 : 1;
}

static int write_all(struct gt_writer *writer, struct table *table)
{
	int err = 0;

	if (!table->used)
		return -ENODATA;
	qsort(table->symbols, table->used, sizeof(*table->symbols), by_address);
	/* Hidden addresses are all zero. */
	if (!table->symbols[table->used - 1].addr)
		return -EPERM;
	for (size_t i = 0; i < table->used && !err; i++)
		err = gt_writer_symbol(writer,
				       &(struct gt_kernel_symbol){.addr = table->symbols[i].addr,
								  .name = table->names + table->symbols[i].name});
	return err;
}

int gt_kallsyms_write(struct gt_writer *writer)
{
	FILE *kallsyms = fopen("/proc/kallsyms", "re");
	struct table table = {0};
	char *line = NULL;
	size_t room = 0;
	int err = 0;

	if (!kallsyms)
		return -errno;
	while (!err && getline(&line, &room, kallsyms) > 0)
		err = add_line(&table, line);
	if (!err)
		err = write_all(writer, &table);
	free(line);
	free(table.symbols);
	free(table.names);
	fclose(kallsyms);
	return err;
}
