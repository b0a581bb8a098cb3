/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gtrace as a user types it: output, both streams, and exit status against golden/NAME. RECORDING (or PARKS, for a test that
 * makes two kinds) in a command stands for the recording's file.
 */
#ifndef GT_TESTS_UNIT_GOLDEN_H
#define GT_TESTS_UNIT_GOLDEN_H

#include <errno.h>
#include <sys/wait.h>

#include "made.h"

#define GTRACE "../../build/userspace/gtrace"

struct golden {
	const char *name, *command;
	int status;
};

static inline char *read_all(FILE *from)
{
	size_t room = 1 << 20, got;
	char *text = calloc(1, room);

	got = fread(text, 1, room - 1, from);
	assert_true(got < room - 1);
	return text;
}

/* `text` with `what` replaced everywhere; frees text. */
static inline char *replace(char *text, const char *what, const char *by)
{
	char *out = calloc(1, strlen(text) * 4 + 4096), *to = out;
	const char *at = text, *next;

	for (; (next = strstr(at, what)); at = next + strlen(what)) {
		to = mempcpy(to, at, next - at);
		to = stpcpy(to, by);
	}
	strcpy(to, at);
	free(text);
	return out;
}

static inline char *run(const char *command, const char *recording, int *status)
{
	char *line, *text;
	FILE *out;

	assert_true(asprintf(&line, "(NO_COLOR= %s %s) 2>&1", GTRACE, command) > 0);
	line = replace(line, strstr(line, "PARKS") ? "PARKS" : "RECORDING", recording);
	out = popen(line, "r");
	assert_non_null(out);
	text = read_all(out);
	*status = pclose(out);
	free(line);
	return replace(text, recording, "RECORDING");
}

/* The command's output and status are those of the golden file. */
static inline void golden_check(const struct golden *golden, const char *recording)
{
	char path[64], *expected, *got;
	FILE *file;
	int status;

	got = run(golden->command, recording, &status);
	snprintf(path, sizeof(path), "golden/%s", golden->name);
	/* WRITE_GOLDEN=1 takes what there is; read the difference before committing it. */
	if (getenv("WRITE_GOLDEN")) {
		file = fopen(path, "w");
		fputs(got, file);
		fclose(file);
	}
	file = fopen(path, "r");
	assert_non_null(file);
	expected = read_all(file);
	fclose(file);
	assert_string_equal(got, expected);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), golden->status);
	free(expected);
	free(got);
}

#endif
