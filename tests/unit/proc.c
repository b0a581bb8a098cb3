// SPDX-License-Identifier: GPL-2.0
/* What /proc tells about processes, and the identity of mapped files: this process and its children are the subject. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/files.h"
#include "lib/proc.h"

static void *sleep_until_cancelled(void *unused)
{
	pthread_setname_np(pthread_self(), "a second thread");
	pause();
	return unused;
}

static void threads_and_mappings_are_found(void **unused)
{
	struct gt_events events = { 0 };
	unsigned int threads = 0, here = 0;
	char *exe = realpath("/proc/self/exe", NULL);
	pthread_t thread;

	(void)unused;
	assert_int_equal(pthread_create(&thread, NULL, sleep_until_cancelled, NULL), 0);
	for (char comm[16] = ""; strcmp(comm, "a second thread");)
		pthread_getname_np(thread, comm, sizeof(comm));
	assert_int_equal(gt_proc_read(&events, getpid(), getpid(), 4711), 0);
	pthread_cancel(thread);
	pthread_join(thread, NULL);
	for (size_t at = 0; at < events.used;) {
		const struct gtrace_event *event = (void *)(events.bytes + at);
		const struct gtrace_event_task *task = (const void *)event;
		const struct gtrace_event_map *map = (const void *)event;

		assert_int_equal(event->tsc, 4711);
		if (event->type == GTRACE_EVENT_FORK) {
			assert_int_equal(task->tgid, getpid());
			assert_int_equal(!!(event->flags & GTRACE_EVENT_F_THREAD), task->tid != (uint32_t)getpid());
			threads += !strcmp(task->comm, "a second thread") && task->tid != (uint32_t)getpid();
		} else {
			assert_int_equal(event->type, GTRACE_EVENT_MAP);
			if ((uintptr_t)threads_and_mappings_are_found >= map->start &&
			    (uintptr_t)threads_and_mappings_are_found < map->end) {
				assert_string_equal(map->path, exe);
				assert_true(map->ino != 0);
				here++;
			}
		}
		assert_true(event->size && event->size % 8 == 0);
		at += event->size;
		assert_true(at <= events.used);
	}
	assert_int_equal(threads, 1);
	assert_int_equal(here, 1);
	gt_events_free(&events);
	free(exe);
}

static void a_process_that_is_gone_is_told(void **unused)
{
	struct gt_events events = { 0 };
	char comm[16];
	pid_t pid = fork();

	(void)unused;
	if (!pid)
		_exit(0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(gt_proc_read(&events, pid, pid, 0), -ESRCH);
	gt_proc_comm(pid, comm);
	assert_string_equal(comm, "?");
	gt_events_free(&events);
}

static void processes_are_found_by_name(void **unused)
{
	pid_t children[2], found[4];
	int ready[2];
	char byte;

	(void)unused;
	assert_int_equal(pipe(ready), 0);
	for (int i = 0; i < 2; i++) {
		children[i] = fork();
		if (!children[i]) {
			prctl(PR_SET_NAME, "gt-unit-proc");
			if (write(ready[1], "", 1) == 1)
				pause();
			_exit(1);
		}
		assert_int_equal(read(ready[0], &byte, 1), 1);
	}
	assert_int_equal(gt_proc_find("gt-unit-proc", found, 1), 2);
	assert_int_equal(gt_proc_find("gt-unit-proc", found, 4), 2);
	assert_true((found[0] == children[0] && found[1] == children[1]) ||
		    (found[0] == children[1] && found[1] == children[0]));
	assert_int_equal(gt_proc_find("gt-unit-nobody", found, 4), 0);
	for (int i = 0; i < 2; i++) {
		kill(children[i], SIGKILL);
		waitpid(children[i], NULL, 0);
	}
	close(ready[0]);
	close(ready[1]);
}

static void ids_in_the_same_namespace_are_the_same(void **unused)
{
	(void)unused;
	assert_true(gt_proc_same_pid_namespace(getpid()));
	assert_int_equal(gt_proc_outer_tid(getpid(), getpid()), getpid());
	assert_int_equal(gt_proc_outer_tid(getpid(), 1), getpid() == 1 ? 1 : 0);
}

static void the_build_id_is_that_of_the_linker(void **unused)
{
	struct gt_file file = { .path = "/proc/self/exe" };
	char line[256] = "", hex[129] = "";
	FILE *readelf = popen("readelf -n /proc/$PPID/exe | sed -n 's/.*Build ID: *//p'", "r");

	(void)unused;
	assert_non_null(readelf);
	assert_non_null(fgets(line, sizeof(line), readelf));
	pclose(readelf);
	assert_int_equal(gt_file_identify("/proc/self/exe", &file), 0);
	assert_int_equal(file.build_id_bytes, 20);
	for (uint32_t i = 0; i < file.build_id_bytes; i++)
		sprintf(hex + 2 * i, "%02x", file.build_id[i]);
	line[strcspn(line, "\n")] = '\0';
	assert_string_equal(hex, line);
	assert_true(file.size > 10000 && file.mtime_ns > 0);
}

static void what_is_no_elf_file_has_no_build_id(void **unused)
{
	struct gt_file file = { .path = "" };

	(void)unused;
	assert_int_equal(gt_file_identify("/etc/passwd", &file), 0);
	assert_int_equal(file.build_id_bytes, 0);
	assert_int_equal(gt_file_identify("/dev/null", &file), -EINVAL);
	assert_int_equal(gt_file_identify("/nonexistent", &file), -ENOENT);
}

static void a_file_is_new_once(void **unused)
{
	struct gtrace_event_map *map = calloc(1, sizeof(*map) + 64);
	struct gt_file_set set = { 0 };

	(void)unused;
	for (int pass = 0; pass < 2; pass++)
		for (unsigned int i = 0; i < 1000; i++) {
			map->ino = i / 2;
			snprintf(map->path, 64, "/lib/lib%u.so", i % 2);
			assert_int_equal(gt_file_set_add(&set, map), !pass);
		}
	gt_file_set_free(&set);
	free(map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_and_mappings_are_found),
		cmocka_unit_test(a_process_that_is_gone_is_told),
		cmocka_unit_test(processes_are_found_by_name),
		cmocka_unit_test(ids_in_the_same_namespace_are_the_same),
		cmocka_unit_test(the_build_id_is_that_of_the_linker),
		cmocka_unit_test(what_is_no_elf_file_has_no_build_id),
		cmocka_unit_test(a_file_is_new_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
