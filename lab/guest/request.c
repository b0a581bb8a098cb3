// SPDX-License-Identifier: GPL-2.0
/* request.c - what lab/run wants: the records of call.h */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent.h"

static void *grow(void *p, size_t size)
{
	p = realloc(p, size);
	if (!p)
		say("lab: the guest has no memory for the request\n");
	return p;
}

static void add(struct list *list, char *item)
{
	list->item = grow(list->item, (list->count + 2) * sizeof(*list->item));
	list->item[list->count++] = item;
	list->item[list->count] = NULL;
}

static size_t have, at;

/* take: the next 1 to max bytes of the request, in the buffer. */
static char *take(size_t max, size_t *length)
{
	if (at == have) {
		long n = lab_call(LAB_READ, (unsigned long)buffer, LAB_BUFFER, 0);

		if (n <= 0)
			say("lab: the request ends too early (%ld)\n", n);
		have = (size_t)n;
		at = 0;
	}
	*length = have - at < max ? have - at : max;
	at += *length;
	return buffer + at - *length;
}

static void take_all(void *to, size_t length)
{
	char *bytes = to;
	size_t n;

	for (; length; length -= n, bytes += n) {
		const char *piece = take(length, &n);

		memcpy(bytes, piece, n);
	}
}

static char *take_string(size_t length)
{
	char *s = grow(NULL, length + 1);

	take_all(s, length);
	s[length] = 0;
	return s;
}

static void parents(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		mkdir(path, 0755);
		*slash = '/';
	}
}

static void put_file(const struct lab_record *record)
{
	char *path = take_string(record->name);
	size_t left = record->length - record->name, n;
	int fd;

	parents(path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		say("lab: cannot create %s in the guest: %s\n", path, strerror(errno));
	while (left) {
		char *bytes = take(left, &n);

		if (write(fd, bytes, n) != (ssize_t)n)
			say("lab: cannot write %s in the guest: %s\n", path, strerror(errno));
		left -= n;
	}
	if (fchmod(fd, record->mode) < 0 || close(fd) < 0)
		say("lab: cannot finish %s in the guest: %s\n", path, strerror(errno));
	free(path);
}

bool request_take(struct list *command, struct list *files)
{
	struct lab_record record;
	bool klog = false;

	for (;;) {
		take_all(&record, sizeof(record));
		switch (record.type) {
		case LAB_PUT:
			put_file(&record);
			break;
		case LAB_GET:
			add(files, take_string(record.length));
			break;
		case LAB_ARG:
			add(command, take_string(record.length));
			break;
		case LAB_KLOG:
			klog = true;
			break;
		case LAB_RUN:
			if (!command->count)
				say("lab: the request has no command\n");
			return klog;
		default:
			say("lab: unknown record %u in the request\n", record.type);
		}
	}
}
