// SPDX-License-Identifier: GPL-2.0
#include "cli/view.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "lib/array.h"
#include "output/header.h"

#define RANGE_MAX 65536u

void gt_view_init(struct gt_view *view, const char *verb)
{
	*view = (struct gt_view){.verb = verb, .input = "gtrace.data", .root = "", .pager = true, .spool = -1};
}

static int add_range(struct gt_numbers *numbers, unsigned long from, unsigned long to)
{
	if (from > to || to > UINT32_MAX || to - from > RANGE_MAX)
		return -EINVAL;
	for (; from <= to; from++) {
		if (gt_array_room(&numbers->all, numbers->count, &numbers->room))
			return -ENOMEM;
		numbers->all[numbers->count++] = from;
	}
	return 0;
}

/* "1,2,8-11" */
static int parse_numbers(struct gt_numbers *numbers, const char *text)
{
	unsigned long from, to;
	char *end;
	int err;

	for (;; text = end + 1) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		from = to = strtoul(text, &end, 10);
		if (*end == '-') {
			text = end + 1;
			if (*text < '0' || *text > '9')
				return -EINVAL;
			to = strtoul(text, &end, 10);
		}
		err = add_range(numbers, from, to);
		if (err || !*end)
			return err;
		if (*end != ',')
			return -EINVAL;
	}
}

static int numbers(struct gt_view *view, struct gt_numbers *to, const char *text)
{
	return parse_numbers(to, text) ? gt_usage_error(view->verb, "'%s' is no list of numbers like 1,2,8-11", text)
				       : 0;
}

int gt_view_option(struct gt_view *view, int option, char *value)
{
	switch (option) {
	case 'i':
		view->input = value;
		return 0;
	case 'C':
		return numbers(view, &view->filter.cpus, value);
	case GT_VIEW_TID:
		return numbers(view, &view->filter.tids, value);
	case GT_VIEW_PID:
		return numbers(view, &view->filter.pids, value);
	case 'S':
	case GT_VIEW_FUNCTION:
		view->filter.function = value;
		return 0;
	case GT_VIEW_SYMFS:
		view->root = value;
		return 0;
	case GT_VIEW_JSON:
		view->json = true;
		return 0;
	case GT_VIEW_NO_PAGER:
		view->pager = false;
		return 0;
	case GT_VIEW_COLOUR:
		if (gt_colour_when(value, &view->colour))
			return gt_usage_error(view->verb, "--color '%s' is none of auto, always, never", value);
		return 0;
	}
	return 1;
}

int gt_view_top(const struct gt_view *view, const char *text, uint64_t *top)
{
	char *end;

	errno = 0;
	*top = strtoull(text, &end, 10);
	if (errno || *end || *text < '0' || *text > '9')
		return gt_usage_error(view->verb, "--top '%s' is no number", text);
	return 0;
}

static int copy(int from, int to)
{
	char buffer[65536];
	ssize_t got, put;

	while ((got = read(from, buffer, sizeof(buffer)))) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		for (char *at = buffer; got; at += put, got -= put) {
			put = write(to, at, got);
			if (put < 0 && errno != EINTR)
				return -errno;
			if (put < 0)
				put = 0;
		}
	}
	return 0;
}

/* A recording is read more than once, so what comes through a pipe is kept in an unlinked file. */
static int spool(struct gt_view *view, char *path, size_t bytes)
{
	const char *folder = getenv("TMPDIR");
	int err;

	view->spool = open(folder && *folder ? folder : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (view->spool < 0)
		return -errno;
	err = copy(STDIN_FILENO, view->spool);
	snprintf(path, bytes, "/proc/self/fd/%d", view->spool);
	return err;
}

static void complain(const struct gt_view *view, int err)
{
	switch (err) {
	case -ENOENT:
		gt_complain("there is no %s here. Type: gtrace record -- COMMAND, or gtrace %s -i FILE", view->input,
			    view->verb);
		return;
	case -EBADMSG:
		gt_complain("%s is no recording of gtrace, or its beginning is lost. Name another: gtrace %s -i FILE",
			    view->input, view->verb);
		return;
	case -EPROTONOSUPPORT:
		gt_complain("%s was written by a newer gtrace than this one. Type: gtrace version -v", view->input);
		return;
	case -EISDIR:
		gt_complain("%s is a directory. Name a recording in it: gtrace %s -i FILE", view->input, view->verb);
		return;
	case -ESPIPE:
		gt_complain("%s is not a file. From a pipe type: gtrace %s -i - <%s", view->input, view->verb,
			    view->input);
		return;
	}
	gt_complain("cannot read %s: %s", view->input, strerror(-err));
}

int gt_view_open(struct gt_view *view)
{
	const char *path = view->input;
	char spooled[64];
	int err = 0;

	if (!strcmp(path, "-")) {
		err = spool(view, spooled, sizeof(spooled));
		path = spooled;
	}
	if (!err)
		err = gt_join_open(path, view->root, &view->join);
	if (!err)
		return GT_EXIT_OK;
	complain(view, err);
	return gt_view_end(view, GT_EXIT_FAILURE);
}

void gt_view_begin(struct gt_view *view)
{
	gt_terminal_open(&view->terminal, view->pager, view->json ? GT_COLOUR_NEVER : view->colour);
}

int gt_view_end(struct gt_view *view, int status)
{
	int err = 0;

	if (view->terminal.to)
		err = gt_terminal_close(&view->terminal);
	/* A reader that has seen enough, as `head` or a pager that was left, is no failure. */
	if (err && err != -EPIPE) {
		gt_complain("cannot write the output: %s", strerror(-err));
		status = status ? status : GT_EXIT_FAILURE;
	}
	/* main() looks at standard output once more; the pipe's end has been dealt with here. */
	if (err == -EPIPE)
		clearerr(stdout);
	if (view->join)
		gt_warnings(stderr, "gtrace: ", view->join);
	gt_join_close(view->join);
	if (view->spool >= 0)
		close(view->spool);
	free(view->filter.tids.all);
	free(view->filter.pids.all);
	free(view->filter.cpus.all);
	return status;
}
