// SPDX-License-Identifier: GPL-2.0
/* Names of this very program's code and data; and files that are not what they were, which must give no names. */
#include "made.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "analysis/elf.h"
#include "analysis/symbol.h"

static volatile uint64_t counters[8];
static uint64_t inner_pc, outer_pc;
static int inner_line, call_line;

static inline __attribute__((always_inline)) void inner(void)
{
	inner_line = __LINE__ + 1;
	asm volatile("lea 0(%%rip), %0" : "=r"(inner_pc)); counters[3]++;
}

static __attribute__((noinline)) void outer(void)
{
	call_line = __LINE__ + 1;
	inner();
	asm volatile("lea 0(%%rip), %0" : "=r"(outer_pc));
}

/* Where this program's code is mapped: start address and file offset. */
static void own_mapping(uint64_t pc, char *path, uint64_t *start, uint64_t *offset)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	uint64_t end;
	char line[4352];

	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx r-xp %lx %*s %*s %4095s", start, &end, offset, path) == 4 && pc >= *start && pc < end)
			break;
	assert_true(pc >= *start && pc < end);
	fclose(maps);
}

struct fixture {
	struct gt_symbols symbols;
	char path[4096], copy[32];
	uint64_t start, offset;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	outer();
	assert_int_equal(gt_symbols_init(&f->symbols, ""), 0);
	own_mapping(outer_pc, f->path, &f->start, &f->offset);
	strcpy(f->copy, "/tmp/gtrace-symbol-XXXXXX");
	close(mkstemp(f->copy));
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	gt_symbols_free(&f->symbols);
	unlink(f->copy);
	free(f);
	return 0;
}

static const struct gt_location *locate(struct fixture *f, const char *path, uint64_t pc)
{
	int64_t object = gt_symbols_object(&f->symbols, path, 1), location;

	assert_true(object > 0);
	location = gt_symbols_code(&f->symbols, object, pc - f->start + f->offset);
	assert_true(location >= 0);
	assert_int_equal(gt_symbols_code(&f->symbols, object, pc - f->start + f->offset), location);
	return &f->symbols.locations[location];
}

static const char *problem(struct fixture *f, const char *path)
{
	locate(f, path, outer_pc);
	return f->symbols.objects[gt_symbols_object(&f->symbols, path, 1)].problem;
}

static void check_frame(struct fixture *f, const struct gt_location *at, uint32_t nth, const char *function, int line,
			bool inlined)
{
	const struct gt_frame *frame = &f->symbols.frames[at->first_frame + nth];

	assert_true(nth < at->nr_frames);
	assert_string_equal(gt_symbols_text(&f->symbols, frame->function), function);
	assert_int_equal(frame->line, line);
	assert_int_equal(frame->inlined, inlined);
	if (line)
		assert_non_null(strstr(gt_symbols_text(&f->symbols, frame->file), "symbol.c"));
}

static void dwarf_expands_inlined_calls(void **state)
{
	struct fixture *f = *state;
	const struct gt_location *at = locate(f, f->path, inner_pc);

	assert_int_equal(at->code, GT_CODE_NATIVE);
	assert_int_equal(at->nr_frames, 2);
	check_frame(f, at, 0, "inner", inner_line, true);
	check_frame(f, at, 1, "outer", call_line, false);
	at = locate(f, f->path, outer_pc);
	assert_int_equal(at->nr_frames, 1);
	check_frame(f, at, 0, "outer", call_line + 1, false);
}

static void symbol_table_without_dwarf(void **state)
{
	struct fixture *f = *state;
	const struct gt_location *at;
	char *command;

	assert_true(asprintf(&command, "strip -g -o %s %s", f->copy, f->path) > 0);
	assert_int_equal(system(command), 0);
	free(command);
	at = locate(f, f->copy, inner_pc);
	assert_int_equal(at->nr_frames, 1);
	check_frame(f, at, 0, "outer", 0, false);
}

static void nothing_left_to_name(void **state)
{
	struct fixture *f = *state;
	char *command;

	assert_true(asprintf(&command, "strip -o %s %s", f->copy, f->path) > 0);
	assert_int_equal(system(command), 0);
	free(command);
	assert_int_equal(locate(f, f->copy, inner_pc)->nr_frames, 0);
	assert_null(problem(f, f->copy));
}

static void variables(void **state)
{
	struct fixture *f = *state;
	int64_t object = gt_symbols_object(&f->symbols, f->path, 1);
	uint64_t into;
	bool covered;

	assert_string_equal(gt_symbols_variable(&f->symbols, object, f->start, f->offset, (uint64_t)&counters[3], &into,
						&covered), "counters");
	assert_int_equal(into, 3 * sizeof(*counters));
	assert_null(gt_symbols_variable(&f->symbols, object, f->start, f->offset, (uint64_t)&into, &into, &covered));
	assert_false(covered);
}

static struct gt_file identity(struct fixture *f)
{
	struct gt_file file = {.path = f->path, .ino = 1};
	const uint8_t *id;
	struct gt_elf *elf;
	struct stat st;

	assert_int_equal(stat(f->path, &st), 0);
	file.size = st.st_size;
	file.mtime_ns = st.st_mtim.tv_sec * 1000000000ull + st.st_mtim.tv_nsec;
	assert_int_equal(gt_elf_open(f->path, &elf), 0);
	file.build_id_bytes = gt_elf_build_id(elf, &id);
	assert_true(file.build_id_bytes > 0 && file.build_id_bytes <= sizeof(file.build_id));
	memcpy(file.build_id, id, file.build_id_bytes);
	gt_elf_close(elf);
	return file;
}

static void same_file(void **state)
{
	struct fixture *f = *state;
	struct gt_file file = identity(f);

	/* The build id is what counts: a copy has another time. */
	file.mtime_ns++;
	assert_int_equal(gt_symbols_identify(&f->symbols, &file), 0);
	assert_null(problem(f, f->path));
	assert_int_equal(locate(f, f->path, inner_pc)->nr_frames, 2);
}

static void another_build_id(void **state)
{
	struct fixture *f = *state;
	struct gt_file file = identity(f);

	file.build_id[0] ^= 1;
	assert_int_equal(gt_symbols_identify(&f->symbols, &file), 0);
	assert_string_equal(problem(f, f->path), "it has another build id than when it was recorded");
	assert_int_equal(locate(f, f->path, inner_pc)->nr_frames, 0);
}

static void without_build_id_size_and_time_count(void **state)
{
	struct fixture *f = *state;
	struct gt_file file = identity(f);

	file.build_id_bytes = 0;
	file.mtime_ns++;
	assert_int_equal(gt_symbols_identify(&f->symbols, &file), 0);
	assert_string_equal(problem(f, f->path), "it was changed after it was recorded");
	gt_symbols_free(&f->symbols);
	assert_int_equal(gt_symbols_init(&f->symbols, ""), 0);
	file.mtime_ns--;
	file.size++;
	assert_int_equal(gt_symbols_identify(&f->symbols, &file), 0);
	assert_string_equal(problem(f, f->path), "it has another size than when it was recorded");
	assert_int_equal(locate(f, f->path, inner_pc)->nr_frames, 0);
}

static void changed_while_recording(void **state)
{
	struct fixture *f = *state;
	struct gt_file file = identity(f);

	assert_int_equal(gt_symbols_identify(&f->symbols, &file), 0);
	file.size++;
	assert_int_equal(gt_symbols_identify(&f->symbols, &file), 0);
	assert_string_equal(problem(f, f->path), "it was changed while recording");
	assert_int_equal(locate(f, f->path, inner_pc)->nr_frames, 0);
}

static void no_such_files(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(problem(f, "/no/such/file"), "No such file or directory");
	assert_string_equal(problem(f, "/"), "it is not a regular file");
	assert_string_equal(problem(f, "/usr/bin/prog (deleted)"), "it was deleted or replaced while it was mapped");
	assert_string_equal(problem(f, "/etc/passwd"), "it is not an ELF file");
}

/* Only as far as its functions reach; what a hostile file says out of order is left out. */
static void the_vdso_has_functions(void **state)
{
	static const struct gt_vdso_function functions[] = {
		{ 0x100, 0x10, "__vdso_time" }, { 0x200, 0x20, "__vdso_getcpu" }, { 0x180, 8, "hostile" } };
	static const struct {
		uint64_t offset;
		const char *name;
	} cases[] = { { 0xff, NULL },	{ 0x100, "__vdso_time" },   { 0x10f, "__vdso_time" },	{ 0x110, NULL },
		      { 0x183, NULL },	{ 0x200, "__vdso_getcpu" }, { 0x21f, "__vdso_getcpu" }, { 0x220, NULL } };
	struct fixture *f = *state;
	int64_t object = gt_symbols_object(&f->symbols, "[vdso]", 0);

	for (size_t i = 0; i < 3; i++)
		assert_int_equal(gt_symbols_vdso_function(&f->symbols, &functions[i]), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t location = gt_symbols_code(&f->symbols, object, cases[i].offset);
		const struct gt_location *at = &f->symbols.locations[location];

		assert_true(location >= 0);
		assert_int_equal(at->code, GT_CODE_NATIVE);
		assert_int_equal(at->nr_frames, !!cases[i].name);
		if (cases[i].name)
			check_frame(f, at, 0, cases[i].name, 0, false);
	}
	assert_null(f->symbols.objects[object].problem);
	/* Another one: of a 32-bit process. */
	object = gt_symbols_object(&f->symbols, "[vdso32]", 0);
	assert_int_equal(f->symbols.locations[gt_symbols_code(&f->symbols, object, 0x100)].nr_frames, 0);
}

/* --symfs: the same path below a folder. */
static void below_a_root(void **state)
{
	struct fixture *f = *state;
	char *base = strrchr(f->path, '/'), name[256];

	snprintf(name, sizeof(name), "%s", base);
	*base = '\0';
	gt_symbols_free(&f->symbols);
	assert_int_equal(gt_symbols_init(&f->symbols, f->path), 0);
	assert_null(problem(f, name));
	assert_int_equal(locate(f, name, inner_pc)->nr_frames, 2);
}

int main(void)
{
#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		WITH_FIXTURE(dwarf_expands_inlined_calls),
		WITH_FIXTURE(symbol_table_without_dwarf),
		WITH_FIXTURE(nothing_left_to_name),
		WITH_FIXTURE(variables),
		WITH_FIXTURE(same_file),
		WITH_FIXTURE(another_build_id),
		WITH_FIXTURE(without_build_id_size_and_time_count),
		WITH_FIXTURE(changed_while_recording),
		WITH_FIXTURE(no_such_files),
		WITH_FIXTURE(the_vdso_has_functions),
		WITH_FIXTURE(below_a_root),
	};

	return cmocka_run_group_tests_name("symbol", tests, NULL, NULL);
}
