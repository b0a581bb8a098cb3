// SPDX-License-Identifier: GPL-2.0
/* Text from outside on its way to a terminal or into JSON, numbers with units, TSC to nanoseconds. */
#include "made.h"

#include "analysis/clock.h"
#include "output/json.h"
#include "output/text.h"

static const struct {
	const char *in, *text, *json;
} texts[] = {
	{"main.(*T).f", "main.(*T).f", "\"main.(*T).f\""},
	{"", "", "\"\""},
	{"caf\xc3\xa9 \xe4\xb8\x96 \xf0\x9f\x98\x80", "caf\xc3\xa9 \xe4\xb8\x96 \xf0\x9f\x98\x80",
	 "\"caf\xc3\xa9 \xe4\xb8\x96 \xf0\x9f\x98\x80\""},
	{"a\tb\nc", "a\\x09b\\x0ac", "\"a\\u0009b\\u000ac\""},
	{"\x1b[31mred\x7f", "\\x1b[31mred\\x7f", "\"\\u001b[31mred\\u007f\""},
	{"say \"hi\" \\ bye", "say \"hi\" \\ bye", "\"say \\\"hi\\\" \\\\ bye\""},
	{"lone \xff and cut \xe4\xb8", "lone \\xff and cut \\xe4\\xb8", "\"lone \\u00ff and cut \\u00e4\\u00b8\""},
	{"overlong \xc0\x80\xe0\x80\x80", "overlong \\xc0\\x80\\xe0\\x80\\x80",
	 "\"overlong \\u00c0\\u0080\\u00e0\\u0080\\u0080\""},
	{"surrogate \xed\xa0\x80", "surrogate \\xed\\xa0\\x80", "\"surrogate \\u00ed\\u00a0\\u0080\""},
	{"C1 \xc2\x9b[2J", "C1 \\xc2\\x9b[2J", "\"C1 \\u00c2\\u009b[2J\""},
	{"beyond \xf4\x90\x80\x80", "beyond \\xf4\\x90\\x80\\x80", "\"beyond \\u00f4\\u0090\\u0080\\u0080\""},
};

static void escapes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		char *out;
		size_t size;
		FILE *to = open_memstream(&out, &size);
		struct gt_json json = {.to = to};

		gt_text_put(to, texts[i].in);
		fflush(to);
		assert_string_equal(out, texts[i].text);
		rewind(to);
		gt_json_string(&json, NULL, texts[i].in);
		fclose(to);
		assert_string_equal(out, texts[i].json);
		free(out);
	}
}

static void widths(void **state)
{
	(void)state;
	assert_int_equal(gt_text_width("abc"), 3);
	assert_int_equal(gt_text_width("caf\xc3\xa9"), 4);
	assert_int_equal(gt_text_width("\x1b\xff"), 8);
}

static void columns(void **state)
{
	static const struct {
		const char *in;
		enum gt_cut cut;
		const char *out;
	} cut[] = {
		{"main.go", GT_CUT_BEGIN, "main.go "},
		{"exactly8", GT_CUT_END, "exactly8"},
		{"x/y/main.go", GT_CUT_BEGIN, "..ain.go"},
		{"sync.Mutex.Lock", GT_CUT_END, "sync.M.."},
		{"caf\xc3\xa9 au lait", GT_CUT_BEGIN, "..u lait"},
		{"caf\xc3\xa9 au lait", GT_CUT_END, "caf\xc3\xa9 a.."},
		{"a long \x1b[2J", GT_CUT_BEGIN, "..[2J   "},
		{"a\x1b[2J long", GT_CUT_END, "a..     "},
		{"", GT_CUT_BEGIN, "        "},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cut) / sizeof(*cut); i++) {
		char *out;
		size_t size;
		FILE *to = open_memstream(&out, &size);

		gt_text_column(to, cut[i].in, 8, cut[i].cut);
		fclose(to);
		assert_string_equal(out, cut[i].out);
		free(out);
	}
}

static void json_shapes(void **state)
{
	char *out;
	size_t size;
	FILE *to = open_memstream(&out, &size);
	struct gt_json json = {.to = to};

	(void)state;
	gt_json_open(&json, NULL, '{');
	gt_json_number(&json, "n", UINT64_MAX);
	gt_json_signed(&json, "s", INT64_MIN);
	gt_json_hex(&json, "h", 0);
	gt_json_fraction(&json, "f", 0.5);
	gt_json_open(&json, "a", '[');
	gt_json_close(&json, ']');
	gt_json_open(&json, "b", '[');
	gt_json_open(&json, NULL, '{');
	gt_json_null(&json, "x");
	gt_json_close(&json, '}');
	gt_json_bool(&json, NULL, true);
	gt_json_close(&json, ']');
	gt_json_close(&json, '}');
	gt_json_line(&json);
	gt_json_open(&json, NULL, '{');
	gt_json_close(&json, '}');
	gt_json_line(&json);
	fclose(to);
	assert_string_equal(out, "{\"n\":18446744073709551615,\"s\":-9223372036854775808,\"h\":\"0x0\",\"f\":0.500000,\"a\":[],"
				 "\"b\":[{\"x\":null},true]}\n{}\n");
	free(out);
}

static void units(void **state)
{
	char out[GT_UNITS_BYTES];

	(void)state;
	assert_string_equal(gt_text_count(out, 0), "0");
	assert_string_equal(gt_text_count(out, 999), "999");
	assert_string_equal(gt_text_count(out, 1234567), "1,234,567");
	assert_string_equal(gt_text_count(out, UINT64_MAX), "18,446,744,073,709,551,615");
	assert_string_equal(gt_text_bytes(out, 999), "999 B");
	assert_string_equal(gt_text_bytes(out, 12400000), "12.4 MB");
	assert_string_equal(gt_text_bytes(out, 999949), "999.9 kB");
	assert_string_equal(gt_text_bytes(out, 999950), "1.0 MB");
	assert_string_equal(gt_text_bytes(out, UINT64_MAX), "18.4 EB");
	assert_string_equal(gt_text_ns(out, 38), "38 ns");
	assert_string_equal(gt_text_ns(out, 1500), "1.500 us");
	assert_string_equal(gt_text_ns(out, 1500000), "1.500 ms");
	assert_string_equal(gt_text_ns(out, 10002000000ull), "10.002 s");
}

static void pair(struct gt_clock *clock, uint64_t tsc, uint64_t after, uint64_t ns)
{
	const struct gtrace_event_clock event = {.head.tsc = tsc, .tsc_after = after, .monotonic_ns = ns};

	assert_int_equal(gt_clock_add(clock, &event), 0);
}

/* Two lines of different slope, entered out of order; the pairing between them lies 50 ns off the line of the outer. */
static void clock_follows_its_pairings(void **state)
{
	struct gt_clock clock = {};

	(void)state;
	pair(&clock, 3000, 3000, 2000);
	pair(&clock, 1000, 1020, 1000);
	pair(&clock, 2000, 2010, 1450);
	gt_clock_settle(&clock, 0);
	assert_true(gt_clock_known(&clock));
	assert_int_equal(gt_clock_ns(&clock, 1010), 1000);
	assert_int_equal(gt_clock_ns(&clock, 2005), 1450);
	assert_int_equal(gt_clock_ns(&clock, 3000), 2000);
	assert_int_equal(gt_clock_ns(&clock, 2502), 1724);
	/* Beyond the ends: at the rate of all, 1000 ns in 1990 ticks. */
	assert_int_equal(gt_clock_ns(&clock, 3995), 2500);
	assert_int_equal(gt_clock_ns(&clock, 15), 500);
	assert_int_equal(gt_clock_span_ns(&clock, 2005, 3000), 550);
	/* Widest pairing: 10 ticks either way, 4 ns there; and 50 ns off the line, as said. */
	assert_in_range(clock.error_ns, 52, 56);
	gt_clock_free(&clock);
}

/* Two CPUs tell a microsecond apart, and each is off by a few hundred nanoseconds: that is no slope, at 200 MHz 5 is. */
static void clock_beyond_close_pairings_goes_at_the_frequency(void **state)
{
	struct gt_clock clock = {};

	(void)state;
	pair(&clock, 1000000, 1000000, 5000000);
	pair(&clock, 1000200, 1000200, 5000400);
	gt_clock_settle(&clock, 200000);
	assert_int_equal(gt_clock_ns(&clock, 1000100), 5000200);
	assert_int_equal(gt_clock_ns(&clock, 1000200 + 12000000), 65000400);
	assert_int_equal(gt_clock_ns(&clock, 1000000 - 200000), 4000000);
	gt_clock_free(&clock);
}

static void clock_needs_two_points_or_a_frequency(void **state)
{
	struct gt_clock clock = {};

	(void)state;
	gt_clock_settle(&clock, 2000000);
	assert_false(gt_clock_known(&clock));
	assert_int_equal(gt_clock_span_ns(&clock, 1, 2), 0);
	pair(&clock, 1000, 1000, 77);
	gt_clock_settle(&clock, 0);
	assert_false(gt_clock_known(&clock));
	gt_clock_settle(&clock, 2000000);
	assert_true(gt_clock_known(&clock));
	assert_int_equal(gt_clock_ns(&clock, 3000), 1077);
	gt_clock_free(&clock);
}

static void clock_refuses_nonsense(void **state)
{
	struct gt_clock clock = {};

	(void)state;
	pair(&clock, 1000, 900, 5);   /* the second reading before the first */
	pair(&clock, 1000, 1000, 500);
	pair(&clock, 2000, 2000, 400); /* time runs back */
	pair(&clock, 1000, 1000, 501); /* one moment, two times */
	pair(&clock, 3000, 3000, 2500);
	gt_clock_settle(&clock, 0);
	assert_int_equal(clock.refused, 3);
	assert_int_equal(gt_clock_ns(&clock, 2000), 1500);
	gt_clock_free(&clock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes),
		cmocka_unit_test(widths),
		cmocka_unit_test(columns),
		cmocka_unit_test(json_shapes),
		cmocka_unit_test(units),
		cmocka_unit_test(clock_follows_its_pairings),
		cmocka_unit_test(clock_beyond_close_pairings_goes_at_the_frequency),
		cmocka_unit_test(clock_needs_two_points_or_a_frequency),
		cmocka_unit_test(clock_refuses_nonsense),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
