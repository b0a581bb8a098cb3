// SPDX-License-Identifier: GPL-2.0
#include "analysis/strings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/array.h"

static uint64_t fnv1a(const char *text)
{
	uint64_t sum = 0xcbf29ce484222325ULL;

	while (*text)
		sum = (sum ^ (unsigned char)*text++) * 0x100000001b3ULL;
	return sum;
}

void gt_strings_free(struct gt_strings *strings)
{
	size_t i;

	for (i = 0; i < strings->count; i++)
		free(strings->texts[i]);
	free(strings->texts);
	gt_hash_free(&strings->ids);
	*strings = (struct gt_strings){};
}

int64_t gt_strings_id(struct gt_strings *strings, const char *text)
{
	uint64_t sum = fnv1a(text), nth, *id;
	char *copy;

	for (nth = 0;; nth++) {
		id = gt_hash_at(&strings->ids, sum, nth);
		if (!id)
			return -ENOMEM;
		if (!*id)
			break;
		if (!strcmp(strings->texts[*id - 1], text))
			return *id - 1;
	}
	if (gt_array_room(&strings->texts, strings->count, &strings->room))
		return -ENOMEM;
	copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	strings->texts[strings->count++] = copy;
	*id = strings->count;
	return strings->count - 1;
}

const char *gt_strings_text(const struct gt_strings *strings, uint32_t id)
{
	return strings->texts[id];
}
