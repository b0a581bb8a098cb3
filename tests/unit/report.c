// SPDX-License-Identifier: GPL-2.0
/*
 * gtrace report and gtrace script as a user types them, on the recordings of story.h (those named jitter-*: the one
 * whose period strays): output and exit status against
 * golden files. RECORDING in a command is the file, PARKS the one with parks; golden/NAME holds the command's output,
 * both streams.
 */
#include "golden.h"
#include "story.h"

static struct golden cases[] = {
	{"report", "report -i RECORDING", 0},
	{"report-goroutine", "report -i RECORDING --by goroutine", 0},
	{"report-function", "report -i RECORDING --by function", 0},
	{"report-line", "report -i RECORDING --by line", 0},
	{"report-thread", "report -i RECORDING --by thread", 0},
	{"report-cacheline", "report -i RECORDING --by cacheline", 0},
	{"report-json", "report -i RECORDING --json", 0},
	{"report-thread-json", "report -i RECORDING --by thread --json", 0},
	{"report-cacheline-json", "report -i RECORDING --by cacheline --json", 0},
	{"report-perf-keys", "report -i RECORDING --sort comm,dso,sym", 0},
	{"report-all-keys", "report -i RECORDING -s goid,class,cpu,pid,tid,srcline --top 0", 0},
	{"report-top", "report -i RECORDING --top 2", 0},
	{"report-filters", "report -i RECORDING --tid 101 --cpu 0-0,7 --pid 100 --by function", 0},
	{"report-symbols", "report -i RECORDING -S 'ksys_*' --by function", 0},
	{"report-nobody", "report -i RECORDING --tid 1", 0},
	{"report-colour", "report -i RECORDING --by thread --color always", 0},
	{"report-pipe", "report -i - --by thread <RECORDING", 0},
	{"report-cut", "report -i RECORDING.cut --by thread", 0},
	{"report-empty", "report -i RECORDING.empty", 1},
	{"report-missing", "report -i /no/such/file", 1},
	{"report-folder", "report -i /", 1},
	{"report-fifo", "report -i RECORDING.fifo", 1},
	{"report-parks", "report -i RECORDING --parks", 0},
	{"report-parks-json", "report -i RECORDING --parks --by lock --json", 0},
	{"report-parks-bad-by", "report --parks --by line", 2},
	{"report-parks-function", "report --parks -S 'main.*'", 2},
	{"report-parks-sort", "report --parks --sort sym", 2},
	{"report-bad-by", "report --by colour", 2},
	{"report-bad-sort", "report --sort comm,weight", 2},
	{"report-bad-top", "report --top many", 2},
	{"report-bad-cpu", "report --cpu 3-1", 2},
	{"report-bad-color", "report --color sometimes", 2},
	{"report-bad-option", "report --no-such-option", 2},
	{"report-bad-letter", "report -Z", 2},
	{"report-no-value", "report --json -i", 2},
	{"report-no-value-long", "report --by", 2},
	{"report-extra-value", "report --parks=5", 2},
	{"report-bad-word", "report gtrace.data", 2},
	{"script", "script -i RECORDING", 0},
	{"script-json", "script -i RECORDING --json", 0},
	{"script-raw", "script -i RECORDING --raw", 0},
	{"script-raw-json", "script -i RECORDING --raw --json --cpu 1", 0},
	{"script-fields", "script -i RECORDING -F cpu,tsc,tid,pid,comm,ip,addr,r14,sp,ax,sym,srcline,dso,goid,goroutine,creator,class --tid 101", 0},
	{"script-bad-field", "script -F cpu,colour", 2},
	{"script-raw-names", "script --raw -F sym", 2},
	{"jitter-report", "report -i RECORDING --by function", 0},
	{"jitter-report-top", "report -i RECORDING -S 'ksys_*' --by line", 0},
	{"jitter-report-json", "report -i RECORDING --by thread --json", 0},
	{"jitter-report-cacheline-json", "report -i RECORDING --by cacheline --json", 0},
	{"jitter-script", "script -i RECORDING --cpu 0 -F cpu,tsc,period,sym", 0},
	{"jitter-script-json", "script -i RECORDING --raw --json", 0},
	{"script-parks", "script -i PARKS", 0},
	{"script-parks-all", "script -i PARKS -F tid,branches --show-switch-events --show-task-events", 0},
	{"script-parks-json", "script -i PARKS --json --show-switch-events --show-task-events", 0},
	{"script-parks-raw", "script -i PARKS --raw", 0},
	{"script-parks-filters", "script -i PARKS --tid 4711 --show-switch-events", 0},
	{"script-parks-function", "script -i PARKS -S 'main.*'", 0},
};

/* A copy without its last part, one without anything, and a pipe that nobody writes to. */
static void cut(const char *recording)
{
	char *line;

	assert_true(asprintf(&line, "head -c -200 %s >%s.cut; : >%s.empty; mkfifo %s.fifo", recording, recording,
			     recording, recording) > 0);
	assert_int_equal(system(line), 0);
	free(line);
}

static void forget(struct made *made)
{
	static const char *const suffixes[] = {".cut", ".empty", ".fifo"};
	char path[64];

	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s%s", made->path, suffixes[i]);
		unlink(path);
	}
	made_free(made);
}

static void check(void **state)
{
	const struct golden *golden = *state;
	struct made made;

	if (strstr(golden->command, "PARKS"))
		make_parks(&made);
	else
		make_as(&made, strncmp(golden->name, "jitter", 6) ? 0 : 100);
	cut(made.path);
	golden_check(golden, made.path);
	forget(&made);
}

/* A reader that leaves early is no error. */
static void head_is_no_error(void **state)
{
	struct made made;
	char *text;
	int status;

	(void)state;
	make(&made);
	text = run("script -i RECORDING | head -n 1; true", made.path, &status);
	assert_null(strstr(text, "cannot"));
	free(text);
	made_free(&made);
}

static void full_disk_is_one(void **state)
{
	struct made made;
	char *text;
	int status;

	(void)state;
	make(&made);
	text = run("script -i RECORDING >/dev/full", made.path, &status);
	assert_int_equal(WEXITSTATUS(status), 1);
	assert_non_null(strstr(text, "No space left on device"));
	free(text);
	made_free(&made);
}

int main(void)
{
	enum { OWN = 2, COUNT = sizeof(cases) / sizeof(*cases) };
	struct CMUnitTest tests[COUNT + OWN] = {
		cmocka_unit_test(head_is_no_error),
		cmocka_unit_test(full_disk_is_one),
	};
	size_t i;

	for (i = 0; i < COUNT; i++)
		tests[i + OWN] = (struct CMUnitTest){
			.name = cases[i].name, .test_func = check, .initial_state = &cases[i]};
	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
