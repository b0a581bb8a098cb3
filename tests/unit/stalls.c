// SPDX-License-Identifier: GPL-2.0
/* gtrace stalls and gtrace stall on the recording of stops.h. */
#include "golden.h"
#include "stops.h"

static struct golden cases[] = {
	{"stalls", "stalls -i RECORDING", 0},
	{"stalls-json", "stalls -i RECORDING --json", 0},
	{"stalls-min", "stalls -i RECORDING --min 10us", 0},
	{"stalls-top", "stalls -i RECORDING --top 2 --sort time", 0},
	{"stalls-function", "stalls -i RECORDING --by function", 0},
	{"stalls-goroutine", "stalls -i RECORDING --by goroutine", 0},
	{"stalls-reason-json", "stalls -i RECORDING --by reason --json --top 1", 0},
	{"stalls-select", "stalls -i RECORDING -S 'main.reader' --cpu 0", 0},
	{"stalls-colour", "stalls -i RECORDING --color always --top 1", 0},
	{"stall-park", "stall -i RECORDING 1", 0},
	{"stall-timer", "stall -i RECORDING 2", 0},
	{"stall-syscall", "stall -i RECORDING 3", 0},
	{"stall-preempted", "stall -i RECORDING 4", 0},
	{"stall-yield", "stall -i RECORDING 5", 0},
	{"stall-network", "stall -i RECORDING 6", 0},
	{"stall-collector", "stall -i RECORDING 7", 0},
	{"stall-lost-ladder", "stall -i RECORDING 8", 0},
	{"stall-pause", "stall -i RECORDING 9", 0},
	{"stall-gap", "stall -i RECORDING 10", 0},
	{"stall-end", "stall -i RECORDING 11", 0},
	{"stall-json", "stall -i RECORDING 1 --json", 0},
	{"stall-pause-json", "stall -i RECORDING 9 --json", 0},
	{"stall-none", "stall -i RECORDING 12", 1},
	{"stall-longest", "stall -i RECORDING", 0},
	{"stall-two", "stall -i RECORDING 1 2", 2},
	{"stall-no-number", "stall -i RECORDING 0x10", 2},
	{"stalls-bad-min", "stalls --min 5", 2},
	{"stalls-bad-by", "stalls --by line", 2},
	{"stalls-bad-sort", "stalls --sort name", 2},
	{"stalls-bad-word", "stalls 12", 2},
};

static void check(void **state)
{
	struct made made = make_stops();

	golden_check(*state, made.path);
	made_free(&made);
}

/* A release whose network poller has no place for a probe. */
static void no_netpoll(void **state)
{
	const struct golden golden = {"stall-no-netpoll", "stall -i RECORDING 6", 0};
	struct made made = make_stops_of("go1.21.13", 0x1fe & ~(1u << GT_GO_PROBE_NETPOLL));

	(void)state;
	golden_check(&golden, made.path);
	made_free(&made);
}

/* A dump of the flight recorder: without a number the stall that fired. */
static void dumped(void **state)
{
	static const struct golden fired[] = {
		{"stall-fired", "stall -i RECORDING", 0}, {"stall-fired-json", "stall -i RECORDING --json", 0},
		{"stall-fired-other", "stall -i RECORDING 1", 0}, {"stalls-fired", "stalls -i RECORDING --min 9us", 0},
	}, open[] = {
		{"stall-fired-open", "stall -i RECORDING", 0}, {"stall-fired-open-json", "stall -i RECORDING --json", 0},
		{"stalls-fired-open", "stalls -i RECORDING --min 9us", 0},
	}, gone[] = {
		{"stall-fired-gone", "stall -i RECORDING", 0}, {"stalls-fired-gone", "stalls -i RECORDING --min 9us", 0},
	};
	struct gt_recording_info info = made_info;
	struct made made;

	(void)state;
	info.trigger = "syscall>20 us: goroutine 7 (\x1b[2Jorders.(*Worker).run), 10 us";
	info.trigger_goid = 7;
	info.trigger_tsc = 62000;
	made = make_stops_as(&info, "go1.26.1", 0x1fe);
	for (size_t i = 0; i < sizeof(fired) / sizeof(*fired); i++)
		golden_check(&fired[i], made.path);
	made_free(&made);
	info.trigger_goid = 9;
	info.trigger_tsc = 230000;
	info.until_tsc = 300000;
	made = make_stops_as(&info, "go1.26.1", 0x1fe);
	for (size_t i = 0; i < sizeof(open) / sizeof(*open); i++)
		golden_check(&open[i], made.path);
	made_free(&made);
	info.trigger_goid = 7;
	info.trigger_tsc = 900;
	made = make_stops_as(&info, "go1.26.1", 0x1fe);
	for (size_t i = 0; i < sizeof(gone) / sizeof(*gone); i++)
		golden_check(&gone[i], made.path);
	made_free(&made);
}

/* A runtime that is not what the probes were made for: its hits are not believed, and it says why. */
static void refused(void **state)
{
	const struct golden golden = {"stalls-refused", "stalls -i RECORDING", 1};
	struct made made = make_stops_of("go1.26.1", 0);

	(void)state;
	golden_check(&golden, made.path);
	made_free(&made);
}

/* Without probes there are no stalls, and it says what to type. */
static void no_probes(void **state)
{
	const struct golden golden = {"stalls-no-probes", "stalls -i RECORDING", 1};
	struct made made;

	(void)state;
	made_begin(&made);
	made_switch(&made, 0, 100, 101, TGT, 0, 0);
	made_end(&made, NULL, 0);
	golden_check(&golden, made.path);
	made_free(&made);
}

int main(void)
{
	enum { OWN = 4, COUNT = sizeof(cases) / sizeof(*cases) };
	struct CMUnitTest tests[COUNT + OWN] = {
		cmocka_unit_test(no_probes),
		cmocka_unit_test(no_netpoll),
		cmocka_unit_test(refused),
		cmocka_unit_test(dumped),
	};
	size_t i;

	for (i = 0; i < COUNT; i++)
		tests[i + OWN] = (struct CMUnitTest){
			.name = cases[i].name, .test_func = check, .initial_state = &cases[i]};
	return cmocka_run_group_tests_name("stalls", tests, NULL, NULL);
}
