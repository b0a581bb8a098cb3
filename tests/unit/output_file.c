// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/output_file.h"

static char folder[] = "/tmp/gtrace-unit-XXXXXX";

static int set_up(void **state)
{
	(void)state;
	return !mkdtemp(folder) || chdir(folder);
}

static int tear_down(void **state)
{
	(void)state;
	unlink("a");
	unlink("a.old");
	rmdir("b.old");
	unlink("b");
	return chdir("/") || rmdir(folder);
}

static void put(int fd, const char *text)
{
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static const char *text_of(const char *path)
{
	static char text[64];
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	close(fd);
	text[n < 0 ? 0 : n] = '\0';
	return text;
}

/* The one before is kept, the one before that is not. */
static void keeps_the_last(void **state)
{
	(void)state;
	put(gt_output_open("a"), "first");
	put(gt_output_open("a"), "second");
	assert_string_equal(text_of("a.old"), "first");
	put(gt_output_open("a"), "third");
	assert_string_equal(text_of("a.old"), "second");
	assert_string_equal(text_of("a"), "third");
}

/* Nothing was recorded into it: not worth the one that is kept. */
static void forgets_an_empty_one(void **state)
{
	(void)state;
	put(gt_output_open("a"), "");
	put(gt_output_open("a"), "again");
	assert_string_equal(text_of("a.old"), "third");
}

static void loses_none(void **state)
{
	(void)state;
	assert_int_equal(mkdir("b.old", 0700), 0);
	put(gt_output_open("b"), "precious");
	assert_int_equal(gt_output_open("b"), -EEXIST);
	assert_string_equal(text_of("b"), "precious");
}

static void says_what_is_wrong(void **state)
{
	(void)state;
	assert_int_equal(gt_output_open("nowhere/c"), -ENOENT);
	assert_int_equal(gt_output_possible("nowhere/c"), -ENOENT);
	assert_int_equal(gt_output_open("/"), -EISDIR);
	assert_int_equal(gt_output_possible("/"), -EISDIR);
	assert_int_equal(gt_output_possible("c"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_the_last),
		cmocka_unit_test(forgets_an_empty_one),
		cmocka_unit_test(loses_none),
		cmocka_unit_test(says_what_is_wrong),
	};

	return cmocka_run_group_tests_name("output_file", tests, set_up, tear_down);
}
